"""Losses, optimizers and learning-rate schedules by Keras' names."""

from dataclasses import MISSING, fields
from difflib import get_close_matches
from typing import Any, Final, TypeVar

from cnnlab.errors import NotSupportedError, UsageError, did_you_mean, explain
from cnnlab.records import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    LearningRateSchedule,
    Loss,
    MeanSquaredError,
    Nadam,
    OneCycle,
    Optimizer,
    PiecewiseConstantDecay,
    PolynomialDecay,
    RMSprop,
    SparseCategoricalCrossentropy,
)

_Kind = TypeVar("_Kind")

OPTIMIZERS: Final[dict[str, type[Optimizer]]] = {
    "adam": Adam,
    "sgd": SGD,
    "rmsprop": RMSprop,
    "adadelta": Adadelta,
    "adagrad": Adagrad,
    "adamax": Adamax,
    "adamw": AdamW,
    "nadam": Nadam,
}
LOSSES: Final[dict[str, type[Loss]]] = {
    "categorical_crossentropy": CategoricalCrossentropy,
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
    "binary_crossentropy": BinaryCrossentropy,
    "mean_squared_error": MeanSquaredError,
}
# Keras' short spellings, in any case.
_SHORT_LOSSES: Final = {"bce": "binary_crossentropy", "mse": "mean_squared_error"}
SCHEDULES: Final[dict[str, type[LearningRateSchedule]]] = {
    kind.__name__: kind
    for kind in (
        CosineDecay,
        CosineDecayRestarts,
        ExponentialDecay,
        InverseTimeDecay,
        OneCycle,
        PiecewiseConstantDecay,
        PolynomialDecay,
    )
}
_KERAS_ONLY_OPTIMIZERS: Final = ("adafactor", "ftrl", "lamb", "lion", "muon")
_KERAS_ONLY_LOSSES: Final = (
    "binary_focal_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_hinge",
    "cosine_similarity",
    "dice",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_logarithmic_error",
    "poisson",
    "squared_hinge",
    "tversky",
    "kld",
    "mae",
    "mape",
    "msle",
)


def optimizer_named(name: object, /, **arguments: Any) -> Optimizer:  # noqa: ANN401 - Keras' arguments
    """Return an optimizer by Keras' name ("adam"), or the optimizer itself.

    Args:
        name: In any case, or an `Optimizer`.
        arguments: Its arguments by Keras' names; the others keep Keras' defaults.

    Raises:
        NotSupportedError: If Keras has it and cnnlab does not.
        UsageError: If nobody has it, or it has no such argument.

    Example:
        >>> optimizer_named("SGD", learning_rate=0.1).momentum
        0.0
    """
    if isinstance(name, Optimizer):
        return name
    return _made(_find(name, OPTIMIZERS, _KERAS_ONLY_OPTIMIZERS, "optimizer"), "optimizer", arguments)


def loss_named(name: object, /, **arguments: Any) -> Loss:  # noqa: ANN401 - Keras' arguments
    """Return a loss by Keras' name ("categorical_crossentropy", "mse"), or the loss itself.

    Args:
        name: In any case, or a `Loss`.
        arguments: Its arguments by Keras' names; the others keep Keras' defaults.

    Raises:
        NotSupportedError: If Keras has it and cnnlab does not.
        UsageError: If nobody has it, or it has no such argument.
    """
    if isinstance(name, Loss):
        return name
    name = _SHORT_LOSSES.get(str(name).lower(), name)
    return _made(_find(name, LOSSES, _KERAS_ONLY_LOSSES, "loss"), "loss", arguments)


def schedule_named(name: object, /, **arguments: Any) -> LearningRateSchedule:  # noqa: ANN401 - Keras' arguments
    """Return a learning-rate schedule by Keras' name ("CosineDecay"), or the schedule itself.

    Args:
        name: In any case, with or without underscores, or a `LearningRateSchedule`.
        arguments: Its arguments by Keras' names; the others keep Keras' defaults.

    Raises:
        UsageError: If nobody has it, it has no such argument, or lacks one.

    Example:
        >>> schedule_named("cosine_decay", initial_learning_rate=0.1, decay_steps=1000).alpha
        0.0
    """
    if isinstance(name, LearningRateSchedule):
        return name
    return _made(_find(name, SCHEDULES, (), "a schedule"), "schedule", arguments)


def _made(kind: type[_Kind], what: str, arguments: dict[str, Any]) -> _Kind:
    """Make a description from arguments that have been checked by name and by kind."""
    listed = [field for field in fields(kind) if field.init]  # type: ignore[arg-type]
    known, place = [field.name for field in listed], f"{what} {kind.__name__}"
    for argument in arguments:
        if argument not in known:
            fix = did_you_mean(argument, known)
            raise UsageError(explain(expected="an argument it has", got=argument, where=place, fix=fix))
    for field in listed:
        if field.default is MISSING and field.default_factory is MISSING and field.name not in arguments:
            got, fix = ", ".join(arguments) or "none", f"It takes {', '.join(known)}."
            raise UsageError(explain(expected=f"an argument {field.name}", got=got, where=place, fix=fix))
    return kind(**arguments)


def _find(name: object, known: dict[str, type[_Kind]], keras_only: tuple[str, ...], what: str) -> type[_Kind]:
    """Look a name up in either spelling, 'rmsprop' or 'RMSprop', 'CategoricalCrossentropy' or with underscores."""
    word = str(name).lower().replace("_", "")
    spelled = {key.replace("_", "").lower(): key for key in known}
    if word in spelled:
        return known[spelled[word]]
    if word in {other.replace("_", "") for other in keras_only}:
        raise NotSupportedError(explain(expected=f"{what} to be one of {', '.join(known)}", got=repr(name)))
    near = get_close_matches(word, spelled, n=1)
    fix = did_you_mean(spelled[near[0]] if near else word, known)
    raise UsageError(explain(expected=f"the name of {what} that exists", got=repr(name), fix=fix))

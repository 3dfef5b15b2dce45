"""Losses and optimizers by Keras' names."""

from dataclasses import fields
from typing import Any, Final, TypeVar

from cnnlab.errors import NotSupportedError, UsageError, did_you_mean, explain
from cnnlab.records import (
    SGD,
    Adadelta,
    Adam,
    CategoricalCrossentropy,
    Loss,
    Optimizer,
    RMSprop,
    SparseCategoricalCrossentropy,
)

_Kind = TypeVar("_Kind")

OPTIMIZERS: Final[dict[str, type[Optimizer]]] = {"adam": Adam, "sgd": SGD, "rmsprop": RMSprop, "adadelta": Adadelta}
LOSSES: Final[dict[str, type[Loss]]] = {
    "categorical_crossentropy": CategoricalCrossentropy,
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
}
_KERAS_ONLY_OPTIMIZERS: Final = ("adagrad", "adafactor", "adamax", "adamw", "ftrl", "lamb", "lion", "muon", "nadam")
_KERAS_ONLY_LOSSES: Final = (
    "binary_crossentropy",
    "hinge",
    "huber",
    "kl_divergence",
    "mean_absolute_error",
    "mean_squared_error",
    "mae",
    "mse",
)


def optimizer_named(name: object, **arguments: Any) -> Optimizer:  # noqa: ANN401 - Keras' arguments
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


def loss_named(name: object, **arguments: Any) -> Loss:  # noqa: ANN401 - Keras' arguments
    """Return a loss by Keras' name ("categorical_crossentropy"), or the loss itself.

    Args:
        name: In any case, or a `Loss`.
        arguments: Its arguments by Keras' names; the others keep Keras' defaults.

    Raises:
        NotSupportedError: If Keras has it and cnnlab does not.
        UsageError: If nobody has it, or it has no such argument.
    """
    if isinstance(name, Loss):
        return name
    return _made(_find(name, LOSSES, _KERAS_ONLY_LOSSES, "loss"), "loss", arguments)


def _made(kind: type[_Kind], what: str, arguments: dict[str, Any]) -> _Kind:
    """Make a description from arguments that have been checked by name and by kind."""
    known = [field.name for field in fields(kind) if field.init]  # type: ignore[arg-type]
    for argument in arguments:
        if argument not in known:
            fix, place = did_you_mean(argument, known), f"{what} {kind.__name__}"
            raise UsageError(explain(expected="an argument it has", got=argument, where=place, fix=fix))
    return kind(**arguments)


def _find(name: object, known: dict[str, type[_Kind]], keras_only: tuple[str, ...], what: str) -> type[_Kind]:
    """Look a name up in either spelling, 'rmsprop' or 'RMSprop', 'CategoricalCrossentropy' or with underscores."""
    word = str(name).lower().replace("_", "")
    for key, kind in known.items():
        if key.replace("_", "") == word:
            return kind
    if word in {other.replace("_", "") for other in keras_only}:
        raise NotSupportedError(explain(expected=f"{what} to be one of {', '.join(known)}", got=repr(name)))
    raise UsageError(explain(expected=f"the name of {what} that exists", got=repr(name), fix=did_you_mean(word, known)))

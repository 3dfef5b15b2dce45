"""What ``compile`` is told."""

from typing import Any, Final

from cnnlab.errors import NotSupportedError, UsageError, explain
from cnnlab.keras.engine import Compiled
from cnnlab.keras.refusals import refuse_unless_neutral
from cnnlab.keras.words import say
from cnnlab.records import CategoricalCrossentropy, Loss, SparseCategoricalCrossentropy
from cnnlab.training import loss_named, optimizer_named

# Accepted at any value that changes no number here: how often Python is asked, and who compiles.
_WITHOUT_EFFECT: Final = ("steps_per_execution", "jit_compile", "auto_scale_loss")
_NEUTRAL: Final[dict[str, tuple[Any, ...]]] = {
    "loss_weights": (None,),
    "weighted_metrics": (None, []),
    "run_eagerly": (False, None),
}
_KNOWN: Final = ("optimizer", "loss", "metrics")
# Keras' longer names of the accuracy, each with the loss whose labels it reads.
_LONG_NAMES: Final[dict[str, type[Loss]]] = {
    "categorical_accuracy": CategoricalCrossentropy,
    "sparse_categorical_accuracy": SparseCategoricalCrossentropy,
}


def compiled(optimizer: object, loss: object, metrics: object, others: dict[str, Any]) -> Compiled:
    """Check what ``compile`` was told.

    Args:
        optimizer: A name or an optimizer.
        loss: A name or a loss.
        metrics: None, or a list with a name of the accuracy.
        others: Further arguments of Keras'.

    Raises:
        NotSupportedError: If Keras has it and cnnlab does not.
        UsageError: If nobody has it.
    """
    refuse_unless_neutral("compile", _NEUTRAL, {k: v for k, v in others.items() if k not in _WITHOUT_EFFECT}, _KNOWN)
    if loss is None:
        raise UsageError(
            explain(expected="a loss", got="none", where="compile", fix="Write loss='categorical_crossentropy'.")
        )
    found = loss_named(loss)
    return Compiled(found, optimizer_named(optimizer), _metric_names(metrics, found))


def _metric_names(metrics: object, loss: Loss) -> tuple[str, ...]:
    listed = [metrics] if isinstance(metrics, str) else metrics or []
    if not isinstance(listed, list | tuple):
        raise UsageError(explain(expected="a list", got=repr(metrics), where="compile, metrics"))
    return tuple(dict.fromkeys(_metric_name(metric, loss) for metric in listed))


def _metric_name(metric: object, loss: Loss) -> str:
    """Read a name of the accuracy."""
    if metric == "acc":
        say("metrics=['acc'] is an old spelling of metrics=['accuracy']; the history's keys are acc and val_acc.")
        return "acc"
    if metric == "accuracy" or isinstance(loss, _LONG_NAMES.get(str(metric), ())):
        return str(metric)
    raise NotSupportedError(
        explain(expected="'accuracy', the only metric that cnnlab has", got=repr(metric), where="compile, metrics")
    )

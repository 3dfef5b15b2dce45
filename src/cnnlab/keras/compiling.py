"""What ``compile`` is told."""

from typing import Any, Final

from cnnlab.errors import UsageError, explain
from cnnlab.keras import losses
from cnnlab.keras.compiled_metrics import read_metrics
from cnnlab.keras.engine import Compiled
from cnnlab.keras.refusals import refuse_unless_neutral
from cnnlab.training import optimizer_named

# Accepted at any value that changes no number here: how often Python is asked, and who compiles.
_WITHOUT_EFFECT: Final = ("steps_per_execution", "jit_compile", "auto_scale_loss")
_NEUTRAL: Final[dict[str, tuple[Any, ...]]] = {
    "loss_weights": (None,),
    "weighted_metrics": (None, []),
    "run_eagerly": (False, None),
}
_KNOWN: Final = ("optimizer", "loss", "metrics")


def compiled(optimizer: object, loss: object, metrics: object, others: dict[str, Any]) -> Compiled:
    """Check what ``compile`` was told.

    Args:
        optimizer: A name or an optimizer.
        loss: A name or a loss.
        metrics: None, or a list of names and metrics.
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
    found = losses.get(loss)
    names, counted = read_metrics(metrics, found)
    return Compiled(found, optimizer_named(optimizer), names, counted)

"""Keras' ``losses``: each returns a loss as plain data; the names in small letters are losses with their defaults."""

from typing import Any, Final

from cnnlab.errors import NotSupportedError, UsageError, explain
from cnnlab.keras.absent import absent_names
from cnnlab.keras.refusals import refuse_unless_neutral
from cnnlab.records import BinaryCrossentropy as BinaryRecord
from cnnlab.records import CategoricalCrossentropy as CategoricalRecord
from cnnlab.records import Loss
from cnnlab.records import MeanSquaredError as SquaredRecord
from cnnlab.records import SparseCategoricalCrossentropy as SparseRecord
from cnnlab.training import loss_named
from cnnlab.training.names import LOSSES

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Loss",
    "MeanSquaredError",
    "SparseCategoricalCrossentropy",
    "binary_crossentropy",
    "categorical_crossentropy",
    "get",
    "mean_squared_error",
    "sparse_categorical_crossentropy",
]

_NEUTRAL: Final[dict[str, tuple[Any, ...]]] = {
    "reduction": ("sum_over_batch_size", "auto", None),
    "dtype": (None, "float32"),
}
_NEUTRAL_CROSSENTROPY: Final = {**_NEUTRAL, "axis": (-1, None)}
_NEUTRAL_SPARSE: Final = {**_NEUTRAL_CROSSENTROPY, "ignore_class": (None,)}

# As in ``loss=keras.losses.categorical_crossentropy``.
categorical_crossentropy: Final = CategoricalRecord()
sparse_categorical_crossentropy: Final = SparseRecord()
binary_crossentropy: Final = BinaryRecord()
mean_squared_error: Final = SquaredRecord()


def CategoricalCrossentropy(  # noqa: N802 - Keras' name
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    *,
    name: str | None = None,
    **others: Any,  # noqa: ANN401 - Keras' arguments
) -> Loss:
    """Return the cross-entropy against one-hot labels.

    Args:
        from_logits: Whether the network ends without a softmax.
        label_smoothing: Share of each label, from 0 to 1, that is spread over all classes.
        name: A label without a meaning.
        others: ``axis``, ``reduction``, ``dtype`` at Keras' defaults.

    Raises:
        NotSupportedError: If another argument is not at its default.
        UsageError: If label_smoothing cannot be.

    Example:
        >>> CategoricalCrossentropy(label_smoothing=0.1).label_smoothing
        0.1
    """
    del name
    refuse_unless_neutral("CategoricalCrossentropy", _NEUTRAL_CROSSENTROPY, others, ("from_logits", "label_smoothing"))
    smoothing = _smoothing(label_smoothing, "CategoricalCrossentropy")
    return CategoricalRecord(from_logits=bool(from_logits), label_smoothing=smoothing)


def _smoothing(label_smoothing: object, where: str) -> float:
    """Check a share; True is none."""
    if (
        isinstance(label_smoothing, bool)
        or not isinstance(label_smoothing, int | float)
        or not 0 <= label_smoothing <= 1
    ):
        raise UsageError(explain(expected="label_smoothing from 0 to 1", got=repr(label_smoothing), where=where))
    return float(label_smoothing)


def SparseCategoricalCrossentropy(  # noqa: N802 - Keras' name
    from_logits: bool = False,
    *,
    name: str | None = None,
    **others: Any,  # noqa: ANN401 - Keras' arguments
) -> Loss:
    """Return the cross-entropy against class numbers.

    Args:
        from_logits: Whether the network ends without a softmax.
        name: A label without a meaning.
        others: ``ignore_class``, ``axis``, ``reduction``, ``dtype`` at Keras' defaults.

    Raises:
        NotSupportedError: If another argument is not at its default.
    """
    del name
    refuse_unless_neutral("SparseCategoricalCrossentropy", _NEUTRAL_SPARSE, others, ("from_logits",))
    return SparseRecord(from_logits=bool(from_logits))


def BinaryCrossentropy(  # noqa: N802 - Keras' name
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    *,
    name: str | None = None,
    **others: Any,  # noqa: ANN401 - Keras' arguments
) -> Loss:
    """Return the cross-entropy of each output by itself, the mean over the outputs.

    A network with one output, ``Dense(1, activation="sigmoid")``, tells two classes apart: its labels are 0 or 1. With
    more outputs labels are one-hot. One output says class 1 where its probability is above 0.5: with ``from_logits``
    above 0, where Keras' own accuracy counts logits above 0.5; ``metrics.BinaryAccuracy(threshold=0.5)`` does that.

    Args:
        from_logits: Whether the network ends without a sigmoid.
        label_smoothing: By which share, from 0 to 1, labels are drawn towards 0.5.
        name: A label without a meaning.
        others: ``axis``, ``reduction``, ``dtype`` at Keras' defaults.

    Raises:
        NotSupportedError: If another argument is not at its default.
        UsageError: If label_smoothing cannot be.

    Example:
        >>> BinaryCrossentropy(from_logits=True).from_logits
        True
    """
    del name
    refuse_unless_neutral("BinaryCrossentropy", _NEUTRAL_CROSSENTROPY, others, ("from_logits", "label_smoothing"))
    smoothing = _smoothing(label_smoothing, "BinaryCrossentropy")
    return BinaryRecord(from_logits=bool(from_logits), label_smoothing=smoothing)


def MeanSquaredError(  # noqa: N802 - Keras' name
    reduction: str | None = "sum_over_batch_size",
    name: str | None = None,
    dtype: object = None,
    **others: Any,  # noqa: ANN401 - whatever was written
) -> Loss:
    """Return the mean over the outputs of the squared differences from labels that say a class.

    Args:
        reduction: At Keras' default.
        name: A label without a meaning.
        dtype: At Keras' default.
        others: None; each is refused by name.

    Raises:
        NotSupportedError: If an argument is not at its default.
        UsageError: If there is no such argument.
    """
    del name
    refuse_unless_neutral("MeanSquaredError", _NEUTRAL, {"reduction": reduction, "dtype": dtype, **others})
    return SquaredRecord()


def get(identifier: object) -> Loss:
    """Return a loss by Keras' name, or the loss itself; of its class the one with Keras' defaults.

    Raises:
        NotSupportedError: If Keras has it and cnnlab does not, or it is one of the user's own.
        UsageError: If nobody has it.

    Example:
        >>> get("categorical_crossentropy") == CategoricalCrossentropy()
        True
    """
    for made in _MADE:
        if identifier is made:  # as ``loss=BinaryCrossentropy``
            return made()
    if callable(identifier):
        expected, got = f"one of {', '.join(LOSSES)}", f"{getattr(identifier, '__name__', identifier)}, one of your own"
        raise NotSupportedError(explain(expected=expected, got=got, where="loss"))
    return loss_named(identifier)


_MADE: Final = (BinaryCrossentropy, CategoricalCrossentropy, MeanSquaredError, SparseCategoricalCrossentropy)

__getattr__ = absent_names(__name__, __all__)

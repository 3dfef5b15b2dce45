"""Keras' ``losses``: each returns a loss as plain data; the names in small letters are losses with their defaults."""

from typing import Any, Final

from cnnlab.errors import UsageError, explain
from cnnlab.keras.absent import absent_names
from cnnlab.keras.refusals import refuse_unless_neutral
from cnnlab.records import CategoricalCrossentropy as CategoricalRecord
from cnnlab.records import Loss
from cnnlab.records import SparseCategoricalCrossentropy as SparseRecord
from cnnlab.training import loss_named

__all__ = [
    "CategoricalCrossentropy",
    "Loss",
    "SparseCategoricalCrossentropy",
    "categorical_crossentropy",
    "get",
    "sparse_categorical_crossentropy",
]

_NEUTRAL: Final = {
    "axis": (-1, None),
    "reduction": ("sum_over_batch_size", "auto", None),
    "dtype": (None, "float32"),
    "ignore_class": (None,),
}

# As in ``loss=keras.losses.categorical_crossentropy``.
categorical_crossentropy: Final = CategoricalRecord()
sparse_categorical_crossentropy: Final = SparseRecord()


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
    refuse_unless_neutral("CategoricalCrossentropy", _NEUTRAL, others)
    if (
        isinstance(label_smoothing, bool)
        or not isinstance(label_smoothing, int | float)
        or not 0 <= label_smoothing <= 1
    ):
        raise UsageError(
            explain(expected="label_smoothing from 0 to 1", got=repr(label_smoothing), where="CategoricalCrossentropy")
        )
    return CategoricalRecord(from_logits=bool(from_logits), label_smoothing=float(label_smoothing))


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
    refuse_unless_neutral("SparseCategoricalCrossentropy", _NEUTRAL, others)
    return SparseRecord(from_logits=bool(from_logits))


def get(identifier: object) -> Loss:
    """Return a loss by Keras' name, or the loss itself.

    Raises:
        NotSupportedError: If Keras has it and cnnlab does not.
        UsageError: If nobody has it.

    Example:
        >>> get("categorical_crossentropy") == CategoricalCrossentropy()
        True
    """
    return loss_named(identifier)


__getattr__ = absent_names(__name__, __all__)

"""Losses as plain data, with Keras' names and defaults."""

from dataclasses import dataclass

from cnnlab.records.checks import Range, check_fields


@dataclass(frozen=True, kw_only=True)
class Loss:
    """What training makes small, averaged over the images of a batch.

    Attributes:
        from_logits: Whether the network ends in logits. With False and a final softmax the loss is computed from the
            softmax's own logits, as Keras does on TensorFlow; with False and any other ending the outputs are
            normalised to a sum of 1 and clipped to [1e-7, 1 - 1e-7].
    """

    from_logits: bool = False

    def __post_init__(self) -> None:
        """Check every argument."""
        check_fields(self, {"label_smoothing": Range(0, 1)}, f"loss {type(self).__name__}")


@dataclass(frozen=True, kw_only=True)
class CategoricalCrossentropy(Loss):
    """Cross-entropy against probabilities: labels of shape (n, classes), usually one-hot.

    Attributes:
        label_smoothing: Share of each label's mass, from 0 to 1, spread evenly over all classes.
    """

    label_smoothing: float = 0.0


@dataclass(frozen=True, kw_only=True)
class SparseCategoricalCrossentropy(Loss):
    """Cross-entropy against class numbers: integer labels of shape (n,)."""

"""Losses as plain data, with Keras' names and defaults."""

from dataclasses import dataclass
from math import log
from typing import ClassVar

from cnnlab.records.checks import Range, check_fields


@dataclass(frozen=True, kw_only=True)
class Loss:
    """What training makes small, averaged over the images of a batch.

    Attributes:
        from_logits: Whether the network ends in logits.
        logits_of: The activation whose logits it is computed from: where a network ends in it and ``from_logits`` is
            False, the loss takes what the activation was given, as Keras does on TensorFlow, which is exact for gaps of
            any size. None where the loss takes outputs as they are.
        class_numbers: Whether labels are class numbers, also where there is an output for each class.
        separate: Whether the loss looks at each output by itself, so that a single output can tell two classes apart.
    """

    logits_of: ClassVar[str | None] = None
    class_numbers: ClassVar[bool] = False
    separate: ClassVar[bool] = False

    @property
    def from_logits(self) -> bool:
        """Say no; losses that may take logits have a field of this name."""
        return False

    def __post_init__(self) -> None:
        """Check every argument."""
        check_fields(self, {"label_smoothing": Range(0, 1)}, f"loss {type(self).__name__}")

    def of_guessing(self, classes: int) -> float:
        """Return the loss of a network that holds all classes for alike likely, where each is as frequent.

        Args:
            classes: How many there are, 2 where the network has a single output.
        """
        return log(classes)


@dataclass(frozen=True, kw_only=True)
class CategoricalCrossentropy(Loss):
    """Cross-entropy against probabilities: labels of shape (n, classes), usually one-hot.

    Attributes:
        from_logits: Whether the network ends in logits. With False and any ending but a softmax the outputs are
            normalised to a sum of 1 and clipped to [1e-7, 1 - 1e-7].
        label_smoothing: Share of each label's mass, from 0 to 1, spread evenly over all classes.
    """

    logits_of: ClassVar[str | None] = "softmax"

    from_logits: bool = False
    label_smoothing: float = 0.0


@dataclass(frozen=True, kw_only=True)
class SparseCategoricalCrossentropy(Loss):
    """Cross-entropy against class numbers: integer labels of shape (n,).

    Attributes:
        from_logits: As for `CategoricalCrossentropy`.
    """

    logits_of: ClassVar[str | None] = "softmax"
    class_numbers: ClassVar[bool] = True

    from_logits: bool = False


@dataclass(frozen=True, kw_only=True)
class BinaryCrossentropy(Loss):
    """Cross-entropy of each output by itself, the mean over the outputs.

    A network with a single output tells two classes apart, and its labels are 0 or 1; with more outputs labels are
    one-hot, of shape (n, classes).

    Attributes:
        from_logits: Whether the network ends in logits. With False and any ending but a sigmoid the outputs are clipped
            to [1e-7, 1 - 1e-7].
        label_smoothing: From 0 to 1: labels are drawn towards 0.5 by this share.
    """

    logits_of: ClassVar[str | None] = "sigmoid"
    separate: ClassVar[bool] = True

    from_logits: bool = False
    label_smoothing: float = 0.0

    def of_guessing(self, classes: int) -> float:
        """Return the entropy of one class among many; label smoothing makes it less sure."""
        share = (1 - self.label_smoothing) / classes + self.label_smoothing / 2
        return -share * log(share) - (1 - share) * log(1 - share)


@dataclass(frozen=True, kw_only=True)
class MeanSquaredError(Loss):
    """Squared difference of outputs and labels, the mean over the outputs; labels as for `BinaryCrossentropy`."""

    separate: ClassVar[bool] = True

    def of_guessing(self, classes: int) -> float:
        """Return the variance of being one class among many."""
        return (1 - 1 / classes) / classes

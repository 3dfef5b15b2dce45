"""Metrics as plain data, with Keras' names and defaults: each is two whole numbers that batches add to.

What a metric says of an epoch follows from its two counts alone, ``first / (first + second)``, so that it does not
matter in which batches, tiles or threads they were counted. The accuracies are there by name only: every backend counts
the right answers anyway.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import ClassVar, Final

from cnnlab.errors import UsageError, explain
from cnnlab.records.checks import Range, check_fields

Counts = tuple[int, int]

_THRESHOLD: Final = 0.5  # Keras' where none is named


@dataclass(frozen=True, kw_only=True)
class Metric:
    """What is told of a training beside its loss.

    Attributes:
        name: Under which it is told; it changes no number.
        of_class_numbers: Whether it reads labels that are class numbers; otherwise rows with an entry for each class.
    """

    name: str = "metric"
    of_class_numbers: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Check every argument."""
        place = f"metric {type(self).__name__}"
        ranges = {
            "k": Range(1, whole=True),
            "thresholds": Range(0, 1),
            "class_id": Range(0, whole=True),
            "threshold": Range(-inf, open_start=True),
        }
        check_fields(self, ranges, place)
        if not isinstance(self.name, str) or not self.name:
            raise UsageError(explain(expected="a text", got=repr(self.name), where=f"{place}, name"))


@dataclass(frozen=True, kw_only=True)
class CategoricalAccuracy(Metric):
    """The accuracy, of labels that are rows: whether the largest output stands where the largest entry does."""

    name: str = "categorical_accuracy"


@dataclass(frozen=True, kw_only=True)
class SparseCategoricalAccuracy(Metric):
    """The accuracy, of labels that are class numbers."""

    name: str = "sparse_categorical_accuracy"
    of_class_numbers: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class TopKCategoricalAccuracy(Metric):
    """Images whose class is among the k likeliest, and those where it is not.

    An image counts where fewer than k outputs are larger than that of its class: who ties with the k-th is in, as Keras
    has it on each of its engines.

    Attributes:
        k: At least 1.
    """

    name: str = "top_k_categorical_accuracy"
    k: int = 5


@dataclass(frozen=True, kw_only=True)
class SparseTopKCategoricalAccuracy(Metric):
    """`TopKCategoricalAccuracy` of labels that are class numbers.

    Attributes:
        k: At least 1.
    """

    name: str = "sparse_top_k_categorical_accuracy"
    k: int = 5
    of_class_numbers: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class _OfPositives(Metric):
    """What counts outputs above a threshold.

    Attributes:
        thresholds: From 0 to 1; an output above it says yes. None is 0.5.
        class_id: Whose entries are looked at; None for those of all classes.
    """

    thresholds: float | None = None
    class_id: int | None = None

    @property
    def threshold(self) -> float:
        """Return the threshold that holds."""
        return _THRESHOLD if self.thresholds is None else self.thresholds


@dataclass(frozen=True, kw_only=True)
class Precision(_OfPositives):
    """Entries that the network says yes to: rightly (the label is not 0), and wrongly."""

    name: str = "precision"


@dataclass(frozen=True, kw_only=True)
class Recall(_OfPositives):
    """Entries whose label is not 0: those that the network says yes to, and those that it does not."""

    name: str = "recall"


@dataclass(frozen=True, kw_only=True)
class BinaryAccuracy(Metric):
    """Entries where the label is 1 and the output above the threshold, or 0 and not above it; and all others.

    Attributes:
        threshold: Any number.
    """

    name: str = "binary_accuracy"
    threshold: float = _THRESHOLD


TopK = TopKCategoricalAccuracy | SparseTopKCategoricalAccuracy
OfPositives = Precision | Recall
OfEntries = Precision | Recall | BinaryAccuracy
"""Metrics that look at each entry of a label by itself."""
Counted = TopK | OfEntries
"""Metrics that are counted for their own sake."""
METRICS: Final[dict[str, type[Metric]]] = {
    kind.__name__: kind
    for kind in (
        BinaryAccuracy,
        CategoricalAccuracy,
        Precision,
        Recall,
        SparseCategoricalAccuracy,
        SparseTopKCategoricalAccuracy,
        TopKCategoricalAccuracy,
    )
}


def share_of(counts: Counts) -> float:
    """Return what a metric says: the first count's share of both, and 0 where there is nothing to share.

    Example:
        >>> share_of((3, 1)), share_of((0, 0))
        (0.75, 0.0)
    """
    first, second = counts
    return first / (first + second) if first + second else 0.0


def added(before: Sequence[Counts], more: Iterable[Counts]) -> tuple[Counts, ...]:
    """Add a batch's counts to those before it; to none at all where nothing was counted yet.

    Example:
        >>> added(((1, 2),), [(3, 4)])
        ((4, 6),)
    """
    if not before:
        return tuple(more)
    return tuple((a + c, b + d) for (a, b), (c, d) in zip(before, more, strict=True))


def unique_names(names: Iterable[str]) -> list[str]:
    """Make names tell numbers apart as Keras does: the second of a name gets ``_1`` behind it, the third ``_2``.

    Example:
        >>> unique_names(["recall", "recall", "accuracy", "recall"])
        ['recall', 'recall_1', 'accuracy', 'recall_2']
    """
    seen: dict[str, int] = {}
    found = []
    for name in names:
        count = seen.get(name, 0)
        seen[name] = count + 1
        found.append(f"{name}_{count}" if count else name)
    return found

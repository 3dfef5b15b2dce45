"""Outputs and labels for metrics, with many ties, and what each metric counts of them, written down entry by entry."""

from dataclasses import dataclass
from math import inf, isnan

import numpy as np

from cnnlab.arch import Network, chain
from cnnlab.arch.layers import Dense
from cnnlab.records import (
    BinaryAccuracy,
    Counted,
    Counts,
    Precision,
    Recall,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
)
from cnnlab.records.metrics import TopK

OF_ROWS: tuple[Counted, ...] = (
    TopKCategoricalAccuracy(k=2),
    TopKCategoricalAccuracy(k=1),
    Precision(),
    Precision(thresholds=0.25, class_id=1),
    Recall(thresholds=0.25),
    Recall(class_id=2),
    BinaryAccuracy(),
    BinaryAccuracy(threshold=0.25),
)
OF_NUMBERS: tuple[Counted, ...] = (SparseTopKCategoricalAccuracy(k=3), SparseTopKCategoricalAccuracy(k=2))


@dataclass(frozen=True, eq=False)
class Said:
    """What a network gave, and what was meant.

    Attributes:
        outputs: Shape (n, classes).
        labels: Class numbers of shape (n,), or rows of shape (n, classes).
        metrics: That read such labels.
    """

    outputs: np.ndarray
    labels: np.ndarray
    metrics: tuple[Counted, ...]


def drawn(seed: int, images: int = 21, classes: int = 4, *, form: str = "one-hot") -> Said:
    """Draw outputs out of five values, so that ties and thresholds are met all the time.

    Args:
        seed: Of the draw.
        images: How many.
        classes: How many.
        form: Of the labels: "one-hot", "soft" or "numbers".
    """
    numbers = np.random.default_rng(seed)
    outputs = numbers.choice([0.0, 0.25, 0.5, 0.75, 1.0], (images, classes)).astype(np.float32)
    named = numbers.integers(0, classes, images)
    if form == "numbers":
        return Said(outputs, named, OF_NUMBERS)
    labels = np.eye(classes, dtype=np.float32)[named]
    if form == "soft":
        other = np.roll(labels, 1, axis=1)
        labels = np.where(numbers.random((images, 1)) < 0.5, 0.75 * labels + 0.25 * other, labels).astype(np.float32)
    return Said(outputs, labels, OF_ROWS)


def by_hand(metric: Counted, said: Said) -> Counts:
    """Count one entry after the other, as Keras' pages say it."""
    if isinstance(metric, TopK):
        hits = sum(_is_in_top(metric.k, row, label) for row, label in zip(said.outputs, said.labels, strict=True))
        return hits, len(said.outputs) - hits
    first = second = 0
    for row, label in zip(said.outputs, said.labels, strict=True):
        for place, (output, entry) in enumerate(zip(row, label, strict=True)):
            if isinstance(metric, BinaryAccuracy):
                right = bool(entry == (1 if output > metric.threshold else 0))
                first, second = first + right, second + (not right)
                continue
            if metric.class_id not in {None, place}:
                continue
            yes, meant = bool(output > metric.threshold), bool(entry)
            first += yes and meant
            second += (yes and not meant) if isinstance(metric, Precision) else (meant and not yes)
    return first, second


def _is_in_top(k: int, row: np.ndarray, label: np.ndarray) -> bool:
    own = row[int(label) if label.ndim == 0 else int(label.argmax())]
    own = -inf if isnan(own) else own
    return sum(1 for other in row if other > own) < k


def identity(classes: int) -> tuple[Network, list[np.ndarray]]:
    """Return a network whose outputs are its inputs, to the bit, and its weights."""
    network = chain("as-it-is", [Dense(classes)], input_shape=(classes,))
    return network, [np.eye(classes, dtype=np.float32), np.zeros(classes, np.float32)]

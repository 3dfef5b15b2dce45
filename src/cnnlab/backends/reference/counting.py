"""The two counts of each metric, from outputs and labels of a batch."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab.backends.interface import Array
from cnnlab.backends.reference.activations import activate
from cnnlab.backends.reference.losses import class_numbers
from cnnlab.records import BinaryAccuracy, Counted, Counts, Precision, Recall
from cnnlab.records.metrics import OfPositives, TopK

Marks = npt.NDArray[np.bool_]


class Counting:
    """What is counted of each batch.

    Args:
        metrics: In their order.
        left_out: The activation that belongs behind the outputs: metrics see what the network gives.
    """

    def __init__(self, metrics: Sequence[Counted] = (), *, left_out: str | None = None) -> None:
        self._metrics = tuple(metrics)
        self._left_out = left_out

    def of(self, outputs: Array, labels: npt.NDArray[Any]) -> tuple[Counts, ...]:
        """Count.

        Args:
            outputs: Shape (n, classes); they stay as they are.
            labels: As the user gave them: class numbers of shape (n,), or rows of shape (n, classes).

        Returns:
            The counts of each metric; none without metrics.
        """
        if not self._metrics:
            return ()
        if self._left_out is not None:
            outputs = outputs.copy()
            activate(self._left_out, outputs)
        if outputs.shape[-1] == 1:
            labels = labels.reshape(outputs.shape)
        return tuple(counts_of(metric, outputs, labels) for metric in self._metrics)


def counts_of(metric: Counted, outputs: Array, labels: npt.NDArray[Any]) -> Counts:
    """Return the counts of one metric; see `Counting.of`.

    Example:
        >>> counts_of(Precision(), np.array([[0.9, 0.8], [0.7, 0.1]]), np.array([[1, 0], [1, 0]]))
        (2, 1)
    """
    match metric:
        case Precision():
            said, meant = _marked(metric, outputs, labels)
            return int((said & meant).sum()), int((said & ~meant).sum())
        case Recall():
            said, meant = _marked(metric, outputs, labels)
            return int((said & meant).sum()), int((~said & meant).sum())
        case BinaryAccuracy():
            said = outputs > outputs.dtype.type(metric.threshold)
            right = int((said == labels.astype(outputs.dtype)).sum())
            return right, outputs.size - right
    hits = int(_in_top(metric, outputs, class_numbers(labels)).sum())
    return hits, len(outputs) - hits


def _marked(metric: OfPositives, outputs: Array, labels: npt.NDArray[Any]) -> tuple[Marks, Marks]:
    """Tell which entries the network says yes to, and which are meant."""
    entries = slice(None) if metric.class_id is None else metric.class_id
    said = outputs[:, entries] > outputs.dtype.type(metric.threshold)
    return said, labels[:, entries].astype(outputs.dtype) != 0


def _in_top(metric: TopK, outputs: Array, classes: npt.NDArray[np.integer]) -> Marks:
    """Tell for which images fewer than k outputs are larger than that of their class, one that is NaN the smallest."""
    own = outputs[np.arange(len(outputs)), classes]
    own = np.where(np.isnan(own), -np.inf, own)
    larger: npt.NDArray[np.integer] = (outputs > own[:, None]).sum(axis=1)
    return larger < metric.k

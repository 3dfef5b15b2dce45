"""The metrics of compiled code: room for their counts, labels as they were given, and what came of it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cnnlab.backends.compiled.examples import Array
from cnnlab.backends.compiled.memory import Slots, aligned
from cnnlab.backends.interface import StepResult
from cnnlab.compiler.frame import Shared
from cnnlab.records import Counted, Counts, Examples
from cnnlab.records.metrics import OfEntries


class Counting:
    """What is counted beside the right answers; without metrics it does nothing.

    Args:
        metrics: In their order.
        dtype: Of the program's numbers.
    """

    def __init__(self, metrics: Sequence[Counted], dtype: np.dtype[Any]) -> None:
        self._metrics = tuple(metrics)
        self._dtype = dtype
        self._marks: tuple[Examples, Array] | None = None

    def room(self, shared: Slots, slot: Shared, rows: int) -> Array:
        """Let a slot point to room for the counts of so many tiles or steps; return it."""
        made = aligned(2 * len(self._metrics) * rows, np.int64)
        shared.point(slot, made if self._metrics else None)
        return made

    def hand_over_labels(self, shared: Slots, examples: Examples) -> None:
        """Let the code see labels that are rows as they were given."""
        if examples.labels.ndim == 1 or not any(isinstance(metric, OfEntries) for metric in self._metrics):
            return
        if self._marks is None or self._marks[0] is not examples:
            self._marks = examples, np.ascontiguousarray(examples.labels, self._dtype)
        shared.point(Shared.MARKS, self._marks[1])

    def joined(self, done: list[StepResult], counts: Array) -> list[StepResult]:
        """Return steps with what was counted in each."""
        if not self._metrics:
            return done
        rows = counts.reshape(-1, len(self._metrics), 2)
        return [replace(result, counts=_pairs(row)) for result, row in zip(done, rows, strict=False)]

    def total(self, counts: Array) -> tuple[Counts, ...]:
        """Add up the counts of all tiles."""
        return _pairs(counts.reshape(-1, len(self._metrics), 2).sum(axis=0)) if self._metrics else ()


def _pairs(row: Array) -> tuple[Counts, ...]:
    return tuple((first, second) for first, second in row.tolist())

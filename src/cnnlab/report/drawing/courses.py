"""One value of training over the epochs, in one seed or in many: what the curves are drawn from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum, isfinite
from typing import Literal

from cnnlab.records import EpochRow

Metric = Literal["loss", "accuracy", "val_loss", "val_accuracy"]


@dataclass(frozen=True)
class Point:
    """One epoch over the seeds that have a finite value there.

    Attributes:
        epoch: Counted from 1.
        mean: Over these seeds.
        low: The lowest of them.
        high: The highest of them.
        seeds: Which they are, at least one.
    """

    epoch: int
    mean: float
    low: float
    high: float
    seeds: frozenset[int]


@dataclass(frozen=True)
class Course:
    """One value over the epochs.

    Attributes:
        metric: Which value.
        points: Of the epochs in which some seed has a finite value, ascending.
        seeds: How many seeds there are in all.
    """

    metric: Metric
    points: tuple[Point, ...]
    seeds: int

    def at(self, epoch: int) -> Point | None:
        """Return one epoch's point."""
        return next((one for one in self.points if one.epoch == epoch), None)

    @property
    def alike(self) -> tuple[Point, ...]:
        """Return the points of the same seeds as the last one: only their means can be held against each other."""
        return tuple(one for one in self.points if one.seeds == self.points[-1].seeds)

    @property
    def best(self) -> Point:
        """Return the point of the lowest mean loss or the highest mean accuracy, of those that are alike."""
        if self.metric.endswith("accuracy"):
            return max(self.alike, key=lambda one: one.mean)
        return min(self.alike, key=lambda one: one.mean)


def course(histories: Mapping[int, Sequence[EpochRow]], metric: Metric) -> Course:
    """Gather one value of all seeds, epoch by epoch.

    Args:
        histories: The rows of each seed; seeds may have different numbers of them.
        metric: Which value.
    """
    found: dict[int, dict[int, float]] = {}
    for seed, rows in histories.items():
        for row in rows:
            value: float | None = getattr(row, metric)
            if value is not None and isfinite(value):
                found.setdefault(row.epoch, {})[seed] = value
    return Course(metric, tuple(_point(epoch, found[epoch]) for epoch in sorted(found)), len(histories))


def _point(epoch: int, values: Mapping[int, float]) -> Point:
    """Describe one epoch; a mean never lies outside of its values, whatever rounding does."""
    low, high = min(values.values()), max(values.values())
    # Each is divided before they are added: the sum of two huge losses is infinite.
    mean = fsum(value / len(values) for value in values.values())
    return Point(epoch, min(max(mean, low), high), low, high, frozenset(values))

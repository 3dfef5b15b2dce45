"""How each architecture's numbers went over the epochs, all of its seeds taken together."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import mean
from typing import Literal

from cnnlab.analysis.outcomes import Outcome, outcomes
from cnnlab.records import EpochRow, RunResult, StudyResult

Metric = Literal["val_loss", "val_accuracy"]


@dataclass(frozen=True)
class SeedCurve:
    """One number of one architecture, epoch by epoch from the first.

    Attributes:
        architecture: Its name.
        seeds: How many runs it is of.
        mean: Over the seeds; None where one of them has no finite value, for the mean of the others would jump there.
        low: The lowest of the seeds that have a finite value; None where none has.
        high: The highest, likewise.
    """

    architecture: str
    seeds: int
    mean: tuple[float | None, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]

    @property
    def last(self) -> int | None:
        """Return the place of the last epoch that has a mean; None where none has."""
        return max((place for place, value in enumerate(self.mean) if value is not None), default=None)


def seed_curves(result: StudyResult, metric: Metric) -> tuple[SeedCurve, ...]:
    """Take the seeds of each architecture together.

    Args:
        result: The study, finished or not; failed runs are left out, and interrupted ones where others are finished.
        metric: Which number.

    Returns:
        In the study's order; architectures without a finite value are left out.
    """
    curves = (_curve(outcome, metric) for outcome in outcomes(result))
    return tuple(curve for curve in curves if curve.last is not None)


def seed_curve(architecture: str, histories: Sequence[Sequence[EpochRow]], metric: Metric) -> SeedCurve:
    """Take the epochs of several runs of one architecture together.

    Example:
        >>> rows = [[EpochRow(1, 0.5, 0.8, loss, 0.9, 1.0)] for loss in (0.25, 0.75)]
        >>> seed_curve("a", rows, "val_loss")
        SeedCurve(architecture='a', seeds=2, mean=(0.5,), low=(0.25,), high=(0.75,))
    """
    epochs = max((len(history) for history in histories), default=0)
    columns = [_column(histories, place, metric) for place in range(epochs)]
    return SeedCurve(
        architecture,
        len(histories),
        mean=tuple(mean(values) if values and len(values) == len(histories) else None for values in columns),
        low=tuple(min(values, default=None) for values in columns),
        high=tuple(max(values, default=None) for values in columns),
    )


def _curve(outcome: Outcome, metric: Metric) -> SeedCurve:
    runs: tuple[RunResult, ...] = tuple(run for run in outcome.counted if run.history)
    return seed_curve(outcome.architecture, [run.history for run in runs], metric)


def _column(histories: Sequence[Sequence[EpochRow]], place: int, metric: Metric) -> list[float]:
    """Return the finite values of one epoch."""
    values: list[float | None] = [getattr(history[place], metric) for history in histories if place < len(history)]
    return [value for value in values if value is not None and isfinite(value)]

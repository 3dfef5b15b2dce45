"""The observation table as plain values, before anyone lays it out."""

from collections.abc import Sequence
from dataclasses import dataclass

from cnnlab.analysis import Interval, Outcome, outcomes
from cnnlab.records import StudyResult


@dataclass(frozen=True)
class Range:
    """The lowest and the highest of several runs' values."""

    low: float
    high: float


@dataclass(frozen=True)
class TableRow:
    """One architecture in the observation table.

    Attributes:
        architecture: Its name.
        seeds: How many runs its numbers are means of; 0 where none was trained.
        epochs: How many it was to be trained.
        epochs_done: How many it was trained.
        parameters: All of them; None where none was trained.
        loss: Mean test loss.
        accuracy: Mean test accuracy, from 0 to 1.
        interval: 95 % interval of the accuracy over the test images.
        losses: Their range, where there are several.
        accuracies: Their range, where there are several.
        seconds: Mean time of a run.
        published: Loss and accuracy as somebody published them.
        failed: How many runs failed; they count in no mean.
        early: How many epochs the finished runs had that a callback ended, the fewest and the most.
    """

    architecture: str
    seeds: int
    epochs: int
    epochs_done: int
    parameters: int | None
    loss: float | None
    accuracy: float | None
    interval: Interval | None
    losses: Range | None
    accuracies: Range | None
    seconds: float | None
    published: tuple[float, float] | None
    failed: int = 0
    early: tuple[int, int] | None = None

    @property
    def interrupted(self) -> bool:
        """Tell whether its epochs are not all done."""
        return self.epochs_done < self.epochs


def table_rows(result: StudyResult) -> tuple[TableRow, ...]:
    """Gather the observation table of a study, one row for each architecture.

    Args:
        result: The study, finished or not.

    Returns:
        In the study's order, architectures without a run included.
    """
    return tuple(
        _row(outcome, result.provenance.test_images, result.published.get(outcome.architecture))
        for outcome in outcomes(result)
    )


def _row(outcome: Outcome, test_images: int, published: tuple[float, float] | None) -> TableRow:
    """Take the numbers of one architecture together."""
    counted = outcome.counted
    return TableRow(
        architecture=outcome.architecture,
        seeds=len(counted),
        epochs=max((run.recipe.epochs for run in outcome.runs), default=0),
        epochs_done=min((len(run.history) for run in counted if run.status == "interrupted"), default=_done(outcome)),
        parameters=outcome.runs[0].total_params if outcome.runs else None,
        loss=outcome.loss,
        accuracy=outcome.accuracy,
        interval=outcome.interval(test_images),
        losses=_range(outcome.losses),
        accuracies=_range(outcome.accuracies),
        seconds=outcome.seconds,
        published=published,
        failed=len(outcome.failed),
        early=_early(outcome),
    )


def _done(outcome: Outcome) -> int:
    """Count the epochs of a finished run, whose history may have been left out."""
    return max((run.recipe.epochs for run in outcome.runs), default=0)


def _early(outcome: Outcome) -> tuple[int, int] | None:
    """Find how many epochs the runs had that a callback ended."""
    counts = [len(run.history) for run in outcome.counted if run.status == "finished" and run.ended]
    return (min(counts), max(counts)) if counts else None


def _range(values: Sequence[float]) -> Range | None:
    """Find the range of several values."""
    return Range(min(values), max(values)) if len(values) > 1 else None

"""The observation table as plain values, before anyone lays it out."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

from cnnlab.analysis import Interval, Outcome
from cnnlab.analysis.accuracy import Reached, reached
from cnnlab.analysis.chances import Chances, chances
from cnnlab.analysis.compared import apart, counted
from cnnlab.analysis.comparison import Comparison
from cnnlab.analysis.outcomes import outcomes
from cnnlab.records import RunResult, StudyResult


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
        seeds: How many runs its numbers are means of; 0 where none was trained. Collapsed ones are none of them, unless
            all collapsed.
        epochs: How many it was to be trained.
        epochs_done: How many it was trained.
        parameters: All of them; None where none was trained.
        loss: Mean test loss.
        accuracy: Mean test accuracy, from 0 to 1.
        interval: 95 % interval of the accuracy: over seeds and test images where the answers were compared, else over
            the test images alone.
        losses: Their range, where there are several.
        accuracies: Their range, where there are several.
        seconds: Mean time of a run.
        published: Loss and accuracy as somebody published them.
        failed: How many runs failed; they count in no mean.
        early: How many epochs the finished runs had that a callback ended, the fewest and the most.
        group: Letters: architectures that share one are not distinguishable. Empty where nothing was compared.
        chances: What other seeds and other images are in the interval; None where nothing was compared.
        collapsed: Seeds that learnt nothing and count in no mean.
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
    group: str = ""
    chances: Chances | None = None
    collapsed: tuple[int, ...] = ()

    @property
    def interrupted(self) -> bool:
        """Tell whether its epochs are not all done."""
        return self.epochs_done < self.epochs


def table_rows(result: StudyResult, comparison: Comparison | None = None) -> tuple[TableRow, ...]:
    """Gather the observation table of a study, one row for each architecture.

    Args:
        result: The study, finished or not.
        comparison: Of what each run said of each test image; None where that is not known.

    Returns:
        In the study's order, architectures without a run included.
    """
    known = {one.architecture: one for one in reached(result, result.provenance.test_images, comparison)}
    return tuple(
        _row(outcome, known.get(outcome.architecture), result.published.get(outcome.architecture))
        for outcome in outcomes(result)
    )


def _row(outcome: Outcome, known: Reached | None, published: tuple[float, float] | None) -> TableRow:
    """Take the numbers of one architecture together."""
    runs = _counted(outcome, known)
    losses = [run.test_loss for run in runs if run.test_loss is not None]
    standing = known.standing if known else None
    return TableRow(
        architecture=outcome.architecture,
        seeds=len(runs),
        epochs=max((run.recipe.epochs for run in outcome.runs), default=0),
        epochs_done=min((len(run.history) for run in runs if run.status == "interrupted"), default=_done(outcome)),
        parameters=outcome.runs[0].total_params if outcome.runs else None,
        loss=mean(losses) if losses else None,
        accuracy=known.accuracy if known else outcome.accuracy,
        interval=known.interval if known else None,
        losses=_range(losses),
        accuracies=_range([run.test_accuracy for run in runs if run.test_accuracy is not None]),
        seconds=outcome.seconds,
        published=published,
        failed=len(outcome.failed),
        early=_early(outcome),
        group=standing.group if standing else "",
        chances=chances(standing.accuracy, known.confidence) if known and standing else None,
        collapsed=standing.collapsed if standing and apart(standing) else (),
    )


def _counted(outcome: Outcome, known: Reached | None) -> tuple[RunResult, ...]:
    """Return the runs that the numbers are of."""
    if known is None or known.standing is None:
        return outcome.counted
    seeds = set(counted(known.standing))
    return tuple(run for run in outcome.runs if run.key.seed in seeds)


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

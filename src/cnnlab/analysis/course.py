"""Observations on the course of training: runs that hardly learnt, that broke, signs of over- and underfitting."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite

from cnnlab.analysis.accuracy import POOR
from cnnlab.analysis.observation import Observation
from cnnlab.analysis.outcomes import Outcome, outcomes
from cnnlab.analysis.proportions import wilson
from cnnlab.analysis.telling import Telling
from cnnlab.records import RunResult, StudyResult

NEAR_GUESSING = 0.75
"""A training loss of this share of that of guessing and more is near it."""

RISING = 2
"""A validation loss that rose in each of so many last epochs, while training loss fell, is a sign of overfitting."""


@dataclass(frozen=True, eq=False)
class Concerned:
    """The runs of one architecture, those of them that something is to be said of, and of how many.

    Attributes:
        name: The architecture.
        runs: Those concerned.
        total: All that could be.
    """

    name: str
    runs: tuple[RunResult, ...]
    total: int

    def of_seeds(self, told: Telling) -> str:
        """Write how many of the seeds are concerned; of a single run nothing."""
        if self.total == 1:
            return ""
        some, all_seeds = f"{self.name}: seeds concerned", f"{self.name}: seeds"
        return f"{told.count(some, len(self.runs))} of {told.count(all_seeds, self.total)} seeds"


def _courses(
    result: StudyResult, counts: Callable[[RunResult], bool], concerned: Callable[[RunResult], bool]
) -> list[Concerned]:
    """Gather by architecture the runs that count, and of them those that are concerned."""
    found = []
    for outcome in outcomes(result):
        all_runs = [run for run in outcome.runs if run.status != "failed" and counts(run)]
        runs = tuple(run for run in all_runs if concerned(run))
        if runs:
            found.append(Concerned(outcome.architecture, runs, len(all_runs)))
    return found


def collapses(
    result: StudyResult, test_images: int, classes: int, regularized: Collection[str] = ()
) -> list[Observation]:
    """Find runs whose training loss stayed near that of guessing and whose accuracy is poor.

    Not of networks with regularizers: what their weights cost is part of that loss, and nothing says how much of it.
    """
    if test_images < 1 or classes <= 1:
        return []

    def tested(run: RunResult) -> bool:
        comparable = run.recipe.loss_has_usual_size and run.key.architecture not in regularized
        return bool(run.history) and run.test_accuracy is not None and comparable

    def hardly(run: RunResult) -> bool:
        loss = run.history[-1].loss
        near = isfinite(loss) and loss >= NEAR_GUESSING * run.recipe.loss.of_guessing(classes)
        return near and wilson(run.test_accuracy or 0.0, test_images).high < POOR

    return [_collapse(course, classes) for course in _courses(result, tested, hardly)]


def _collapse(course: Concerned, classes: int) -> Observation:
    """Describe runs that hardly learnt."""
    told, name = Telling(course.name, "collapse"), course.name
    loss = course.runs[0].recipe.loss  # an architecture has one recipe
    losses, guess = [run.history[-1].loss for run in course.runs], loss.of_guessing(classes)
    seeds = course.of_seeds(told)
    count = told.count("classes", classes)
    text = (
        f"{told.name(name)} hardly learnt{f' with {seeds}' if seeds else ''}: its training loss ended at "
        f"{told.range(f'{name}: training loss', losses)}, "
        f"{told.range(f'{name}: of guessing', [loss / guess for loss in losses], write=told.percent)} of "
        f"{'' if loss.separate else f'ln({count}) = '}{told.number('loss of guessing', guess)}, the loss of guessing "
        f"{count} classes alike"
    )
    return told.observation(f"{text}{_late_change(told, course)}.")


def _late_change(told: Telling, course: Concerned) -> str:
    """Say how the training loss moved in the last third of the epochs; nothing of runs with fewer than three."""
    late = [len(run.history) // 3 for run in course.runs]
    if not all(late):
        return ""
    changes = [run.history[-1 - back].loss - run.history[-1].loss for run, back in zip(course.runs, late, strict=True)]
    what = f"{course.name}: late change"
    if min(changes) > 0:
        moved = f"fell by {told.range(what, changes)}"
    elif max(changes) <= 0:
        moved = f"rose by {told.range(what, [-change for change in changes])}"
    else:
        moved = f"moved by {told.range(what, [-change for change in changes])}"
    return f", and {moved} in the last {_epochs(told, f'{course.name}: late epochs', late)}"


def _epochs(told: Telling, what: str, counts: Sequence[int]) -> str:
    """Write a number of epochs after "the last"."""
    return "epoch" if max(counts) == 1 else f"{told.whole(what, counts)} epochs"


def _which_epochs(told: Telling, what: str, numbers: Sequence[int]) -> str:
    """Name an epoch or a range of them."""
    return f"epoch{'s' if min(numbers) < max(numbers) else ''} {told.whole(what, numbers)}"


def divergences(result: StudyResult) -> list[Observation]:
    """Find runs whose loss stopped being a number: those that failed for it, and those that went on."""
    failed = [_failure(outcome) for outcome in outcomes(result) if outcome.failed]
    broken = _courses(result, lambda _: True, lambda run: any(not isfinite(row.loss) for row in run.history))
    return [*failed, *(_broken(course) for course in broken)]


def _broken(course: Concerned) -> Observation:
    """Say where the loss of runs that went on was no number for the first time."""
    told, name = Telling(course.name, "divergence"), course.name
    first = [next(row.epoch for row in run.history if not isfinite(row.loss)) for run in course.runs]
    seeds = course.of_seeds(told)
    where = f"{'first ' if seeds else ''}in {_which_epochs(told, f'{name}: first epoch', first)}"
    what = f"{told.name(name)}: the training loss is not finite {f'with {seeds}, ' if seeds else ''}{where}"
    return told.observation(f"{what}; {'those' if seeds else 'the'} weights are lost.")


def _failure(outcome: Outcome) -> Observation:
    """Say which runs of an architecture failed, and where the first did."""
    told = Telling(outcome.architecture, "divergence")
    seeds = [run.key.seed for run in outcome.failed]
    plural = "s" if len(seeds) > 1 else ""
    which = f"with seed{plural} {told.listing(seeds, lambda seed: told.label('seed', seed))}"
    why = f": {told.words('message', outcome.failed[0].ended)}" if outcome.failed[0].ended else "."
    count = "They count in no mean." if plural else "It counts in no mean."
    return told.observation(f"{told.name(outcome.architecture)} failed {which}{why} {count}")


def fits(result: StudyResult) -> list[Observation]:
    """Read over- and underfitting off the losses of training and validation."""
    return [
        *_validation_better(result),
        *_overfitting(result),
        *_best_epoch(result),
    ]


def _validated(run: RunResult) -> bool:
    """Tell whether a run has a finite validation loss after each of at least two epochs."""
    return len(run.history) > 1 and all(row.val_loss is not None and isfinite(row.val_loss) for row in run.history)


def _losses(run: RunResult) -> list[float]:
    """Return the validation losses of a run that was validated after each epoch."""
    return [row.val_loss for row in run.history if row.val_loss is not None]


def _validation_better(result: StudyResult) -> list[Observation]:
    """Explain why validation can be better than training; with class weights the two losses are not of one kind."""

    def comparable(run: RunResult) -> bool:
        return _validated(run) and run.recipe.class_weight is None

    some = _courses(result, comparable, lambda run: _losses(run)[-1] < run.history[-1].loss)
    if not some:
        return []
    told = Telling("study", "fit")

    def write(course: Concerned) -> str:
        name = told.name(course.name)
        validation = [_losses(run)[-1] for run in course.runs]
        training = [run.history[-1].loss for run in course.runs]
        both = (
            f"{told.range(f'{name}: validation loss', validation)} against "
            f"{told.range(f'{name}: training loss', training)}"
        )
        seeds = course.of_seeds(told)
        return f"{name} ({f'{seeds}: ' if seeds else ''}{both})"

    text = (
        f"Validation loss ended below training loss: {told.listing(some, write)}. That is no contradiction: training "
        "is measured while the weights still move and any dropout is on, validation afterwards and without."
    )
    return [told.observation(text)]


def _overfitting(result: StudyResult) -> list[Observation]:
    """Find validation losses that rose to the end while training losses fell."""

    def overfits(run: RunResult) -> bool:
        rose = _rising_tail(_losses(run))
        return rose >= RISING and run.history[-1].loss < run.history[-1 - rose].loss

    return [_overfit(course) for course in _courses(result, _validated, overfits)]


def _overfit(course: Concerned) -> Observation:
    """Describe runs whose validation losses rose to the end."""
    told, name = Telling(course.name, "fit"), course.name
    all_losses = [_losses(run) for run in course.runs]
    tails = [_rising_tail(losses) for losses in all_losses]
    before = [losses[-1 - tail] for losses, tail in zip(all_losses, tails, strict=True)]
    last = [losses[-1] for losses in all_losses]
    rises = [end - start for start, end in zip(before, last, strict=True)]
    seeds = course.of_seeds(told)
    epochs = f"in each of the last {told.whole(f'{name}: rising epochs', tails)} epochs"
    if seeds:
        rose = f"with {seeds}, validation loss rose {epochs} (by {told.range(f'{name}: rise', rises)} in all)"
    else:
        start = told.number(f"{name}: validation loss before", before[0])
        rose = f"{epochs} validation loss rose (in all from {start} to {told.number(f'{name}: last one', last[0])})"
    return told.observation(f"{told.name(name)}: {rose} while training loss fell: a sign of overfitting.")


def _rising_tail(losses: list[float]) -> int:
    """Count the last epochs in each of which the loss rose."""
    steps = [later > earlier for earlier, later in pairwise(losses)]
    return len(steps) if all(steps) else steps[::-1].index(False)


def _best_epoch(result: StudyResult) -> list[Observation]:
    """Compare the epoch with the lowest validation loss to the last one."""
    early = _courses(result, _validated, lambda run: min(_losses(run)) < _losses(run)[-1])
    late = _courses(result, _validated, lambda run: min(_losses(run)) == _losses(run)[-1])
    told = Telling("study", "fit")

    def write(course: Concerned) -> str:
        seeds = course.of_seeds(told)
        return f"{told.name(course.name)} ({seeds})" if seeds else told.name(course.name)

    parts = []
    if early:
        listed = told.listing(early, lambda course: _early(told, course))
        parts.append(f"Validation loss was lowest before the last epoch: {listed}.")
    if late:
        listed = told.listing(late, write)
        parts.append(f"Validation loss was lowest after the last epoch: {listed}. More epochs may help there.")
    return [told.observation(" ".join(parts))] if parts else []


def _early(told: Telling, course: Concerned) -> str:
    """Say in which epochs the validation loss was lowest, and how far below the last."""
    name, seeds = told.name(course.name), course.of_seeds(told)
    all_losses = [_losses(run) for run in course.runs]
    best = [losses.index(min(losses)) for losses in all_losses]
    numbers = [run.history[index].epoch for run, index in zip(course.runs, best, strict=True)]
    epochs = _which_epochs(told, f"{name}: best epoch", numbers)
    where = f"{epochs} of {told.whole(f'{name}: epochs', [len(losses) for losses in all_losses])}"
    if seeds:
        below = told.range(f"{name}: below the last", [losses[-1] - min(losses) for losses in all_losses])
        return f"{name} ({seeds}: {where}, by {below} lower than the last)"
    lowest = told.number(f"{name}: lowest validation loss", min(all_losses[0]))
    return f"{name} ({where}: {lowest}, last {told.number(f'{name}: last validation loss', all_losses[0][-1])})"

"""Observations on the course of training: runs that hardly learnt, that broke, signs of over- and underfitting."""

from collections.abc import Iterator
from itertools import pairwise
from math import isfinite, log

from cnnlab.analysis.accuracy import POOR
from cnnlab.analysis.observation import Observation, listing, number, run_name
from cnnlab.analysis.outcomes import Outcome, outcomes
from cnnlab.analysis.proportions import wilson
from cnnlab.records import EpochRow, RunResult, StudyResult

NEAR_GUESSING = 0.75
"""A training loss of this share of ln(classes) and more is near that of guessing."""

RISING = 2
"""A validation loss that rose in each of so many last epochs, while training loss fell, is a sign of overfitting."""


def collapses(result: StudyResult, test_images: int, classes: int) -> list[Observation]:
    """Find runs whose training loss stayed near that of guessing and whose accuracy is poor."""
    found = []
    for run in result.runs:
        if run.status == "failed":
            continue
        if run.history and run.test_accuracy is not None and test_images > 0 and classes > 1:
            near = isfinite(run.history[-1].loss) and run.history[-1].loss >= NEAR_GUESSING * log(classes)
            if near and wilson(run.test_accuracy, test_images).high < POOR:
                found.append(Observation(run.key.architecture, _collapse(run, result, classes), "collapse"))
    return found


def _collapse(run: RunResult, result: StudyResult, classes: int) -> str:
    """Describe a run that hardly learnt."""
    loss, guess = run.history[-1].loss, log(classes)
    text = (
        f"{run_name(run, result)} hardly learnt: its training loss ended at {number(loss)}, {loss / guess:.0%} of "
        f"ln({classes}) = {number(guess)}, the loss of guessing {classes} classes alike"
    )
    late = len(run.history) // 3
    if not late:
        return f"{text}."
    change = run.history[-1 - late].loss - loss
    moved = f"fell by {number(change)}" if change > 0 else f"rose by {number(-change)}"
    return f"{text}, and {moved} in the last {_epochs(late)}."


def divergences(result: StudyResult) -> list[Observation]:
    """Find runs whose loss stopped being a number: those that failed for it, and those that went on."""
    found = [
        Observation(outcome.architecture, _failure(outcome), "divergence")
        for outcome in outcomes(result)
        if outcome.failed
    ]
    for run in result.runs:
        if run.status == "failed":
            continue
        broken = [row.epoch for row in run.history if not isfinite(row.loss)]
        if broken:
            text = (
                f"{run_name(run, result)}: the training loss is not finite in epoch {broken[0]}; the weights are lost."
            )
            found.append(Observation(run.key.architecture, text, "divergence"))
    return found


def _failure(outcome: Outcome) -> str:
    """Say which runs of an architecture failed, and where the first did."""
    seeds = [str(run.key.seed) for run in outcome.failed]
    which = f"with seed {seeds[0]}" if len(seeds) == 1 else f"with seeds {listing(seeds)}"
    why = f": {outcome.failed[0].ended}" if outcome.failed[0].ended else "."
    count = "It counts in no mean." if len(seeds) == 1 else "They count in no mean."
    return f"{outcome.architecture} failed {which}{why} {count}"


def fits(result: StudyResult) -> list[Observation]:
    """Read over- and underfitting off the losses of training and validation."""
    return [
        *_validation_better(result),
        *_overfitting(result),
        *_best_epoch(result),
    ]


def _validated(result: StudyResult) -> Iterator[tuple[RunResult, list[EpochRow], list[float]]]:
    """Go through the runs with a finite validation loss after each of at least two epochs."""
    for run in result.runs:
        if run.status == "failed":
            continue
        losses = [row.val_loss for row in run.history if row.val_loss is not None and isfinite(row.val_loss)]
        if len(losses) == len(run.history) > 1:
            yield run, list(run.history), losses


def _validation_better(result: StudyResult) -> list[Observation]:
    """Explain why validation can be better than training."""
    names = [
        f"{run_name(run, result)} ({number(losses[-1])} against {number(rows[-1].loss)})"
        for run, rows, losses in _validated(result)
        if losses[-1] < rows[-1].loss
    ]
    if not names:
        return []
    text = (
        f"Validation loss ended below training loss: {listing(names)}. That is no contradiction: training is measured "
        "while the weights still move and any dropout is on, validation afterwards and without."
    )
    return [Observation("study", text, "fit")]


def _overfitting(result: StudyResult) -> list[Observation]:
    """Find validation losses that rose to the end while training losses fell."""
    found = []
    for run, rows, losses in _validated(result):
        rose = _rising_tail(losses)
        if rose >= RISING and rows[-1].loss < rows[-1 - rose].loss:
            text = (
                f"{run_name(run, result)}: in each of the last {rose} epochs validation loss rose (in all from "
                f"{number(losses[-1 - rose])} to {number(losses[-1])}) while training loss fell: a sign of overfitting."
            )
            found.append(Observation(run.key.architecture, text, "fit"))
    return found


def _rising_tail(losses: list[float]) -> int:
    """Count the last epochs in each of which the loss rose."""
    steps = [later > earlier for earlier, later in pairwise(losses)]
    return len(steps) if all(steps) else steps[::-1].index(False)


def _best_epoch(result: StudyResult) -> list[Observation]:
    """Compare the epoch with the lowest validation loss to the last one."""
    early, late = [], []
    for run, rows, losses in _validated(result):
        best = losses.index(min(losses))
        if losses[best] == losses[-1]:
            late.append(run_name(run, result))
        else:
            where = f"epoch {rows[best].epoch} of {len(rows)}"
            early.append(f"{run_name(run, result)} ({where}: {number(losses[best])}, last {number(losses[-1])})")
    parts = []
    if early:
        parts.append(f"Validation loss was lowest before the last epoch: {listing(early)}.")
    if late:
        parts.append(f"Validation loss was lowest after the last epoch: {listing(late)}. More epochs may help there.")
    return [Observation("study", " ".join(parts), "fit")] if parts else []


def _epochs(count: int) -> str:
    """Write a number of epochs after "the last"."""
    return "epoch" if count == 1 else f"{count} epochs"

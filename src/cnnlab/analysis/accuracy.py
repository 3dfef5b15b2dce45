"""Observations on test accuracy: the verdict, its noise, which pairs differ, what was published."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from cnnlab.analysis.observation import Observation, listing, number, span
from cnnlab.analysis.outcomes import Outcome, outcomes
from cnnlab.analysis.proportions import Interval, difference
from cnnlab.records import StudyResult

GOOD = 0.95
POOR = 0.80
RULE = f"The rule: good where the whole 95 % interval is {GOOD:.2f} or more, poor where all of it is below {POOR:.2f}."


@dataclass(frozen=True)
class Pair:
    """Two architectures, the better one first, and the interval of how much better it is."""

    better: Outcome
    worse: Outcome
    gap: float
    interval: Interval

    @property
    def distinguishable(self) -> bool:
        """Tell whether the noise of the test set alone cannot explain the difference."""
        return 0 not in self.interval


def verdict(result: StudyResult, test_images: int) -> list[Observation]:
    """Say which architectures give good accuracy and which poor, and by which rule."""
    groups: dict[str, list[str]] = {"Good test accuracy": [], "Poor test accuracy": [], "Neither good nor poor": []}
    for outcome in outcomes(result):
        interval = outcome.interval(test_images)
        if interval is not None and outcome.accuracy is not None:
            groups[_grade(interval)].append(f"{outcome.architecture} ({number(outcome.accuracy)})")
    parts = [f"{grade}: {listing(names)}." for grade, names in groups.items() if names]
    return [Observation("study", " ".join([*parts, RULE]), "verdict")] if parts else []


def _grade(interval: Interval) -> str:
    """Place an interval by the rule."""
    if interval.low >= GOOD:
        return "Good test accuracy"
    return "Poor test accuracy" if interval.high < POOR else "Neither good nor poor"


def intervals(result: StudyResult, test_images: int) -> list[Observation]:
    """Give each test accuracy with its n and its interval."""
    found = []
    for outcome in outcomes(result):
        interval = outcome.interval(test_images)
        if interval is not None:
            text = f"{outcome.architecture}: {_accuracy(outcome)} on n = {test_images:,} images, 95 % interval "
            found.append(Observation(outcome.architecture, f"{text}{span(interval)} (Wilson).", "interval"))
    return found


def _accuracy(outcome: Outcome) -> str:
    """Write an accuracy, or the mean of several with its range."""
    count = len(outcome.accuracies)
    if count == 1:
        return f"test accuracy {number(outcome.accuracies[0])}"
    low, high = min(outcome.accuracies), max(outcome.accuracies)
    return f"mean test accuracy {number(outcome.accuracy or 0)} of {count} seeds ({number(low)} to {number(high)})"


def pairs(result: StudyResult, test_images: int) -> list[Pair]:
    """Compare all pairs of tested architectures, nearest first."""
    found = []
    for first, second in combinations(outcomes(result), 2):
        if first.accuracy is None or second.accuracy is None or test_images < 1:
            continue
        better, worse = (first, second) if first.accuracy >= second.accuracy else (second, first)
        high, low = max(first.accuracy, second.accuracy), min(first.accuracy, second.accuracy)
        found.append(Pair(better, worse, high - low, difference(high, test_images, low, test_images)))
    return sorted(found, key=lambda pair: pair.gap)


def comparisons(result: StudyResult, test_images: int) -> list[Observation]:
    """Say which pairs the noise of the test set alone can explain and which it cannot."""
    all_pairs = pairs(result, test_images)
    alike = [pair for pair in all_pairs if not pair.distinguishable]
    apart = [pair for pair in all_pairs if pair.distinguishable]
    found = []
    if alike:
        found.append(f"Not distinguishable within the noise of the test set alone: {_differences(alike)}.")
    if apart:
        found.append(f"Distinguishable beyond the noise of the test set alone: {_differences(apart)}.")
    if found:
        each = "" if len(all_pairs) == 1 else ", each pair for itself"
        found.append(
            f"The comparison is unpaired, at 95 %{each}: it does not use that all were tested on the same images."
        )
    return [Observation("study", " ".join(found), "comparison")] if found else []


def _differences(some: Sequence[Pair]) -> str:
    """List pairs with their differences."""
    return listing([f"{_difference(pair)} ({span(pair.interval)})" for pair in some])


def _difference(pair: Pair) -> str:
    """Say by how much one is better than the other."""
    if not pair.gap:
        return f"{pair.better.architecture} and {pair.worse.architecture} by 0"
    return f"{pair.better.architecture} over {pair.worse.architecture} by {number(pair.gap)}"


def seeds(result: StudyResult) -> list[Observation]:
    """Say what one run each does not show, or which ranges over seeds overlap."""
    tested = [outcome for outcome in outcomes(result) if outcome.accuracies]
    single = [outcome.architecture for outcome in tested if len(outcome.accuracies) == 1]
    several = [outcome for outcome in tested if len(outcome.accuracies) > 1]
    found = []
    if single:
        text = f"One run each: {listing(single)}. Another seed may give another accuracy, and the intervals do not say "
        found.append(Observation("study", f"{text}by how much.", "seeds"))
    for first, second in combinations(several, 2):
        if max(first.accuracies) >= min(second.accuracies) and max(second.accuracies) >= min(first.accuracies):
            text = f"The accuracies of {first.architecture} and {second.architecture} overlap over their seeds."
            found.append(Observation("study", text, "seeds"))
    return found


def against_published(result: StudyResult, test_images: int) -> list[Observation]:
    """Say whether an accuracy agrees with the published one."""
    found = []
    for outcome in outcomes(result):
        if outcome.architecture in result.published and outcome.accuracy is not None and test_images > 0:
            published = result.published[outcome.architecture][1]
            trained = f"{result.provenance.train_images:,} training images, {_epochs(outcome)}"
            text = _agreement(outcome, published, test_images, trained)
            found.append(Observation(outcome.architecture, text, "published"))
    return found


def _epochs(outcome: Outcome) -> str:
    """Say how many epochs the counted runs had."""
    epochs = max(len(run.history) or run.recipe.epochs for run in outcome.counted)
    return "1 epoch" if epochs == 1 else f"{epochs} epochs"


def _agreement(outcome: Outcome, published: float, test_images: int, trained: str) -> str:
    """Compare an accuracy with the published one as with another share of as many images."""
    accuracy = outcome.accuracy or 0.0
    interval = difference(accuracy, test_images, published, test_images)
    noise = _noise(outcome, published, explained=0 in interval)
    return (
        f"{outcome.architecture}: test accuracy {number(accuracy)} here ({trained}), {number(published)} published. "
        f"The difference of {number(accuracy - published)} ({span(interval)}) is {noise}."
    )


def _noise(outcome: Outcome, published: float, *, explained: bool) -> str:
    """Say what may explain a difference: the test set's noise is not all that moves an accuracy."""
    if explained:
        return "within the noise of the test set"
    reached = [run.test_accuracy for run in outcome.counted if run.test_accuracy is not None]
    low, high = min(reached), max(reached)
    if low < published < high:
        seeds = f"{len(reached)} seeds reached ({number(low)} to {number(high)})"
        return f"more than the noise of the test set explains, but the published value lies within what the {seeds}"
    return "more than the noise of the test set explains"

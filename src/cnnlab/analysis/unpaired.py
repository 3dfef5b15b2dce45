"""Comparing architectures of which no answers are kept: by their accuracies alone, each pair for itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from cnnlab.analysis.observation import Observation
from cnnlab.analysis.outcomes import Outcome, outcomes
from cnnlab.analysis.proportions import CONFIDENCE, Interval, difference
from cnnlab.analysis.telling import Telling
from cnnlab.records import StudyResult


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
    told = Telling("study", "comparison")
    found = []
    if alike:
        found.append(f"Not distinguishable within the noise of the test set alone: {_differences(told, alike)}.")
    if apart:
        found.append(f"Distinguishable beyond the noise of the test set alone: {_differences(told, apart)}.")
    if not found:
        return []
    each = "" if len(all_pairs) == 1 else ", each pair for itself"
    confidence = told.percent("confidence", CONFIDENCE)
    found.append(
        f"The comparison is unpaired, at {confidence}{each}: it does not use that all were tested on the same images."
    )
    return [told.observation(" ".join(found))]


def _differences(told: Telling, some: Sequence[Pair]) -> str:
    """List pairs with their differences."""

    def write(pair: Pair) -> str:
        better, worse = told.name(pair.better.architecture), told.name(pair.worse.architecture)
        what = f"{better} over {worse}"
        span = told.span(f"{what}: interval", pair.interval)
        if not pair.gap:
            return f"{better} and {worse} by {told.count(f'{what}: gap', 0)} ({span})"
        return f"{what} by {told.number(f'{what}: gap', pair.gap)} ({span})"

    return told.listing(some, write)


def seeds(result: StudyResult) -> list[Observation]:
    """Say what one run each does not show, or which ranges over seeds overlap."""
    tested = [outcome for outcome in outcomes(result) if outcome.accuracies]
    single = [outcome.architecture for outcome in tested if len(outcome.accuracies) == 1]
    several = [outcome for outcome in tested if len(outcome.accuracies) > 1]
    found = []
    if single:
        told = Telling("study", "seeds")
        text = f"One run each: {told.names(single)}. Another seed may give another accuracy, and the intervals do not "
        found.append(told.observation(f"{text}say by how much."))
    for first, second in combinations(several, 2):
        if max(first.accuracies) >= min(second.accuracies) and max(second.accuracies) >= min(first.accuracies):
            told = Telling("study", "seeds")
            both = f"{told.name(first.architecture)} and {told.name(second.architecture)}"
            found.append(told.observation(f"The accuracies of {both} overlap over their seeds."))
    return found

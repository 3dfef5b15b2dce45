"""Observations on test accuracy: the verdict, each accuracy with its interval, what was published."""

from collections.abc import Sequence
from dataclasses import dataclass

from cnnlab.analysis.chances import against_single, chances
from cnnlab.analysis.compared import apart, counted
from cnnlab.analysis.comparison.findings import Comparison, Standing
from cnnlab.analysis.observation import Observation
from cnnlab.analysis.outcomes import Outcome, outcomes
from cnnlab.analysis.proportions import CONFIDENCE, Interval, difference
from cnnlab.analysis.telling import Telling
from cnnlab.records import StudyResult

GOOD = 0.95
POOR = 0.80

WIDE = 0.2
"""An interval of a difference between two accuracies that is so wide says little where it has 0 in it."""


@dataclass(frozen=True, eq=False)
class Reached:
    """What an architecture reached on the test images.

    Attributes:
        outcome: Its runs.
        accuracy: Mean test accuracy, from 0 to 1.
        interval: Of it; over seeds and images where there is a standing, else Wilson's over the images.
        standing: What the comparison of the answers says; None where there are no answers.
        confidence: Of the interval.
    """

    outcome: Outcome
    accuracy: float
    interval: Interval
    standing: Standing | None
    confidence: float = CONFIDENCE

    @property
    def architecture(self) -> str:
        """Its name."""
        return self.outcome.architecture

    @property
    def single(self) -> bool:
        """Tell whether a comparison speaks of one trained network alone."""
        return self.standing is not None and len(counted(self.standing)) == 1

    @property
    def accuracies(self) -> tuple[float, ...]:
        """Return the test accuracy of each run that the mean is of."""
        if self.standing is None:
            return self.outcome.accuracies
        runs = self.outcome.runs
        seeds = set(counted(self.standing))
        return tuple(run.test_accuracy for run in runs if run.test_accuracy is not None and run.key.seed in seeds)


def reached(result: StudyResult, test_images: int, comparison: Comparison | None) -> tuple[Reached, ...]:
    """Gather what each tested architecture reached, in the study's order."""
    standings = {one.architecture: one for one in comparison.standings} if comparison else {}
    found = []
    for outcome in outcomes(result):
        standing, interval = standings.get(outcome.architecture), outcome.interval(test_images)
        if comparison is not None and standing is not None:
            estimate = standing.accuracy
            found.append(Reached(outcome, estimate.value, estimate.interval, standing, comparison.confidence))
        elif interval is not None and outcome.accuracy is not None:
            found.append(Reached(outcome, outcome.accuracy, interval, None))
    return tuple(found)


def verdict(all_reached: Sequence[Reached]) -> list[Observation]:
    """Say which architectures give good accuracy and which poor, and by which rule."""
    groups: dict[str, list[Reached]] = {}
    grades = ("Good test accuracy", "Poor test accuracy", "Neither good nor poor")
    for grade in grades:
        groups[grade] = [one for one in all_reached if not one.single and _grade(one.interval) == grade]
        alone = [one for one in all_reached if one.single and _grade(one.interval) == grade]
        groups[f"{grade}, of these trained networks"] = alone
    told = Telling("study", "verdict")

    def write(one: Reached) -> str:
        return f"{told.name(one.architecture)} ({told.number(f'{one.architecture}: accuracy', one.accuracy)})"

    parts = [f"{grade}: {told.listing(some, write)}." for grade, some in groups.items() if some]
    if not parts:
        return []
    confidence = told.percent("confidence", all_reached[0].confidence)
    rule = (
        f"The rule: good where the whole {confidence} interval is {told.two('good from', GOOD)} or more, poor where "
        f"all of it is below {told.two('poor below', POOR)}."
    )
    return [told.observation(" ".join([*parts, rule]))]


def _grade(interval: Interval) -> str:
    """Place an interval by the rule."""
    if interval.low >= GOOD:
        return "Good test accuracy"
    return "Poor test accuracy" if interval.high < POOR else "Neither good nor poor"


def intervals(all_reached: Sequence[Reached], test_images: int) -> list[Observation]:
    """Give each test accuracy with its n, its interval and what chance is in it."""
    return [_interval(one, test_images) for one in all_reached]


def _interval(one: Reached, test_images: int) -> Observation:
    told, name = Telling(one.architecture, "interval"), one.architecture
    standing = one.standing
    images = standing.images if standing else test_images
    what = _accuracy(told, one)
    text = (
        f"{told.name(name)}: {what} on n = {told.count('test images', images)} images, "
        f"{told.percent('confidence', one.confidence)} interval {told.span(f'{name}: interval', one.interval)}"
    )
    return told.observation(f"{text}{_sources(told, one, standing) if standing else ' (Wilson).'}")


def _accuracy(told: Telling, one: Reached) -> str:
    """Write an accuracy, or the mean of several with its range."""
    name, accuracies = one.architecture, one.accuracies
    accuracy = told.number(f"{name}: accuracy", one.accuracy)
    if one.single:
        return f"test accuracy {accuracy} of this one trained network"
    count = len(counted(one.standing)) if one.standing else len(accuracies)
    if count == 1:
        return f"test accuracy {accuracy}"
    seeds = told.count(f"{name}: seeds", count)
    found = f" ({told.range(f'{name}: accuracies', accuracies)})" if len(set(accuracies)) > 1 else ""
    which = " that did not collapse" if one.standing and apart(one.standing) else ""
    return f"mean test accuracy {accuracy} of {seeds} seeds{which}{found}"


def _sources(told: Telling, one: Reached, standing: Standing) -> str:
    """Say what is in an interval: the seeds and the images, each as far as it alone may move the accuracy."""
    name = one.architecture
    parts = chances(standing.accuracy, one.confidence)
    images = told.points(f"{name}: other images", parts.images)
    other = f"{told.count('test images', standing.images)} other images"
    if parts.seeds is None:
        return f". In it: {other} (+-{images} points). Another seed is not in it."
    if parts.too_few_seeds:
        return f". In it: other seeds (too few are there to say how far they reach) and {other} (+-{images} points)."
    seeds = told.points(f"{name}: other seeds", parts.seeds)
    return f". In it: other seeds (+-{seeds} points) and {other} (+-{images} points)."


def against_published(result: StudyResult, all_reached: Sequence[Reached], test_images: int) -> list[Observation]:
    """Say whether an accuracy agrees with the published one."""
    return [
        _agreement(one, result.published[one.architecture][1], test_images, result.provenance.train_images)
        for one in all_reached
        if one.architecture in result.published and test_images > 0
    ]


def _agreement(one: Reached, published: float, test_images: int, train_images: int) -> Observation:
    """Compare an accuracy with the published one as with one more run, tested on as many other images."""
    told, name = Telling(one.architecture, "published"), one.architecture
    seeds = len(counted(one.standing)) if one.standing else 1
    if one.standing is not None:
        interval = against_single(one.standing.accuracy, seeds, published, test_images)
    else:
        interval = difference(one.accuracy, test_images, published, test_images)
    mean = "mean test" if len(one.accuracies) > 1 else "test"
    epochs = max((len(run.history) or run.recipe.epochs for run in one.outcome.counted), default=0)
    trained = (
        f"{told.count('training images', train_images)} training images, "
        f"{told.plural(f'{name}: epochs', epochs, 'epoch')}"
    )
    text = (
        f"{told.name(name)}: {mean} accuracy {told.number(f'{name}: accuracy', one.accuracy)} here ({trained}), "
        f"{told.number(f'{name}: published accuracy', published)} published. The difference of "
        f"{told.number(f'{name}: difference', one.accuracy - published)} "
        f"({told.span(f'{name}: difference, interval', interval)}) is "
        f"{_noise(told, one, published, explained=0 in interval)}"
        f"{'; so wide an interval says little' * (0 in interval and interval.high - interval.low >= WIDE)}."
    )
    return told.observation(text)


def _noise(told: Telling, one: Reached, published: float, *, explained: bool) -> str:
    """Say what may explain a difference."""
    both = one.standing is not None and one.standing.accuracy.seed_error is not None
    source = "other images and another seed" if both else "the noise of the test set"
    if explained:
        return f"within what {source} explain" if both else f"within {source}"
    more = f"more than {source} explain{'' if both else 's'}"
    low, high = min(one.accuracies, default=published), max(one.accuracies, default=published)
    if low < published < high:
        count = told.count(f"{one.architecture}: seeds", len(one.accuracies))
        span = told.range(f"{one.architecture}: accuracies", one.accuracies)
        return f"{more}, but the published value lies within what the {count} seeds reached ({span})"
    return more

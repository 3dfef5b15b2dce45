"""What a comparison finds, as plain data: accuracies with both sources of chance, pairs, groups."""

from dataclasses import dataclass
from typing import Literal

from cnnlab.analysis.proportions import Interval

Measure = Literal["accuracy", "loss"]

Scope = Literal["architectures", "trained networks"]
"""What a claim is about: with one seed alone it can be about these trained networks, never about architectures."""


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds and images with what chance could have done to it.

    Attributes:
        value: The mean over the counted seeds.
        interval: At 95 %, over both sources of chance; with one seed over the images alone.
        seed_error: Standard error of the mean from another choice of seeds; None with one seed.
        image_error: Standard error of the mean from another choice of as many images.
        seed_spread: Standard deviation of single seeds around the architecture's mean, the images' noise taken off;
            None with one seed.
        freedom: Degrees of freedom of the interval; infinite where the images alone decide.
    """

    value: float
    interval: Interval
    seed_error: float | None
    image_error: float
    seed_spread: float | None
    freedom: float


@dataclass(frozen=True)
class Standing:
    """One architecture in a comparison.

    Attributes:
        architecture: Its name.
        seeds: Those that its numbers are of.
        collapsed: Seeds that did no better than always naming the most frequent class; they are counted apart.
        collapse_rate: Clopper-Pearson's 95 % interval of how often a seed collapses.
        images: How many each was tested on.
        accuracy: From 0 to 1, over the seeds that did not collapse.
        loss: Likewise; None where a loss is infinite.
        all_seeds: Mean accuracy with the collapsed ones, for which no interval holds.
        group: Letters: two architectures that share one are not distinguishable.
        warnings: Why the interval may promise too much, a sentence each.
        weighed: Whether training weighed classes: then a seed has collapsed that did no better than always naming one
            class with every class counted alike.
    """

    architecture: str
    seeds: tuple[int, ...]
    collapsed: tuple[int, ...]
    collapse_rate: Interval
    images: int
    accuracy: Estimate
    loss: Estimate | None
    all_seeds: float
    group: str
    warnings: tuple[str, ...] = ()
    weighed: bool = False


@dataclass(frozen=True)
class PairFinding:
    """Two architectures, the better one first.

    Attributes:
        better: Its name.
        worse: Its name.
        gap: How much higher the accuracy is.
        interval: Of the gap, wide enough that all intervals of the comparison hold together at 95 %.
        distinguishable: Whether 0 lies outside it.
        scope: What that is said of.
        more_seeds: How many seeds of each would settle a tie if the gap is what it seems; None where there is nothing
            to settle, or where no number of seeds does.
        more_images: Where no number of seeds settles it: how many test images would, with as many seeds as there are.
    """

    better: str
    worse: str
    gap: float
    interval: Interval
    distinguishable: bool
    scope: Scope
    more_seeds: int | None
    more_images: int | None


@dataclass(frozen=True)
class Comparison:
    """All that the answers of some architectures to the same images say of them.

    Attributes:
        standings: In the order that was given.
        pairs: The pairs by accuracy, nearest first.
        images: How many.
        confidence: Of each interval of a standing, and of all pairs together.
    """

    standings: tuple[Standing, ...]
    pairs: tuple[PairFinding, ...]
    images: int
    confidence: float

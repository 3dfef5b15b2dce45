"""How far two architectures are apart on a scale, with the parts of that distance's variance."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from cnnlab.analysis.comparison.critical import PAIR_BLEND, Family, critical, pair_freedom
from cnnlab.analysis.comparison.crossed import Crossed
from cnnlab.analysis.comparison.log_odds import log_odds, log_odds_slope, share_of
from cnnlab.analysis.comparison.unevenness import hidden_by_seeds
from cnnlab.analysis.proportions import Interval


@dataclass(frozen=True)
class Scale:
    """The scale on which two accuracies are compared.

    Attributes:
        odds: Whether it is that of log odds; else accuracies are taken as they are.
        better: Its accuracy on the scale.
        worse: Likewise.
        better_share: How much of a change of their distance is the better one's: its part of both own variances.
    """

    odds: bool
    better: float
    worse: float
    better_share: float

    def gap(self, distance: float) -> float:
        """Turn a distance on the scale into a difference of accuracies; 0 stays 0, and more is never less.

        Both accuracies move from where they are, each by its part of the variance: the one that is hardly known moves.
        """
        change = distance - (self.better - self.worse)
        better, worse = self.better + change * self.better_share, self.worse - change * (1 - self.better_share)
        return share_of(better) - share_of(worse) if self.odds else min(1.0, max(-1.0, better - worse))


@dataclass(frozen=True)
class Contrast:
    """A distance and what it may be off by.

    Attributes:
        distance: On the scale, 0 or more.
        scale: Turns distances into differences of accuracies.
        better: Variance of the better one's part from another choice of its seeds.
        worse: Likewise.
        images: Variance from another choice of images that no number of seeds takes away.
        seeds: Of the better and the worse one.
    """

    distance: float
    scale: Scale
    better: float
    worse: float
    images: float
    seeds: tuple[int, int]

    def reach(self, family: Family) -> float:
        """Return how far the ends of the interval lie from the distance."""
        of_seeds = self.better + self.worse
        total = of_seeds + self.images
        if total == 0:
            return 0.0
        freedom = pair_freedom(self.better, self.seeds[0] - 1, self.worse, self.seeds[1] - 1, family.welch)
        return critical(family.tail, of_seeds / total, freedom, PAIR_BLEND) * sqrt(total)

    def interval(self, family: Family) -> Interval:
        """Return the interval of the difference of accuracies."""
        reach = self.reach(family)
        return Interval(self.scale.gap(self.distance - reach), self.scale.gap(self.distance + reach))

    @property
    def seed_variance(self) -> float:
        """Return what both variances from seeds would be with one seed of each, together."""
        return self.better * self.seeds[0] + self.worse * self.seeds[1]

    def with_seeds(self, count: int) -> "Contrast":
        """Return what it would be with so many seeds of each, were the distance and the spreads the true ones."""
        better, worse = self.better * self.seeds[0] / count, self.worse * self.seeds[1] / count
        return Contrast(self.distance, self.scale, better, worse, self.images, (count, count))

    def with_images(self, times: float) -> "Contrast":
        """Return what it would be with so many times the images, and the same seeds."""
        return Contrast(self.distance, self.scale, self.better, self.worse, self.images / times, self.seeds)


def contrast(better: Crossed, worse: Crossed, *, odds: bool) -> Contrast:
    """Compare two architectures whose seeds are independent and whose images are the same.

    Args:
        better: The one with the higher mean, its answers taken apart.
        worse: The other one, on the same images.
        odds: Whether on the scale of log odds, which there are if both means lie between 0 and 1. Else accuracies are
            taken as they are, with two more images, one for each, as Bonett and Price have it.

    Returns:
        Their distance and its variance, split into what seeds and what images may change.
    """
    slopes = [log_odds_slope(each.mean) if odds else 1.0 for each in (better, worse)]
    hidden = [hidden_by_seeds(each) if odds else 0.0 for each in (better, worse)]
    values = [log_odds(each.mean) if odds else each.mean for each in (better, worse)]
    own = [slope**2 * each.variance + more for slope, each, more in zip(slopes, (better, worse), hidden, strict=True)]
    scale = Scale(odds, values[0], values[1], own[0] / sum(own) if sum(own) else 0.5)
    return Contrast(
        distance=values[0] - values[1],
        scale=scale,
        better=slopes[0] ** 2 * better.seed_part + hidden[0],
        worse=slopes[1] ** 2 * worse.seed_part + hidden[1],
        images=_images(better, worse, (slopes[0], slopes[1])) + (0.0 if odds else 2 / better.images**2),
        seeds=(better.seeds, worse.seeds),
    )


def _images(better: Crossed, worse: Crossed, slopes: tuple[float, float]) -> float:
    """Return the variance from the choice of images, of image by image differences: what both find hard drops out."""
    # Not a matrix product: a library that shares it out to threads costs more than it saves, and rounds as it likes.
    together = float(np.einsum("i,i->", better.each_image, worse.each_image)) / better.images
    covariance = (together - better.mean * worse.mean) / better.images
    own = slopes[0] ** 2 * (better.image_part - better.shared) + slopes[1] ** 2 * (worse.image_part - worse.shared)
    return max(0.0, own - 2 * slopes[0] * slopes[1] * covariance)

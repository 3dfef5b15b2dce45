"""What a change gained: the difference of two accuracies over seeds, on the same images, with its interval."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from cnnlab.analysis.comparison.critical import PAIR_BLEND, Family, critical, pair_freedom, student
from cnnlab.analysis.comparison.crossed import Crossed, crossed
from cnnlab.analysis.proportions import CONFIDENCE, Interval
from cnnlab.records import Tested


@dataclass(frozen=True)
class Gain:
    """How many points of accuracy a change brought.

    Attributes:
        points: Mean accuracy with the change less that without, in points (hundredths).
        interval: In points, at 95 % for all changes of one diagnosis together.
        new_seeds: In points, at 95 %: where the same difference lies if it is measured again on the same images with as
            many other seeds, of each as many as here.
        seeds: How many with the change.
        base_seeds: How many without.
    """

    points: float
    interval: Interval
    new_seeds: Interval
    seeds: int
    base_seeds: int


def gain(base: Tested, changed: Tested, comparisons: int) -> Gain:
    """Estimate what a change gained.

    Seeds of the two are independent samples; the images are the same, so that the chance of their choice is that of
    the difference, image by image. It differs from a pair of a comparison in two things: a gain is told in points, and
    seeds that learnt nothing count like all others: whether a network learns at all is part of what a change does.

    Args:
        base: Answers without the change, at least two seeds.
        changed: Answers with it, at least two seeds, to the same images.
        comparisons: How many changes are judged together; each interval is as much wider (Bonferroni).
    """
    before, after, family = crossed(base.correct), crossed(changed.correct), Family(CONFIDENCE, comparisons)
    value = after.mean - before.mean
    seeds = before.seed_part + after.seed_part
    total = seeds + _images(before, after)
    freedom = _freedom(before, after, family.welch)
    reach = critical(family.tail, seeds / total if total else 0.0, freedom, PAIR_BLEND) * sqrt(total)
    # The new seeds err as much again; the images stay the same.
    again = student((1 - CONFIDENCE) / 2, _freedom(before, after, 2.0)) * sqrt(2 * seeds)
    return Gain(100 * value, _around(value, reach), _around(value, again), after.seeds, before.seeds)


def _images(before: Crossed, after: Crossed) -> float:
    """Return the variance of a gain over another choice of images."""
    difference = after.each_image - before.each_image
    return max(0.0, float(np.var(difference)) / before.images - before.shared - after.shared)


def _freedom(before: Crossed, after: Crossed, power: float) -> float:
    return pair_freedom(before.seed_part, before.seeds - 1, after.seed_part, after.seeds - 1, power)


def _around(value: float, reach: float) -> Interval:
    """Give an interval in points; a difference of accuracies lies within 100 of 0."""
    return Interval(max(-100.0, 100 * (value - reach)), min(100.0, 100 * (value + reach)))

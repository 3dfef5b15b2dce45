"""Two architectures on the same images: how far apart, whether distinguishable, and what would settle it."""

from collections.abc import Callable
from math import floor

from cnnlab.analysis.comparison.both_scales import BothScales, both_scales
from cnnlab.analysis.comparison.check import check, check_confidence
from cnnlab.analysis.comparison.collapse import seeds_of
from cnnlab.analysis.comparison.critical import Family, critical
from cnnlab.analysis.comparison.crossed import Crossed, crossed
from cnnlab.analysis.comparison.findings import PairFinding
from cnnlab.analysis.comparison.networks import paired
from cnnlab.analysis.proportions import CONFIDENCE, Interval
from cnnlab.records import Tested

MOST = 10**9
"""No plan goes beyond so many seeds or images."""

Side = tuple[str, Crossed]


def pair(one: Tested, other: Tested, *, confidence: float = CONFIDENCE, pairs: int = 1) -> PairFinding:
    """Compare two architectures, or two trained networks where either has one seed.

    Args:
        one: The answers of an architecture's seeds; those that collapsed are left out.
        other: Those of another one to the same images.
        confidence: How often all intervals of a comparison hold together.
        pairs: How many intervals that are (Bonferroni: each errs in a part of the cases).

    Returns:
        The finding. Which of the two is given first does not matter, unless both have the same accuracy.

    Raises:
        UsageError: If the two were not asked the same, or one of them nothing.

    Example:
        >>> import numpy as np
        >>> labels, said = np.zeros(500, int), np.zeros((1, 500), int)
        >>> worse = said + (np.arange(500) < 20)
        >>> found = pair(*(Tested(n, (0,), labels, s, 0.0 * s) for n, s in [("flat", worse), ("deep", said)]))
        >>> f"{found.better} by {found.gap:.4f} ({found.interval.low:.4f} to {found.interval.high:.4f}), {found.scope}"
        'deep by 0.0400 (0.0219 to 0.0578), trained networks'
    """
    check((one, other))
    check_confidence(confidence)
    sides = [(each.architecture, crossed(each.correct[list(seeds_of(each).counted)])) for each in (one, other)]
    return compare_sides(sides[0], sides[1], Family(confidence, pairs))


def compare_sides(one: Side, other: Side, family: Family) -> PairFinding:
    """Compare two architectures whose answers were taken apart already.

    Args:
        one: Name and answers.
        other: Likewise.
        family: The pairs that it is one of.
    """
    better, worse = (one, other) if one[1].mean >= other[1].mean else (other, one)
    if min(better[1].seeds, worse[1].seeds) == 1:
        return _networks(better, worse, family.tail)
    found = both_scales(better[1], worse[1])
    interval = found.interval(family)
    apart = 0 not in interval
    seeds, images = (None, None) if apart else _wanted(found, family, better[1].images)
    gap = better[1].mean - worse[1].mean
    return PairFinding(better[0], worse[0], gap, _around(gap, interval), apart, "architectures", seeds, images)


def _networks(better: Side, worse: Side, tail: float) -> PairFinding:
    """Compare the networks that were trained: another seed is a chance of which one seed says nothing."""
    images = better[1].images
    difference = better[1].each_image - worse[1].each_image
    interval = paired(difference, tail)
    apart = 0 not in interval
    gap = better[1].mean - worse[1].mean
    more = None
    if not apart and gap > 0:
        more = smallest(lambda count: paired(difference, tail, count / images).low > 0, images)
    return PairFinding(better[0], worse[0], gap, _around(gap, interval), apart, "trained networks", None, more)


def _around(gap: float, interval: Interval) -> Interval:
    """Keep the gap in its interval where rounding moved an end past it; 0 stays where it was."""
    return Interval(min(gap, interval.low), max(gap, interval.high))


def _wanted(found: BothScales, family: Family, images: int) -> tuple[int | None, int | None]:
    """Return how many seeds of each, or else how many images, would settle a tie if all is as it seems."""
    normal = critical(family.tail, 0, 1, 1)
    squares = [((one.distance / normal) ** 2, one) for one in found.scales]
    if all(square > one.images for square, one in squares):
        # No interval is shorter than the normal one: fewer seeds than it asks for are not worth a look.
        least = max(one.seed_variance / (square - one.images) for square, one in squares)
        return smallest(lambda count: _with_seeds(found, count).apart(family), max(2, floor(least))), None
    if any(square <= one.better + one.worse for square, one in squares):
        return None, None
    least = max(images * one.images / (square - one.better - one.worse) for square, one in squares)
    return None, smallest(lambda count: _with_images(found, count / images).apart(family), floor(least))


def _with_seeds(found: BothScales, count: int) -> BothScales:
    return found.each(lambda one: one.with_seeds(count))


def _with_images(found: BothScales, times: float) -> BothScales:
    return found.each(lambda one: one.with_images(times))


def smallest(enough: Callable[[int], bool], start: int) -> int | None:
    """Find the smallest count from ``start`` on that is enough.

    More must never be worse. Above a thousand million it is None.

    Example:
        >>> smallest(lambda count: count * count > 200, 2)
        15
    """
    low, high, step = start - 1, start, 1
    while high <= MOST and not enough(high):
        low, high, step = high, high + step, 2 * step
    if high > MOST:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high

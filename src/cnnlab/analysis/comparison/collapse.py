"""Seeds that learnt nothing: which they are, and how often that happens."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab.analysis.even_accuracy import even_accuracy
from cnnlab.analysis.proportions import CONFIDENCE, Interval, wilson
from cnnlab.errors import UsageError, explain
from cnnlab.records import Tested


@dataclass(frozen=True)
class Sorted:
    """The seeds of an architecture, those that learnt apart from those that did not.

    Attributes:
        counted: Positions of the seeds that its numbers are of; all of them where none learnt.
        collapsed: Positions of the seeds that did no better than chance.
        blurred: Whether some did no better than chance, and the others hardly did either, so that none is set apart.
        weighed: Whether all classes counted alike, since training weighed them.
    """

    counted: tuple[int, ...]
    collapsed: tuple[int, ...]
    blurred: bool = False
    weighed: bool = False


def sort_seeds(accuracies: npt.NDArray[np.float64], labels: npt.NDArray[Any]) -> Sorted:
    """Set the collapsed seeds apart.

    A seed did no better than chance where the 95 % interval of its accuracy reaches down to the share of the most
    frequent class, which who always names that class gets. Such seeds are set apart only where they stand apart: the
    lowest of the others must lie above all of them beyond the images' noise. A rule without that would drop the
    unlucky seeds of an architecture that learns little, and praise the lucky ones.

    Args:
        accuracies: Of each seed, shape (seeds,), from 0 to 1.
        labels: The true classes of the images, shape (images,), integers from 0.

    Returns:
        Positions among the seeds.
    """
    return _sorted(accuracies, len(labels), float(np.bincount(labels.astype(np.intp)).max()) / len(labels))


def seeds_of(tested: Tested) -> Sorted:
    """Set the collapsed seeds of an architecture apart, as `sort_seeds` does.

    Where training weighed classes every class counts alike: a network that finds the rare ones may give fewer right
    answers than who always names the most frequent class, and has learnt more.
    """
    if not tested.weighed:
        return sort_seeds(tested.accuracies, tested.labels)
    even = even_accuracy(tested.labels, tested.classes)
    return replace(_sorted(even.shares, even.images, even.chance), weighed=True)


def _sorted(accuracies: npt.NDArray[np.float64], images: int, chance: float) -> Sorted:
    low = [wilson(float(accuracy), images).low for accuracy in accuracies]
    collapsed = tuple(place for place, end in enumerate(low) if end <= chance)
    learnt = tuple(place for place, end in enumerate(low) if end > chance)
    if not collapsed or not learnt:
        return Sorted(tuple(range(len(low))), collapsed)
    highest = max(wilson(float(accuracies[place]), images).high for place in collapsed)
    if min(low[place] for place in learnt) <= highest:
        return Sorted(tuple(range(len(low))), (), blurred=True)
    return Sorted(learnt, collapsed)


def rate(hits: int, count: int, confidence: float = CONFIDENCE) -> Interval:
    """Compute Clopper and Pearson's interval of how often something happens.

    It never covers less often than it says, and with few seeds nearly always more often.

    Args:
        hits: How many of the seeds it happened to.
        count: How many seeds there were, at least 1.
        confidence: How often it covers the true rate, at least.

    Returns:
        Both ends, from 0 to 1.

    Raises:
        UsageError: If these are no hits among a count.

    Example:
        >>> interval = rate(1, 10)
        >>> f"{interval.low:.4f} to {interval.high:.4f}"
        '0.0025 to 0.4450'

    Reference:
        Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial" (1934).
    """
    if not 0 <= hits <= count or count < 1:
        raise UsageError(explain(expected="hits among 1 seed or more", got=f"{hits} of {count}", where="collapse rate"))
    from scipy.special import betaincinv  # noqa: PLC0415 - start-up time

    tail = (1 - confidence) / 2
    low = float(betaincinv(hits, count - hits + 1, tail)) if hits else 0.0
    high = float(betaincinv(hits + 1, count - hits, 1 - tail)) if hits < count else 1.0
    return Interval(low, high)

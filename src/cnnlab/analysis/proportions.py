"""Intervals for a share of n images, and for the difference of two such shares."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from cnnlab.errors import UsageError, explain

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Interval:
    """The values from ``low`` to ``high``, both included."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        """Tell whether a value lies in it."""
        return self.low <= value <= self.high


def wilson(share: float, count: int, confidence: float = CONFIDENCE) -> Interval:
    """Compute Wilson's score interval of a share.

    It stays within 0 and 1 and keeps its promise near both ends, where accuracies of good networks lie and where the
    textbook's p +- z sqrt(p(1-p)/n) does not.

    Args:
        share: From 0 to 1: how many of the images had the property, as an accuracy.
        count: How many images there were, at least 1.
        confidence: How often such an interval covers the true share; 0.95 by custom.

    Returns:
        Both ends, from 0 to 1; the share lies between them.

    Raises:
        UsageError: If the share or the count cannot be one.

    Example:
        >>> interval = wilson(0.9903, 10_000)
        >>> f"{interval.low:.4f} to {interval.high:.4f}"
        '0.9882 to 0.9920'

    Reference:
        Wilson, "Probable inference, the law of succession, and statistical inference" (1927).
    """
    _check(share, count)
    return score(share, count, NormalDist().inv_cdf((1 + confidence) / 2))


def score(share: float, count: float, critical: float) -> Interval:
    """Compute Wilson's interval for any critical value and any number of images, whole or not.

    Args:
        share: From 0 to 1.
        count: How many independent images say as much as there is to know, above 0.
        critical: How many standard errors an end may lie from the share; 1.96 for 95 % of a normal distribution.

    Returns:
        Both ends, from 0 to 1; the share lies between them.
    """
    shrink = 1 + critical * critical / count
    centre = (share + critical * critical / (2 * count)) / shrink
    reach = critical / shrink * sqrt(share * (1 - share) / count + critical * critical / (4 * count * count))
    # Rounding may push an end past the share itself where the share is 0 or 1.
    return Interval(min(share, max(0.0, centre - reach)), max(share, min(1.0, centre + reach)))


def difference(
    share: float, count: int, other_share: float, other_count: int, confidence: float = CONFIDENCE
) -> Interval:
    """Compute Newcombe's hybrid score interval of ``share - other_share``, as if of two independent samples.

    Two networks tested on the same images are not independent samples: as a rule they err on the same images, and
    then this interval is wider than one of the paired answers would be. It never needs those answers.

    Args:
        share: Of the first sample, from 0 to 1.
        count: Images in the first sample.
        other_share: Of the second sample.
        other_count: Images in the second sample.
        confidence: How often such an interval covers the true difference.

    Returns:
        Both ends, from -1 to 1; where 0 lies between them the two are not distinguishable.

    Raises:
        UsageError: If a share or a count cannot be one.

    Example:
        >>> interval = difference(0.9903, 10_000, 0.9751, 10_000)
        >>> f"{interval.low:.4f} to {interval.high:.4f}"
        '0.0116 to 0.0189'

    Reference:
        Newcombe, "Interval estimation for the difference between independent proportions" (1998), method 10.
    """
    first, second = wilson(share, count, confidence), wilson(other_share, other_count, confidence)
    gap = share - other_share
    below = sqrt((share - first.low) ** 2 + (second.high - other_share) ** 2)
    above = sqrt((first.high - share) ** 2 + (other_share - second.low) ** 2)
    return Interval(max(-1.0, gap - below), min(1.0, gap + above))


def _check(share: float, count: int) -> None:
    """Refuse what is no share of a number of images."""
    if not 0 <= share <= 1:
        raise UsageError(explain(expected="a share from 0 to 1", got=repr(share), where="interval of a share"))
    if count < 1:
        raise UsageError(explain(expected="at least 1 image", got=repr(count), where="interval of a share"))

"""The interval of one architecture's accuracy or loss, over both sources of chance."""

from math import exp, inf, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab.analysis.comparison.check import check_confidence
from cnnlab.analysis.comparison.critical import MEAN_BLEND, critical, implied_freedom
from cnnlab.analysis.comparison.crossed import Crossed, crossed
from cnnlab.analysis.comparison.findings import Estimate, Measure
from cnnlab.analysis.comparison.log_odds import log_odds, log_odds_slope, share_of
from cnnlab.analysis.comparison.unevenness import hidden_by_seeds
from cnnlab.analysis.proportions import CONFIDENCE, Interval, score
from cnnlab.errors import DataError, explain

ROUNDING = 1e-9
"""A variance below this part of that of independent answers is what rounding leaves of 0."""

FARTHEST = 700.0
"""Above it the exponential leaves float64."""


def estimate(values: npt.NDArray[Any], *, measure: Measure = "accuracy", confidence: float = CONFIDENCE) -> Estimate:
    """Estimate an architecture's mean, from the answers of some seeds to some images.

    Args:
        values: Whether each answer was right, or the loss of each, shape (seeds, images).
        measure: What they are; it decides the interval's shape.
        confidence: How often such an interval covers the true mean; 0.95 by custom.

    Returns:
        The mean with its interval: of an accuracy symmetric in log odds, with one seed Wilson's over the images; of a
        loss symmetric on the logarithm's scale.

    Raises:
        UsageError: If there is no seed or no image, or the confidence is none.
        DataError: If a value is not finite.

    Example:
        >>> right = np.array([[True] * 90 + [False] * 10, [True] * 92 + [False] * 8, [False] * 9 + [True] * 91])
        >>> interval = estimate(right).interval
        >>> f"{estimate(right).value:.4f} ({interval.low:.4f} to {interval.high:.4f})"
        '0.9100 (0.8725 to 0.9373)'
    """
    check_confidence(confidence)
    if not np.isfinite(values).all():
        raise DataError(explain(expected="finite values", got="others among them", where=f"mean {measure}"))
    return of_parts(crossed(values), measure, confidence)


def of_parts(parts: Crossed, measure: Measure, confidence: float) -> Estimate:
    """Estimate from a table that was taken apart already; see :func:`estimate`."""
    tail = (1 - confidence) / 2
    of_seeds = parts.seed_part + (_hidden(parts) if measure == "accuracy" else 0.0)
    variance = of_seeds + parts.images_alone
    share = of_seeds / variance if variance else 0.0
    reach = critical(tail, share, max(1, parts.seeds - 1), MEAN_BLEND)
    several = parts.seeds > 1
    return Estimate(
        value=parts.mean,
        interval=_accuracy(parts, variance, reach) if measure == "accuracy" else _loss(parts, reach),
        seed_error=sqrt(of_seeds) if several else None,
        image_error=sqrt(parts.image_part),
        seed_spread=parts.seed_spread if several else None,
        freedom=implied_freedom(tail, reach) if share else inf,
    )


def _hidden(parts: Crossed) -> float:
    """Return the variance that uneven seeds hide, of the accuracy itself."""
    return hidden_by_seeds(parts) / log_odds_slope(parts.mean) ** 2 if 0 < parts.mean < 1 else 0.0


def _accuracy(parts: Crossed, variance: float, reach: float) -> Interval:
    """Return the interval that is symmetric in log odds; of one seed, or where there is no variance, Wilson's.

    A share's errors are skewed near 1, those of seeds no less than those of images; log odds follow that, stay within 0
    and 1, and are what pairs are compared in.
    """
    # Where no answer, or every answer, is wrong there is no variance to see: the images count, once each. What rounding
    # leaves of a variance of 0 is no variance either.
    mean = min(1.0, max(0.0, parts.mean))
    if parts.seeds == 1 or variance <= ROUNDING * mean * (1 - mean) / (parts.images * parts.seeds):
        return score(mean, parts.images, reach)
    change = reach * sqrt(variance) * log_odds_slope(mean)
    return Interval(share_of(log_odds(mean) - change), share_of(log_odds(mean) + change))


def _loss(parts: Crossed, reach: float) -> Interval:
    """Return the interval that is symmetric in the loss's logarithm: losses are above 0 and have a long upper tail."""
    if parts.mean <= 0:
        return Interval(parts.mean, parts.mean)
    factor = exp(min(FARTHEST, reach * sqrt(parts.variance) / parts.mean))
    return Interval(parts.mean / factor, parts.mean * factor)

"""The interval of one architecture's accuracy or loss, over both sources of chance."""

from math import exp, inf, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab.analysis.comparison.check import check_confidence
from cnnlab.analysis.comparison.critical import MEAN_BLEND, critical, implied_freedom
from cnnlab.analysis.comparison.crossed import Crossed, crossed
from cnnlab.analysis.comparison.findings import Estimate, Measure
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
        The mean with its interval: of an accuracy Wilson's, for as many images as leave the same variance, which with
        one seed are the images that there are; of a loss symmetric on the logarithm's scale.

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
    share = parts.seed_part / parts.variance if parts.variance else 0.0
    reach = critical(tail, share, max(1, parts.seeds - 1), MEAN_BLEND)
    several = parts.seeds > 1
    return Estimate(
        value=parts.mean,
        interval=_accuracy(parts, reach) if measure == "accuracy" else _loss(parts, reach),
        seed_error=sqrt(parts.seed_part) if several else None,
        image_error=sqrt(parts.image_part),
        seed_spread=parts.seed_spread if several else None,
        freedom=implied_freedom(tail, reach) if share else inf,
    )


def _accuracy(parts: Crossed, reach: float) -> Interval:
    """Return Wilson's interval for the number of images that would leave this variance.

    A share's errors are skewed near 1, those of seeds no less than those of images; Wilson's interval follows that and
    stays within 0 and 1.
    """
    binomial = parts.mean * (1 - parts.mean)
    # Where no answer, or every answer, is wrong there is no variance to see: the images count, once each. What rounding
    # leaves of a variance of 0 is no variance either.
    seen = parts.variance > ROUNDING * binomial / (parts.images * parts.seeds)
    images = binomial / parts.variance if seen and binomial > 0 else parts.images
    return score(min(1.0, max(0.0, parts.mean)), images, reach)


def _loss(parts: Crossed, reach: float) -> Interval:
    """Return the interval that is symmetric in the loss's logarithm: losses are above 0 and have a long upper tail."""
    if parts.mean <= 0:
        return Interval(parts.mean, parts.mean)
    factor = exp(min(FARTHEST, reach * sqrt(parts.variance) / parts.mean))
    return Interval(parts.mean / factor, parts.mean * factor)

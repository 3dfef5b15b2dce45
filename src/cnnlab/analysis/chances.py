"""How far each source of chance alone may move an accuracy."""

from dataclasses import dataclass
from math import inf, sqrt
from statistics import NormalDist

from cnnlab.analysis.comparison.findings import Estimate
from cnnlab.analysis.proportions import CONFIDENCE, Interval, difference

ANYTHING = 0.5
"""An accuracy that other seeds may move so far may be anything: how far exactly says nothing."""


@dataclass(frozen=True)
class Chances:
    """How far an interval would reach to either side if one source of chance were all there is.

    What single seeds make of single images is in both, so that the squares add up to a little more than the whole.

    Attributes:
        seeds: What as many other seeds change; None with one seed, of which nobody knows it.
        images: What as many other test images change.
    """

    seeds: float | None
    images: float

    @property
    def too_few_seeds(self) -> bool:
        """Tell whether too few seeds are there to say how far others reach."""
        return self.seeds is not None and self.seeds >= ANYTHING


def quantile(freedom: float, confidence: float = CONFIDENCE) -> float:
    """Return how many standard errors an interval reaches to either side, by Student's distribution.

    Args:
        freedom: Its degrees; infinite for the normal distribution.
        confidence: How often such an interval covers the truth.

    Example:
        >>> f"{quantile(2):.4f} {quantile(float('inf')):.4f}"
        '4.3027 1.9600'
    """
    if freedom == inf:
        return NormalDist().inv_cdf((1 + confidence) / 2)
    # Start-up time, and a report of a single seed opens without scipy.
    from scipy.special import stdtrit  # noqa: PLC0415

    return float(stdtrit(freedom, (1 + confidence) / 2))


def chances(estimate: Estimate, confidence: float = CONFIDENCE) -> Chances:
    """Split the reach of an interval into what comes from the seeds and what from the images.

    Args:
        estimate: A mean with its two standard errors.
        confidence: Of the interval.
    """
    reach = quantile(estimate.freedom, confidence)
    seeds = None if estimate.seed_error is None else reach * estimate.seed_error
    return Chances(seeds, reach * estimate.image_error)


def against_single(estimate: Estimate, seeds: int, other: float, images: int) -> Interval:
    """Compute the 95 % interval of a mean over seeds minus another's single run on as many images.

    The images are taken as two samples (Newcombe's interval); to each side of it is added, in squares, what the seeds
    of the mean and the other's one seed may have done. It is wide: the other is as a rule tested on the same images.

    Args:
        estimate: The mean accuracy.
        seeds: How many it is of; with one seed the images alone count.
        other: The other accuracy, from 0 to 1.
        images: How many each was tested on.

    Returns:
        Both ends, from -1 to 1.

    Reference:
        Zou and Donner, "Construction of confidence limits about effect measures" (2008), for the sum of squares.
    """
    mean = min(1.0, max(0.0, estimate.value))
    alone = difference(mean, images, other, images)
    if estimate.seed_error is None or estimate.seed_spread is None or seeds < 2:  # noqa: PLR2004 - one has no spread
        return alone
    gap = mean - other
    by_seeds = quantile(seeds - 1) * sqrt(estimate.seed_error**2 + estimate.seed_spread**2)
    below, above = sqrt((gap - alone.low) ** 2 + by_seeds**2), sqrt((alone.high - gap) ** 2 + by_seeds**2)
    return Interval(max(-1.0, gap - below), min(1.0, gap + above))

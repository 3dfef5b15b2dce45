"""How many standard errors an interval reaches, where a few seeds and many images have a share in the error."""

from dataclasses import dataclass
from math import inf
from statistics import NormalDist

MEAN_BLEND = 1.25
"""Power of the seeds' share in the interval of one mean. With Cochran's 1 the interval of three seeds may cover up to
97.1 % of the time, with Satterthwaite's degrees of freedom as little as 92.2 %; 1.25 keeps it between 94.8 and 96.5."""

PAIR_BLEND = 1.0
"""The same for a pair: Cochran's. Far out in the tail, where many pairs have to hold together, everything shorter
promises too much (Satterthwaite's up to five times the errors that were allowed)."""

WELCH = {1: 1.2, 3: 1.75, 6: 2.0}
"""Power of both shares in the degrees of freedom of a pair, from so many pairs on. Welch's is 2: where one of two
architectures with three seeds has nearly all of the variance it errs 5.9 times in a hundred (1.5: 5.6 times), and less
the more pairs share out the 5 %, since the pairs of one architecture err together; 1 counts the seeds of one alone."""

NORMAL = 1e7
"""Degrees of freedom from which on Student's distribution is the normal one, as far as anybody can tell."""


@dataclass(frozen=True)
class Family:
    """Pairs whose intervals hold together.

    Attributes:
        confidence: How often all of them do.
        pairs: How many they are.
    """

    confidence: float
    pairs: int

    @property
    def tail(self) -> float:
        """Return the chance beyond each end of one interval: what all may err is shared out (Bonferroni)."""
        return (1 - self.confidence) / self.pairs / 2

    @property
    def welch(self) -> float:
        """Return the power in :func:`pair_freedom`."""
        return next(power for least, power in reversed(WELCH.items()) if self.pairs >= least)


def critical(tail: float, seed_share: float, freedom: float, blend: float) -> float:
    """Blend Student's value for the part of the variance that seeds tell with the normal one for the images' part.

    Args:
        tail: Chance beyond each end, as 0.025.
        seed_share: Part of the variance that was estimated from seeds, from 0 to 1.
        freedom: Degrees of freedom of that part.
        blend: Power of the share; see :data:`MEAN_BLEND` and :data:`PAIR_BLEND`.

    Returns:
        The number of standard errors from the estimate to each end.

    Reference:
        Cochran, "Approximate significance levels of the Behrens-Fisher test" (1964): blend 1.
    """
    normal = -NormalDist().inv_cdf(tail)
    return normal + (student(tail, freedom) - normal) * seed_share**blend if seed_share else normal


def student(tail: float, freedom: float) -> float:
    """Return the value that Student's t exceeds with this chance."""
    from scipy.special import stdtrit  # noqa: PLC0415 - start-up time

    return float(-stdtrit(freedom, tail))


def implied_freedom(tail: float, reach: float) -> float:
    """Return the degrees of freedom at which Student's value is the one that was used."""
    from scipy.special import stdtridf  # noqa: PLC0415 - start-up time

    freedom: float = stdtridf(1 - tail, reach)
    return float(freedom) if freedom < NORMAL else inf


def pair_freedom(one: float, one_freedom: float, other: float, other_freedom: float, power: float) -> float:
    """Return the degrees of freedom of the sum of two variances that were estimated from seeds.

    Args:
        one: First variance.
        one_freedom: Seeds that it is of, less one.
        other: Second variance.
        other_freedom: Likewise.
        power: Of the shares; 2 is Welch's, see :data:`WELCH`.

    Returns:
        From the smaller of both to nearly their sum.

    Reference:
        Welch, "The generalization of Student's problem" (1947), who has the power 2.
    """
    total = one + other
    if total == 0:
        return one_freedom + other_freedom
    inverse: float = (one / total) ** power / one_freedom + (other / total) ** power / other_freedom
    return 1 / inverse

"""Two one-sided tests: is a difference smaller than what would matter?"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev
from typing import Final

from scipy.stats import t

_LEVEL: Final = 0.05


@dataclass(frozen=True)
class Equivalence:
    """What two one-sided tests say.

    Attributes:
        means: Of the first and of the second sample.
        deviations: Their standard deviations.
        interval: 90 % confidence interval of the difference, first minus second: equivalent where it lies within the
            margin on both sides.
        p: The larger of the two p values.
        equivalent: Whether p is below 0.05.
    """

    means: tuple[float, float]
    deviations: tuple[float, float]
    interval: tuple[float, float]
    p: float
    equivalent: bool


def equivalence(first: Sequence[float], second: Sequence[float], margin: float) -> Equivalence:
    """Test whether two means differ by less than a margin.

    Schuirmann's two one-sided tests (1987), each Welch's, which lets the two samples scatter differently.

    Args:
        first: A sample of at least two.
        second: Another, independent of it.
        margin: In the samples' unit, above 0.

    Example:
        >>> equivalence([97.6, 97.8, 97.7, 97.7], [97.7, 97.8, 97.6, 97.8], 0.3).equivalent
        True
    """
    difference = fmean(first) - fmean(second)
    error, freedom = _welch(first, second)
    if error == 0:
        p, half = float(abs(difference) >= margin), 0.0
    else:
        above = t.sf((difference + margin) / error, freedom)
        below = t.cdf((difference - margin) / error, freedom)
        p, half = float(max(above, below)), float(t.ppf(1 - _LEVEL, freedom)) * error
    return Equivalence(
        means=(fmean(first), fmean(second)),
        deviations=(stdev(first), stdev(second)),
        interval=(difference - half, difference + half),
        p=p,
        equivalent=p < _LEVEL,
    )


def _welch(first: Sequence[float], second: Sequence[float]) -> tuple[float, float]:
    """Return the standard error of the difference of two means and its degrees of freedom (Welch, 1947)."""
    parts = [stdev(sample) ** 2 / len(sample) for sample in (first, second)]
    total = sum(parts)
    if total == 0:
        return 0.0, 1.0
    scatter = sum(part**2 / (len(sample) - 1) for part, sample in zip(parts, (first, second), strict=True))
    return sqrt(total), total**2 / scatter

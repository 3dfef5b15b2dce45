"""Where one more run would lie, by what several runs gave.

Runs of one recipe differ by their seeds alone. Their losses are taken as normal on the scale of the logarithm, their
accuracies on that of the log-odds: near 1 an accuracy is skewed to below, and both scales take that away. On the scale
one more run lies, in 95 of 100 cases, within ``mean +- t s sqrt(1 + 1 / n)``, where n runs have this mean and the
standard deviation s, and t is Student's with n - 1 degrees of freedom. By simulation (`tests/analysis/test_prediction`)
the coverage is 94.5 to 95.2 % for 3, 5 and 10 runs where runs are normal, skewed near 1 or as far apart as
architecture 3's. Where they form two clumps it is less with few runs: 87 % with 3.

Reference: Hahn and Meeker, "Statistical Intervals" (1991), section 4.7, for the interval on one scale.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cnnlab.analysis.proportions import CONFIDENCE, Interval

Floats = npt.NDArray[np.float64]

FEWEST: Final = 3
"""With fewer runs nothing is said: from two, the interval is eight times as wide as from many."""

_LEAST_LOSS: Final = 1e-12


@dataclass(frozen=True)
class Scale:
    """A scale on which runs are about normal.

    Attributes:
        images: For accuracies, how many images they are shares of: none and all of them are read as half an image and
            all but half a one, since log-odds have no value there. None for losses.
    """

    images: int | None = None

    def to(self, values: npt.ArrayLike) -> Floats:
        """Bring losses or accuracies onto the scale; the shape stays."""
        plain = np.asarray(values, dtype=np.float64)
        if self.images is None:
            return np.asarray(np.log(np.maximum(plain, _LEAST_LOSS)))
        half = 0.5 / self.images
        share = np.clip(plain, half, 1 - half)
        return np.asarray(np.log(share / (1 - share)))

    def back(self, value: float) -> float:
        """Bring one value of the scale back."""
        if self.images is None:
            # Three runs that are orders of magnitude apart give ends beyond all numbers.
            return float(np.exp(np.clip(value, -700, 700)))
        return float(1 / (1 + np.exp(-np.clip(value, -700, 700))))


@dataclass(frozen=True)
class Prediction:
    """What some runs say of one more.

    Attributes:
        scale: Of the numbers below.
        runs: How many there are, at least two.
        centre: Their mean.
        spread: Standard deviation of the difference between one more run and that mean; 0 where all runs agree.
    """

    scale: Scale
    runs: int
    centre: float
    spread: float

    def interval(self, confidence: float = CONFIDENCE) -> Interval:
        """Return where one more run lies in so many cases, as a loss or an accuracy."""
        from scipy.special import stdtrit  # noqa: PLC0415 - start-up time

        reach = float(stdtrit(self.runs - 1, (1 + confidence) / 2)) * self.spread
        return Interval(self.scale.back(self.centre - reach), self.scale.back(self.centre + reach))

    def below(self, value: float) -> float:
        """Return the share of further runs that would be lower than a value; there must be some spread."""
        from scipy.special import stdtr  # noqa: PLC0415 - start-up time

        return float(stdtr(self.runs - 1, (float(self.scale.to(value)) - self.centre) / self.spread))


def predict(values: npt.ArrayLike, scale: Scale) -> Prediction:
    """Fit what two or more runs say of one more.

    Args:
        values: A loss or an accuracy of each run, shape (n,).
        scale: Their scale.

    Example:
        >>> interval = predict([0.9801, 0.9786, 0.9812, 0.9779], Scale(10_000)).interval()
        >>> f"{interval.low:.4f} to {interval.high:.4f}"
        '0.9735 to 0.9842'
    """
    placed = scale.to(values)
    runs = len(placed)
    return Prediction(scale, runs, float(placed.mean()), _spread(placed) if len(np.unique(placed)) > 1 else 0.0)


def tails(values: npt.ArrayLike, others: npt.ArrayLike, scale: Scale, half_unit: float = 0.0) -> Floats:
    """Return how likely one more run is to lie as far from the mean of some runs as a value does, or farther.

    Args:
        values: One for each column, shape (m,).
        others: What the runs gave, shape (n, m), n at least 2.
        scale: Of them all.
        half_unit: By how much rounding may have moved each value; the nearest that it may have been is taken.

    Returns:
        Shape (m,), from 0 to 1; where all runs agree 1 for a value that agrees with them, and not a number for another.
    """
    from scipy.special import stdtr  # noqa: PLC0415 - start-up time

    placed, given = scale.to(others), np.asarray(values, dtype=np.float64)
    centre = placed.mean(axis=0)
    low, high = scale.to(given - half_unit), scale.to(given + half_unit)
    away = np.abs(np.clip(centre, low, high) - centre)
    spread = np.where(np.ptp(placed, axis=0) > 0, _spread(placed), np.nan)
    found = np.asarray(2 * stdtr(len(placed) - 1, -away / spread))
    alike = np.isclose(away, 0, atol=1e-12) & np.isnan(spread)
    return np.where(alike, 1.0, found)


def widening(runs: int) -> float:
    """Return how many times as wide the interval of so few runs is as that of very many with the same deviation.

    Example:
        >>> [round(widening(runs), 1) for runs in (2, 3, 10)]
        [7.9, 2.5, 1.2]
    """
    from scipy.special import ndtri, stdtrit  # noqa: PLC0415 - start-up time

    upper = (1 + CONFIDENCE) / 2
    return float(stdtrit(runs - 1, upper)) * sqrt(1 + 1 / runs) / float(ndtri(upper))


def _spread(placed: Floats) -> Any:  # noqa: ANN401 - a number or an array of them
    return placed.std(axis=0, ddof=1) * sqrt(1 + 1 / len(placed))

"""Sine and cosine, the same bits on every processor.

NumPy's own change their last bits with the processor. Here are only +, -, * and rounding to whole numbers, each as a
NumPy operation of its own so that nothing is fused.
"""

from collections.abc import Sequence
from math import factorial, pi
from typing import Final

import numpy as np
import numpy.typing as npt

Float64s = npt.NDArray[np.float64]

# Taylor's series of sin(r) / r and of cos(r) in powers of r squared, lowest power first. With r at most pi / 4 the
# first term that is left out is below 1e-17.
_SINE: Final = tuple((-1) ** k / factorial(2 * k + 1) for k in range(9))
_COSINE: Final = tuple((-1) ** k / factorial(2 * k) for k in range(9))


def sine_and_cosine(turns: Float64s) -> tuple[Float64s, Float64s]:
    """Return sines and cosines of angles in whole turns, right to about 15 digits.

    A turn is divided into quarters, which is exact; only what is left becomes an angle in radians. So a quarter of a
    turn gives 1 and 0, and not nearly so.

    Args:
        turns: Any shape; 1 is a whole turn, a positive one turns the first axis towards the second.

    Returns:
        Two arrays of that shape.

    Example:
        >>> [part.tolist() for part in sine_and_cosine(np.array([0.25, 0.5]))]
        [[1.0, 0.0], [0.0, -1.0]]
    """
    quarters = np.rint(turns * 4.0)
    rest = (turns - quarters * 0.25) * (2.0 * pi)
    square = rest * rest
    sine, cosine = rest * _polynomial(_SINE, square), _polynomial(_COSINE, square)
    which = quarters.astype(np.int64) % 4
    swapped = which % 2 == 1
    along, across = np.where(swapped, cosine, sine), np.where(swapped, sine, cosine)
    # adding 0.0 leaves no negative zero
    return np.where(which >= 2, -along, along) + 0.0, np.where((which == 1) | (which == 2), -across, across) + 0.0  # noqa: PLR2004 - the third and fourth quarter


def _polynomial(coefficients: Sequence[float], at: Float64s) -> Float64s:
    """Evaluate by Horner's rule, lowest power first in the list."""
    total = np.full_like(at, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        total = total * at + coefficient
    return total

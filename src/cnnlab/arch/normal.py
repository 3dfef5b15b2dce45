"""The quantiles of the normal distribution, the same bits on every processor.

NumPy's logarithm changes its last bits with the processor, and a C library's with its version. Here are only +, -, *,
/ and the square root, which IEEE 754 rounds one way, each as a NumPy operation of its own so that nothing is fused.
`compiler/lowering/noise.py` does the same steps in compiled code: a change here is one there.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from cnnlab.randomness import words_at

Float64s = npt.NDArray[np.float64]

LN2: Final = 0.6931471805599453
SQRT_HALF: Final = 0.7071067811865476
# 2 / (2k + 1), the series of log((1 + s) / (1 - s)) / s in powers of s squared. With s at most 0.172 the twelfth term
# is below half a unit in the last place.
LOG_SERIES: Final = tuple(2 / (2 * k + 1) for k in range(12))

# Algorithm AS 241, routine PPND16, of Wichura, "The percentage points of the normal distribution" (1988): numerator and
# denominator, lowest power first, for the middle, for the tails and for the far tails.
MIDDLE: Final = (
    (
        3.3871328727963666080e0,
        1.3314166789178437745e2,
        1.9715909503065514427e3,
        1.3731693765509461125e4,
        4.5921953931549871457e4,
        6.7265770927008700853e4,
        3.3430575583588128105e4,
        2.5090809287301226727e3,
    ),
    (
        1.0,
        4.2313330701600911252e1,
        6.8718700749205790830e2,
        5.3941960214247511077e3,
        2.1213794301586595867e4,
        3.9307895800092710610e4,
        2.8729085735721942674e4,
        5.2264952788528545610e3,
    ),
)
TAIL: Final = (
    (
        1.42343711074968357734e0,
        4.63033784615654529590e0,
        5.76949722146069140550e0,
        3.64784832476320460504e0,
        1.27045825245236838258e0,
        2.41780725177450611770e-1,
        2.27238449892691845833e-2,
        7.74545014278341407640e-4,
    ),
    (
        1.0,
        2.05319162663775882187e0,
        1.67638483018380384940e0,
        6.89767334985100004550e-1,
        1.48103976427480074590e-1,
        1.51986665636164571966e-2,
        5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    ),
)
_FAR_TAIL: Final = (
    (
        6.65790464350110377720e0,
        5.46378491116411436990e0,
        1.78482653991729133580e0,
        2.96560571828504891230e-1,
        2.65321895265761230930e-2,
        1.24266094738807843860e-3,
        2.71155556874348757815e-5,
        2.01033439929228813265e-7,
    ),
    (
        1.0,
        5.99832206555887937690e-1,
        1.36929880922735805310e-1,
        1.48753612908506148525e-2,
        7.86869131145613259100e-4,
        1.84631831751005468180e-5,
        1.42151175831644588870e-7,
        2.04426310338993978564e-15,
    ),
)
MIDDLE_HALF_WIDTH: Final = 0.425
_FAR: Final = 5.0


def normal_quantile(probability: Float64s) -> Float64s:
    """Return the values below which a standard normal lies with the given probabilities.

    Args:
        probability: Any shape, each above 0 and below 1.

    Returns:
        float64 of that shape, right to about 15 digits, the same bits on every processor.

    Example:
        >>> float(normal_quantile(np.array([0.975]))[0])
        1.9599639845400536
    """
    centred = probability - 0.5
    inside = np.abs(centred) <= MIDDLE_HALF_WIDTH
    values = np.empty_like(centred)
    middle = centred[inside]
    values[inside] = middle * _ratio(MIDDLE, MIDDLE_HALF_WIDTH * MIDDLE_HALF_WIDTH - middle * middle)
    outer = probability[~inside]
    distance = np.sqrt(-logarithm(np.minimum(outer, 1.0 - outer)))
    size = np.where(distance <= _FAR, _ratio(TAIL, distance - 1.6), _ratio(_FAR_TAIL, distance - _FAR))
    values[~inside] = np.where(outer < 0.5, -size, size)  # noqa: PLR2004 - the median
    return values


def normals_at(key: tuple[int, int], indices: npt.NDArray[np.integer], count: int) -> Float64s:
    """Draw the first ``count`` numbers of each index from the standard normal distribution.

    Args:
        key: Of the stream, from `randomness.stream_key`.
        indices: Shape (n,), each below 2**32.
        count: Numbers for each index.

    Returns:
        float64, shape (n, count), the same bits on every processor. The words of 32 bits are taken for the middles of
        as many equal shares of the probability, so the largest number is about 6.3.
    """
    return normal_quantile((words_at(key, indices, count).astype(np.float64) + 0.5) * 2.0**-32)


def logarithm(values: Float64s) -> Float64s:
    """Return natural logarithms, right to about 15 digits, the same bits on every processor.

    Args:
        values: Any shape, each above 0.

    Example:
        >>> float(logarithm(np.array([2.0]))[0])
        0.6931471805599453
    """
    mantissa, exponent = np.frexp(values)
    small = mantissa < SQRT_HALF  # mantissas end up within it and its inverse
    mantissa = np.where(small, mantissa * 2.0, mantissa)
    exponent = np.where(small, exponent - 1, exponent)
    ratio = (mantissa - 1.0) / (mantissa + 1.0)
    return exponent * LN2 + ratio * _polynomial(LOG_SERIES, ratio * ratio)


def _ratio(coefficients: tuple[Sequence[float], Sequence[float]], at: Float64s) -> Float64s:
    return _polynomial(coefficients[0], at) / _polynomial(coefficients[1], at)


def _polynomial(coefficients: Sequence[float], at: Float64s) -> Float64s:
    """Evaluate by Horner's rule, lowest power first in the list."""
    total = np.full_like(at, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        total = total * at + coefficient
    return total

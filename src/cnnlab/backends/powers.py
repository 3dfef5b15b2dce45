"""Logarithms, powers and half a cosine with the same bits on every machine: what learning-rate schedules are made of.

A mathematics library's log, pow and cos change their last bits with its version and the processor. Logarithms and
powers are computed here in whole numbers that stand for multiples of 2**-80 ("fixed"): Python's are exact everywhere,
and 80 bits leave enough of them behind the 53 that a float keeps. Cosines take plain +, -, * and / of floats, which
IEEE 754 rounds one way; their small values need the float's exponent.
"""

from math import factorial, inf, ldexp
from typing import Final

Fixed = int

_BITS: Final = 80
_ONE: Final = 1 << _BITS
_LARGEST_EXPONENT: Final = 1023
_SMALLEST_EXPONENT: Final = -1022
# 1 / k for the odd k up to 33, highest first: with s at most 1/5 the next power of it is below 2**-80.
_ATANH: Final = tuple(_ONE // k for k in range(33, 0, -2))
_HALF_PI: Final = 1.5707963267948966


def _logarithm(numerator: int, denominator: int) -> Fixed:
    """Return the natural logarithm of a ratio from 2/3 to 3/2: twice the inverse hyperbolic tangent of s."""
    s = ((numerator - denominator) << _BITS) // (numerator + denominator)
    square, total = s * s >> _BITS, 0
    for coefficient in _ATANH:
        total = coefficient + (total * square >> _BITS)
    return 2 * s * total >> _BITS


_LN2: Final = _logarithm(4, 3) + _logarithm(3, 2)


def _taylor() -> tuple[Fixed, ...]:
    """Return the coefficients of 2**x, ln(2)**k / k!, highest first: for x below 1 the next term is below 2**-70."""
    coefficients = [_ONE]
    for k in range(1, 20):
        coefficients.append(coefficients[-1] * _LN2 // (k << _BITS))
    return tuple(reversed(coefficients))


_EXP2: Final = _taylor()


def log2_of_ratio(numerator: int, denominator: int) -> Fixed:
    """Return the binary logarithm of numerator / denominator, both above 0, right to some units of 2**-80.

    Example:
        >>> log2_of_ratio(1, 8) / 2**80
        -3.0
    """
    whole = numerator.bit_length() - denominator.bit_length()
    if whole > 0:
        denominator <<= whole
    else:
        numerator <<= -whole
    # The ratio is above 1/2 and below 2; bring it between 2/3 and 4/3.
    if 3 * numerator > 4 * denominator:
        denominator, whole = denominator << 1, whole + 1
    elif 3 * numerator < 2 * denominator:
        numerator, whole = numerator << 1, whole - 1
    return (whole << _BITS) + (_logarithm(numerator, denominator) << _BITS) // _LN2


def exp2_of(exponent: Fixed) -> float:
    """Return 2**exponent as the nearest float, or its neighbour in one case of a million.

    Powers too small for a normal float are 0, and those too large are infinite.

    Example:
        >>> exp2_of(log2_of_ratio(3, 10))
        0.3
    """
    whole, rest = exponent >> _BITS, exponent & (_ONE - 1)
    if not _SMALLEST_EXPONENT <= whole <= _LARGEST_EXPONENT:
        return inf if whole > 0 else 0.0
    total = 0
    for coefficient in _EXP2:
        total = coefficient + (total * rest >> _BITS)
    return ldexp(total / _ONE, whole)


def power(base: float, exponent: float) -> float:
    """Return base**exponent, both not negative, rounded as `exp2_of` does; 0**0 is 1.

    Example:
        >>> power(0.25, 1.5)
        0.125
    """
    if exponent == 1:
        return base
    if exponent == 2:  # noqa: PLR2004 - a product, which is as exact and ten times faster
        return base * base
    if not base:
        return 0.0 if exponent else 1.0
    numerator, denominator = exponent.as_integer_ratio()
    return exp2_of(log2_of_ratio(*base.as_integer_ratio()) * numerator // denominator)


# Taylor's coefficients of cos(x) and sin(x) / x in powers of x squared, highest first: up to pi / 4 the next ones are
# below half a unit in the last place.
_COSINE: Final = tuple((-1) ** k / factorial(2 * k) for k in range(8, -1, -1))
_SINE: Final = tuple((-1) ** k / factorial(2 * k + 1) for k in range(8, -1, -1))


def half_cosine(done: float, whole: float) -> float:
    """Return (1 + cos(pi * done / whole)) / 2: from 1 to 0 while ``done`` goes from 0 to ``whole``.

    It is the square of the cosine of half the angle, which near the end is the sine of what is left: no digit is lost
    there, as it would be in 1 plus nearly -1.

    Example:
        >>> half_cosine(0, 8), half_cosine(2, 8), half_cosine(8, 8)
        (1.0, 0.8535533905932737, 0.0)
    """
    if 2 * done <= whole:
        angle = _HALF_PI * (done / whole)
        value = _polynomial(_COSINE, angle * angle)
    else:
        angle = _HALF_PI * ((whole - done) / whole)
        value = angle * _polynomial(_SINE, angle * angle)
    return value * value


def _polynomial(coefficients: tuple[float, ...], at: float) -> float:
    """Evaluate by Horner's rule, highest power first in the list."""
    total = 0.0
    for coefficient in coefficients:
        total = total * at + coefficient
    return total

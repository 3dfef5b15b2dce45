"""Functions that processors do not have, as polynomials of our own: the same bits on each of them.

Every step is an IEEE operation with one rounding, so nothing depends on a mathematics library or on how wide the
vectors are.
"""

from collections.abc import Sequence
from math import factorial
from typing import Final

from cnnlab.compiler.ir import F32, I32, I64, Builder, Type, Value

# ln 2 in two parts: the first has so few bits that small multiples of it are exact.
_LN2: Final = {"f32": (0.693359375, -2.12194440054690583e-4), "f64": (0.693145751953125, 1.42860682030941723212e-6)}
_LOG2_E: Final = 1.4426950408889634
# Beyond these the result is 0 (rather than subnormal) or infinite: 2**128 and 2**1024 cannot be a factor any more.
_SMALLEST: Final = {"f32": -87.0, "f64": -708.0}
_LARGEST: Final = {"f32": 88.37, "f64": 709.43}
_DEGREE: Final = {"f32": 7, "f64": 13}
_LOG_TERMS: Final = {"f32": 6, "f64": 12}
_LOG1P_TERMS: Final = {"f32": 8, "f64": 17}
_MANTISSA_BITS: Final = {"f32": 23, "f64": 52}
_BIAS: Final = {"f32": 127, "f64": 1023}
_SQRT_HALF: Final = 0.7071067811865476


def polynomial(b: Builder, x: Value, coefficients: Sequence[float]) -> Value:
    """Evaluate by Horner's rule; the constant term comes first."""
    result: Value = b.const(x.type, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        result = b.fma(result, x, coefficient)
    return result


def _integers(kind: Type) -> Type:
    return (I32 if kind.kind == "f32" else I64).times(kind.lanes)


def _power_and_rest(b: Builder, x: Value) -> tuple[Value, Value]:
    """Return 2**n and exp(r) - 1 for x = n ln 2 + r, with |r| at most half of ln 2; x is within the limits."""
    kind = x.type
    n = b.floor(b.fma(x, _LOG2_E, 0.5))
    high, low = _LN2[kind.kind]
    r = b.fma(n, -low, b.fma(n, -high, x))
    # exp(r) - 1 = r + r**2 / 2! + r**3 / 3! + ..., Taylor's series cut where the next term is below half a unit
    series = [1 / factorial(k + 1) for k in range(_DEGREE[kind.kind])]
    rest = b.mul(r, polynomial(b, r, series))
    whole = b.convert("fptosi", n, _integers(kind))
    raised = b.bits("shl", b.add(whole, _BIAS[kind.kind]), _MANTISSA_BITS[kind.kind])
    return b.convert("bitcast", raised, kind), rest


def exp(b: Builder, x: Value) -> Value:
    """Return e**x: 0 below the normal numbers, infinity where it comes near the largest; NaN stays."""
    name = x.type.kind
    inside = b.larger(b.smaller(x, _LARGEST[name]), _SMALLEST[name])
    power, rest = _power_and_rest(b, inside)
    result = b.fma(power, rest, power)
    result = b.select(b.compare("olt", x, _SMALLEST[name]), 0.0, result)
    result = b.select(b.compare("ogt", x, _LARGEST[name]), float("inf"), result)
    return b.select(b.compare("uno", x, x), x, result)


def expm1(b: Builder, x: Value) -> Value:
    """Return e**x - 1 for x at or below 0, exact near 0 too."""
    inside = b.larger(x, _SMALLEST[x.type.kind])
    power, rest = _power_and_rest(b, inside)
    result = b.fma(power, rest, b.sub(power, 1.0))
    return b.select(b.compare("uno", x, x), x, result)


def log(b: Builder, x: Value) -> Value:
    """Return the natural logarithm of a positive normal number; infinity and NaN stay."""
    kind = x.type
    name, integers, bits = kind.kind, _integers(kind), _MANTISSA_BITS[kind.kind]
    word = b.convert("bitcast", x, integers)
    exponent = b.sub(b.bits("lshr", word, bits), _BIAS[name])
    one = _BIAS[name] << bits
    mantissa = b.bits("or", b.bits("and", word, (1 << bits) - 1), one)
    m = b.convert("bitcast", mantissa, kind)  # from 1 to below 2
    big = b.compare("ogt", m, 2 * _SQRT_HALF)
    m = b.select(big, b.mul(m, 0.5), m)
    n = b.convert("sitofp", exponent, kind)
    n = b.select(big, b.add(n, 1.0), n)
    # log(m) = 2 artanh(s) = 2 (s + s**3 / 3 + s**5 / 5 + ...) with s = (m - 1) / (m + 1)
    s = b.div(b.sub(m, 1.0), b.add(m, 1.0))
    square = b.mul(s, s)
    series = polynomial(b, square, [2 / (2 * k + 1) for k in range(_LOG_TERMS[name])])
    high, low = _LN2[name]
    result = b.fma(n, high, b.fma(s, series, b.mul(n, low)))
    return b.select(b.compare("olt", x, float("inf")), result, x)


def log1p(b: Builder, x: Value) -> Value:
    """Return the natural logarithm of 1 + x for x from 0 to 1, exact near 0 too; NaN stays."""
    # log(1 + x) = 2 artanh(s), as in `log`, with s = x / (2 + x), at most 1/3
    s = b.div(x, b.add(x, 2.0))
    return b.mul(s, polynomial(b, b.mul(s, s), [2 / (2 * k + 1) for k in range(_LOG1P_TERMS[x.type.kind])]))


def sigmoid(b: Builder, x: Value) -> Value:
    """Return 1 / (1 + e**-x) without an overflow on either side."""
    small = exp(b, b.neg(b.abs(x)))
    numerator = b.select(b.compare("oge", x, 0.0), 1.0, small)
    return b.div(numerator, b.add(small, 1.0))


def tanh(b: Builder, x: Value) -> Value:
    """Return the hyperbolic tangent: -t / (2 + t) with t = e**(-2|x|) - 1, and the sign of x."""
    t = expm1(b, b.mul(b.abs(x), -2.0))
    magnitude = b.div(b.neg(t), b.add(t, 2.0))
    return b.select(b.compare("olt", x, 0.0), b.neg(magnitude), magnitude)


def normal_below(b: Builder, x: Value) -> Value:
    """Return the standard normal distribution function, erfc(-x / sqrt(2)) / 2."""
    u = b.mul(b.abs(x), _SQRT_HALF)
    # erfc(u) = e**(-u**2) f(t), with t = 1 / (1 + u / 2) from 0 to 1; f by Chebyshev's interpolation on 2 t - 1
    t = b.div(b.const(x.type, 1.0), b.fma(u, 0.5, 1.0))
    scaled = _clenshaw(b, b.fma(t, 2.0, -1.0), _ERFCX)
    high = exp(b, b.mul(b.neg(b.mul(x, x)), 0.5))
    tail = b.mul(b.mul(scaled, high), 0.5)
    return b.select(b.compare("ogt", x, 0.0), b.sub(b.const(x.type, 1.0), tail), tail)


def _clenshaw(b: Builder, x: Value, coefficients: Sequence[float]) -> Value:
    """Evaluate a sum of Chebyshev polynomials."""
    twice = b.mul(x, 2.0)
    last: Value = b.const(x.type, 0.0)
    before: Value = b.const(x.type, 0.0)
    for coefficient in reversed(coefficients[1:]):
        last, before = b.add(b.fma(twice, last, b.neg(before)), coefficient), last
    return b.add(b.fma(x, last, b.neg(before)), coefficients[0])


def flushed(b: Builder, x: Value) -> Value:
    """Return 0 for subnormal numbers: arithmetic with them is slow, and hardware flushes them in ways of its own."""
    smallest = 2.0**-126 if x.type.kind == F32.kind else 2.0**-1022
    return b.select(b.compare("olt", b.abs(x), smallest), 0.0, x)


def one_nan(b: Builder, x: Value) -> Value:
    """Return x, and the same NaN for every NaN: processors give it signs of their own, and keep either operand's."""
    return b.select(b.compare("uno", x, x), float("nan"), x)


# Chebyshev coefficients of exp(u**2) erfc(u) in t = 1 / (1 + u / 2), made with 50 digits by tools/fit_erfcx.py.
_ERFCX: Final[tuple[float, ...]] = (
    0.37737609962585944,
    0.4825091196506807,
    0.12232459533097705,
    0.017831149719276792,
    0.00032117365249439837,
    -0.0003503952564796157,
    -2.243880650620326e-05,
    1.0537433119356064e-05,
    5.671331132647553e-07,
    -4.297681576665876e-07,
    5.104952512865141e-09,
    1.8899699318179606e-08,
    -2.242755529856193e-09,
    -6.855254370550185e-10,
    2.1487959525733994e-10,
    5.515409718485674e-12,
    -1.3477495048063454e-11,
    2.0863894672105998e-12,
    4.481881445148597e-13,
    -2.2684175777875652e-13,
    1.8505867519748427e-14,
    1.1509611397547722e-14,
    -4.00989014707125e-15,
    1.398284570577713e-16,
    2.635380772175244e-16,
    -7.953987696969458e-17,
)

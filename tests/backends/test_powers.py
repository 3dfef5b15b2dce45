"""Powers, logarithms and half a cosine against decimal arithmetic of 60 digits."""

import doctest
import hashlib
import math
import struct
from collections.abc import Callable
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.backends import learning_rates, powers
from cnnlab.backends.powers import exp2_of, half_cosine, log2_of_ratio, power

PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494")


def units_apart(ours: float, exact: Decimal) -> float:
    """Return a float's distance from a number, in units of its last place."""
    return abs(float((Decimal(ours) - exact) / Decimal(math.ulp(ours))))


@given(st.floats(1e-6, 1e6), st.floats(0, 40))
def test_a_power_is_the_nearest_float(base: float, exponent: float) -> None:
    with localcontext(prec=60):
        exact = Decimal(base) ** Decimal(exponent)
        assert units_apart(power(base, exponent), exact) <= 0.5001


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_a_binary_logarithm_is_right_to_75_bits(numerator: int, denominator: int) -> None:
    with localcontext(prec=60):
        exact = (Decimal(numerator) / denominator).ln() / Decimal(2).ln() * 2**80
        assert abs(log2_of_ratio(numerator, denominator) - exact) < 2**5


@given(st.integers(1, 10**6), st.data())
def test_half_a_cosine_has_all_its_digits_also_where_it_is_nearly_nothing(whole: int, data: st.DataObject) -> None:
    done = data.draw(st.integers(0, whole))
    with localcontext(prec=60):
        exact = sine(PI * (whole - done) / whole / 2) ** 2
        ours = half_cosine(done, whole)
        assert abs(Decimal(ours) - exact) <= Decimal("1e-15") * exact + Decimal("1e-60")
    assert math.isclose(ours, (1 + math.cos(math.pi * done / whole)) / 2, abs_tol=4e-16)


def sine(angle: Decimal) -> Decimal:
    term = total = angle
    for k in range(3, 70, 2):
        term = -term * angle * angle / (k * (k - 1))
        total += term
    return total


def test_what_is_simple_is_exact() -> None:
    assert [power(0.0, 0.0), power(0.0, 2.5), power(7.0, 0.0), power(0.3, 1.0), power(0.25, 0.5)] == [1, 0, 1, 0.3, 0.5]
    assert [half_cosine(0, 7), half_cosine(7, 7)] == [1.0, 0.0]
    assert log2_of_ratio(5, 40) == -3 << 80


def test_powers_beyond_the_range_of_floats_are_infinite_or_nothing() -> None:
    assert [exp2_of(1024 << 80), exp2_of(-1023 << 80), exp2_of(-1022 << 80)] == [math.inf, 0.0, 2.0**-1022]
    assert [power(10.0, 400.0), power(0.1, 400.0)] == [math.inf, 0.0]


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda k: power((k + 0.5) / 4096, 0.1 + k / 500), "0006308b1271dbf3"),
        (lambda k: half_cosine(k, 4096), "8622e5ee4c9aa0f2"),
    ],
    ids=["power", "half_cosine"],
)
def test_the_bits_are_those_of_every_other_machine(function: Callable[[int], float], expected: str) -> None:
    packed = struct.pack("<4096d", *map(function, range(4096)))
    assert hashlib.sha256(packed).hexdigest()[:16] == expected


@pytest.mark.parametrize("module", [powers, learning_rates])
def test_the_examples_in_the_docstrings_are_true(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]
    assert result.failed == 0
    assert result.attempted

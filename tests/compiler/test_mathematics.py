"""Our own exp, log and their kin against NumPy and SciPy, in units of the last place."""
# ruff: noqa: ANN401 - arrays of any type

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from native import dtype_of, over_vectors
from scipy import special

from cnnlab.compiler.ir import F32, F64, Builder, Type, Value
from cnnlab.compiler.lowering import mathematics

Write = Callable[[Builder, Value], Value]

# Largest error in units of the last place; measured are about two thirds of each.
ULPS = {"exp": 2.0, "expm1": 2.0, "log": 4.0, "log1p": 4.0, "tanh": 4.0, "sigmoid": 3.0}
EXACT: dict[str, Callable[[Any], Any]] = {
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
}
KINDS = pytest.mark.parametrize("kind", [F32, F64], ids=str)
# Where exp begins to be 0, and where infinity.
LIMITS = {"f32": (-87.0, 88.37), "f64": (-708.0, 709.43)}


def applied(name: str, kind: Type, numbers: Any) -> Any:
    write: Write = getattr(mathematics, name)
    return over_vectors(write, kind, numbers)


def inputs(name: str, kind: Type) -> Any:
    """Draw numbers all over the range that a function is for, many of them where it is delicate."""
    numbers = np.random.default_rng(0)
    low, high = LIMITS[kind.kind]
    if name == "log":
        near_one = 1 + numbers.normal(0, 1e-4, 4000)
        return np.concatenate([np.exp(numbers.uniform(low, high, 20000)), numbers.uniform(0.5, 2, 20000), near_one])
    if name == "log1p":
        return np.concatenate([numbers.uniform(0, 1, 20000), np.exp(numbers.uniform(low, 0, 20000)), [0.0, 1.0]])
    wide = numbers.uniform(low, high, 20000)
    drawn = np.concatenate([wide, numbers.normal(0, 1, 20000), numbers.normal(0, 1e-6, 4000), [low, 0.0, 1.0, -1.0]])
    return -np.abs(drawn) if name == "expm1" else drawn


@KINDS
@pytest.mark.parametrize("name", ULPS)
def test_a_function_is_right_to_a_few_units_in_the_last_place(name: str, kind: Type) -> None:
    x = inputs(name, kind).astype(dtype_of(kind))
    expected = EXACT[name](x.astype(np.longdouble))
    unit = np.spacing(np.abs(expected.astype(x.dtype))).astype(np.longdouble)
    errors = np.abs(applied(name, kind, x).astype(np.longdouble) - expected) / unit
    worst = int(errors.argmax())
    assert errors[worst] <= ULPS[name], f"{name}({x[worst]!r}) is {float(errors[worst]):.2f} ulp off"


@KINDS
def test_the_normal_distribution_is_right_within_five_deviations_and_close_beyond(kind: Type) -> None:
    numbers = np.random.default_rng(1)
    x = numbers.uniform(-5, 5, 40000).astype(dtype_of(kind))
    expected = special.ndtr(x.astype(np.float64))
    unit = np.spacing(expected.astype(x.dtype)).astype(np.float64)
    errors = np.abs(applied("normal_below", kind, x).astype(np.float64) - expected) / unit
    # exp(-x**2 / 2) takes the rounding of x**2 along, half a unit times 12.5.
    assert errors.max() <= (16 if kind is F32 else 48)
    far = numbers.uniform(*((-12, 12) if kind is F32 else (-36, 36)), 40000).astype(x.dtype)
    close = applied("normal_below", kind, far)
    assert np.allclose(close, special.ndtr(far.astype(np.float64)), rtol=1e-5 if kind is F32 else 1e-12, atol=0)


SPECIAL = [np.inf, -np.inf, np.nan, 0.0, -0.0, 1e30, -1e30]
VALUES = {
    "exp": [np.inf, 0, np.nan, 1, 1, np.inf, 0],
    "tanh": [1, -1, np.nan, 0, 0, 1, -1],
    "sigmoid": [1, 0, np.nan, 0.5, 0.5, 1, 0],
    "normal_below": [1, 0, np.nan, 0.5, 0.5, 1, 0],
}


@KINDS
@pytest.mark.parametrize("name", VALUES)
def test_infinities_zeros_and_nan_have_their_values(name: str, kind: Type) -> None:
    np.testing.assert_array_equal(applied(name, kind, SPECIAL), VALUES[name])


@KINDS
def test_expm1_and_log_have_their_limits_too(kind: Type) -> None:
    np.testing.assert_array_equal(applied("expm1", kind, [-np.inf, np.nan, 0.0, -1e30]), [-1, np.nan, 0, -1])
    np.testing.assert_array_equal(applied("log", kind, [np.inf, np.nan, 1.0]), [np.inf, np.nan, 0])
    smallest = np.finfo(dtype_of(kind)).tiny
    assert applied("log", kind, [smallest])[0] == pytest.approx(np.log(smallest), rel=1e-6)


@KINDS
def test_exp_is_0_and_infinity_beyond_its_limits_and_neither_at_them(kind: Type) -> None:
    low, high = LIMITS[kind.kind]
    at = applied("exp", kind, [low, high])
    assert 0 < at[0] < at[1] < np.inf
    assert np.array_equal(applied("exp", kind, [low - 0.01, low - 20, high + 0.01, 100 * high]), [0, 0, np.inf, np.inf])


@KINDS
def test_a_subnormal_number_is_flushed_and_a_normal_one_is_not(kind: Type) -> None:
    tiny = float(np.finfo(dtype_of(kind)).tiny)
    given = [tiny, -tiny, tiny / 2, -tiny / 4, 0.0, 1.0, np.inf]
    np.testing.assert_array_equal(applied("flushed", kind, given), [tiny, -tiny, 0, 0, 0, 1, np.inf])
    assert np.isnan(applied("flushed", kind, [np.nan])[0])

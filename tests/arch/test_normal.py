import hashlib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from cnnlab.arch.normal import logarithm, normal_quantile

POSITIVE = st.floats(min_value=1e-300, max_value=1e300, allow_subnormal=False)
OPEN_UNIT = st.floats(min_value=0, max_value=1, exclude_min=True, exclude_max=True, allow_subnormal=False)


@given(st.lists(POSITIVE, min_size=1))
def test_the_logarithm_is_right_to_four_units_in_the_last_place(values: list[float]) -> None:
    at = np.array(values)
    np.testing.assert_allclose(logarithm(at), np.log(at), rtol=9e-16, atol=2e-16)


@given(st.lists(OPEN_UNIT, min_size=1))
def test_the_quantile_is_that_of_the_normal_distribution(values: list[float]) -> None:
    at = np.array(values)
    np.testing.assert_allclose(normal_quantile(at), special.ndtri(at), rtol=4e-15, atol=4e-16)


def test_the_quantile_is_continuous_where_its_pieces_meet() -> None:
    for joint in (0.075, 0.925, float(np.exp(-25.0)), 1 - float(np.exp(-25.0))):
        around = np.array([np.nextafter(joint, 0), joint, np.nextafter(joint, 1)])
        np.testing.assert_allclose(normal_quantile(around), special.ndtri(around), rtol=4e-15)


@given(st.integers(0, 2**31 - 1))
def test_the_quantile_is_antisymmetric_to_the_bit(word: int) -> None:
    below = (word + 0.5) * 2.0**-32
    low, high = normal_quantile(np.array([below, 1 - below]))
    assert low == -high


def test_the_median_and_any_shape_are_served() -> None:
    assert normal_quantile(np.full((2, 3), 0.5)).tolist() == [[0.0] * 3] * 2
    assert normal_quantile(np.empty(0)).shape == (0,)


@pytest.mark.parametrize(
    ("function", "expected"), [(logarithm, "ca4df20c89bbfd6d"), (normal_quantile, "b086ac9e5ddbdccb")]
)
def test_the_bits_are_those_of_every_other_processor(
    function: Callable[[np.ndarray], np.ndarray], expected: str
) -> None:
    at = (np.arange(2**16) + 0.5) * 2.0**-16
    assert hashlib.sha256(function(at).astype("<f8").tobytes()).hexdigest()[:16] == expected

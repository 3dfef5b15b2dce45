"""One architecture's interval: Wilson's with one seed, over both sources of chance with more."""

from math import inf, log
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_np
from scipy import stats

from cnnlab.analysis import wilson
from cnnlab.analysis.comparison import estimate
from cnnlab.analysis.comparison.critical import WELCH, Family, critical, implied_freedom, pair_freedom
from cnnlab.analysis.comparison.unevenness import HIDING
from cnnlab.errors import DataError

answers = st_np.arrays(np.bool_, st.tuples(st.integers(1, 5), st.integers(1, 40)))
freedoms = st.floats(1, 50)
tails = st.floats(1e-4, 0.2)


@given(st.integers(1, 500).flatmap(lambda images: st.tuples(st.integers(0, images), st.just(images))))
def test_with_one_seed_it_is_wilsons_interval_over_the_images(sample: tuple[int, int]) -> None:
    hits, images = sample
    found = estimate(np.arange(images)[None, :] < hits)
    expected = wilson(hits / images, images)
    assert found.interval.low == pytest.approx(expected.low, abs=1e-12)
    assert found.interval.high == pytest.approx(expected.high, abs=1e-12)
    assert (found.seed_error, found.seed_spread, found.freedom) == (None, None, inf)


@given(answers)
def test_an_accuracys_interval_lies_within_0_and_1_around_it(right: npt.NDArray[Any]) -> None:
    found = estimate(right)
    assert 0 <= found.interval.low <= found.value <= found.interval.high <= 1
    assert found.interval.low < found.interval.high


@given(answers)
def test_wrong_answers_have_the_mirrored_interval(right: npt.NDArray[Any]) -> None:
    found, mirrored = estimate(right), estimate(~right)
    assert mirrored.interval.low == pytest.approx(1 - found.interval.high, abs=1e-9)
    assert mirrored.interval.high == pytest.approx(1 - found.interval.low, abs=1e-9)


def test_what_rounding_leaves_of_no_variance_is_none() -> None:
    # Three seeds that err equally often, each image once: no seed and no image stands out.
    right = np.ones((3, 36), bool)
    for seed in range(3):
        right[seed, 12 * seed : 12 * seed + 12] = False
    found, mirrored = estimate(right), estimate(~right)
    assert found.interval.high - found.interval.low == pytest.approx(mirrored.interval.high - mirrored.interval.low)
    assert found.interval == wilson(2 / 3, 36)


@given(answers)
def test_more_confidence_is_a_wider_interval(right: npt.NDArray[Any]) -> None:
    usual, wide = estimate(right), estimate(right, confidence=0.99)
    assert wide.interval.low <= usual.interval.low <= usual.interval.high <= wide.interval.high


def test_where_only_seeds_differ_it_is_students() -> None:
    # Two images so alike that they tell nothing, seeds that are right on both or on none: all variance is the seeds'.
    right = np.repeat(np.array([[True], [True], [False], [True], [False]]), 2, axis=1)
    found = estimate(right)
    assert found.freedom == pytest.approx(4)
    assert found.seed_error is not None
    hidden = HIDING * (0.3 / 0.24**2) ** 2 / 8 * 0.24**2
    assert found.seed_error**2 == pytest.approx(np.var([1, 1, 0, 1, 0], ddof=1) / 5 + hidden)
    reach = stats.t.ppf(0.975, 4) * found.seed_error / 0.24
    for end, way in ((found.interval.low, -1), (found.interval.high, 1)):
        assert log(end / (1 - end)) == pytest.approx(log(0.6 / 0.4) + way * reach)


def test_where_seeds_agree_on_everything_the_images_alone_decide() -> None:
    found = estimate(np.tile(np.arange(200) < 180, (4, 1)))
    assert (found.seed_error, found.freedom) == (0, inf)
    reach = stats.norm.ppf(0.975) * (0.9 * 0.1 / 200) ** 0.5 / 0.09
    assert log(found.interval.high / (1 - found.interval.high)) == pytest.approx(log(9) + reach)
    assert log(found.interval.low / (1 - found.interval.low)) == pytest.approx(log(9) - reach)


@given(st.integers(1, 6), st.integers(2, 30), st.integers(0, 1000))
def test_a_losss_interval_is_above_0_and_symmetric_in_its_logarithm(seeds: int, images: int, seed: int) -> None:
    losses = np.random.default_rng(seed).lognormal(0, 1, (seeds, images))
    found = estimate(losses, measure="loss")
    assert 0 < found.interval.low < found.value < found.interval.high
    assert log(found.value / found.interval.low) == pytest.approx(log(found.interval.high / found.value))


def test_a_loss_of_0_has_no_width() -> None:
    found = estimate(np.zeros((2, 5)), measure="loss")
    assert (found.interval.low, found.interval.high) == (0, 0)


def test_an_infinite_loss_is_refused() -> None:
    with pytest.raises(DataError, match=r"mean loss: expected finite values, got others among them"):
        estimate(np.array([[1.0, inf]]), measure="loss")


@given(tails, freedoms)
def test_the_critical_value_is_students_for_seeds_alone_and_normal_for_images_alone(
    tail: float, freedom: float
) -> None:
    assert critical(tail, 1, freedom, 1.25) == pytest.approx(stats.t.isf(tail, freedom), rel=1e-6)
    assert critical(tail, 0, freedom, 1.25) == pytest.approx(stats.norm.isf(tail), rel=1e-6)
    assert implied_freedom(tail, critical(tail, 1, freedom, 1.25)) == pytest.approx(freedom, rel=1e-4)


@given(tails, st.floats(0, 1), st.floats(0, 1), freedoms)
def test_the_larger_the_seeds_share_the_farther_the_interval_reaches(
    tail: float, one: float, other: float, freedom: float
) -> None:
    low, high = sorted((one, other))
    assert critical(tail, low, freedom, 1) <= critical(tail, high, freedom, 1) + 1e-12


@given(st.floats(1e-6, 10), freedoms, st.floats(1e-6, 10), freedoms)
def test_the_freedom_of_a_pair_is_welchs_or_less_and_never_below_the_smaller_one(
    one: float, one_freedom: float, other: float, other_freedom: float
) -> None:
    welch = (one + other) ** 2 / (one**2 / one_freedom + other**2 / other_freedom)
    assert pair_freedom(one, one_freedom, other, other_freedom, 2) == pytest.approx(welch)
    for power in WELCH.values():
        found = pair_freedom(one, one_freedom, other, other_freedom, power)
        assert min(one_freedom, other_freedom) * (1 - 1e-9) <= found <= welch * (1 + 1e-9)


def test_what_all_pairs_together_may_err_is_shared_out() -> None:
    assert Family(0.95, 1).tail == pytest.approx(0.025)
    assert Family(0.95, 45).tail * 2 * 45 == pytest.approx(0.05)
    assert [Family(0.95, pairs).welch for pairs in (1, 2, 3, 5, 6, 45)] == [1.2, 1.2, 1.75, 1.75, 2, 2]

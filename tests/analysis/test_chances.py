from math import inf, sqrt

import made_comparisons
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cnnlab.analysis import Interval, difference
from cnnlab.analysis.chances import against_single, chances, quantile
from cnnlab.analysis.comparison import Estimate


@given(st.floats(0.5, 1e4), st.floats(0.5, 0.999))
def test_a_quantile_is_students(freedom: float, confidence: float) -> None:
    assert quantile(freedom, confidence) == pytest.approx(stats.t.ppf((1 + confidence) / 2, freedom), rel=1e-9)


@given(st.floats(0.5, 0.999))
def test_with_infinite_freedom_a_quantile_is_the_normal_distributions(confidence: float) -> None:
    assert quantile(inf, confidence) == pytest.approx(stats.norm.ppf((1 + confidence) / 2), rel=1e-9)


@given(st.floats(0, 0.1), st.floats(0, 0.1), st.floats(1, 100))
def test_each_part_is_its_error_by_the_intervals_own_critical_value(seed: float, image: float, freedom: float) -> None:
    parts = chances(Estimate(0.9, Interval(0, 1), seed, image, seed, freedom))
    critical = stats.t.ppf(0.975, freedom)
    assert parts.seeds == pytest.approx(critical * seed)
    assert parts.images == pytest.approx(critical * image)


def test_of_one_seed_nobody_knows_what_another_would_change() -> None:
    assert chances(made_comparisons.estimate(0.9, seeds=1)).seeds is None


@given(st.integers(0, 1000), st.integers(0, 1000), st.floats(0, 0.05), st.integers(2, 10))
def test_seeds_widen_the_interval_against_a_single_run_to_both_sides(
    ours: int, theirs: int, spread: float, seeds: int
) -> None:
    mean, other = ours / 1000, theirs / 1000
    alone = difference(mean, 1000, other, 1000)
    found = against_single(Estimate(mean, alone, spread / sqrt(seeds), 0.01, spread, 5), seeds, other, 1000)
    assert -1 <= found.low <= alone.low + 1e-12
    assert alone.high - 1e-12 <= found.high <= 1
    reach = stats.t.ppf(0.975, seeds - 1) * spread * sqrt(1 + 1 / seeds)
    assert found.high == pytest.approx(min(1, mean - other + sqrt((alone.high - (mean - other)) ** 2 + reach**2)))


def test_one_seed_is_held_against_a_single_run_by_the_images_alone() -> None:
    found = against_single(made_comparisons.estimate(0.9, seeds=1), 1, 0.95, 100)
    assert found == difference(0.9, 100, 0.95, 100)


def test_a_new_seed_lies_within_the_interval_against_it_95_times_in_100() -> None:
    """Draw means of 4 seeds and one more seed, on so many images that they change nothing."""
    covered = 0
    draws = stats.norm(0, 0.01).rvs(size=(2000, 5), random_state=1)
    for drawn in draws:
        mean, found = 0.5 + drawn[:4].mean(), drawn[:4].std(ddof=1)
        estimate = Estimate(mean, Interval(0, 1), found / 2, 0.0, found, 3)
        covered += 0 in against_single(estimate, 4, 0.5 + drawn[4], 10**9)
    assert covered / 2000 == pytest.approx(0.95, abs=0.015)

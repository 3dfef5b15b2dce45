"""Pairs are compared image by image, and what is said of them never contradicts the interval that is shown."""

from math import log, sqrt
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from seeds_and_images import answers, architectures, as_tested, law, levels, probabilities

from cnnlab.analysis.comparison import PairFinding, pair
from cnnlab.analysis.comparison.both_scales import BothScales, both_scales
from cnnlab.analysis.comparison.contrast import contrast
from cnnlab.analysis.comparison.critical import Family
from cnnlab.analysis.comparison.crossed import crossed
from cnnlab.analysis.comparison.pairs import compare_sides, smallest
from cnnlab.analysis.comparison.unevenness import hidden_by_seeds

ONE = Family(0.95, 1)
Right = npt.NDArray[Any]


@st.composite
def two(draw: st.DrawFn, fewest: int = 1) -> list[Right]:
    """Draw the answers of two architectures, some seeds each, to the same images."""
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    images = draw(st.integers(1, 60))
    shares = [draw(st.sampled_from([0.0, 0.3, 0.8, 0.95, 1.0])) for _ in range(2)]
    seeds = [draw(st.integers(fewest, 4)) for _ in range(2)]
    return [random.random((count, images)) < share for count, share in zip(seeds, shares, strict=True)]


def compared(right: list[Right], pairs: int = 1) -> PairFinding:
    """Compare two architectures "a" and "b"."""
    one, other = (as_tested(name, each, None) for name, each in zip("ab", right, strict=True))
    return pair(one, other, pairs=pairs)


@given(two())
def test_distinguishable_is_exactly_0_outside_the_interval_that_is_shown(right: list[Right]) -> None:
    found = compared(right)
    assert found.distinguishable == (0 not in found.interval)
    assert -1 <= found.interval.low <= found.gap <= found.interval.high <= 1
    assert found.gap >= 0


@given(two())
def test_which_one_is_given_first_does_not_matter(right: list[Right]) -> None:
    one, other = (as_tested(name, each, None) for name, each in zip("ab", right, strict=True))
    found, turned = pair(one, other), pair(other, one)
    if found.gap:
        assert found == turned
    else:
        assert turned.interval.high == pytest.approx(-found.interval.low)


@given(two())
def test_more_pairs_make_each_interval_wider(right: list[Right]) -> None:
    alone, among = compared(right), compared(right, pairs=45)
    assert among.interval.low <= alone.interval.low
    assert alone.interval.high <= among.interval.high


@given(two(), st.integers(2, 4))
def test_what_is_said_of_one_seed_is_said_of_trained_networks(right: list[Right], seeds: int) -> None:
    found = compared([right[0][:1], right[1]])
    assert found.scope == "trained networks"
    assert found.more_seeds is None


@given(two(fewest=2))
def test_what_is_said_of_several_seeds_each_is_said_of_architectures(right: list[Right]) -> None:
    assert compare_sides(("a", crossed(right[0])), ("b", crossed(right[1])), ONE).scope == "architectures"


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 60), st.sampled_from([1, 3, 45]))
def test_two_trained_networks_are_compared_by_the_images_they_disagree_on(
    first: int, second: int, both: int, pairs: int
) -> None:
    # Bonett and Price's formula, from the four counts as they write it.
    images = first + second + both
    place = np.arange(images)
    found = compared([(place < first)[None], ((place >= first) & (place < first + second))[None]], pairs)
    more, less = max(first, second), min(first, second)
    shares = (more + 1) / (images + 2), (less + 1) / (images + 2)
    middle, z = shares[0] - shares[1], NormalDist().inv_cdf(1 - 0.025 / pairs)
    reach = z * sqrt((sum(shares) - middle**2) / (images + 2))
    assert found.interval.low == pytest.approx(max(-1, middle - reach))
    assert found.interval.high == pytest.approx(min(1, middle + reach))


@pytest.mark.parametrize(("first", "second"), [(4, 0), (6, 0), (12, 3), (15, 8), (30, 15), (60, 40)])
def test_trained_networks_are_told_apart_where_mcnemars_test_does(first: int, second: int) -> None:
    place = np.arange(1_000)
    found = compared([(place < 900 + first)[None], ((place < 900) | (place >= 1_000 - second))[None]])
    half = stats.binomtest(first, first + second).pvalue - stats.binom.pmf(first, first + second, 0.5)
    assert found.distinguishable == (half < 0.05)


@given(two(fewest=2))
def test_a_copy_of_an_architecture_is_never_distinguishable_from_it(right: list[Right]) -> None:
    found = compared([right[0], right[0]])
    assert (found.gap, found.distinguishable, found.more_seeds, found.more_images) == (0, False, None, None)


def test_images_that_both_find_hard_drop_out_of_the_comparison() -> None:
    random = np.random.default_rng(1)
    hard = random.random(2_000) < 0.2
    right = [~hard & (random.random((3, 2_000)) < share) for share in (0.99, 0.98)]
    apart = [right[0], right[1][:, random.permutation(2_000)]]
    paired, unpaired = (compared(each).interval for each in (right, apart))
    assert (paired.high - paired.low) < 0.7 * (unpaired.high - unpaired.low)


def test_the_distance_is_that_of_log_odds_and_0_stays_0_on_the_way_back() -> None:
    right = architectures(np.random.default_rng(2), [law(0.99, 0.004), law(0.98, 0.002)], 4, 3_000)
    better, worse = sorted((crossed(each) for each in right), key=lambda each: -each.mean)
    found = contrast(better, worse, odds=True)
    assert found.distance == pytest.approx(log(better.mean / (1 - better.mean)) - log(worse.mean / (1 - worse.mean)))
    assert found.scale.gap(0) == pytest.approx(0, abs=1e-12)
    assert found.scale.gap(found.distance) == pytest.approx(better.mean - worse.mean)
    gaps = [found.scale.gap(distance) for distance in np.linspace(-800, 800, 101)]
    assert gaps == sorted(gaps)


def test_the_variance_of_a_distance_is_that_of_distances_over_other_seeds_and_images() -> None:
    random, laws = np.random.default_rng(5), [law(0.9, 0.01), law(0.9, 0.02)]
    distances, variances = [], []
    for _ in range(1_500):
        parts = [crossed(each) for each in architectures(random, laws, 3, 400)]
        found = contrast(parts[0], parts[1], odds=True)
        distances.append(found.distance)
        hidden = sum(hidden_by_seeds(each) for each in parts)
        variances.append(found.better + found.worse + found.images - hidden)
    assert np.mean(variances) == pytest.approx(np.var(distances), rel=0.1)


def settled_with_seeds(found: BothScales, count: int) -> bool:
    """Tell whether 0 would lie outside of the interval of so many seeds."""
    return found.each(lambda one: one.with_seeds(count)).interval(ONE).low > 0


def settled_with_images(found: BothScales, times: float) -> bool:
    """Tell whether 0 would lie outside of the interval of so many times the images."""
    return found.each(lambda one: one.with_images(times)).interval(ONE).low > 0


@given(two(fewest=2))
def test_the_interval_reaches_as_far_as_that_of_either_scale_and_both_have_to_agree(right: list[Right]) -> None:
    parts = [crossed(each) for each in right]
    better, worse = sorted(parts, key=lambda each: -each.mean)
    found = both_scales(better, worse)
    each = [one.interval(ONE) for one in found.scales]
    whole = found.interval(ONE)
    assert (whole.low, whole.high) == (min(one.low for one in each), max(one.high for one in each))
    assert found.apart(ONE) == all(0 not in one for one in each) == (0 not in whole)


def test_who_has_lost_no_seed_yet_is_not_far_from_who_has() -> None:
    """Nearly perfect seeds, of which one of ten is lost: in log odds alone the two would be told apart."""
    random, images = np.random.default_rng(4), 10_000
    errors = [np.full(10, 2e-4), np.full(10, 2e-4)]
    errors[1][:3] = 0.02, 0.03, 0.05
    right = [random.random((10, images)) >= error[:, None] for error in errors]
    better, worse = sorted((crossed(each) for each in right), key=lambda each: -each.mean)
    assert contrast(better, worse, odds=True).interval(ONE).low > 0
    assert not both_scales(better, worse).apart(ONE)
    said = compared(right)
    assert not said.distinguishable
    assert said.more_seeds is None or settled_with_seeds(both_scales(better, worse), said.more_seeds)


@pytest.mark.parametrize("share", [0.95, 0.96, 0.966])
def test_more_seeds_is_the_least_number_that_would_settle_a_tie(share: float) -> None:
    right = architectures(np.random.default_rng(8), [law(0.97, 0.01), law(share, 0.01)], 3, 10_000)
    said = compared(right)
    assert not said.distinguishable
    assert said.more_images is None
    assert said.more_seeds is not None
    assert said.more_seeds > 3
    parts = sorted((crossed(each) for each in right), key=lambda each: -each.mean)
    found = both_scales(parts[0], parts[1])
    assert settled_with_seeds(found, said.more_seeds)
    assert not settled_with_seeds(found, said.more_seeds - 1)


def test_where_the_images_alone_forbid_it_more_images_are_named() -> None:
    random = np.random.default_rng(11)
    right = [answers(random, probabilities(random, law(share, 0.0), 10), levels(random, 300)) for share in (0.91, 0.9)]
    said = compared(right)
    parts = sorted((crossed(each) for each in right), key=lambda each: -each.mean)
    found = both_scales(parts[0], parts[1])
    assert not said.distinguishable
    assert not settled_with_seeds(found, 10**8)
    assert said.more_seeds is None
    assert said.more_images is not None
    assert said.more_images > 300
    assert settled_with_images(found, said.more_images / 300)
    assert not settled_with_images(found, (said.more_images - 1) / 300)


def test_for_two_trained_networks_the_images_that_would_settle_it_are_named() -> None:
    place = np.arange(100)
    said = compared([(place < 92)[None], (place < 90)[None]])
    assert said.more_images is not None
    times = said.more_images / 100
    assert 2 * times / (100 * times + 2) > 0
    many = np.arange(said.more_images)
    assert compared([(many < 0.92 * said.more_images)[None], (many < 0.9 * said.more_images)[None]]).distinguishable


@given(st.integers(-5, 2_000), st.integers(-5, 100))
def test_the_smallest_count_is_found(wanted: int, start: int) -> None:
    assert smallest(lambda count: count >= wanted, start) == max(wanted, start)


def test_a_count_beyond_all_plans_is_none() -> None:
    assert smallest(lambda _: False, 3) is None

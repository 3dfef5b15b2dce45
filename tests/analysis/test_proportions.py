from math import comb, sqrt
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.analysis import Interval, difference, wilson
from cnnlab.errors import UsageError

Z = NormalDist().inv_cdf(0.975)
samples = st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(samples)
def test_each_end_of_wilson_lies_exactly_one_critical_value_from_the_share(sample: tuple[int, int]) -> None:
    # The interval's definition: the shares x whose own standard error reaches to the observed one.
    share, count = sample[0] / sample[1], sample[1]
    for end in (wilson(share, count).low, wilson(share, count).high):
        if end != share:
            assert abs(share - end) == pytest.approx(Z * sqrt(end * (1 - end) / count), rel=1e-6, abs=1e-12)


@given(samples)
def test_wilson_lies_within_0_and_1_around_the_share(sample: tuple[int, int]) -> None:
    interval = wilson(sample[0] / sample[1], sample[1])
    assert 0 <= interval.low <= sample[0] / sample[1] <= interval.high <= 1
    assert interval.low < interval.high


@given(samples)
def test_wilson_of_the_errors_mirrors_wilson_of_the_hits(sample: tuple[int, int]) -> None:
    hits, misses = wilson(sample[0] / sample[1], sample[1]), wilson((sample[1] - sample[0]) / sample[1], sample[1])
    assert misses.low == pytest.approx(1 - hits.high, abs=1e-9)
    assert misses.high == pytest.approx(1 - hits.low, abs=1e-9)


def test_wilson_covers_the_true_share_95_times_in_100_on_average_over_shares() -> None:
    count, covered = 40, 0.0
    shares = [(step + 0.5) / 200 for step in range(200)]
    intervals = [wilson(hits / count, count) for hits in range(count + 1)]
    for share in shares:
        chances = [comb(count, hits) * share**hits * (1 - share) ** (count - hits) for hits in range(count + 1)]
        covered += sum(chance for chance, interval in zip(chances, intervals, strict=True) if share in interval)
    assert covered / len(shares) == pytest.approx(0.95, abs=0.006)


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 10), 0.6075, 1.0000),
    ],
)
def test_difference_gives_the_values_of_newcombes_own_table(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
) -> None:
    interval = difference(first[0] / first[1], first[1], second[0] / second[1], second[1])
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


@given(samples, samples)
def test_difference_turns_around_with_its_samples(first: tuple[int, int], second: tuple[int, int]) -> None:
    one = (first[0] / first[1], first[1])
    two = (second[0] / second[1], second[1])
    there, back = difference(*one, *two), difference(*two, *one)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low), abs=1e-12)
    assert -1 <= there.low <= one[0] - two[0] <= there.high <= 1


@given(samples)
def test_equal_shares_are_never_distinguishable(sample: tuple[int, int]) -> None:
    share = sample[0] / sample[1]
    assert 0 in difference(share, sample[1], share, sample[1])


def test_an_interval_holds_both_its_ends_and_nothing_beyond() -> None:
    interval = Interval(0.25, 0.5)
    assert [value in interval for value in (0.24, 0.25, 0.4, 0.5, 0.51)] == [False, True, True, True, False]


@pytest.mark.parametrize("share", [-0.01, 1.01, float("nan")])
def test_what_is_no_share_is_refused(share: float) -> None:
    with pytest.raises(UsageError, match=r"interval of a share: expected a share from 0 to 1, got (-0.01|1.01|nan)"):
        wilson(share, 10)


def test_no_images_are_refused() -> None:
    with pytest.raises(UsageError, match="interval of a share: expected at least 1 image, got 0"):
        wilson(0.5, 0)

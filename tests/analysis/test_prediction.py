"""Whether one more run lies where it is said to: against scipy.stats, and by simulation."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cnnlab.analysis.prediction import Scale, predict, tails

IMAGES = 10_000
TRIALS = 40_000
Floats = npt.NDArray[np.float64]

losses = st.lists(st.floats(1e-3, 50), min_size=2, max_size=12).filter(lambda some: np.ptp(np.log(some)) > 1e-6)
shares = st.lists(st.integers(0, IMAGES).map(lambda right: right / IMAGES), min_size=2, max_size=12).filter(
    lambda some: len(set(some)) > 1
)


@given(losses, st.floats(1e-3, 50))
def test_the_interval_and_the_shares_are_students_on_the_logarithm(some: list[float], value: float) -> None:
    logs = np.log(some)
    oracle = stats.t(len(some) - 1, loc=logs.mean(), scale=logs.std(ddof=1) * np.sqrt(1 + 1 / len(some)))
    found = predict(some, Scale())
    interval = found.interval()
    with np.errstate(over="ignore"):
        ends = np.exp(np.clip(oracle.interval(0.95), -700, 700))
    np.testing.assert_allclose([interval.low, interval.high], ends, rtol=1e-6)
    assert found.below(value) == pytest.approx(oracle.cdf(np.log(value)), abs=1e-6)
    both = 2 * min(oracle.cdf(np.log(value)), oracle.sf(np.log(value)))
    assert tails([value], [[one] for one in some], Scale())[0] == pytest.approx(both, abs=1e-6)


@given(shares, st.integers(0, IMAGES))
def test_a_value_is_within_the_interval_where_its_tail_is_five_percent_or_more(some: list[float], right: int) -> None:
    value, scale = right / IMAGES, Scale(IMAGES)
    interval = predict(some, scale).interval()
    tail = tails([value], [[one] for one in some], scale)[0]
    if abs(tail - 0.05) > 1e-6:
        # All and none are read as half an image from the end.
        read = float(np.clip(value, 0.5 / IMAGES, 1 - 0.5 / IMAGES))
        assert (read in interval) == (tail > 0.05)


@given(shares, st.floats(0.01, 0.99), st.floats(0, 0.005))
def test_rounding_can_only_bring_a_value_nearer(some: list[float], value: float, half: float) -> None:
    others, scale = [[one] for one in some], Scale(IMAGES)
    near = max(tails([value + way * half], others, scale)[0] for way in (-1, 0, 1))
    with_rounding = tails([value], others, scale, half)[0]
    assert with_rounding >= near - 1e-12
    middle = scale.back(float(scale.to(some).mean()))
    if abs(value - middle) < half * 0.99:
        assert with_rounding == 1.0


def test_columns_are_judged_each_for_itself() -> None:
    rng = np.random.default_rng(1)
    ours, value = rng.uniform(0.2, 0.4, (5, 7)), rng.uniform(0.2, 0.4, 7)
    together = tails(value, ours, Scale(IMAGES))
    alone = [tails([value[k]], ours[:, k : k + 1], Scale(IMAGES))[0] for k in range(7)]
    np.testing.assert_allclose(together, alone)


def test_runs_that_all_agree_say_nothing_of_a_value_that_differs() -> None:
    found = tails([0.9, 0.8], [[0.9, 0.9]] * 4, Scale(IMAGES))
    assert found[0] == 1.0
    assert np.isnan(found[1])


KINDS: dict[str, tuple[Scale, Callable[[np.random.Generator, tuple[int, int]], Floats]]] = {
    "accuracy, normal near 0.98": (Scale(IMAGES), lambda rng, size: rng.normal(0.9797, 0.0015, size)),
    "accuracy, skewed near 1": (Scale(IMAGES), lambda rng, size: 1 - 0.01 * np.exp(rng.normal(0, 0.3, size))),
    "accuracy, errors as a gamma": (Scale(IMAGES), lambda rng, size: 1 - rng.gamma(4, 0.0025, size)),
    "accuracy, seven points apart": (Scale(IMAGES), lambda rng, size: rng.normal(0.3373, 0.069, size)),
    "loss, normal": (Scale(), lambda rng, size: rng.normal(0.07, 0.007, size)),
    "loss, skewed": (Scale(), lambda rng, size: 0.07 * np.exp(rng.normal(0, 0.4, size))),
    "loss, as architecture-3's": (Scale(), lambda rng, size: rng.normal(1.62, 0.1, size)),
}


def coverage(scale: Scale, made: Floats) -> float:
    """Return how often the last run lies where the others say, in 95 of 100 cases."""
    return float(np.mean(tails(made[-1], made[:-1], scale) >= 0.05))


def rounded(scale: Scale, made: Floats) -> Floats:
    """Make accuracies shares of the images."""
    return made if scale.images is None else np.round(np.clip(made, 0, 1) * scale.images) / scale.images


@pytest.mark.parametrize("runs", [3, 5, 10])
@pytest.mark.parametrize("kind", KINDS)
def test_one_more_run_lies_within_in_94_to_96_of_100_cases(kind: str, runs: int) -> None:
    scale, make = KINDS[kind]
    made = rounded(scale, make(np.random.default_rng(7), (runs + 1, TRIALS)))
    assert coverage(scale, made) == pytest.approx(0.95, abs=0.008)


def test_of_runs_in_two_clumps_three_seeds_promise_too_much() -> None:
    rng = np.random.default_rng(7)
    size = (4, TRIALS)
    made = np.where(rng.random(size) < 0.3, 0.2, 0.4) + rng.normal(0, 0.02, size)
    assert coverage(Scale(IMAGES), made) == pytest.approx(0.87, abs=0.01)


def test_near_1_the_plain_scale_would_hold_less_than_it_says() -> None:
    made = 1 - 0.01 * np.exp(np.random.default_rng(7).normal(0, 0.6, (6, TRIALS)))
    centre, spread = made[:-1].mean(axis=0), made[:-1].std(axis=0, ddof=1) * np.sqrt(1 + 1 / 5)
    plain = np.mean(np.abs(made[-1] - centre) <= stats.t(4).ppf(0.975) * spread)
    assert plain < 0.935
    assert coverage(Scale(IMAGES), made) > 0.945

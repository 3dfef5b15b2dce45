import numpy as np
import pytest
from answers_made_up import IMAGES, answers

from cnnlab.analysis.diagnosis import Gain, gain
from cnnlab.records import Tested

DRAWS = 400
# Of 400 draws so many stay within three standard errors of 95 %.
FEWEST, MOST = 0.95 - 3 * (0.95 * 0.05 / DRAWS) ** 0.5, 0.95 + 3 * (0.95 * 0.05 / DRAWS) ** 0.5


def drawn(number: int, spread: float, changed_spread: float, comparisons: int = 1) -> tuple[Gain, float]:
    """Draw a change that truly gains 10 points, and measure it a second time with other seeds."""
    random = np.random.default_rng(number)
    hard = np.linspace(-0.2, 0.2, IMAGES)
    base = answers(random, 0.6, spread=spread, seeds=8, hard=hard)
    changed = answers(random, 0.7, spread=changed_spread, seeds=5, hard=hard)
    again = answers(random, 0.6, spread=spread, seeds=8, hard=hard)
    changed_again = answers(random, 0.7, spread=changed_spread, seeds=5, hard=hard)
    second = 100 * float(changed_again.accuracies.mean() - again.accuracies.mean())
    return gain(base, changed, comparisons), second


@pytest.mark.parametrize(("spread", "changed_spread"), [(0.05, 0.05), (0.08, 0.01), (0.01, 0.04)])
def test_the_interval_of_a_gain_covers_the_true_one_as_often_as_it_says(spread: float, changed_spread: float) -> None:
    found = [drawn(number, spread, changed_spread)[0] for number in range(DRAWS)]
    assert FEWEST <= np.mean([10 in one.interval for one in found]) <= MOST


@pytest.mark.parametrize(("spread", "changed_spread"), [(0.05, 0.05), (0.08, 0.01)])
def test_a_second_measurement_lies_where_it_was_foretold_as_often_as_is_said(
    spread: float, changed_spread: float
) -> None:
    found = [drawn(number, spread, changed_spread) for number in range(DRAWS)]
    assert FEWEST <= np.mean([second in one.new_seeds for one, second in found]) <= MOST


def test_intervals_of_several_changes_hold_all_at_once() -> None:
    missed = 0
    for number in range(DRAWS):
        random = np.random.default_rng(number)
        base = answers(random, 0.6, spread=0.03, seeds=8)
        gains = [gain(base, answers(random, 0.6, spread=0.03, seeds=5), 6) for _ in range(6)]
        missed += any(0 not in one.interval for one in gains)
    assert missed / DRAWS <= 0.05 + 3 * (0.05 * 0.95 / DRAWS) ** 0.5


def twice(one: Tested) -> Tested:
    """Let a second seed say just what the first has said."""
    classes, losses = (np.repeat(array, 2, axis=0) for array in (one.classes, one.losses))
    return Tested(one.architecture, (0, 1), one.labels, classes, losses)


def test_seeds_that_all_agree_leave_the_noise_of_the_images() -> None:
    random = np.random.default_rng(5)
    one, other = answers(random, 0.6, seeds=1), answers(random, 0.7, seeds=1)
    found = gain(twice(one), twice(other), 1)
    share = np.var(other.correct[0].astype(float) - one.correct[0].astype(float), ddof=1) / IMAGES
    assert found.interval.high - found.points == pytest.approx(100 * 1.959964 * share**0.5, rel=1e-3)


def test_a_run_that_failed_counts_as_one_that_knows_nothing() -> None:
    random = np.random.default_rng(6)
    base, failed = answers(random, 0.6), answers(random, 0.0)
    assert gain(base, failed, 1).points == pytest.approx(-100 * base.accuracies.mean())

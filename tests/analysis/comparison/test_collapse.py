"""Seeds that learnt nothing are told from seeds that learnt little."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cnnlab.analysis.comparison import rate
from cnnlab.analysis.comparison.collapse import Sorted, sort_seeds
from cnnlab.errors import UsageError

LABELS = np.arange(1_000) % 10


def of_hits(*hits: int) -> Sorted:
    """Sort seeds that are right on so many of 1,000 images of ten classes."""
    return sort_seeds(np.array(hits) / 1_000, LABELS)


def test_a_seed_that_names_one_class_for_everything_is_set_apart() -> None:
    found = sort_seeds(np.array([1.0, np.mean(LABELS == 3), 1.0]), LABELS)
    assert (found.counted, found.collapsed, found.blurred) == ((0, 2), (1,), False)


def test_a_seed_below_chance_is_set_apart_too() -> None:
    assert of_hits(900, 20).collapsed == (1,)


def test_a_low_accuracy_that_the_images_noise_cannot_explain_is_none() -> None:
    assert of_hits(310, 330, 290).collapsed == ()


def test_a_seed_a_little_above_chance_is_set_apart_where_the_others_are_far_above() -> None:
    assert of_hits(900, 110, 880).collapsed == (1,)


def test_where_all_are_at_chance_all_are_counted() -> None:
    found = of_hits(100, 104)
    assert (found.counted, found.collapsed, found.blurred) == ((0, 1), (0, 1), False)


def test_among_seeds_that_learn_little_the_unlucky_ones_are_not_dropped() -> None:
    found = of_hits(115, 125, 110)
    assert (found.counted, found.collapsed, found.blurred) == ((0, 1, 2), (), True)


def test_the_most_frequent_class_sets_what_chance_is() -> None:
    labels = np.array([0] * 900 + [1] * 100)
    assert sort_seeds(np.array([0.9, 0.96]), labels).collapsed == (0,)


@given(st.integers(1, 40).flatmap(lambda count: st.tuples(st.integers(0, count), st.just(count))))
def test_the_rate_is_clopper_and_pearsons(sample: tuple[int, int]) -> None:
    expected = stats.binomtest(*sample).proportion_ci(method="exact")
    found = rate(*sample)
    assert (found.low, found.high) == (pytest.approx(expected.low), pytest.approx(expected.high))


@pytest.mark.parametrize(("hits", "count"), [(-1, 3), (4, 3), (0, 0)])
def test_a_rate_of_nothing_is_refused(hits: int, count: int) -> None:
    with pytest.raises(UsageError, match=rf"collapse rate: expected hits among 1 seed or more, got {hits} of {count}"):
        rate(hits, count)

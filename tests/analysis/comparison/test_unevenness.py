"""What few seeds hide where they err unevenly is taken into account, and nothing is where they err evenly."""

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seeds_and_images import answers, law, levels, probabilities

from cnnlab.analysis.comparison.contrast import contrast
from cnnlab.analysis.comparison.crossed import Crossed, crossed
from cnnlab.analysis.comparison.estimates import estimate
from cnnlab.analysis.comparison.log_odds import log_odds, log_odds_slope, share_of
from cnnlab.analysis.comparison.unevenness import HIDING, hidden_by_seeds

shares = st.floats(1e-6, 1 - 1e-6)


def drawn(deviation: float, seeds: int, accuracy: float = 0.99) -> Crossed:
    """Draw the answers of some seeds to 20,000 images and take them apart."""
    random = np.random.default_rng(3)
    return crossed(answers(random, probabilities(random, law(accuracy, deviation), seeds), levels(random, 20_000)))


def test_for_errors_whose_logarithm_is_normal_it_is_coxs_term() -> None:
    random, seeds, spread = np.random.default_rng(1), 6, 0.7
    terms = []
    for _ in range(4_000):
        of_logs = np.var(random.normal(0, spread, seeds), ddof=1)
        terms.append(of_logs / 2)
    # The term is what the estimate of half the variance may be off by, squared.
    assert np.var(terms) == pytest.approx(spread**4 / (2 * (seeds - 1)), rel=0.1)
    parts = drawn(0.005, seeds)
    of_one_seed = (parts.seed_spread / (parts.mean * (1 - parts.mean))) ** 2
    assert hidden_by_seeds(parts) == pytest.approx(HIDING * of_one_seed**2 / (2 * (seeds - 1)))


def test_one_seed_hides_nothing_that_could_be_known() -> None:
    assert hidden_by_seeds(drawn(0.01, 1)) == 0


def test_it_is_next_to_nothing_where_seeds_err_evenly_and_large_where_they_do_not() -> None:
    even, uneven = drawn(0.001, 5, 0.97), drawn(0.03, 5)
    assert hidden_by_seeds(even) < 0.02 * log_odds_slope(even.mean) ** 2 * even.variance
    assert hidden_by_seeds(uneven) > 0.3 * log_odds_slope(uneven.mean) ** 2 * uneven.variance


def test_it_stands_in_the_error_from_seeds_that_is_shown() -> None:
    parts = drawn(0.02, 5)
    random = np.random.default_rng(3)
    right = answers(random, probabilities(random, law(0.99, 0.02), 5), levels(random, 20_000))
    shown = estimate(right).seed_error
    assert shown is not None
    assert shown**2 == pytest.approx(parts.seed_part + hidden_by_seeds(parts) / log_odds_slope(parts.mean) ** 2)


def test_it_widens_the_interval_of_a_pair_on_the_side_of_the_uneven_one() -> None:
    uneven, even = drawn(0.02, 5), drawn(0.001, 5, 0.98)
    found = contrast(uneven, even, odds=True)
    plain = log_odds_slope(uneven.mean) ** 2 * uneven.seed_part
    assert found.better == pytest.approx(plain + hidden_by_seeds(uneven))
    assert found.better > 1.2 * plain


@given(shares)
def test_log_odds_lead_back_to_the_share(share: float) -> None:
    assert share_of(log_odds(share)) == pytest.approx(share, rel=1e-9)


@given(st.floats(0.01, 0.99))
def test_the_slope_is_that_of_log_odds(share: float) -> None:
    step = 1e-6
    odds = [log((share + way * step) / (1 - share - way * step)) for way in (-1, 1)]
    assert log_odds_slope(share) == pytest.approx((odds[1] - odds[0]) / (2 * step), rel=1e-4)


def test_log_odds_far_out_do_not_overflow() -> None:
    assert (share_of(-1e4), share_of(1e4)) == (0, 1)

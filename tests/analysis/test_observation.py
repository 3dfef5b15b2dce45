"""How numbers and sentences are written: alike wherever they come from."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import fsum
from statistics import mean

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.analysis.observation import after_colon, number
from cnnlab.report.words import metric

IMAGES = 10_000


@given(st.lists(st.integers(0, IMAGES), min_size=1, max_size=8))
def test_a_mean_accuracy_is_the_same_text_however_it_was_added_up(right: list[int]) -> None:
    accuracies = [count / IMAGES for count in right]
    exact = Fraction(sum(right), len(right) * IMAGES)
    by_hand = Decimal(exact.numerator) / Decimal(exact.denominator)
    wanted = str(by_hand.quantize(Decimal("0.0001"), ROUND_HALF_UP))
    means = (
        sum(right) / (len(right) * IMAGES),
        mean(accuracies),
        float(np.mean(accuracies)),
        fsum(one / len(accuracies) for one in accuracies),
    )
    assert {write(value) for value in means for write in (number, metric)} == {wanted}


def test_a_loss_that_is_no_number_is_said_to_be_none() -> None:
    assert [number(value) for value in (float("inf"), float("-inf"))] == ["inf", "-inf"]
    assert metric(float("nan")) == "nan"


def test_only_the_first_letter_is_changed_behind_a_colon() -> None:
    assert after_colon("With ReLU. Two say little.") == "with ReLU. Two say little."
    assert after_colon("") == ""

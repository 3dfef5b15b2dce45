from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.report.palette import SERIES, contrast
from cnnlab.report.scales import epoch_ticks, scale_of

numbers = st.lists(st.floats(-1e9, 1e9), max_size=20) | st.lists(st.floats(-1e308, 1e308), max_size=3)
losses = st.lists(st.floats(0, 1e9) | st.none() | st.sampled_from([float("nan"), float("inf")]), max_size=20)


@given(numbers | losses, st.booleans(), st.integers(2, 8))
def test_numbers_at_an_axis_are_few_rising_and_within_it(values: list[float | None], log: bool, most: int) -> None:
    scale = scale_of(values, log=log)
    ticks = scale.ticks(most)
    assert len(ticks) <= most
    assert all(one < other for one, other in pairwise(ticks))
    slack = (scale.high - scale.low) * 1e-6
    assert all(scale.low - slack <= tick <= scale.high + slack for tick in ticks)


@given(st.lists(st.floats(1e-6, 1e6), min_size=2), st.booleans())
def test_places_rise_with_the_values_and_stay_within_the_axis(values: list[float], log: bool) -> None:
    scale = scale_of(values, log=log)
    places = [scale.place(value) for value in sorted(values)]
    assert all(0 <= place <= 1 for place in places)
    assert places == sorted(places)


@given(st.lists(st.floats(0, 1), min_size=1))
def test_an_axis_of_shares_ends_at_nought_and_one_at_the_latest(values: list[float]) -> None:
    scale = scale_of(values, share=True)
    assert 0 <= scale.low < scale.high <= 1


@given(st.integers(1, 100_000), st.integers(3, 9))
def test_epochs_at_an_axis_are_few_and_have_the_first_and_the_last(last: int, most: int) -> None:
    ticks = epoch_ticks(last, most)
    assert (ticks[0], ticks[-1]) == (1, last)
    assert len(ticks) <= most + 1
    assert all(one < other for one, other in pairwise(ticks))


@pytest.mark.parametrize("ground", ["#ffffff", "#f8f8f8", "#111111", "#1f1f1f", "#000000"])
def test_every_colour_stands_out_from_light_and_dark_grounds(ground: str) -> None:
    assert all(contrast(colour, ground) >= 3 for colour in SERIES)

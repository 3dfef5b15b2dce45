import re
from math import log

import pytest
import studies
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.records import StudyResult
from cnnlab.report.page.scoreboard import scoreboard
from cnnlab.report.rows import table_rows


def places(drawing: str) -> list[float]:
    """Read where the interval begins and ends and where the mean is, in percent of the width."""
    found = re.search(r'class="reach" x1="([\d.]+)%" x2="([\d.]+)%".*cx="([\d.]+)%"', drawing)
    assert found is not None
    return [float(one) for one in found.groups()]


def of(*accuracies: float) -> StudyResult:
    runs = [studies.run(f"n{i}", [(0.3, 0.9, 0.2, one)], test=(0.1, one)) for i, one in enumerate(accuracies)]
    return studies.study(*runs)


@given(st.lists(st.integers(0, 10_000).map(lambda right: right / 10_000), min_size=1, max_size=6))
def test_each_mean_lies_in_its_interval_and_all_on_the_scale_in_their_order(accuracies: list[float]) -> None:
    board = scoreboard(table_rows(of(*accuracies)))
    assert board is not None
    found = [(strip.row.accuracy, *places(strip.line)) for strip in board.strips]
    for _, low, high, mean in found:
        assert 0 <= low <= mean + 0.01
        assert mean <= high + 0.01 <= 100.02
    assert [one[0] for one in found] == sorted(accuracies, reverse=True)
    assert [one[3] for one in found] == sorted((one[3] for one in found), reverse=True)


def test_the_scale_is_that_of_log_odds_as_its_ticks_say() -> None:
    board = scoreboard(table_rows(of(0.5, 0.99)))
    assert board is not None
    ticks = {float(b): float(a) for a, b in re.findall(r'<text x="([\d.]+)%" y="18">([\d.]+)<', board.scale)}
    assert {0.5, 0.9} <= set(ticks)
    means = {strip.row.accuracy: places(strip.line)[2] for strip in board.strips}
    steps = {share: log(share / (1 - share)) for share in (*ticks, 0.99)}
    unit = (means[0.99] - means[0.5]) / (steps[0.99] - steps[0.5])
    for share, place in ticks.items():
        assert place == pytest.approx(means[0.5] + unit * steps[share], abs=0.02)


def test_without_a_tested_run_there_is_none() -> None:
    assert scoreboard(table_rows(studies.study(architectures=("a",)))) is None

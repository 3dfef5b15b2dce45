import re
import xml.etree.ElementTree as ET

import comparisons
import drawn
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.analysis.costs import Costs
from cnnlab.analysis.pareto import fronts
from cnnlab.report.comparison_sheet import ComparisonSheet
from cnnlab.report.drawing.canvas import width_of
from cnnlab.report.drawing.cost_front import SHOWN, cost_fronts
from cnnlab.report.drawing.names import Box, placed
from cnnlab.report.figure import Figure


def figures(sheet: ComparisonSheet) -> dict[str, Figure]:
    found = fronts(sheet.costs, sheet.comparison.pairs)
    return {figure.name: figure for figure in cost_fronts("f", sheet.comparison, sheet.costs, found)}


def test_a_cost_that_may_place_nobody_has_no_figure() -> None:
    sheet = comparisons.notebook()
    found = fronts(sheet.costs, sheet.comparison.pairs)
    found = {name: places for name, places in found.items() if name != "latency"}
    drawn_costs = [figure.name for figure in cost_fronts("f", sheet.comparison, sheet.costs, found)]
    assert drawn_costs == ["f-parameters", "f-multiply-adds"]


def test_each_cost_that_is_known_of_all_has_a_figure_and_the_caption_names_its_front() -> None:
    found = figures(comparisons.notebook())
    assert list(found) == ["f-parameters", "f-multiply-adds", "f-latency"]
    assert found["f-parameters"].caption == (
        "Accuracy against parameters. architecture-1, architecture-2 and architecture-3 stand on the front: all that "
        "cost less are distinguishably less accurate. architecture-2-as-intended is perhaps on it: one that costs less "
        "is not distinguishable. Bars are 95 % intervals for other seeds and other images."
    )
    assert "Times that differ by at most 5 % count as the same." in found["f-latency"].caption


def test_the_table_has_each_architecture_with_its_cost_its_interval_and_its_place() -> None:
    table = figures(comparisons.notebook())["f-latency"].numbers
    assert table.heads[:2] == ("architecture", "microseconds for an image alone")
    assert table.rows[0] == ("architecture-1", "446.2", "0.9903", "0.9863", "0.9943", "on")


def test_without_latencies_there_is_no_figure_of_them_and_one_seed_is_said() -> None:
    found = figures(comparisons.of_one_seed())
    assert list(found) == ["f-parameters", "f-multiply-adds"]
    assert "intervals for other images alone, since each has one seed." in found["f-parameters"].caption


def test_the_shape_of_a_mark_says_where_one_stands() -> None:
    found = figures(comparisons.notebook())
    assert {"on the front", "perhaps on it"} <= {*drawn.texts(found["f-parameters"])}
    assert "perhaps on it" not in drawn.texts(found["f-latency"])


def test_all_figures_have_the_same_vertical_axis() -> None:
    found = figures(comparisons.notebook()).values()
    ticks = [[text for text in drawn.texts(figure) if re.fullmatch(r"0\.\d+", text)] for figure in found]
    assert ticks[0] == ticks[1] == ticks[2]


def test_one_architecture_alone_has_no_front() -> None:
    sheet = comparisons.sheet([comparisons.standing("a", 0.9, "a")], [], [Costs("a", 10, 100)])
    for figure in figures(sheet).values():
        drawn.check(figure)
        assert figure.caption.startswith("a alone, with an accuracy of 0.9000: no front to speak of.")
        assert "on the front" not in drawn.texts(figure)


def test_a_network_that_costs_nothing_can_be_drawn() -> None:
    names = [drawn.HOSTILE, "b" * 200]
    standings = [comparisons.standing(name, 0.5 - 0.1 * i, "a") for i, name in enumerate(names)]
    pairs = [comparisons.pair(*names, 0.1, 0.2)]
    for figure in figures(
        comparisons.sheet(standings, pairs, [Costs(names[0], 0, 0), Costs(names[1], 9, 99)])
    ).values():
        drawn.check(figure)
        assert "<script" not in figure.svg


def test_the_same_numbers_give_the_same_bytes() -> None:
    assert figures(comparisons.notebook()) == figures(comparisons.notebook())


def test_names_that_find_no_room_are_counted() -> None:
    names = [f"a-rather-long-name-{index}" for index in range(40)]
    standings = [comparisons.standing(name, 0.5, "a", reach=0.01) for name in names]
    sheet = comparisons.sheet(standings, [], [Costs(name, 100, 100) for name in names])
    figure = figures(sheet)["f-parameters"]
    left_out = len({*names} - {*drawn.texts(figure)})
    assert left_out > 0
    assert f" {left_out} marks have no name for want of room; the table names all." in figure.caption


shares = st.floats(0, 1)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(shares, st.floats(0, 0.3), st.integers(0, 10**9)), min_size=1, max_size=12))
def test_any_comparison_gives_sound_figures_that_count_the_names_they_leave_out(
    some: list[tuple[float, float, int]],
) -> None:
    names = [f"network-{index}" for index in range(len(some))]
    standings = [comparisons.standing(name, one[0], "a", reach=one[1]) for name, one in zip(names, some, strict=True)]
    costs = [Costs(name, one[2], one[2] // 3) for name, one in zip(names, some, strict=True)]
    for figure in figures(comparisons.sheet(standings, [], costs)).values():
        drawn.check(figure)
        left_out = len(names) - len({*names} & {*drawn.texts(figure)})
        told = re.search(r"(\d+) marks? ha(?:s|ve) no name", figure.caption)
        assert left_out == (int(told[1]) if told else 0)


words = st.text("abcdefg-", min_size=1, max_size=20)
places = st.tuples(st.floats(0, 300), st.floats(0, 200))


@given(st.lists(st.tuples(words, places), max_size=25))
def test_no_name_lies_over_another_one_a_mark_or_a_bar_or_beyond_the_edge(
    some: list[tuple[str, tuple[float, float]]],
) -> None:
    texts, points = [one[0] for one in some], [one[1] for one in some]
    bars = [Box(x - 2, y - 20, x + 2, y + 20) for x, y in points]
    ground = Box(0, 0, 300, 200)
    spaces = placed(texts, points, bars, ground, 10)
    found = [space for space in spaces if space is not None]
    assert len(spaces) == len(texts)
    assert all(ground.holds(space) for space in found)
    assert not any(one.meets(other) for i, one in enumerate(found) for other in found[i + 1 :])
    assert not any(space.meets(bar) for space in found for bar in bars)
    assert not any(space.meets(Box(x - 4, y - 4, x + 4, y + 4)) for space in found for x, y in points)
    for text, space in zip(texts, spaces, strict=True):
        assert space is None or abs(space.right - space.left - width_of(text, 10)) < 1e-6


def test_a_name_with_room_around_it_stands_right_beside_its_mark() -> None:
    (space,) = placed(["ab"], [(100, 100)], [], Box(0, 0, 300, 200), 10)
    assert space is not None
    assert (space.left, (space.bottom + space.top) / 2) == (109, 100)


def test_what_is_shown_are_the_three_costs_of_the_comparison() -> None:
    assert SHOWN == ("parameters", "multiply_adds", "latency")
    assert all(ET.fromstring(figure.svg)[0].text for figure in figures(comparisons.notebook()).values())

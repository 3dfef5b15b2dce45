"""Who is on the front: against the textbook where nothing is uncertain, and what holds however uncertain it is."""

import doctest
from itertools import combinations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cnnlab.analysis import Interval, costs, equal_cost, pareto
from cnnlab.analysis.comparison import PairFinding
from cnnlab.analysis.costs import Costs
from cnnlab.analysis.pareto import front, fronts


def pairs_of(accuracies: dict[str, float], reach: float) -> list[PairFinding]:
    """Compare each two; a gap counts where it is more than ``reach``."""
    found = []
    for one, two in combinations(accuracies, 2):
        better, worse = (one, two) if accuracies[one] >= accuracies[two] else (two, one)
        gap = accuracies[better] - accuracies[worse]
        interval = Interval(gap - reach, gap + reach)
        found.append(PairFinding(better, worse, gap, interval, gap > reach, "architectures", None, None))
    return found


places = st.lists(st.tuples(st.integers(0, 20), st.integers(1, 9)), min_size=1, max_size=7)


def drawn(points: list[tuple[int, int]]) -> tuple[dict[str, float], dict[str, float]]:
    names = [f"net-{number}" for number in range(len(points))]
    accuracies = {name: point[0] / 20 for name, point in zip(names, points, strict=True)}
    return accuracies, {name: float(point[1]) for name, point in zip(names, points, strict=True)}


@given(places)
def test_where_every_gap_is_distinguishable_it_is_the_textbooks_front(points: list[tuple[int, int]]) -> None:
    accuracies, cost = drawn(points)
    assume(len(set(accuracies.values())) == len(accuracies))
    dominated = {
        name
        for name in cost
        if any(cost[other] <= cost[name] and accuracies[other] > accuracies[name] for other in cost)
    }
    found = front(cost, pairs_of(accuracies, 0))
    assert {name for name, place in found.items() if place == "off"} == dominated
    assert "perhaps" not in found.values()


@given(places, st.floats(0, 1))
def test_however_uncertain_the_cheapest_is_never_perhaps_the_best_never_off_and_somebody_is_on(
    points: list[tuple[int, int]], reach: float
) -> None:
    accuracies, cost = drawn(points)
    found = front(cost, pairs_of(accuracies, reach))
    assert all(found[name] != "perhaps" for name in cost if cost[name] == min(cost.values()))
    assert all(found[name] != "off" for name in cost if accuracies[name] == max(accuracies.values()))
    assert "on" in found.values()
    assert list(found) == list(cost)


@given(places, st.floats(0, 1), st.floats(0, 1))
def test_less_certainty_takes_nobody_off_the_front(points: list[tuple[int, int]], reach: float, more: float) -> None:
    accuracies, cost = drawn(points)
    narrow, wide = (front(cost, pairs_of(accuracies, one)) for one in (reach, reach + more))
    assert all(narrow[name] == "off" for name, place in wide.items() if place == "off")


@given(places)
def test_where_nothing_is_distinguishable_only_the_cheapest_are_surely_on(points: list[tuple[int, int]]) -> None:
    accuracies, cost = drawn(points)
    found = front(cost, pairs_of(accuracies, 2))
    cheapest = min(cost.values())
    assert found == {name: "on" if cost[name] == cheapest else "perhaps" for name in cost}


def test_costs_within_the_noise_of_a_clock_count_as_the_same() -> None:
    tie, gap = pairs_of({"a": 0.9, "b": 0.9}, 0.1), pairs_of({"a": 0.9, "b": 0.5}, 0.1)
    assert front({"a": 1.0, "b": 1.04}, tie, noise=0.05)["b"] == "on"
    assert front({"a": 1.0, "b": 1.06}, tie, noise=0.05)["b"] == "perhaps"
    # a costs a little more than b by the clock: no more, as far as anyone knows, and it is the better one
    assert front({"a": 1.04, "b": 1.0}, gap, noise=0.05)["b"] == "off"
    assert front({"a": 1.06, "b": 1.0}, gap, noise=0.05)["b"] == "on"


def test_a_cost_that_is_not_known_of_all_has_no_front() -> None:
    pairs = pairs_of({"a": 0.9, "b": 0.5}, 0.1)
    found = fronts([Costs("a", 10, 100, seconds=1.0), Costs("b", 10, 200)], pairs)
    assert found == {"parameters": {"a": "on", "b": "off"}, "multiply_adds": {"a": "on", "b": "off"}}
    assert fronts([], []) == {}


@pytest.mark.parametrize("module", [pareto, costs, equal_cost])
def test_the_examples_in_docstrings_give_what_they_say(module: object) -> None:
    assert doctest.testmod(module)[0] == 0

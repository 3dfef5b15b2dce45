"""Letters say exactly which architectures are alike."""

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.analysis.comparison.letters import letters


@st.composite
def graphs(draw: st.DrawFn) -> list[set[int]]:
    count = draw(st.integers(1, 7))
    alike: list[set[int]] = [set() for _ in range(count)]
    for one, other in combinations(range(count), 2):
        if draw(st.booleans()):
            alike[one].add(other)
            alike[other].add(one)
    return alike


@given(graphs(), st.randoms(use_true_random=False))
def test_two_share_a_letter_exactly_where_they_are_alike(alike: list[set[int]], random: object) -> None:
    found = letters(alike, range(len(alike)))
    assert all(found)
    for one, other in combinations(range(len(alike)), 2):
        assert bool(set(found[one]) & set(found[other])) == (other in alike[one])


@given(graphs())
def test_there_is_a_letter_for_each_largest_group_and_for_no_other(alike: list[set[int]]) -> None:
    everyone = range(len(alike))
    groups = [set(some) for size in range(1, len(alike) + 1) for some in combinations(everyone, size)]
    cliques = [group for group in groups if all(b in alike[a] for a, b in combinations(sorted(group), 2))]
    largest = {frozenset(group) for group in cliques if not any(group < other for other in cliques)}
    found = letters(alike, everyone)
    used = sorted(set("".join(found)))
    assert {frozenset(place for place in everyone if letter in found[place]) for letter in used} == largest
    assert used == list("abcdefghijklmnopqrstuvwxyz")[: len(used)]


@given(graphs(), st.randoms(use_true_random=False))
def test_the_best_one_has_the_first_letter(alike: list[set[int]], random: object) -> None:
    order = np.random.default_rng(len(alike)).permutation(len(alike)).tolist()
    assert "a" in letters(alike, order)[order[0]]


def test_beyond_z_come_capitals_and_then_numbers() -> None:
    found = letters([set()] * 54, range(54))
    assert (found[25], found[26], found[51], found[52], found[53]) == ("z", "A", "Z", "(53)", "(54)")

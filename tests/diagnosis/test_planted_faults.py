"""A sample of what `make prove-diagnosis` measures at length."""

from dataclasses import replace

import pytest
from diagnosed import diagnosis, mends, part_of
from faults import FAULTS, Case, broken, healthy

from cnnlab import data
from cnnlab.lab.diagnosing import Effort
from cnnlab.records import Split

TRAIN, HELD_OUT = 2_000, 2_000
EFFORT = Effort(
    ranking_images=TRAIN, ranking_seeds=2, images=TRAIN, seeds=3, base_seeds=4, most_changes=3, most_measured=2
)


@pytest.fixture(scope="module")
def split() -> Split:
    return part_of(data.load("mnist"), TRAIN, HELD_OUT)


def case_of(kind: str) -> Case:
    return broken(list(FAULTS).index(kind))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["dead from the start", "learning rate too low", "large pool"])
def test_a_planted_fault_is_the_first_or_second_cause_named(kind: str, split: Split) -> None:
    case = case_of(kind)
    found = diagnosis(case.architecture, split, EFFORT)
    assert any(mends(one, case) for one in found.causes[:2]), [one.candidate.change.text for one in found.ranked]


@pytest.mark.slow
def test_a_healthy_network_has_no_cause_named(split: Split) -> None:
    assert diagnosis(healthy(1).architecture, split, EFFORT).causes == ()


@pytest.mark.parametrize("number", range(4 * len(FAULTS)))
def test_a_fault_is_one_thing_in_a_network_that_was_healthy(number: int) -> None:
    case = broken(number)
    assert case.kind == list(FAULTS)[number % len(FAULTS)]
    assert (case.layers, case.recipe) != (case.healthy, case.healthy_recipe)
    assert case.healthy_recipe is not None
    same = replace(case.recipe, optimizer=case.healthy_recipe.optimizer, loss=case.healthy_recipe.loss)
    assert same == case.healthy_recipe
    assert broken(number) == case
    assert case.touches

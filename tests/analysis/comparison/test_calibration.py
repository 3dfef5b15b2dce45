"""The promises of a comparison, on a sample of what `make prove-stats` does at length; broken methods break them."""

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from seeds_and_images import Skills, architectures, as_tested, law, probabilities
from trials import UNEVEN_WORDS, Cell, claims, coverage, losses, networks, side, ties

from cnnlab.analysis.comparison import compare, contrast, critical, crossed, estimates
from cnnlab.analysis.comparison.critical import Family

SEEDS_DECIDE = Cell(300, 0.6, (0.1,), (3,))
IMAGES_DECIDE = Cell(300, 0.9, (0.0,), (10,))
UNEVEN = Cell(300, 0.99, (0.02,), (10,))
TWO_ALIKE = Cell(300, 0.9, (0.0,), (10,), (2,))
TEN_ALIKE = Cell(200, 0.9, (0.0,), (10,), (10,))
SKILLS: tuple[Skills, ...] = ("normal", "lopsided")
Patch = pytest.MonkeyPatch


def covered(cell: Cell, draws: int) -> float:
    """Return how often the truth is in the interval."""
    return float(coverage(cell, draws, 7)[cell.sizes[0], False].share)


def wrong(cell: Cell, draws: int) -> float:
    """Return how often architectures that are alike are called distinguishable."""
    return float(ties(cell, draws, 8)[cell.counts[0], cell.sizes[0]].share)


def holds(cell: Cell) -> bool:
    """Tell whether a cell keeps its promise, within what chance does to so few draws."""
    if cell == TEN_ALIKE:
        return wrong(cell, 60) <= 0.12
    if cell == TWO_ALIKE:
        return 0.02 <= wrong(cell, 500) <= 0.075
    return 0.93 <= covered(cell, 900 if cell == SEEDS_DECIDE else 400) <= 0.975


@pytest.mark.parametrize("cell", [SEEDS_DECIDE, IMAGES_DECIDE, UNEVEN, TWO_ALIKE, TEN_ALIKE])
def test_the_method_keeps_its_promise(cell: Cell) -> None:
    assert holds(cell)


def test_what_is_counted_as_a_claim_is_what_a_comparison_claims() -> None:
    random, seen = np.random.default_rng(6), set()
    laws = [law(accuracy, 0.01) for accuracy in (0.9, 0.93, 0.96, 0.9)]
    for _ in range(40):
        tested = [as_tested(str(place), each) for place, each in enumerate(architectures(random, laws, 4, 300))]
        for count, apart, uneven in claims([side(each) for each in tested], (2, 3, 4)):
            said = compare(tested[:count])
            assert apart == any(each.distinguishable for each in said.pairs)
            assert uneven == any(UNEVEN_WORDS in text for each in said.standings for text in each.warnings)
            seen.add((count, apart))
    assert len(seen) > 4


def normal_for_student(patch: Patch) -> None:
    patch.setattr(critical, "student", lambda tail, freedom: critical.NormalDist().inv_cdf(1 - tail))


def one_degree_of_freedom_too_many(patch: Patch) -> None:
    student = critical.student
    patch.setattr(critical, "student", lambda tail, freedom: student(tail, freedom + 1))


def seeds_forgotten(patch: Patch) -> None:
    # The package has a function of the module's name.
    module = import_module("cnnlab.analysis.comparison.compare")
    patch.setattr(module, "crossed", lambda right: replace(crossed.crossed(right), seed_part=0.0))


def images_forgotten(patch: Patch) -> None:
    patch.setattr(crossed.Crossed, "images_alone", property(lambda _: 0.0))


def images_of_a_pair_forgotten(patch: Patch) -> None:
    patch.setattr(contrast, "_images", lambda *_: 0.0)


def images_unpaired(patch: Patch) -> None:
    def apart(better: Any, worse: Any, slopes: tuple[float, float]) -> float:  # noqa: ANN401 - tables taken apart
        return float(slopes[0] ** 2 * better.images_alone + slopes[1] ** 2 * worse.images_alone)

    patch.setattr(contrast, "_images", apart)


def unevenness_forgotten(patch: Patch) -> None:
    patch.setattr(estimates, "hidden_by_seeds", lambda _: 0.0)


def pairs_each_for_itself(patch: Patch) -> None:
    patch.setattr(Family, "tail", property(lambda family: (1 - family.confidence) / 2))


@pytest.mark.parametrize(
    ("fault", "cell"),
    [
        (normal_for_student, SEEDS_DECIDE),
        (one_degree_of_freedom_too_many, SEEDS_DECIDE),
        (seeds_forgotten, SEEDS_DECIDE),
        (images_forgotten, IMAGES_DECIDE),
        (unevenness_forgotten, UNEVEN),
        (images_of_a_pair_forgotten, TWO_ALIKE),
        (images_unpaired, TWO_ALIKE),
        (pairs_each_for_itself, TEN_ALIKE),
    ],
)
def test_a_broken_method_does_not(fault: Callable[[Patch], None], cell: Cell, monkeypatch: Patch) -> None:
    fault(monkeypatch)
    assert not holds(cell)


def test_seeds_that_fail_now_and_then_leave_the_interval_of_the_others() -> None:
    found = coverage(Cell(300, 0.9, (0.01,), (5,)), 300, 9)[5, True]
    assert 0.92 <= found.share <= 0.985
    assert found.overall < 0.6 * found.draws
    assert found.warned == found.draws


def test_where_seeds_err_very_unevenly_the_interval_fails_and_says_so() -> None:
    found = coverage(Cell(1_000, 0.99, (0.05,), (5,)), 200, 10)[5, False]
    assert found.share < 0.75
    assert found.uneven > 0.5 * found.draws


def test_the_interval_of_two_trained_networks_covers_their_gap() -> None:
    found = networks(Cell(500, 0.9, (0.01,), (1, 5)), 400, 11)
    assert all(0.925 <= each.share <= 0.98 for each in found.values())


def test_the_interval_of_a_loss_covers_the_mean_loss() -> None:
    found = losses(Cell(1_000, 0.0, (0.1, 1.0, 0.7), (4,)), 300, 12)
    assert 0.92 <= found[4].share <= 0.985


def test_the_model_has_the_truth_that_it_says() -> None:
    truths = ((0.3, 0.05), (0.995, 0.001))
    for (accuracy, deviation), skills in zip(truths, SKILLS, strict=True):
        of = law(accuracy, deviation, skills)
        assert of.accuracy == pytest.approx(accuracy, abs=1e-9)
        assert of.deviation == pytest.approx(deviation, rel=1e-4)


@pytest.mark.parametrize("skills", SKILLS)
def test_seeds_are_drawn_from_the_law_that_is_said(skills: Skills) -> None:
    of = law(0.9, 0.01, skills)
    seeds = probabilities(np.random.default_rng(4), of, 40_000).mean(axis=1)
    assert seeds.mean() == pytest.approx(0.9, abs=3e-4)
    assert seeds.std() == pytest.approx(0.01, rel=0.05)

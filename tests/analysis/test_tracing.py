"""Every sentence about a study says what was found, and nothing more."""

import re
from itertools import combinations
from math import inf, isclose

import made_answers
import made_comparisons
import pytest
import studies
import tracing
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cnnlab import records
from cnnlab.analysis import Observation, observe
from cnnlab.analysis.comparison import Comparison, compare
from cnnlab.records import StudyResult

# Written elsewhere, and without evidence.
UNTRACED = {"interruption", "recipe", "validation", "data"}


def observed(found: Comparison) -> tuple[Observation, ...]:
    return observe(made_comparisons.study_of(found, history=2), found.images, comparison=found)


def check(observation: Observation, study: StudyResult) -> None:
    """Assert what holds of every sentence."""
    if observation.kind in UNTRACED:
        return
    assert tracing.untraced(observation) == [], observation
    assert tracing.unknown_names(observation, study.architectures) == set(), observation
    assert not tracing.FORBIDDEN.search(tracing.own_words(observation)), observation
    assert ("istinguishable" in tracing.own_words(observation)) <= (observation.kind == "comparison"), observation


@settings(max_examples=80)
@given(made_comparisons.comparisons())
def test_each_number_and_name_of_a_compared_study_is_in_its_evidence(found: Comparison) -> None:
    study = made_comparisons.study_of(found, history=2)
    for observation in observed(found):
        check(observation, study)


@settings(max_examples=60)
@given(made_answers.answers())
def test_each_number_and_name_of_compared_answers_is_in_its_evidence(answers: tuple[records.Tested, ...]) -> None:
    found, study = compare(answers), made_answers.study_of(answers, "architecture-3")
    told = observe(study, found.images, comparison=found)
    for observation in told:
        check(observation, study)
    check_claims(found, [one.text for one in told if one.kind == "comparison"])


@settings(max_examples=80)
@given(studies.studies(st.sampled_from(made_comparisons.NAMES)))
def test_each_number_and_name_of_any_study_is_in_its_evidence(result: StudyResult) -> None:
    for observation in observe(result, result.provenance.test_images):
        check(observation, result)


@settings(max_examples=80)
@given(made_comparisons.comparisons())
def test_evidence_is_the_findings_own_numbers(found: Comparison) -> None:
    known = facts(found)
    for observation in observed(found):
        if observation.kind in {"verdict", "interval", "comparison", "tie"}:
            for name, value in observation.evidence:
                if not isinstance(value, str) and name != "not listed":
                    assert name in known, (name, observation)
                    assert isclose(value, known[name], rel_tol=1e-9, abs_tol=1e-12), (name, observation)


def facts(found: Comparison) -> dict[str, float]:
    """Name every number of a comparison as evidence does; what is computed, by scipy."""
    known = {"confidence, percent": 95.0, "good from": 0.95, "poor below": 0.8, "test images": float(found.images)}
    known |= {"pairs": float(len(found.pairs))}
    for one in found.standings:
        name, estimate = one.architecture, one.accuracy
        counted = [seed for seed in one.seeds if seed not in one.collapsed] or one.seeds
        reach = stats.norm.ppf(0.975) if estimate.freedom == inf else stats.t.ppf(0.975, estimate.freedom)
        known |= {
            f"{name}: accuracy": estimate.value,
            f"{name}: accuracies, lowest": 0.1 if len(one.collapsed) == len(one.seeds) else estimate.value,
            f"{name}: accuracies, highest": 0.1 if len(one.collapsed) == len(one.seeds) else estimate.value,
            f"{name}: interval, low": estimate.interval.low,
            f"{name}: interval, high": estimate.interval.high,
            f"{name}: seeds": len(counted),
            f"{name}: other seeds, points": 100 * reach * (estimate.seed_error or 0),
            f"{name}: other images, points": 100 * reach * estimate.image_error,
        }
    for pair in found.pairs:
        name = f"{pair.better} over {pair.worse}"
        known |= {
            f"{name}: gap": pair.gap,
            f"{name}: interval, low": pair.interval.low,
            f"{name}: interval, high": pair.interval.high,
            f"{name}: seeds that settle it": pair.more_seeds or 0,
            f"{name}: images that settle it": pair.more_images or 0,
        }
    return known


CLAIM = re.compile(
    r"(Not distinguishable|Distinguishable)(, as these trained networks)?: (.*?\))(?:\.| and \d+ more\.)"
)


def claims(text: str) -> list[tuple[str, bool, str]]:
    """Split a comparison's text into what is claimed, of which scope, and of whom."""
    return [(head, bool(scope), listed) for head, scope, listed in CLAIM.findall(text)]


@settings(max_examples=100)
@given(made_comparisons.comparisons())
def test_distinguishable_is_said_of_a_pair_only_where_the_finding_says_so(found: Comparison) -> None:
    check_claims(found, [one.text for one in observed(found) if one.kind == "comparison"])


def check_claims(found: Comparison, texts: list[str]) -> None:
    """Assert that each pair in a text is claimed to be what its finding says."""
    said = {(pair.better, pair.worse): pair for pair in found.pairs}
    listed: set[tuple[str, str]] = set()
    assert len(texts) == bool(found.pairs)
    for head, single, who in (claim for text in texts for claim in claims(text)):
        for first, word, second in re.findall(r"([a-z][\w-]*) (over|and) ([a-z][\w-]*) by", who):
            pair = said.get((first, second)) or said[second, first]
            listed.add((pair.better, pair.worse))
            assert pair.distinguishable == (head == "Distinguishable"), texts
            assert (pair.scope == "trained networks") == single, texts
            assert word == ("over" if pair.gap else "and"), texts
            assert (pair.better, pair.worse) == (first, second), texts
    if len(found.pairs) <= 6:
        assert listed == set(said)


@settings(max_examples=100)
@given(made_comparisons.comparisons())
def test_no_two_of_a_named_group_are_distinguishable(found: Comparison) -> None:
    apart = {frozenset((pair.better, pair.worse)) for pair in found.pairs if pair.distinguishable}
    for observation in observed(found):
        for listed in re.findall(r"Not distinguishable from each other: (.*?)\.(?: |$)", observation.text):
            for group in listed.split("; "):
                names = re.split(", | and ", group)
                assert len(names) > 2
                assert not any(frozenset(two) in apart for two in combinations(names, 2)), observation


@settings(max_examples=100)
@given(made_comparisons.comparisons())
def test_of_one_seed_nothing_is_said_that_would_be_true_of_the_architecture(found: Comparison) -> None:
    alone = {one.architecture for one in found.standings if one.accuracy.seed_error is None}
    told = {one.kind: one for one in observed(found) if one.subject == "study"}
    assert ("seeds" in told) == bool(alone)
    if alone:
        assert tracing.names(told["seeds"]) == alone
        for part in re.split(r"(?<=\)\.) ", told["verdict"].text):
            claimed = {name for name in alone if re.search(rf"(?<![\w-]){name} \(", part)}
            assert not claimed or "of these trained networks" in part


def test_the_tracer_sees_a_number_that_no_finding_has() -> None:
    evidence: tuple[tuple[str, float | str], ...] = (("architecture", "lenet-5"), ("accuracy", 0.98765))
    told = Observation("lenet-5", "lenet-5: 0.9876 of 3 seeds, +-0.12 points.", "interval", evidence)
    assert tracing.untraced(told) == ["3", "0.12"]


@pytest.mark.parametrize(
    ("value", "text", "traced"),
    [
        (0.98765, "0.9877", True),
        (0.98764, "0.9877", False),
        (-0.00012, "-0.0001", True),
        (0.00012, "-0.0001", False),
        (12345.0, "12,345", True),
        (1e300, f"{1e300:.4f}", True),
        (82.4, "82 %", True),
        (82.6, "82 %", False),
    ],
)
def test_the_tracer_takes_a_rounded_number_and_no_other(value: float, text: str, traced: bool) -> None:
    told = Observation("study", f"It is {text}.", "fit", (("it", value),))
    assert (tracing.untraced(told) == []) == traced


def test_the_tracer_sees_names_that_come_from_nowhere() -> None:
    told = Observation("study", "alpha over beta.", "comparison", (("architecture", "alpha"), ("architecture", "x")))
    assert tracing.unknown_names(told, ["alpha", "beta"]) == {"beta", "x"}

"""How a study looks in a terminal where the answers of its runs are known, against files beside the tests."""

import re
from dataclasses import replace

import goldens
import made_answers
import made_comparisons
import pytest
import studies
from hypothesis import given, settings
from hypothesis import strategies as st
from made_comparisons import comparison, standing

from cnnlab.analysis import observe
from cnnlab.analysis.comparison import Comparison, compare
from cnnlab.analysis.observation import number
from cnnlab.records import StudyResult
from cnnlab.report.contents import ReportContents
from cnnlab.report.page import study_page
from cnnlab.report.terminal import observation_table, observations_text

NOTEBOOK = {
    "architecture-1": (0.9903, 0.9912, 0.9899),
    "architecture-2": (0.9751, 0.9789, 0.9764),
    "architecture-3": (0.3115, 0.4012, 0.2903),
}


def shown(result: StudyResult, found: Comparison | None) -> str:
    """Lay out what `cnnlab run` prints at its end."""
    observations = observe(result, result.provenance.test_images, comparison=found)
    table = observation_table(result, comparison=found, unicode=False)
    return f"{table}\n\n{observations_text(observations, unicode=False)}"


def test_the_notebooks_study_with_three_seeds_looks_as_it_always_did() -> None:
    answers = made_answers.answered(NOTEBOOK)
    goldens.check("compared_notebook", shown(made_answers.study_of(answers), compare(answers)))


def test_a_study_of_one_seed_looks_as_it_always_did() -> None:
    answers = made_answers.answered({name: seeds[:1] for name, seeds in NOTEBOOK.items()})
    goldens.check("compared_one_seed", shown(made_answers.study_of(answers), compare(answers)))


def test_a_collapsed_seed_looks_as_it_always_did() -> None:
    named = {name: NOTEBOOK[name] for name in ("architecture-1", "architecture-2")}
    answers = made_answers.answered(named, collapsed={"architecture-2": 1})
    goldens.check("compared_collapsed", shown(made_answers.study_of(answers), compare(answers)))


def test_ten_architectures_look_as_they_always_did() -> None:
    steps = (0.0, 0.0004, -0.0006)
    named = {f"net-{index}": [0.985 + 0.0008 * index + step for step in steps] for index in range(10)}
    answers = made_answers.answered(named)
    goldens.check("compared_ten", shown(made_answers.study_of(answers, "architecture-2"), compare(answers)))


def test_a_tie_that_more_seeds_would_settle_looks_as_it_always_did() -> None:
    found = comparison(standing("a", 0.9805), standing("b", 0.9781), seeds={("a", "b"): 11})
    goldens.check("compared_tie_seeds", shown(made_comparisons.study_of(found), found))


def test_a_tie_that_no_number_of_seeds_settles_looks_as_it_always_did() -> None:
    found = comparison(standing("a", 0.9805), standing("b", 0.9801), images={("a", "b"): 612_000})
    goldens.check("compared_tie_images", shown(made_comparisons.study_of(found), found))


def test_an_interrupted_study_looks_as_it_always_did() -> None:
    answers = made_answers.answered({name: seeds[: 3 - index] for index, (name, seeds) in enumerate(NOTEBOOK.items())})
    whole = made_answers.study_of(answers)
    cut = studies.notebook_run("architecture-3", seed=1, epochs=7)
    result = replace(whole, runs=(*whole.runs, cut), architectures=(*whole.architectures, "lenet-5"), seeds=(0, 1, 2))
    goldens.check("compared_interrupted", shown(result, compare(answers)))


@settings(max_examples=60)
@given(made_comparisons.comparisons(), st.booleans(), st.lists(st.sampled_from(["x", "a longer name"]), unique=True))
def test_a_compared_table_has_80_columns_and_the_findings_numbers(
    found: Comparison, unicode: bool, others: list[str]
) -> None:
    result = made_comparisons.study_of(found, *others)
    lines = observation_table(result, comparison=found, unicode=unicode).split("\n")
    assert max(map(len, lines)) <= 80
    assert all(line == line.rstrip() for line in lines)
    cells = [line.split() for line in lines]
    for one in found.standings:
        # A long name goes on in the next line; the numbers stand in the first.
        (row,) = [row for row in cells if row and row[0] == one.architecture and len(row) > 2]
        interval = one.accuracy.interval
        group = [one.group] if len(found.standings) + len(others) > 1 else []
        told = [number(one.accuracy.value), f"{number(interval.low)}-{number(interval.high)}", *group]
        assert row[-1 - len(told) : -1] == told


def test_the_page_has_the_groups_and_both_chances_of_each_interval() -> None:
    found = comparison(standing("a", 0.9805), standing("b", 0.9), standing("c", 0.98, seeds=[4]))
    result = made_comparisons.study_of(found)
    page = study_page(ReportContents(result, {}, observe(result, 10_000, comparison=found), comparison=found))
    text = re.sub(r"<[^>]+>|\s+", " ", page)
    assert re.search(r"0\.9805 +0\.9775 to 0\.9835 +other seeds ±0\.12, other images ±0\.09 points .*? a ", text)
    assert re.search(r"0\.9000 +0\.8970 to 0\.9030 .*? b ", text)
    assert re.search(r"0\.9800 +0\.9770 to 0\.9830 +other images ±0\.30 points", text)
    assert "Of a single seed it allows for n other test images alone" in text
    assert "Architectures that share a letter are not distinguishable." in text


def test_collapsed_seeds_are_counted_on_the_page() -> None:
    found = comparison(standing("a", 0.98, seeds=[0, 1], collapsed=[1]))
    page = study_page(ReportContents(made_comparisons.study_of(found), comparison=found))
    assert "1<small>1 collapsed</small>" in page


def test_a_lone_architecture_has_no_group() -> None:
    found = comparison(standing("a", 0.98))
    assert "group" not in observation_table(made_comparisons.study_of(found), comparison=found)


@pytest.mark.parametrize(
    ("found", "others", "note"),
    [
        (
            comparison(standing("a", 0.9), standing("b", 0.8)),
            [],
            "interval allows for other seeds and n other test images. Arch",
        ),
        (
            comparison(standing("a", 0.9, seeds=[0])),
            [],
            "interval allows for n other test images alone: another seed may lie outs",
        ),
        (comparison(standing("a", 0.9)), ["c"], "Where no group stands it is Wilson's, for other test images alone."),
        (comparison(standing("a", 0.9, seeds=[0, 1], collapsed=[0])), [], "A collapsed seed learnt nothing; it counts"),
    ],
)
def test_the_notes_say_what_the_intervals_are(found: Comparison, others: list[str], note: str) -> None:
    table = observation_table(made_comparisons.study_of(found, *others), comparison=found)
    assert note in " ".join(table.split())

"""A comparison as text, as JSON and as CSV: golden texts, and what holds of any comparison."""

import csv
import doctest
import json
import re
from types import ModuleType

import comparisons
import goldens
import made_comparisons
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.analysis import observe
from cnnlab.analysis.comparison import Comparison
from cnnlab.analysis.costs import Costs
from cnnlab.analysis.observation import after_colon
from cnnlab.report import comparison_text as text_module
from cnnlab.report import comparison_words, named_rows
from cnnlab.report.columns import Column
from cnnlab.report.comparison_data import comparison_as_dict, comparison_csv
from cnnlab.report.comparison_sheet import ComparisonSheet
from cnnlab.report.comparison_text import SHOWN_PAIRS, accuracy_table, comparison_text, verdict


@pytest.mark.parametrize(
    ("name", "sheet", "unicode"),
    [
        ("comparison_notebook", comparisons.notebook(), True),
        ("comparison_one_seed", comparisons.of_one_seed(), False),
        ("comparison_equal_seconds", comparisons.of_equal_seconds(), True),
        ("comparison_held_out", comparisons.of_held_out(), True),
    ],
)
def test_a_comparison_reads_as_the_golden_text(name: str, sheet: ComparisonSheet, unicode: bool) -> None:
    text = comparison_text(sheet, 80, unicode=unicode)
    goldens.check(name, text)
    assert max(map(len, text.splitlines())) <= 80
    assert unicode or text.isascii()


@given(comparisons.sheets())
def test_any_comparison_has_a_line_for_each_architecture_and_no_blanks_at_ends(sheet: ComparisonSheet) -> None:
    for unicode in (True, False):
        lines = comparison_text(sheet, 80, unicode=unicode).split("\n")
        assert all(line == line.rstrip() for line in lines)
        assert unicode or all(line.isascii() for line in lines)
    rules = [place for place, line in enumerate(lines) if re.fullmatch(r"-+( +-+)+", line)]
    first, last = rules[:2]
    spans = [re.search(r"\d\.\d{4} to \d\.\d{4}|-?\d\.\d{4} to -?\d\.\d{4}", line) for line in lines[first:last]]
    assert sum(found is not None for found in spans) == len(sheet.members)


@settings(max_examples=60)
@given(made_comparisons.comparisons())
def test_what_other_seeds_and_images_may_change_reads_as_in_the_observations_of_a_study(found: Comparison) -> None:
    costs = [Costs(one.architecture, 1000, 2000, 1.0) for one in found.standings]
    table = accuracy_table(comparisons.sheet(list(found.standings), list(found.pairs), costs), 200)
    observed = observe(made_comparisons.study_of(found), found.images, comparison=found)
    told = {one.subject: one.text for one in observed if "In it: " in one.text}
    assert set(told) == {one.architecture for one in found.standings}
    for one in found.standings:
        (row,) = [line.split() for line in table if line.split()[:1] == [one.architecture]]
        seeds, images = row[-3:-1] if len(found.standings) else row[-2:]
        words = {"-": "", "any": "In it: other seeds (too few are there to say how far they reach) and "}
        with_seeds = words.get(seeds, f"In it: other seeds (+-{seeds} points) and ")
        assert f"{with_seeds}{found.images:,} other images (+-{images} points)" in told[one.architecture]
        assert ("Another seed is not in it." in told[one.architecture]) == (seeds == "-")


def test_where_seeds_are_too_few_to_say_how_far_they_reach_the_table_says_any() -> None:
    two = comparisons.standing("two", 0.7, "a", seeds=2, reach=0.9)
    text = " ".join(comparison_text(comparisons.sheet([two], [], [Costs("two", 1, 1, 1.0)])).split())
    assert re.search(r" two 2 .* any 0\.\d\d ", text)
    assert "that other seeds alone make (any: too few seeds to say how far they reach)" in text
    assert "any:" not in comparison_text(comparisons.notebook())


@given(comparisons.sheets())
def test_json_and_csv_have_every_architecture_and_no_number_that_json_lacks(sheet: ComparisonSheet) -> None:
    found = json.loads(json.dumps(comparison_as_dict(sheet), allow_nan=False))
    names = [one.architecture for one in sheet.comparison.standings]
    assert [one["architecture"] for one in found["architectures"]] == names
    assert len(found["pairs"]) == len(sheet.comparison.pairs)
    rows = list(csv.DictReader("".join(comparison_csv(sheet)).splitlines()))
    assert [row["architecture"] for row in rows] == names
    for row, one in zip(rows, found["architectures"], strict=True):
        assert float(row["accuracy"]) == one["accuracy"]["value"]
        assert [row[f"front_{name}"] for name in one["fronts"]] == list(one["fronts"].values())


def test_a_number_that_json_lacks_is_null() -> None:
    found = comparison_as_dict(comparisons.of_one_seed())
    assert found["architectures"][0]["accuracy"]["freedom"] is None
    assert found["architectures"][0]["accuracy"]["seed_error"] is None


def test_which_images_answered_is_in_the_data() -> None:
    held_out = comparisons.of_held_out()
    found = comparison_as_dict(held_out)
    assert (found["part"], found["images"], found["picked_on_validation"]) == ("validation", 5000, True)
    assert [one["validation_images"] for one in found["architectures"]] == [5000, 5000]
    assert [one["kind"] for one in found["protocol"]] == ["few-images", "own-callback"]
    rows = list(csv.DictReader("".join(comparison_csv(held_out)).splitlines()))
    assert [(row["part"], row["picked_on_validation"]) for row in rows] == [("validation", "True")] * 2
    assert comparison_as_dict(comparisons.notebook())["part"] == "test"


def test_json_says_what_the_text_says() -> None:
    sheet = comparisons.notebook()
    found = comparison_as_dict(sheet)
    assert found["pairs"][0]["more_seeds"] == 27
    assert found["architectures"][2]["fronts"]["parameters"] == "perhaps"
    assert found["architectures"][3]["collapsed"] == [1]
    assert found["timed"] == {"machine": "A processor", "threads": 2, "batch": 256}
    assert any("collapsed" in note for note in found["notes"])
    assert comparison_as_dict(comparisons.of_equal_seconds())["budget"]["unit"] == "seconds"


def test_a_choice_on_the_test_set_is_labelled_in_the_table_said_in_a_sentence_and_in_the_data() -> None:
    picked = comparisons.of_one_seed()
    text = comparison_text(picked)
    assert "best-epoch" in text
    assert "Picked on the test set" in text
    assert comparison_as_dict(picked)["picked_on_test"] is True
    assert "Picked" not in comparison_text(comparisons.notebook())


@given(comparisons.names, comparisons.names, st.integers(8, 60))
def test_a_name_that_is_wrapped_loses_no_letter(one: str, two: str, width: int) -> None:
    name = f"{one} ({two})"
    lines = named_rows.named_rows([Column("name"), Column("n", right=True)], [[name, "1"]], width + 3)
    body = "".join(lines[2:-1]).replace(" ", "").replace("1", "", 1 if "1" not in name else 0)
    assert "1" in name or body == name.replace(" ", "")
    assert max(map(len, lines)) <= width + 3


def test_marks_stand_only_where_there_is_somebody_to_stand_behind() -> None:
    name = "architecture-1"
    alone = comparisons.sheet([comparisons.standing(name, 0.99, "a")], [], [comparisons.ZOO[name]])
    text = comparison_text(alone)
    assert " *" not in text
    assert "Pairs" not in text
    assert "share a letter" not in text


def test_what_would_settle_a_tie_is_said_in_a_few_words() -> None:
    pair = comparisons.pair
    assert verdict(pair("a", "b", 0.1, 0.01)) == "yes"
    assert verdict(pair("a", "b", 0.1, 0.01, scope="trained networks")) == "yes, as trained"
    assert verdict(pair("a", "b", 0.01, 0.1, more_seeds=1200)) == "no; 1,200 seeds each"
    assert verdict(pair("a", "b", 0.01, 0.1, more_images=41_000)) == "no; 41,000 images"
    assert verdict(pair("a", "b", 0.0, 0.1)) == "no"


def test_a_warning_that_concerns_several_is_said_once() -> None:
    remarks = comparison_words.remarks(comparisons.notebook())
    assert sum(after_colon(comparisons.WARNING) in one for one in remarks) == 1
    assert remarks[0] == "architecture-3: seed 1 collapsed and counts apart; with it the mean is 0.2448."


def test_where_all_seeds_collapsed_they_are_what_the_numbers_are_of() -> None:
    flat = comparisons.standing("flat", 0.1, "a")
    flat = type(flat)(**(vars(flat) | {"collapsed": flat.seeds}))
    sheet = comparisons.sheet([flat], [], [comparisons.Costs("flat", 1, 1)])
    assert not any("apart" in one for one in comparison_words.remarks(sheet))
    assert re.search(r"\d of \d", comparison_text(sheet)) is None


def test_of_many_pairs_the_nearest_are_shown_and_the_rest_counted() -> None:
    names = [f"net-{number}" for number in range(7)]
    pairs = [comparisons.pair("net-0", "net-1", place / 1000, 0.5) for place in range(SHOWN_PAIRS + 6)]
    costs = [comparisons.Costs(name, 1, 1) for name in names]
    text = comparison_text(comparisons.sheet([comparisons.standing(name, 0.5, "a") for name in names], pairs, costs))
    assert "6 more pairs; --json has all." in text
    assert "0.0140" in text
    assert "0.0150" not in text


@pytest.mark.parametrize("module", [text_module, comparison_words, named_rows])
def test_the_examples_in_docstrings_give_what_they_say(module: ModuleType) -> None:
    assert doctest.testmod(module)[0] == 0

"""What a reproduction says: golden texts, and that no sentence is stronger than its finding."""

import json
import re
from dataclasses import replace

import goldens
import pytest
import reproductions
import studies
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.analysis.reproduction import Reproduction, reproduce
from cnnlab.records import Publication, Published, PublishedCurves, notebook
from cnnlab.report.reproduction_document import reproduction_document
from cnnlab.report.reproduction_text import reproduction_text
from cnnlab.report.reproduction_words import findings

IMAGES = 60_000


def test_the_notebook_among_ours_reads_well() -> None:
    text = reproduction_text(reproductions.of_the_notebook(), notebook(), IMAGES)
    goldens.check("reproduction_notebook", text)


def test_what_cannot_be_told_is_said_with_its_reason() -> None:
    found, publication = reproductions.of_little()
    goldens.check("reproduction_little", reproduction_text(found, publication, IMAGES))


@pytest.mark.parametrize("made", [reproductions.of_the_notebook, lambda: reproductions.of_little()[0]])
def test_no_line_is_longer_than_80_columns_or_other_than_ascii(made) -> None:  # noqa: ANN001
    text = reproduction_text(made(), notebook(), IMAGES)
    assert max(map(len, text.splitlines())) <= 80
    assert text.isascii()


def test_a_name_in_other_letters_is_shown_where_the_terminal_has_them() -> None:
    found = reproduce(studies.study(studies.run("ï", [[0.5, 0.5, 0.5, 0.5]])), {"ï": Published(1, 0.5)})
    publication = Publication("ï\x1b", "", {}, (), ())
    assert "ï, 1 seed\n" in reproduction_text(found, publication, IMAGES)
    assert reproduction_text(found, publication, IMAGES, unicode=False).isascii()
    assert "\x1b" not in reproduction_text(found, publication, IMAGES)


shares = st.integers(0, 100).map(lambda right: right / 100)
values = st.floats(1e-3, 1e7)
runs = st.lists(st.tuples(values, shares), max_size=6)


@st.composite
def any_reproduction(draw: st.DrawFn) -> Reproduction:
    """Make a reproduction of any runs of three architectures."""
    made, published = [], {}
    for name in ("a", "b", "architecture-of-a-long-name"):
        told = draw(runs)
        rows = ((loss, accuracy, loss, accuracy) for loss, accuracy in told)
        made += [studies.run(name, [row] * 2, seed=seed) for seed, row in enumerate(rows)]
        curves = draw(st.none() | st.builds(PublishedCurves, val_accuracy=st.tuples(shares, shares)))
        published[name] = Published(draw(values), draw(shares), decimals=draw(st.none() | st.just(2)), curves=curves)
    return reproduce(studies.study(*made, architectures=tuple(published), test_images=100), published)


@pytest.mark.parametrize(
    ("count", "told"), [(3, "0 of 2 final numbers are reproduced."), (2, "0 of 2 final numbers can be")]
)
def test_what_is_not_reproduced_and_what_cannot_be_judged_are_told_apart(count: int, told: str) -> None:
    runs = [studies.run("a", [(0.5, 0.8, 0.4 + seed / 1000, 0.8 + seed / 1000)], seed=seed) for seed in range(count)]
    found = reproduce(studies.study(*runs, test_images=100), {"a": Published(3.0, 0.1)})
    assert told in " ".join(findings(found, IMAGES))


@settings(max_examples=60, deadline=None)
@given(any_reproduction())
def test_no_sentence_says_more_than_was_found(found: Reproduction) -> None:
    said = findings(found, IMAGES)
    text = " ".join(said)
    verdicts = [one.verdict for one in found.values]
    assert f"{verdicts.count('reproduced')} of 6 final numbers" in text
    assert ("can be judged" in text) == (set(verdicts) == {"cannot be told"})
    assert ("plausibly" in text) == ("reproduced" in verdicts) == ('"Reproduced" does not say' in text)
    assert sum(one.startswith("Not reproduced: ") for one in said) == verdicts.count("not reproduced")
    for one in found.values:
        accused = [text for text in said if text.startswith(f"Not reproduced: {one.architecture}, {one.measure}.")]
        assert len(accused) == (one.verdict == "not reproduced")
        if one.interval and accused:
            side = "above" if one.published > one.interval.high else "below"
            assert f" lies {side} where 95 % of further runs of ours would lie (" in accused[0]
    assert ("Cannot be told" in text) == ("cannot be told" in verdicts)
    if found.family.outside and found.family.judged > 1:
        assert ("(Holm), none is outside" in text) == (not found.family.together)
    assert "verdict is drawn" in text or not any(one.judged for one in found.curves)


@settings(max_examples=60, deadline=None)
@given(any_reproduction())
def test_the_table_has_one_line_for_each_number_with_its_verdict(found: Reproduction) -> None:
    text = reproduction_text(found, notebook(), IMAGES)
    lines = re.findall(r"^  test (?:loss|accuracy) .*?(reproduced|not reproduced|cannot be told)$", text, re.MULTILINE)
    assert lines == [one.verdict for one in found.values]
    assert max(map(len, text.splitlines())) <= 84  # losses of six figures


@settings(max_examples=40, deadline=None)
@given(any_reproduction())
def test_as_json_it_has_the_same_numbers_and_no_other_than_finite_ones(found: Reproduction) -> None:
    document = reproduction_document(found, notebook(), IMAGES)
    read = json.loads(json.dumps(document, allow_nan=False))
    assert [one["verdict"] for one in read["values"]] == [one.verdict for one in found.values]
    assert [one["below"] + one["equal"] + one["above"] for one in read["values"]] == [one.seeds for one in found.values]
    assert read["reproduced"] == all(one.verdict == "reproduced" for one in found.values)
    assert [one["outside"] for one in read["curves"]] == [list(one.outside) for one in found.curves]
    assert len(read["assumptions"]) == len(notebook().assumptions)


def test_fewer_images_than_there_are_come_first_among_the_sentences() -> None:
    found = reproductions.of_the_notebook()
    assert "images" not in findings(found, IMAGES)[0]
    limited = replace(found, train_images=1000)
    assert findings(limited, IMAGES)[0].startswith("Ours were trained on 1,000 of 60,000 images.")

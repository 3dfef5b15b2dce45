import re
from collections import Counter
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser

import pytest
import studies
from hypothesis import given, settings

from cnnlab.analysis import observe
from cnnlab.arch import Network, chain
from cnnlab.arch.layers import Dense, Flatten
from cnnlab.records import StudyResult
from cnnlab.report.figures import accuracy_figure, loss_figure
from cnnlab.report.page import study_page

VOID = {"meta", "link", "br", "img", "hr", "input"}
LOADING = {"src", "srcset", "data", "poster", "action", "formaction", "background"}
NAMESPACES = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
NASTY = "<img src=x onerror=alert(1)> & \"quotes\" 'too'"


class Reader(HTMLParser):
    """Follows the tags of a page: what is open, which ids there are, what is referred to and what would be loaded."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.references: list[str] = []
        self.loads: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        for name, value in attrs:
            self._attribute(tag, name, value or "")

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if name == "id":
            self.ids.append(value)
        elif name in {"aria-labelledby", "aria-describedby"}:
            self.references.extend(value.split())
        elif name in LOADING or (name in {"href", "xlink:href"} and not value.startswith("#")):
            self.loads.append(f"{tag} {name}={value}")
        elif name in {"href", "xlink:href"}:
            self.references.append(value[1:])
        self.references.extend(re.findall(r"url\(#([^)]+)\)", value))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another tag"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in {"style", "script"}:
            self.text += data


def figures_of(result: StudyResult) -> dict[str, str]:
    """Draw all figures of a study."""
    drawn = {}
    for run in result.runs:
        key = f"{run.key.architecture}/seed-{run.key.seed}"
        drawn[f"{key}/loss"] = loss_figure(run.history, run.key.architecture)
        drawn[f"{key}/accuracy"] = accuracy_figure(run.history, run.key.architecture)
    return drawn


def page_of(
    result: StudyResult,
    networks: Mapping[str, Network] | None = None,
    figures: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
) -> str:
    """Lay out a study with its observations."""
    observations = observe(result, result.provenance.test_images)
    return study_page(result, networks or {}, observations, figures or {}, None, notes)


def network(name: str) -> Network:
    """Make the smallest network."""
    return chain(name, [Flatten(input_shape=(28, 28, 1)), Dense(10, activation="softmax")])


def check(page: str) -> Reader:
    """Assert what holds of every page: whole, self-contained, each reference to something that is there once."""
    reader = Reader(page)
    assert reader.open == []
    assert [id_ for id_, count in Counter(reader.ids).items() if count > 1] == []
    assert set(reader.references) <= set(reader.ids)
    assert [load for load in reader.loads if not load.split("=", 1)[1].startswith("data:")] == []
    assert not {"script", "link", "iframe", "object", "embed", "img", "base"} & set(reader.tags)
    assert "@import" not in page
    assert set(re.findall(r"https?://[^\"'<\s]+", page)) <= NAMESPACES
    assert reader.headings[0] == 1
    assert reader.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(reader.headings, reader.headings[1:], strict=False))
    return reader


def test_the_notebooks_page_is_whole_and_loads_nothing() -> None:
    result = studies.notebook_study()
    networks = {name: network(name) for name in result.architectures}
    reader = check(page_of(result, networks=networks, figures=figures_of(result), notes=["A slip."]))
    assert reader.tags.count("svg") == 6


def test_the_notebooks_page_shows_every_number_with_n_interval_and_what_was_published() -> None:
    text = re.sub(r"\s+", " ", check(page_of(studies.notebook_study())).text)
    assert "Test, n = 10,000" in text
    for told in ("0.9903 0.9882 to 0.9920", "0.9751 0.9719 to 0.9780", "0.3115 0.3025 to 0.3206"):
        assert told.replace(" ", "", 1) in text
    assert "0.0281 0.9903" in text
    assert "MNIST, 60,000 training and 10,000 test images. 3 architectures, 1 run each." in text


def test_each_figure_has_its_numbers_in_a_table_beside_it() -> None:
    result = studies.notebook_study()
    text = check(page_of(result, figures=figures_of(result))).text
    for run in result.runs:
        for row in run.history:
            assert f"{row.epoch}{row.loss:.4f}{row.accuracy:.4f}{row.val_loss:.4f}{row.val_accuracy:.4f}" in text


def test_the_page_says_where_the_numbers_come_from_and_what_is_not_promised() -> None:
    text = check(page_of(studies.notebook_study())).text
    assert "0.1.0, commit 0123456789abcdef" in text
    assert "numpy. No promise that the same seed gives the same bits on another machine" in text
    assert "A CPU <with> & signs, 2 threads" in text
    assert "ba89" * 16 in text


def test_notes_and_layers_are_shown() -> None:
    result = studies.notebook_study()
    text = check(page_of(result, networks={"architecture-1": network("architecture-1")}, notes=["A slip <b>."])).text
    assert "A slip <b>." in text
    assert "2 layers, 7,850 parameters, 7,850 of them trainable" in text
    assert "dense (Dense)" in text
    assert "10,075 parameters, 10,075 of them trainable" in text


def test_without_notes_there_is_no_link_to_them() -> None:
    assert "#notes" not in page_of(studies.notebook_study())


def test_names_are_text_and_never_markup() -> None:
    result = studies.study(studies.run(NASTY, [(0.1, 0.9, 0.1, 0.9)]), name=NASTY)
    page = page_of(result, networks={NASTY: network(NASTY)}, figures=figures_of(result), notes=[NASTY])
    reader = check(page)
    assert "<img" not in page
    assert reader.text.count(NASTY) >= 5


def test_an_interrupted_study_says_so() -> None:
    result = studies.study(
        studies.notebook_run("architecture-3", epochs=7),
        studies.run("b", [], epochs=3),
        architectures=("architecture-3", "b", "c"),
    )
    text = check(page_of(result, figures=figures_of(result))).text
    assert "Not complete." in text
    assert "7 of 15" in text
    assert "0 of 3" in text
    assert "not trained" in text
    assert "Interrupted: 7 epochs of 15 in 9.0s, test loss 1.6329, test accuracy 0.4147." in text


def test_a_whole_study_does_not_say_that_it_is_incomplete() -> None:
    assert "Not complete" not in page_of(studies.notebook_study())


def test_several_seeds_are_summed_up_with_their_range() -> None:
    runs = [studies.run("a", [(0.3, 0.9, 0.2, 0.9)], seed=s, test=(0.1, 0.97 + s / 100)) for s in range(3)]
    text = check(page_of(studies.study(*runs))).text
    assert "0.98000.9771 to 0.9826seeds 0.9700 to 0.9900" in text
    assert "1 architecture, 3 runs each." in text


@pytest.mark.parametrize(("count", "is_open"), [(4, True), (20, False)])
def test_many_architectures_fold_their_layers(count: int, is_open: bool) -> None:
    names = [f"network-{index}" for index in range(count)]
    result = studies.study(*(studies.run(name, [(0.3, 0.9, 0.2, 0.9)]) for name in names))
    page = page_of(result, networks={name: network(name) for name in names})
    assert len(check(page).ids) > count
    assert ("<details open>" in page) == is_open


def test_a_study_of_nothing_is_a_page_too() -> None:
    text = check(page_of(studies.study())).text
    assert "no run yet" in text
    assert "The study has no architectures." in text
    assert "There are no numbers yet to observe anything in." in text


@settings(max_examples=30)
@given(studies.studies())
def test_any_study_is_a_whole_page(result: StudyResult) -> None:
    check(page_of(result))


def test_the_page_is_readable_by_keyboard_in_the_dark_and_on_paper() -> None:
    page = page_of(studies.notebook_study())
    assert '<html lang="en">' in page
    assert 'name="viewport"' in page
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page
    assert ":focus-visible" in page
    assert page.count('class="scroll"') == page.count('tabindex="0"')

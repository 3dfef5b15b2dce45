import doctest
import importlib
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from math import isfinite
from pathlib import Path

import made_comparisons
import pytest
import studies
import tinycss2
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent.parent / "analysis" / "diagnosis"))
from findings_made_up import EVERY

from cnnlab.analysis import observe
from cnnlab.analysis.comparison import Comparison
from cnnlab.analysis.diagnosis import diagnosis_sentences
from cnnlab.arch import chain, summarize, zoo
from cnnlab.arch.layers import Dense
from cnnlab.lab import DiagnosisOutcome
from cnnlab.records import Recipe, StudyResult
from cnnlab.report.diagnosis_text import diagnosis_text
from cnnlab.report.notebook.chart import ChartLine, chart
from cnnlab.report.notebook.diagnosis import diagnosis_html
from cnnlab.report.notebook.fit import FitView, Moment, fit_html, fit_text
from cnnlab.report.notebook.outcome import outcome_html
from cnnlab.report.notebook.plan import Planned, PlanView, plan_html, plan_text
from cnnlab.report.notebook.running import RunningView, running_html, running_text
from cnnlab.report.notebook.summary import network_html
from cnnlab.report.rows import table_rows
from cnnlab.report.scales import Scale, scale_of
from cnnlab.report.words import metric

SHOWN = ("fit", "history", "network", "plan", "outcome", "running", "diagnosis")
HOSTILE = """x"><script>alert(1)</script><img src=x onerror='alert(2)'>&amp;{{ 7 * 7 }}"""
TAGS = {
    *("div", "style", "p", "span", "strong", "code", "small", "dl", "dt", "dd", "figure", "figcaption", "details"),
    *("summary", "table", "caption", "thead", "tbody", "tr", "th", "td", "ol", "li", "svg", "path", "text", "rect"),
    "circle",
}
ATTRIBUTES = {
    *("class", "scope", "open", "role", "aria-label", "viewbox", "preserveaspectratio", "width", "height", "d", "x"),
    *("y", "cx", "cy", "r", "fill", "stroke", "stroke-dasharray", "text-anchor"),
}
CURVES = {
    name: list(values)
    for name, values in zip(
        ("loss", "accuracy", "val_loss", "val_accuracy"),
        zip(*studies.HISTORY["architecture-1"], strict=True),
        strict=True,
    )
}


class Elements(HTMLParser):
    """Reads elements, and complains of what does not nest, of tags and of attributes that none of ours has."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.cells: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS
        assert {name for name, _ in attrs} <= ATTRIBUTES
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip() and "style" not in self.open:
            (self.cells if {"td", "th"} & set(self.open) else self.words).append(data.strip())


def running(result: StudyResult, share: float | None = 0.5) -> RunningView:
    return RunningView(
        result,
        dict.fromkeys(result.architectures, 3),
        {run.key: run.history for run in result.runs},
        dict.fromkeys(result.architectures, HOSTILE),
        f"4 of 9 runs done{HOSTILE}",
        share,
    )


def named(result: StudyResult, name: str) -> StudyResult:
    """Give a study and its first architecture another name."""
    first, *rest = result.architectures
    runs = [
        replace(run, key=replace(run.key, architecture=name)) if run.key.architecture == first else run
        for run in result.runs
    ]
    return replace(result, name=name, architectures=(name, *rest), runs=tuple(runs), published={})


def everything(name: str) -> Iterator[str]:
    """Show all that a notebook shows, with one name wherever a name can be."""
    result = named(studies.notebook_study(), name)
    yield fit_html(FitView(name, CURVES, 12, "running", Moment(0.5, {"loss": 0.1, name: 0.2}), 3.0))
    yield fit_html(FitView(name, CURVES | {name: [1.0]}, 20, "done", None, 30.0, name))
    yield network_html(summarize(chain(name, [Dense(3, input_shape=(2,), name=name.replace("/", ""))])))
    yield plan_html(PlanView(name, name, (0,), (Planned(name, zoo.network("architecture-1"), Recipe()),)))
    yield outcome_html(result, None, observe(result, 10_000), f"runs/{name}/report.html", interrupted=True)
    yield running_html(running(result))
    yield diagnosis_html(replace(EVERY["found"], architecture=name))


@pytest.mark.parametrize("name", ["chart", "diagnosis", "fit", "outcome", "plan", "running", "summary"])
def test_the_examples_in_the_docstrings_are_true(name: str) -> None:
    module = importlib.import_module(f"cnnlab.report.notebook.{name}")
    assert doctest.testmod(module, extraglobs=vars(module)).failed == 0


def test_every_rule_begins_with_our_class_so_that_none_touches_the_notebook() -> None:
    css = (files("cnnlab.report") / "templates" / "notebook" / "style.css").read_text(encoding="utf-8")
    rules = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    assert len(rules) > 20
    assert all(rule.type == "qualified-rule" for rule in rules)
    selectors = [one.strip() for rule in rules for one in tinycss2.serialize(rule.prelude).split(",")]
    assert all(re.match(r"\.cnnlab\.cnnlab($| )", selector) for selector in selectors)
    assert "url(" not in css
    assert "!important" not in css


def test_no_ground_and_no_ink_is_chosen_for_the_notebook() -> None:
    css = (files("cnnlab.report") / "templates" / "notebook" / "style.css").read_text(encoding="utf-8")
    inks = re.findall(r"(?<![-\w])(?:color|background|fill|stroke): ([^;}]+)", css)
    assert set(inks) <= {"inherit", "transparent", "currentColor", "none", "#2f7de1"}


@pytest.mark.parametrize("html", list(everything("plain")), ids=SHOWN)
def test_each_element_stands_alone_and_nests(html: str) -> None:
    Elements(html)
    assert html.startswith('<div class="cnnlab">')
    assert html.endswith("</div>")


@pytest.mark.parametrize("html", list(everything(HOSTILE)), ids=SHOWN)
def test_a_name_stays_text_whatever_it_is(html: str) -> None:
    elements = Elements(html)
    assert "<script" not in html
    assert "<img" not in html
    assert "{{ 7 * 7 }}" in html or "7 * 7" not in html
    assert any("<script>alert(1)</script>" in text for text in [*elements.cells, *elements.words])


@given(made_comparisons.comparisons())
def test_the_table_of_an_outcome_has_each_accuracy_with_its_interval(comparison: Comparison) -> None:
    result = made_comparisons.study_of(comparison)
    cells = Elements(outcome_html(result, comparison, (), "report.html")).cells
    rows = table_rows(result, comparison)
    assert rows
    for row in rows:
        assert row.interval is not None
        assert row.accuracy is not None
        assert metric(row.accuracy) in cells
        assert f"{metric(row.interval.low)} to {metric(row.interval.high)}" in cells


def test_a_history_has_the_numbers_of_each_epoch_as_a_table_when_it_is_over() -> None:
    view = FitView("mine", CURVES, 12)
    cells = Elements(fit_html(view)).cells
    for epoch in range(12):
        row = [str(epoch + 1), *(metric(numbers[epoch]) for numbers in CURVES.values())]
        assert any(cells[place : place + 5] == row for place in range(len(cells)))
    assert not Elements(fit_html(replace(view, state="running"))).cells


@pytest.mark.parametrize(
    ("view", "text"),
    [
        (FitView("a", {}, 3, "running"), "a, epoch 1 of 3"),
        (FitView("a", {"loss": [0.5]}, 3, "running", None, 8.0), "a, epoch 2 of 3, about 8.0s left: loss 0.5000"),
        (FitView("a", {"loss": [0.5]}, 1, "done", None, 4.0), "a, 1 epoch in 4.0s: loss 0.5000"),
        (
            FitView("a", {"loss": [0.5]}, 3, "stopped"),
            "a, stopped after 1 of 3 epochs; what was trained is kept: loss 0.5000",
        ),
        (
            FitView("a", {"loss": [0.5]}, 3, "done", None, None, "no better."),
            "a, ended after 1 of 3 epochs: no better: loss 0.5000",
        ),
        (FitView("a", {}, 3, "stopped"), "a, stopped after 0 of 3 epochs; what was trained is kept"),
    ],
)
def test_a_training_says_in_a_line_how_it_stands(view: FitView, text: str) -> None:
    assert fit_text(view) == text
    assert fit_text(view).isascii()


values = st.floats(allow_nan=True, allow_infinity=True) | st.none()
histories = st.dictionaries(
    st.sampled_from(["loss", "accuracy", "acc", "val_loss", "val_accuracy", "lr"]), st.lists(values, max_size=250)
)


@given(histories, st.integers(1, 300), st.sampled_from(["running", "done", "stopped"]), st.booleans())
def test_any_history_can_be_drawn(
    history: dict[str, list[float | None]], epochs: int, state: str, under_way: bool
) -> None:
    moment = Moment(0.3, {"loss": 1.0, "accuracy": float("nan")}) if under_way else None
    html = fit_html(FitView("any", history, epochs, state, moment, 1.0))  # type: ignore[arg-type]
    Elements(html)
    drawn = re.findall(r'<path class="line"[^>]* d="([^"]*)"', html)
    assert all(isfinite(float(number)) for path in drawn for number in re.findall(r"[^MLHVZ ]+", path))


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40))
def test_a_line_rises_where_its_numbers_rise(numbers: list[float]) -> None:
    svg = str(chart([ChartLine(tuple(numbers), "one")], scale_of(numbers), len(numbers), "one"))
    path = re.search(r'<path class="line"[^>]* d="M([^"]*)"', svg)
    assert path is not None
    points = [tuple(map(float, point.split())) for point in path.group(1).split("L")]
    assert len(points) == len(numbers)
    for (x, y), (later_x, later_y), one, other in zip(points, points[1:], numbers, numbers[1:], strict=False):
        assert later_x > x
        assert (later_y - y) * (other - one) <= 0


def test_a_number_that_is_none_leaves_a_gap() -> None:
    svg = str(chart([ChartLine((1.0, 2.0, None, 3.0), "one")], Scale(0, 4), 4, "one"))
    path = re.search(r'<path class="line"[^>]* d="([^"]*)"', svg)
    assert path is not None
    assert path.group(1).count("M") == 2


@given(studies.studies())
def test_any_study_can_be_shown_while_it_runs_and_at_its_end(result: StudyResult) -> None:
    Elements(running_html(running(result)))
    Elements(running_html(running(result, None)))
    Elements(outcome_html(result, None, observe(result, result.provenance.test_images), "report.html"))
    assert "\n" not in running_text(running(result))


@pytest.mark.parametrize("name", EVERY)
def test_a_diagnosis_shows_its_gains_with_their_intervals(name: str) -> None:
    found = EVERY[name]
    outcome = DiagnosisOutcome(found)
    elements = Elements(outcome._repr_html_())
    assert str(outcome) == repr(outcome) == diagnosis_text(found)
    assert outcome.causes == found.causes
    for one in found.measured:
        row = [f"{one.gain.points:+.1f}", f"{one.gain.interval.low:+.1f} to {one.gain.interval.high:+.1f}"]
        place = next(place for place, cell in enumerate(elements.cells) if cell.endswith(one.candidate.change.text))
        assert elements.cells[place + 2 : place + 4] == row
    assert all(sentence.text in elements.words for sentence in diagnosis_sentences(found))


def test_a_plan_says_what_would_run() -> None:
    planned = tuple(Planned(f"a{n}", zoo.network("architecture-3"), Recipe(epochs=n)) for n in (2, 5))
    view = PlanView("first", "mnist", (0, 1, 2), planned)
    words = " ".join(Elements(plan_html(view)).words)
    assert "run() trains 2 architectures with seeds 0, 1 and 2: 6 runs, 21 epochs in all." in words
    assert "2,615" in Elements(plan_html(view)).cells
    assert plan_text(view) == "'first' on MNIST: a2 and a5, seeds 0, 1 and 2"
    assert "no architecture yet" in plan_html(replace(view, planned=()))

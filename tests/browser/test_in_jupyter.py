"""What a notebook shows, among the rules of JupyterLab's own style sheets, in light and in dark."""

import re
import sys
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbconvert import HTMLExporter
from watching import GRAVE, Seen

sys.path.insert(0, str(Path(__file__).parents[1] / "analysis"))

import studies

from cnnlab.analysis import observe
from cnnlab.arch import summarize, zoo
from cnnlab.report.notebook.fit import FitView, Moment, fit_html
from cnnlab.report.notebook.outcome import outcome_html
from cnnlab.report.notebook.running import RunningView, running_html
from cnnlab.report.notebook.summary import network_html

if TYPE_CHECKING:
    from playwright.sync_api import Page

NAMES = ("loss", "accuracy", "val_loss", "val_accuracy")
LOOK = """() => [...document.querySelectorAll('.theirs, .theirs *')].map(
  one => { const style = getComputedStyle(one); return [...style].map(name => style.getPropertyValue(name)).join() })"""


def shown() -> list[str]:
    """Draw one of each."""
    result = studies.notebook_study()
    curves = dict(zip(NAMES, zip(*studies.HISTORY["architecture-1"], strict=True), strict=True))
    first = {name: numbers[:5] for name, numbers in curves.items()}
    view = RunningView(
        result,
        dict.fromkeys(result.architectures, 3),
        {run.key: run.history for run in result.runs},
        {},
        "going on",
        0.5,
    )
    return [
        fit_html(FitView("mine", first, 12, "running", Moment(0.4, {"loss": 0.08, "accuracy": 0.97}), 47.0)),
        fit_html(FitView("mine", curves, 12)),
        network_html(summarize(zoo.network("architecture-1"))),
        running_html(view),
        outcome_html(result, None, observe(result, 10_000), "runs/three/report.html"),
    ]


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, seen: Seen) -> "Page":
    """Open a notebook that looks as in JupyterLab, with a table of somebody else's; its scripts, far away, left out."""
    theirs = "<div class='theirs'><table><tr><th>a</th><td>1</td></tr></table><dl><dt>b</dt><dd>2</dd></dl></div>"
    outputs = [nbformat.v4.new_output("display_data", {"text/html": html}) for html in [theirs, *shown()]]
    cell = nbformat.v4.new_code_cell("show()", outputs=outputs)
    notebook = nbformat.v4.new_notebook(cells=[cell])
    html, _ = HTMLExporter(theme=request.param).from_notebook_node(notebook)
    seen.page.set_content(re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL))
    return seen.page


def test_nothing_of_ours_changes_what_others_show(page: "Page") -> None:
    with_ours = page.evaluate(LOOK)
    page.evaluate("document.querySelectorAll('.cnnlab').forEach(one => one.remove())")
    assert len(with_ours) > 5
    assert page.evaluate(LOOK) == with_ours


def test_jupyters_rules_do_not_break_our_lines_or_stripe_our_tables(page: "Page") -> None:
    heights = page.evaluate("[...document.querySelectorAll('.cnnlab dd, .cnnlab dt')].map(one => one.offsetHeight)")
    assert len(heights) > 20
    assert max(heights) < 40
    grounds = page.evaluate(
        """[...document.querySelectorAll('.cnnlab tr, .cnnlab td')].map(one => getComputedStyle(one).backgroundColor)"""
    )
    assert set(grounds) == {"rgba(0, 0, 0, 0)"}


def test_our_letters_have_the_notebooks_ink(page: "Page") -> None:
    inks = page.evaluate(
        """() => { const ink = getComputedStyle(document.querySelector('.theirs')).color;
        return [...document.querySelectorAll('.cnnlab td, .cnnlab p, .cnnlab li')].filter(
          one => getComputedStyle(one).color !== ink).length }"""
    )
    letters = page.evaluate("getComputedStyle(document.querySelector('.cnnlab text')).fill")
    assert inks == 0
    assert letters == page.evaluate("getComputedStyle(document.querySelector('.theirs')).color")


def test_a_notebook_of_ours_has_no_grave_fault(page: "Page") -> None:
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8") + ";0")
    found = page.evaluate("axe.run('.cnnlab')")
    assert not [(one["id"], one["nodes"][0]["html"]) for one in found["violations"] if one["impact"] in GRAVE]

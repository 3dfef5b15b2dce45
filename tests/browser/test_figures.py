"""What only a browser can tell of the figures: where letters come to lie, and which colours are seen."""

import base64
import hashlib
import sys
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from watching import Seen

from cnnlab.analysis.costs import Costs
from cnnlab.analysis.pareto import fronts
from cnnlab.arch import zoo
from cnnlab.report.drawing.architecture import architecture_drawing
from cnnlab.report.drawing.confusion import confusion_matrix
from cnnlab.report.drawing.cost_front import cost_fronts
from cnnlab.report.drawing.hardest import hardest_images
from cnnlab.report.drawing.learning_curves import learning_curves
from cnnlab.report.drawing.published import published_curves
from cnnlab.report.figure import Figure
from cnnlab.report.svg import with_own_ids

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
sys.path.insert(0, str(Path(__file__).parents[1] / "analysis"))

import comparisons
import reproductions
import studies

# Of each text its box, how it would be read against the page, and whose it is.
TEXTS = """() => {
  const light = colour => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(part => part / 255)
      .map(part => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const ground = getComputedStyle(document.body).backgroundColor;
  return [...document.querySelectorAll("figure")].map(figure => {
    const sheet = figure.querySelector("svg").getBoundingClientRect();
    const boxes = [...figure.querySelectorAll("text")].map(text => {
      const box = text.getBoundingClientRect();
      return {text: text.textContent, left: box.left - sheet.left, top: box.top - sheet.top,
        right: box.right - sheet.left, bottom: box.bottom - sheet.top,
        contrast: contrast(getComputedStyle(text).fill, ground)};
    });
    const marks = [...figure.querySelectorAll("[stroke], use")].map(mark => getComputedStyle(mark).stroke)
      .filter(stroke => stroke !== "none");
    return {name: figure.id, width: sheet.width, height: sheet.height, texts: boxes, room: figure.clientWidth,
      strokes: [...new Set(marks)].map(stroke => [stroke, contrast(stroke, ground)])};
  });
}"""
LINES = {"rgb(226, 224, 219)", "rgb(47, 55, 66)"}
"""What grids are drawn with, light and dark: nothing is read off them."""


def drawings() -> list[Figure]:
    """Draw one of each kind, with names that are long and with many of them."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 900)
    answers = {
        name: np.where(rng.random((3, 900)) < 0.2, rng.integers(0, 10, (3, 900)), labels) for name in ("net", "other")
    }
    notebook = comparisons.notebook()
    names = [f"network-{index}-{'long-' * (index % 4)}name" for index in range(12)]
    many = comparisons.sheet(
        [comparisons.standing(name, 0.97 + 0.027 * rng.random(), "a", reach=0.002) for name in names],
        [],
        [Costs(name, int(10 ** rng.uniform(3, 6)), int(10 ** rng.uniform(4, 7))) for name in names],
    )
    animals = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
    curves = [one for one in reproductions.of_the_notebook().curves if one.architecture == "architecture-3"]
    histories = {seed: studies.notebook_run("architecture-1").history for seed in range(2)}
    return [
        *learning_curves("curves", "architecture-1", histories),
        *cost_fronts("front", notebook.comparison, notebook.costs, fronts(notebook.costs, notebook.comparison.pairs)),
        *cost_fronts("many", many.comparison, many.costs, fronts(many.costs, many.comparison.pairs)),
        architecture_drawing("drawing-1", zoo.network("architecture-1")),
        architecture_drawing("drawing-3", zoo.network("architecture-3")),
        confusion_matrix("digits", "net", labels, answers["net"], tuple("0123456789")),
        confusion_matrix("animals", "net", labels, answers["net"][:1], animals),
        confusion_matrix("list", "net", labels * 2, answers["net"] * 2, [f"class-{index}" for index in range(20)]),
        hardest_images(
            "hard-digits", rng.integers(0, 255, (900, 28, 28)).astype(np.uint8), labels, answers, "0123456789"
        ),
        hardest_images("hard", rng.integers(0, 255, (900, 8, 8, 3)).astype(np.uint8), labels, answers, animals),
        *published_curves("published", "architecture-3", curves),
    ]


def page(figures: Sequence[Figure]) -> str:
    """Put figures into a page under a policy that takes no style but the page's own."""
    templates = files("cnnlab.report").joinpath("templates")
    css = "".join(templates.joinpath(name).read_text(encoding="utf-8") for name in ("style.css", "figures.css"))
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:"
    body = "".join(
        f'<figure class="figure" id="{one.name}">{with_own_ids(one.svg, f"{one.name}-")}'
        f"<figcaption>{escape(one.caption)}</figcaption></figure>"
        for one in figures
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><title>Figures</title><style>{css}</style>'
        f'</head><body><main><h1>Figures</h1><div class="pair">{body}</div></main></body></html>'
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Draw all once."""
    path = tmp_path_factory.mktemp("figures") / "figures.html"
    path.write_text(page(drawings()), encoding="utf-8")
    return path


def test_a_strict_policy_and_axe_have_nothing_to_complain_of(seen: Seen, place: Path) -> None:
    seen.open(place)
    assert seen.complaints == []
    assert seen.requests == [place.as_uri()]
    assert seen.grave_faults() == []


def test_no_text_leaves_its_sheet_and_none_lies_over_another_one(seen: Seen, place: Path) -> None:
    for figure in seen.open(place).evaluate(TEXTS):
        texts = [text for text in figure["texts"] if text["text"].strip()]
        assert texts
        for one in texts:
            assert one["left"] >= -1, (figure["name"], one)
            assert one["top"] >= -1, (figure["name"], one)
            assert one["right"] <= figure["width"] + 1, (figure["name"], one)
            assert one["bottom"] <= figure["height"] + 1, (figure["name"], one)
        for index, one in enumerate(texts):
            for other in texts[index + 1 :]:
                across = min(one["right"], other["right"]) - max(one["left"], other["left"])
                # A line's box has room above and below its letters.
                down = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
                assert across < 0.5 or down < 4, (figure["name"], one, other)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_lines_stand_out_from_the_page_in_both_schemes(seen: Seen, place: Path, scheme: str) -> None:
    seen.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    for figure in seen.open(place).evaluate(TEXTS):
        assert [text for text in figure["texts"] if text["contrast"] < 4.5] == [], figure["name"]
        assert [one for one in figure["strokes"] if one[1] < 3 and one[0] not in LINES] == [], figure["name"]


def test_nothing_stays_white_or_as_in_light_in_a_dark_page(seen: Seen, place: Path) -> None:
    seen.page.emulate_media(color_scheme="dark")
    left = seen.open(place).evaluate(
        """() => [...document.querySelectorAll("figure svg [fill], figure svg [stroke]")]
        .flatMap(one => ["fill", "stroke"].filter(name => one.hasAttribute(name) && one.getAttribute(name) !== "none")
          .map(name => [one.getAttribute(name), getComputedStyle(one)[name]]))
        .filter(([told, seen]) => {
          const [r, g, b] = [1, 3, 5].map(at => parseInt(told.slice(at, at + 2), 16));
          return seen === `rgb(${r}, ${g}, ${b})`;
        })"""
    )
    assert left == []


def test_figures_fit_into_a_telephone_and_their_letters_can_be_read(seen: Seen, place: Path) -> None:
    seen.page.set_viewport_size({"width": 390, "height": 800})
    page = seen.open(place)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for figure in page.evaluate(TEXTS):
        assert figure["width"] <= figure["room"]
        heights = [text["bottom"] - text["top"] for text in figure["texts"]]
        widths = [text["right"] - text["left"] for text in figure["texts"]]
        # A line of 7 pixels' letters is 8 high; a turned one is so wide.
        assert all(min(sides) >= 8 or max(sides) >= 8 for sides in zip(heights, widths, strict=True))
        assert np.median(heights) >= 9, figure["name"]

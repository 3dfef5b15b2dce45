"""A study's page in a real browser, opened from the disk."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from watching import Seen

sys.path.insert(0, str(Path(__file__).parents[1] / "analysis"))
sys.path.insert(0, str(Path(__file__).parents[1] / "report"))

import made_answers
import reproductions
import studies
from pages import HOSTILE, figures_of, full_contents, network

from cnnlab.analysis import observe
from cnnlab.analysis.comparison import compare
from cnnlab.analysis.protocol import protocol
from cnnlab.records import notebook
from cnnlab.report.contents import HeldAgainst, ReportContents
from cnnlab.report.drawing.palette import FIRST, GROUND, INK, LINE, QUIET, SECOND
from cnnlab.report.page import study_page

PALETTE = [FIRST, SECOND, INK, QUIET, LINE, GROUND]
EVERY_COLOUR = """(svg, colours) => colours.forEach((colour) => {
  const mark = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  mark.setAttribute('fill', colour);
  mark.setAttribute('stroke', colour);
  svg.append(mark);
})"""
NAMES = ("architecture-1", "architecture-2", "architecture-3")
ACCURACIES = {
    "architecture-1": (0.9903, 0.9912, 0.9899),
    "architecture-2": (0.9751, 0.9789, 0.9764),
    "architecture-3": (0.3115, 0.4012, 0.2903),
}


def notebook_contents() -> ReportContents:
    """Fill a page as the notebook's study does."""
    answers = made_answers.answered(ACCURACIES)
    result, comparison = made_answers.study_of(answers), compare(answers)
    findings = protocol(result)
    return replace(
        full_contents("architecture-3"),
        result=result,
        networks={name: network(name) for name in NAMES},
        comparison=comparison,
        observations=observe(result, 10_000, comparison=comparison, protocol=findings),
        protocol=findings,
        reproduction=HeldAgainst(reproductions.of_the_notebook(), notebook(), 60_000),
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a page that has every part."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(study_page(notebook_contents(), figures_of(*NAMES)), encoding="utf-8")
    return path


def test_it_opens_from_the_disk_asks_for_nothing_and_complains_of_nothing(seen: Seen, whole: Path) -> None:
    page = seen.open(whole)
    page.wait_for_load_state("networkidle")
    assert seen.requests == [whole.as_uri()]
    assert seen.complaints == []
    assert page.title() == "cnn-on-mnist · cnnlab"
    # The policy let the page's own style and script in.
    assert page.evaluate("getComputedStyle(document.querySelector('.skip')).position") == "absolute"
    assert page.locator("#pad-answer").text_content() == "loss"


def test_the_policy_lets_nothing_else_in(seen: Seen, whole: Path) -> None:
    page = seen.open(whole)
    page.evaluate(
        """() => {
          const script = document.createElement('script');
          script.textContent = 'window.broken = 1';
          document.body.append(script);
          const style = document.createElement('style');
          style.textContent = 'body { display: none }';
          document.body.append(style);
          const image = new Image();
          image.src = 'http://127.0.0.1:9/seen.png';
          document.body.append(image);
          document.body.setAttribute('onclick', 'window.broken = 1');
          document.body.click();
        }"""
    )
    page.wait_for_timeout(100)
    assert page.evaluate("window.broken") is None
    assert page.locator("h1").is_visible()
    assert len([text for text in seen.complaints if "Content Security Policy" in text]) >= 4


@pytest.mark.parametrize("word", HOSTILE)
def test_a_hostile_name_does_nothing(seen: Seen, tmp_path: Path, word: str) -> None:
    path = tmp_path / "page.html"
    path.write_text(study_page(full_contents(word), figures_of(word, word=word)), encoding="utf-8")
    dialogs: list[str] = []
    seen.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page = seen.open(path)
    assert page.locator("h1").text_content() == word
    assert page.locator("#pad-answer").text_content() == word
    assert (seen.requests, seen.complaints, dialogs) == ([path.as_uri()], [], [])


def test_the_keyboard_reaches_every_link_fold_and_control_in_their_order(seen: Seen, whole: Path) -> None:
    page = seen.open(whole)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["x"] >= 0  # type: ignore[index]
    wanted = page.evaluate(
        """() => [...document.querySelectorAll('a[href], summary, button, input, select, [tabindex="0"]')]
          .filter((one) => one.matches('summary') || one.checkVisibility({contentVisibilityAuto: true}))
          .filter((one) => !one.parentElement.closest('details:not([open]) > :not(summary)'))
          .map((one, place) => { one.dataset.place = place; return place; })"""
    )
    reached = [page.evaluate("document.activeElement.dataset.place")]
    for _ in wanted[1:]:
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.dataset.place"))
    assert reached == [str(place) for place in wanted]
    assert len(wanted) > 30


def test_the_skip_link_leads_behind_the_links(seen: Seen, whole: Path) -> None:
    page = seen.open(whole)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_every_fold_opens_with_the_keyboard(seen: Seen, whole: Path) -> None:
    page = seen.open(whole)
    folds = page.locator("details:not([open]) > summary")
    count = folds.count()
    for place in range(count):
        page.locator("summary").nth(place).focus()
    page.locator("details.data > summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("details.data").first.get_attribute("open") is not None
    assert count > 10


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("opened", [False, True])
def test_nobody_is_kept_out(seen: Seen, whole: Path, scheme: str, opened: bool) -> None:
    seen.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page = seen.open(whole)
    page.evaluate(f"document.querySelectorAll('details').forEach((one) => one.open = {str(opened).lower()})")
    assert seen.grave_faults() == []


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_the_page_never_scrolls_sideways(seen: Seen, whole: Path, width: int) -> None:
    seen.page.set_viewport_size({"width": width, "height": 844})
    page = seen.open(whole)
    page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_long_name_breaks_and_does_not_push_the_page_aside(seen: Seen, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(study_page(full_contents("x" * 120), figures_of("x" * 120)), encoding="utf-8")
    seen.page.set_viewport_size({"width": 390, "height": 844})
    page = seen.open(path)
    page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_on_paper_the_prose_is_unfolded_and_the_tables_of_all_numbers_are_not_there(seen: Seen, whole: Path) -> None:
    seen.page.emulate_media(media="print", color_scheme="dark")
    page = seen.open(whole)
    assert page.locator("nav").is_hidden()
    assert page.locator("#pad").is_hidden()
    assert page.locator("details.data").first.is_hidden()
    observation = page.locator("#verdict .observations li").first
    assert observation.evaluate("one => one.checkVisibility({contentVisibilityAuto: true})")
    assert observation.evaluate("one => one.getBoundingClientRect().height") > 10
    # Paper is white, also where the screen is dark.
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_on_paper_every_colour_is_the_same_from_a_dark_screen_as_from_a_light_one(seen: Seen, whole: Path) -> None:
    page = seen.open(whole)
    # A figure with each colour that figures have.
    page.locator(".figure svg").first.evaluate(EVERY_COLOUR, PALETTE)
    assert seen.printed_colours("dark") == seen.printed_colours("light")


def test_on_a_wide_screen_the_links_to_all_sections_are_one_line(seen: Seen, whole: Path) -> None:
    seen.page.set_viewport_size({"width": 1040, "height": 844})
    page = seen.open(whole)
    links = page.locator("nav a")
    assert links.count() == 12
    assert len(set(links.evaluate_all("all => all.map((one) => one.getBoundingClientRect().top)"))) == 1


def test_on_a4_nothing_is_wider_than_the_paper(seen: Seen, whole: Path) -> None:
    seen.page.set_viewport_size({"width": 673, "height": 1000})  # 210 mm without two margins of 16 mm
    seen.page.emulate_media(media="print")
    page = seen.open(whole)
    assert page.evaluate("document.documentElement.scrollWidth") <= 673


TABLES_INSIDE = """all => all.every((one) => [...one.querySelectorAll('.scroll, svg')].every(
  (part) => part.getBoundingClientRect().right <= one.getBoundingClientRect().right + 1))"""


def test_architectures_stand_side_by_side_where_there_is_room_and_below_each_other_elsewhere(
    seen: Seen, whole: Path
) -> None:
    page = seen.open(whole)
    page.evaluate("document.querySelectorAll('#architectures details').forEach((one) => one.open = true)")
    articles = page.locator("#architectures article")

    def lefts(width: int, media: str) -> list[float]:
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(media=media)  # type: ignore[arg-type]
        # No table reaches over into the next one's half.
        assert articles.evaluate_all(TABLES_INSIDE)
        found: list[float] = articles.evaluate_all("all => all.map((one) => one.getBoundingClientRect().left)")
        return found

    first, second, third = lefts(1040, "screen")
    assert (first == third, second > first + 400) == (True, True)
    assert len(set(lefts(390, "screen"))) == 1
    assert len(set(lefts(700, "print"))) == 1


def test_dark_is_dark_and_light_is_light(seen: Seen, whole: Path) -> None:
    grounds = {}
    for scheme in ("light", "dark"):
        seen.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page = seen.open(whole)
        told = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
        grounds[scheme] = sum(told)
    assert grounds["light"] > 700
    assert grounds["dark"] < 120


def test_a_study_without_numbers_is_a_page_for_everybody_too(seen: Seen, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(study_page(ReportContents(studies.study(name="bare"))), encoding="utf-8")
    seen.open(path)
    assert seen.complaints == []
    assert seen.grave_faults() == []

"""The live page in a real browser, against a server of plain data: what every view must do."""

import re
from collections.abc import Iterator
from importlib.resources import files

import pytest
from fake_server import REPORTS, World, refusal
from live_tab import VIEWS, Visit, go, overflow, settle, until, visiting
from live_world import DRAWING, HOSTILE, Names, hostile, world
from watching import Seen

PAGE = files("cnnlab") / "web" / "page"
REACHABLE = "a[href], button, input, select, summary, canvas[tabindex], [role=region][tabindex]"


@pytest.fixture
def visit(seen: Seen) -> Iterator[Visit]:
    with visiting(seen) as made:
        yield made


@pytest.mark.parametrize(("view", "heading"), VIEWS.items())
def test_a_view_has_its_heading_and_title_asks_nobody_else_and_complains_of_nothing(
    seen: Seen, visit: Visit, view: str, heading: str
) -> None:
    page = visit(world(), view)
    assert page.locator("h1").all_inner_texts() == [heading]
    assert page.title() == f"{heading} · cnnlab"
    page.wait_for_timeout(200)
    own = page.url.split("#")[0]
    assert all(address.startswith(own) for address in seen.requests)
    assert seen.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_nobody_is_kept_out_of_a_view_and_a_phone_shows_it_whole(
    seen: Seen, visit: Visit, view: str, scheme: str
) -> None:
    seen.page.emulate_media(color_scheme=scheme)
    page = visit(world(), view)
    page.wait_for_timeout(150)
    assert seen.grave_faults() == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(150)
    assert overflow(page) == 0
    assert seen.grave_faults() == []


def test_every_word_keeps_its_contrast_while_a_study_trains_and_a_drawing_is_answered(seen: Seen, visit: Visit) -> None:
    page = visit(world(epochs=3, status="training"), "/study/study1")
    page.wait_for_timeout(150)
    assert seen.grave_faults() == []
    page.get_by_text("Numbers of this figure").first.click()
    assert seen.grave_faults() == []
    go(page, "/pad")
    page.locator(".pad-canvas").click()
    page.locator(".map").first.wait_for()
    assert seen.grave_faults() == []


@pytest.mark.parametrize("view", VIEWS)
def test_the_tabulator_key_reaches_every_control(visit: Visit, view: str) -> None:
    page = visit(world(epochs=3, status="training"), view)
    page.wait_for_timeout(150)
    expected = page.evaluate(
        f"""() => [...document.querySelectorAll({REACHABLE!r})].filter(
            (one) => one.checkVisibility() && !one.disabled).map((one, at) => one.dataset.at = String(at))"""
    )
    reached = []
    for _ in range(len(expected) + 3):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.dataset.at"))
    assert sorted(set(expected) - set(reached), key=int) == []


def test_a_link_moves_the_focus_to_the_heading_and_the_way_back_leads_back(visit: Visit) -> None:
    page = visit(world(), "/runs")
    page.get_by_role("link", name="notebook").first.click()
    page.get_by_role("heading", name="notebook", level=1).wait_for()
    assert page.evaluate("document.activeElement.id") == "heading"
    page.go_back()
    page.get_by_role("heading", name="Runs", level=1).wait_for()
    assert page.title() == "Runs · cnnlab"
    assert page.evaluate("document.activeElement.id") == "heading"
    page.go_forward()
    page.get_by_role("heading", name="notebook", level=1).wait_for()


def test_the_first_stop_of_the_keyboard_skips_to_the_content(visit: Visit) -> None:
    page = visit(world(), "/runs")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "heading"


def test_an_address_that_leads_nowhere_says_so(visit: Visit) -> None:
    page = visit(world(), "/nowhere/%zz")
    assert page.locator("h1").inner_text() == "There is no such page"


def test_filters_ask_the_server_stand_in_the_address_and_survive_the_way_back(visit: Visit) -> None:
    made = world()
    page = visit(made, "/runs")
    assert page.locator("table[aria-label=Runs] tbody tr").count() == 9
    page.get_by_role("combobox", name="Architecture").select_option("architecture-2")
    until(page, "document.querySelectorAll('table[aria-label=Runs] tbody tr').length === 3")
    page.get_by_role("spinbutton", name="Seed").fill("1")
    page.get_by_role("spinbutton", name="Seed").blur()
    until(page, "document.querySelectorAll('table[aria-label=Runs] tbody tr').length === 1")
    assert made.asked[-1] == ("/api/runs", {"architecture": "architecture-2", "seed": "1", "limit": "100"})
    page.get_by_role("link", name="architecture-2").click()
    page.get_by_role("heading", name="architecture-2", level=1).wait_for()
    page.go_back()
    page.get_by_role("heading", name="Runs", level=1).wait_for()
    settle(page)
    assert page.get_by_role("combobox", name="Architecture").input_value() == "architecture-2"
    assert page.locator("table[aria-label=Runs] tbody tr").count() == 1
    page.get_by_label("Status").select_option("failed")
    page.get_by_text("No run is like that").wait_for()


def test_the_list_grows_when_more_is_wished_for(visit: Visit) -> None:
    made = world(seeds=50)
    page = visit(made, "/runs")
    assert page.locator("table[aria-label=Runs] tbody tr").count() == 100
    page.get_by_role("button", name="Show more").click()
    until(page, "document.querySelectorAll('table[aria-label=Runs] tbody tr').length === 150")


def test_a_saved_report_opens_beside_the_page(visit: Visit) -> None:
    page = visit(world(), "/runs")
    link = page.get_by_role("link", name="Report of notebook")
    assert link.get_attribute("href") == "/reports/study1"
    assert link.get_attribute("target") == "_blank"
    assert link.get_attribute("rel") == "noopener"


def test_runs_that_are_chosen_are_compared(visit: Visit) -> None:
    made = world()
    page = visit(made, "/runs")
    boxes = page.get_by_role("checkbox")
    boxes.nth(0).focus()
    page.keyboard.press("Space")
    assert page.get_by_text("One more at least.").is_visible()
    boxes.nth(4).check()
    page.get_by_role("link", name="Compare 2 runs").click()
    page.get_by_role("heading", name="Accuracy").wait_for()
    assert made.asked[-1] == ("/api/compare", {"runs": "run00xyz,run11xyz"})
    assert page.locator("pre").inner_text().startswith("2 architectures, 10,000 test images of MNIST")
    assert page.locator(".observations li").count() == 1
    assert page.get_by_text("not distinguishable", exact=True).is_visible()
    page.get_by_role("link", name="best epoch by validation").click()
    until(page, "document.querySelector('.choices [aria-current]')?.textContent.startsWith('best')")
    assert made.asked[-1] == ("/api/compare", {"runs": "run00xyz,run11xyz", "epoch": "best"})
    page.go_back()
    page.go_back()
    page.get_by_text("2 runs chosen.").wait_for()
    page.get_by_role("button", name="Choose none").click()
    assert page.locator(".pick input:checked").count() == 0


def test_a_name_from_right_to_left_moves_no_number_of_its_line(visit: Visit) -> None:
    name = "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627"
    made = world()
    line = f"{name}  3  0.2500  0.1681"
    made.get["/api/compare"] = {**made.get["/api/compare"], "text": line}
    page = visit(made, "/compare/run00xyz,run10xyz")
    places = page.evaluate(
        """() => {
          const text = document.querySelector("pre.terminal").lastChild;
          const left = (word) => {
            const range = document.createRange();
            range.setStart(text, text.data.indexOf(word));
            range.setEnd(text, text.data.indexOf(word) + word.length);
            return range.getBoundingClientRect().left;
          };
          const name = document.querySelector("pre.terminal bdi").getBoundingClientRect();
          return [name.left, name.right, left("3"), left("0.2500"), left("0.1681")];
        }"""
    )
    assert places == sorted(places)
    assert page.locator("pre.terminal").inner_text() == line


def test_the_longest_name_of_a_study_leaves_its_table_in_the_window(visit: Visit) -> None:
    page = visit(world(Names(study="S" * 200)), "/runs")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(100)
        for wide in (".scroll", "td a"):
            ends = f"[...document.querySelectorAll({wide!r})].map((one) => one.scrollWidth - one.clientWidth)"
            assert max(page.evaluate(ends)) <= 1, wide


def test_what_the_server_refuses_to_compare_is_said_with_what_to_do(seen: Seen, visit: Visit) -> None:
    made = world()
    made.get["/api/compare"] = refusal(
        422, expected="runs of the same data", got="mnist and digits", fix="Choose others."
    )
    page = visit(made, "/compare/a,b")
    assert page.get_by_role("alert").inner_text() == (
        "Expected runs of the same data, got mnist and digits.\n\nChoose others.\n\nTry again"
    )


def test_a_view_whose_server_is_away_says_so_and_comes_when_asked_again(seen: Seen, visit: Visit) -> None:
    made = world()
    page = visit(made, "/new")
    made.away = True
    go(page, "/architectures")
    assert "The server does not answer." in page.get_by_role("alert").inner_text()
    made.away = False
    page.get_by_role("button", name="Try again").click()
    page.get_by_role("table", name="Architectures").wait_for()
    assert page.get_by_role("alert").count() == 0


def test_a_study_is_started_with_what_the_form_says_and_its_page_is_shown(visit: Visit) -> None:
    made = world()
    page = visit(made, "/new")
    page.get_by_label("architecture-1", exact=False).first.check()
    page.get_by_label("Name").fill("mine")
    page.get_by_label("Epochs").fill("4")
    page.get_by_label("Optimizer").select_option("sgd")
    page.get_by_label("Learning rate").fill("0.05")
    page.get_by_role("button", name="Start training").click()
    page.get_by_role("heading", name="notebook", level=1).wait_for()
    assert made.posts == [
        (
            "/api/studies",
            {
                "architectures": ["architecture-1"],
                "name": "mine",
                "seeds": 3,
                "epochs": 4,
                "batch_size": None,
                "optimizer": "sgd",
                "learning_rate": 0.05,
                "limit": None,
            },
        )
    ]
    assert page.url.endswith("#/study/study1")


def test_what_is_wrong_with_a_field_is_said_at_the_field(visit: Visit) -> None:
    made = world()
    told = refusal(422, expected="a whole number from 1", got="0", where="epochs", fix="Write 1 or more.")
    made.post["/api/studies"] = lambda _: told
    page = visit(made, "/new")
    page.get_by_label("Epochs").fill("0")
    page.get_by_role("button", name="Start training").click()
    page.locator("#fault-epochs").wait_for()
    field = page.get_by_label("Epochs")
    assert page.locator("#fault-epochs").inner_text() == "Expected a whole number from 1, got 0. Write 1 or more."
    assert field.get_attribute("aria-invalid") == "true"
    assert "fault-epochs" in (field.get_attribute("aria-describedby") or "")
    assert field.evaluate("one => one === document.activeElement")
    made.post.pop("/api/studies")
    made.post["/api/studies"] = lambda _: refusal(409, expected="one study at a time", fix="Stop the other one.")
    page.get_by_role("button", name="Start training").click()
    page.get_by_role("alert").wait_for()
    assert page.locator("#fault-epochs").is_hidden()
    assert field.get_attribute("aria-invalid") is None
    assert "Stop the other one." in page.get_by_role("alert").inner_text()
    assert page.get_by_role("button", name="Start training").is_enabled()


def test_what_is_no_number_is_not_sent_as_if_nothing_stood_there(visit: Visit) -> None:
    made = world()
    page = visit(made, "/new")
    page.get_by_label("Epochs").focus()
    page.keyboard.type("1e")
    page.get_by_role("button", name="Start training").click()
    assert page.locator("#fault-epochs").inner_text() == "Expected a number."
    assert made.posts == []


LONG = ("without dropout_2 and dropout_2 behind batch_normalization_1", "architecture-2", "architecture-3")


@pytest.mark.parametrize("width", [390, 1040, 1280])
def test_all_of_each_run_is_seen_without_scrolling_also_where_names_are_long(
    seen: Seen, visit: Visit, width: int
) -> None:
    seen.page.set_viewport_size({"width": width, "height": 844})
    page = visit(world(Names(LONG, "measuring-architecture-3-as-it-is")), "/runs")
    for place in page.locator(".scroll").all():
        assert place.evaluate("one => one.scrollWidth - one.clientWidth") <= 0
    if width > 1000:
        name = page.get_by_role("link", name="architecture-3", exact=True).first
        assert name.evaluate("one => one.getClientRects().length") == 1, "a short name is not broken"


@pytest.mark.parametrize("width", [390, 1280])
def test_a_drawing_begins_where_the_text_does_and_all_of_it_is_seen(seen: Seen, visit: Visit, width: int) -> None:
    seen.page.set_viewport_size({"width": width, "height": 844})
    page = visit(world(), "/architecture/architecture-1")
    drawn, told = page.locator(".plan svg").bounding_box(), page.locator("figcaption").bounding_box()
    assert drawn
    assert told
    assert drawn["x"] == pytest.approx(told["x"], abs=1)
    assert drawn["x"] + drawn["width"] <= width


@pytest.mark.parametrize("view", VIEWS)
def test_on_paper_every_colour_is_the_same_from_a_dark_screen_as_from_a_light_one(
    seen: Seen, visit: Visit, view: str
) -> None:
    visit(world(), view)
    dark: list[str] = []
    for _ in range(50):  # what a view asks for may still be on its way
        before, dark = dark, seen.printed_colours("dark")
        if dark == before:
            break
        seen.page.wait_for_timeout(200)
    assert seen.printed_colours("light") == dark


def test_a_network_is_shown_with_its_drawing_its_shapes_and_its_costs(visit: Visit) -> None:
    page = visit(world(), "/architecture/architecture-1")
    assert page.locator(".plan svg rect").count() == 6
    row = page.locator("table tbody tr").nth(1)
    assert row.inner_text().split() == [
        "conv2d_1",
        "Conv2D",
        *["24", "x", "24", "x", "10"],
        "1,810",
        "11",
        "%",
        "1,036,800",
        "88",
        "%",
        *["5", "x", "5"],
    ]


def test_a_drawing_that_would_act_is_let_in_without_what_acts(seen: Seen, visit: Visit) -> None:
    bad = (
        "<script>window.hit = 1</script><style>* { fill: red }</style><foreignObject><p>hit</p></foreignObject>"
        "<image href='http://127.0.0.1:9/x.png'/><use href='http://127.0.0.1:9/x.svg#a'/>"
        "<rect id='kept' onclick='window.hit = 1' style='fill: red' fill='url(http://127.0.0.1:9/x)' width='5'/>"
        "<set attributeName='href' to='javascript:1'/><a href='javascript:window.hit = 1'><text>go</text></a>"
    )
    made = world()
    made.get["/api/architectures/architecture-1"]["drawing"] = DRAWING.replace("</svg>", f"{bad}</svg>").replace(
        "<svg ", "<svg onload='window.hit = 1' ", 1
    )
    page = visit(made, "/architecture/architecture-1")
    inside = page.locator(".plan").inner_html()
    for word in ("script", "style", "foreignObject", "image", "127.0.0.1", "onclick", "onload", "<set", "javascript"):
        assert word not in inside, word
    assert page.locator(".plan #kept").get_attribute("width") == "5"
    assert page.evaluate("window.hit") is None
    # The page's policy forbids it as well, and says so while the drawing is read; that is all there is to hear.
    assert all("Content Security Policy" in text for text in seen.complaints)


@pytest.mark.parametrize("text", ["", "<p>", "<svg><p>"])
def test_a_drawing_that_is_none_is_said_to_be_none(visit: Visit, text: str) -> None:
    made = world()
    made.get["/api/architectures/architecture-1"]["drawing"] = text
    page = visit(made, "/architecture/architecture-1")
    assert page.get_by_text("There is no drawing of this network.").is_visible()


@pytest.mark.parametrize("view", ["/runs", "/study/study1", "/new", "/compare/a,b", "/architectures", "/pad", "name"])
def test_hostile_names_are_shown_as_they_are_and_do_nothing(seen: Seen, visit: Visit, view: str) -> None:
    made = world(hostile())
    page = visit(made, "/runs")
    if view == "name":
        page.get_by_role("link", name="Architectures").click()
        page.get_by_role("link", name=HOSTILE[2]).click()
        page.get_by_role("heading", name=HOSTILE[2], level=1).wait_for()
        settle(page)
    else:
        go(page, view)
    if view == "/pad":
        page.locator(".pad-canvas").click()
        page.locator(".map").first.wait_for()
    for summary in page.locator("summary").all():
        summary.click()
    text = page.locator("body").inner_text() + "".join(page.locator("option").all_text_contents())
    assert any(name in text for name in HOSTILE)
    assert page.evaluate("window.hit") is None
    assert page.locator("main script, main img, [onerror], [onload]").count() == 0
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(100)
    assert overflow(page) == 0
    assert seen.complaints == []


def test_who_wants_no_motion_sees_none(visit: Visit, seen: Seen) -> None:
    seen.page.emulate_media(reduced_motion="reduce")
    page = visit(world(), "/pad")
    page.locator(".fill").first.wait_for(state="attached")
    assert page.locator(".fill").first.evaluate("one => getComputedStyle(one).transitionDuration") == "0s"


def test_the_files_of_the_page_name_each_other_and_hold_nothing_inline() -> None:
    names = {file.name for file in PAGE.iterdir()}
    named = set(re.findall(r"/assets/([\w.]+)", (PAGE / "index.html").read_text(encoding="utf-8")))
    for name in names:
        if name.endswith(".js"):
            named |= set(re.findall(r'from "\./([\w.]+)"', (PAGE / name).read_text(encoding="utf-8")))
    assert named - set(REPORTS) == names - {"index.html"}
    html = (PAGE / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)", html)


def test_no_script_makes_html_of_text() -> None:
    for file in PAGE.iterdir():
        if file.name.endswith(".js"):
            text = file.read_text(encoding="utf-8")
            assert not re.search(
                r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text
            ), file.name


def test_an_empty_store_says_what_to_do(visit: Visit) -> None:
    made = World()
    made.get["/api/runs"] = {"runs": [], "total": 0, "architectures": [], "studies": []}
    made.get["/api/studies"] = {"studies": []}
    page = visit(made, "/runs")
    assert page.get_by_text("There is none yet.").is_visible()
    page.get_by_role("link", name="Start one").click()
    page.get_by_role("heading", name="New study", level=1).wait_for()

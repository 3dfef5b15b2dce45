"""The drawing pad in a real browser: every way to draw, and answers that keep up with the pen."""

import base64
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from fake_server import World, refusal
from live_tab import Visit, until, visiting
from live_world import Names, answer, pictures, world
from watching import Seen

if TYPE_CHECKING:
    from playwright.sync_api import Page

GREYS = """name => { const paper = document.querySelector(name).getContext("2d");
  const { data } = paper.getImageData(0, 0, paper.canvas.width, paper.canvas.height);
  return [...data].filter((_, at) => at % 4 === PART); }"""


@pytest.fixture
def visit(seen: Seen) -> Iterator[Visit]:
    with visiting(seen) as made:
        yield made


def drawings(made: World) -> list[bytes]:
    """All drawings that the page sent, in their order."""
    return [base64.b64decode(body["pixels"]) for path, body in made.posts if path == "/api/pad" and "pixels" in body]


def greys(page: "Page", name: str) -> bytes:
    """Read the pixels of the first canvas of a kind."""
    # Ink lies on the pad as a veil, elsewhere pixels are grey.
    values: list[int] = page.evaluate(GREYS.replace("PART", "3" if name == ".pad-canvas" else "0"), name)
    return bytes(values)


def on_sheet(page: "Page") -> bytes:
    """Read what stands on the sheet."""
    return greys(page, ".pad-canvas")


def wait_for_last(page: "Page", made: World, name: str) -> None:
    """Wait until the first canvas of a kind shows what the server made of the last question."""
    for _ in range(300):
        if greys(page, name) == base64.b64decode(answer(Names(), made.posts[-1][1])["seen"]):
            return
        page.wait_for_timeout(30)
    assert greys(page, name) == base64.b64decode(answer(Names(), made.posts[-1][1])["seen"])


def stroke(page: "Page", *places: tuple[float, float]) -> None:
    """Draw through places, given as parts of the sheet's side."""
    page.locator(".pad-canvas").scroll_into_view_if_needed()
    box = page.locator(".pad-canvas").bounding_box()
    assert box is not None
    first, *rest = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in places]
    page.mouse.move(*first)
    page.mouse.down()
    for place in rest:
        page.mouse.move(*place, steps=6)
    page.mouse.up()


def answered(page: "Page") -> None:
    until(page, "document.querySelector('.digest .big')?.textContent.match(/\\d/)")


def test_a_stroke_of_the_mouse_is_answered_by_every_network_with_its_seeds(seen: Seen, visit: Visit) -> None:
    made = world()
    page = visit(made, "/pad")
    until(page, "document.querySelector('.digest')?.innerText.includes('nothing drawn yet')")
    stroke(page, (0.3, 0.2), (0.7, 0.2), (0.4, 0.8))
    answered(page)
    page.wait_for_timeout(300)
    sent = drawings(made)
    assert sent[-1] == on_sheet(page)
    right = answer(Names(), {"pixels": base64.b64encode(sent[-1]).decode()})["answers"]
    for at, one in enumerate(right):
        best = max(range(10), key=one["mean"].__getitem__)
        line = page.locator(".digest .line").nth(at).inner_text()
        assert one["architecture"] in line
        assert f"{one['mean'][best]:.4f}; 3 of 3 seeds say so" in line
        row = page.locator(".bars").nth(at).locator("tbody tr").nth(best)
        low, high = one["low"][best], one["high"][best]
        assert row.inner_text().split("\t")[-2:] == [f"{one['mean'][best]:.4f}", f"{low:.2f} to {high:.2f}"]
        assert row.locator(".fill").evaluate("one => parseFloat(one.style.width)") == pytest.approx(
            100 * one["mean"][best], abs=0.01
        )
    assert seen.complaints == []


def test_the_28_x_28_that_the_networks_see_are_shown(visit: Visit) -> None:
    made = world()
    page = visit(made, "/pad")
    stroke(page, (0.3, 0.2), (0.7, 0.2))
    answered(page)
    page.wait_for_timeout(300)
    wait_for_last(page, made, ".seen")
    assert any(greys(page, ".seen"))


def test_the_keyboard_alone_draws_and_clears(visit: Visit) -> None:
    made = world()
    page = visit(made, "/pad")
    page.locator(".pad-canvas").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(100)
    assert not any(on_sheet(page)), "the pen is up"
    assert page.locator(".pad-cursor").is_visible()
    page.keyboard.press("Space")
    for _ in range(5):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowRight")
    until(page, "document.body.innerText.includes('Column 14, row 20 of 28.')")
    page.keyboard.press("Space")
    inked = on_sheet(page)
    page.keyboard.press("ArrowUp")
    page.wait_for_timeout(200)
    assert on_sheet(page) == inked, "the pen is up again"
    assert [inked[280 * y + x] for x, y in ((130, 140), (130, 190), (139, 190), (130, 90))] == [255, 255, 255, 0]
    assert drawings(made)[-1] == inked
    page.keyboard.press("Control+z")
    until(page, "document.querySelector('.digest')?.innerText.includes('nothing drawn yet')")
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    until(page, "document.querySelector('.digest')?.innerText.includes('nothing drawn yet')")
    assert not any(on_sheet(page))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Clear"


def test_a_finger_draws_and_does_not_scroll(visit: Visit) -> None:
    made = world()
    page = visit(made, "/pad")
    page.evaluate(
        """() => {
          const sheet = document.querySelector(".pad-canvas");
          const box = sheet.getBoundingClientRect();
          sheet.setPointerCapture = () => {}; // a made-up finger cannot be captured
          const touch = (kind, x, y, id) => sheet.dispatchEvent(new PointerEvent(kind, {
            pointerType: "touch", pointerId: id, button: 0, bubbles: true,
            clientX: box.left + x * box.width, clientY: box.top + y * box.height }));
          touch("pointerdown", 0.2, 0.5, 5);
          touch("pointerdown", 0.5, 0.1, 6); // a second finger draws nothing
          touch("pointermove", 0.5, 0.9, 6);
          touch("pointermove", 0.8, 0.5, 5);
          touch("pointerup", 0.8, 0.5, 5);
        }"""
    )
    answered(page)
    inked = on_sheet(page)
    assert inked[280 * 140 + 140] == 255
    assert inked[280 * 252 + 140] == 0
    assert page.locator(".pad-canvas").evaluate("one => getComputedStyle(one).touchAction") == "none"


def test_one_question_at_most_is_on_its_way_and_the_last_drawing_wins(visit: Visit) -> None:
    made = world()
    gate, lock = threading.Event(), threading.Lock()
    count = {"now": 0, "most": 0}

    def slow(body: dict[str, Any]) -> tuple[int, Any]:
        with lock:
            count["now"] += 1
            count["most"] = max(count["most"], count["now"])
        gate.wait(5)
        with lock:
            count["now"] -= 1
        return 200, answer(Names(), body)

    made.post["/api/pad"] = slow
    page = visit(made, "/pad")
    page.wait_for_timeout(100)
    for at in range(8):
        stroke(page, (0.1 + 0.1 * at, 0.2), (0.1 + 0.1 * at, 0.8))
    assert len(drawings(made)) == 1
    gate.set()
    answered(page)
    page.wait_for_timeout(300)
    assert len(drawings(made)) == 2
    assert drawings(made)[-1] == on_sheet(page)
    assert count["most"] == 1


def test_the_question_leaves_as_the_pen_lifts_and_not_a_frame_later(visit: Visit) -> None:
    page = visit(world(), "/pad")
    page.wait_for_timeout(200)
    asked = page.evaluate(
        """() => {
          const sheet = document.querySelector(".pad-canvas");
          const box = sheet.getBoundingClientRect();
          const asked = [];
          const fetched = window.fetch;
          window.fetch = (...words) => { asked.push(words[0]); return fetched(...words); };
          sheet.setPointerCapture = () => {};
          const at = { pointerId: 1, button: 0, clientX: box.left + 90, clientY: box.top + 90 };
          sheet.dispatchEvent(new PointerEvent("pointerdown", at));
          const before = asked.length;
          sheet.dispatchEvent(new PointerEvent("pointerup", at));
          return [before, asked];
        }"""
    )
    assert asked == [0, ["/api/pad"]]


def test_a_test_image_is_asked_for_by_its_number_and_its_truth_is_told(visit: Visit) -> None:
    made = world()
    page = visit(made, "/pad")
    page.get_by_role("button", name="Test image 3, class 3").click()
    answered(page)
    assert made.posts[-1] in (("/api/pad", {"image": 3}), ("/api/pad/layers", {"image": 3, "run": "run00xyz"}))
    assert "3 of 3 seeds say so; right" in page.locator(".digest").inner_text()
    assert page.get_by_text("Test image 3: its class is 3.").is_visible()
    label = base64.b64decode(pictures(Names(), 3, 1)["images"][0]["pixels"])
    assert on_sheet(page)[:: 280 * 10 + 10][:28] == label[::29]
    stroke(page, (0.5, 0.5), (0.6, 0.6))
    until(page, "!document.querySelector('[aria-pressed=true]')")
    assert page.get_by_role("button", name="Other images").is_visible()
    page.get_by_role("button", name="Other images").click()
    page.get_by_role("button", name="Test image 20, class 0").wait_for()


def test_a_wrong_answer_to_a_test_image_is_called_wrong(visit: Visit) -> None:
    made = world()
    made.post["/api/pad"] = lambda body: (200, answer(Names(), {"image": 4} if "image" in body else body))
    page = visit(made, "/pad")
    page.get_by_role("button", name="Test image 3, class 3").click()
    answered(page)
    assert "3 of 3 seeds say so; wrong, it is 3" in page.locator(".digest").inner_text()


def test_an_image_of_ones_own_is_handed_over_as_it_is_and_drawn(visit: Visit) -> None:
    made = world()
    page = visit(made, "/pad")
    file = {"name": "one.png", "mimeType": "image/png", "buffer": b"\x89PNG not really"}
    page.locator("#upload").set_input_files([file])
    answered(page)
    assert ("/api/upload", b"\x89PNG not really") in made.posts
    assert on_sheet(page)[135] == 255
    made.post["/api/upload"] = lambda _: refusal(
        415, expected="a PNG or a JPEG", got="image/webp", fix="Save it as PNG."
    )
    page.locator("#upload").set_input_files([file])
    page.get_by_role("alert").wait_for()
    assert "Save it as PNG." in page.get_by_role("alert").inner_text()


def test_each_layer_of_the_chosen_run_shows_this_very_drawing(visit: Visit) -> None:
    made = world()
    page = visit(made, "/pad")
    stroke(page, (0.3, 0.2), (0.7, 0.2), (0.4, 0.8))
    page.locator(".map").nth(7).wait_for()
    assert page.locator(".layer").count() == 3
    assert page.locator(".layer figcaption").first.inner_text() == "conv2d Conv2D, 28 x 28 x 8, from 0.0000 to 3.2500"
    wait_for_last(page, made, ".map")
    page.get_by_role("combobox", name="Run").select_option("run12xyz")
    for _ in range(100):
        if made.posts[-1][1].get("run") == "run12xyz":
            break
        page.wait_for_timeout(30)
    assert made.posts[-1][0] == "/api/pad/layers"
    assert made.posts[-1][1]["run"] == "run12xyz"
    page.get_by_role("button", name="Clear").click()
    page.get_by_text("Draw something, and each layer").wait_for()


def test_a_pad_without_networks_says_where_to_get_some(visit: Visit) -> None:
    made = world()
    made.post["/api/pad"] = lambda body: (200, answer(Names(), body) | {"answers": []})
    page = visit(made, "/pad")
    page.get_by_text("No network with weights yet.").wait_for()
    page.get_by_role("link", name="Train some").click()
    page.get_by_role("heading", name="New study", level=1).wait_for()


def test_answers_are_read_aloud_once_the_pen_rests(visit: Visit) -> None:
    page = visit(world(), "/pad")
    stroke(page, (0.3, 0.2), (0.7, 0.2))
    answered(page)
    said = """[...document.querySelectorAll('[role=status].unseen')].some(
        (one) => /^architecture-1 says \\d, 0.95/.test(one.textContent))"""
    assert not page.evaluate(said)
    until(page, said)

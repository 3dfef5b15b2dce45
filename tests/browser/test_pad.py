"""The drawing pad in a real browser: every way to draw ends in what Python says of the same drawing."""

import base64
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from pads import contents, pad_network, scripts, write_page
from trained_on_mnist import answers, trained
from watching import Seen

from cnnlab import data
from cnnlab.arch import chain, zoo
from cnnlab.arch.initial import initial_weights
from cnnlab.arch.layers import Dense, Flatten
from cnnlab.data.drawing import as_drawing, prepare_drawing

if TYPE_CHECKING:
    from playwright.sync_api import Page

NAME = "architecture-2"
EXAMPLES = 20
ALPHA = """canvas => {
  const bytes = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  return Array.from({length: bytes.length / 4}, (_, at) => bytes[4 * at + 3]);
}"""
SHOWN = """async ([drawings]) => {
  const root = document.createElement('div');
  document.body.append(root);
  const [told, seen] = [[], []];
  const pad = padCanvas(root, {onChange: greys => told.push(greys)});
  for (const drawing of drawings) {
    pad.show(bytesOf(drawing));
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    seen.push(Array.from(prepareDrawing(pad.greys(), 28, 28)));
  }
  return [seen, told.length];
}"""
HOSTILE = ("<img src=x onerror=alert(1)>", "</script><script>alert(2)</script>", '"&lt;\u2028', "x" * 200, "")


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    test = data.load("mnist").test
    return np.array(test.images[:EXAMPLES]), np.array(test.labels[:EXAMPLES])


@pytest.fixture(scope="module")
def weights() -> list[list[np.ndarray]]:
    """Train two seeds of a small network well enough to know a 1."""
    split = data.load("mnist")
    return [trained(NAME, split, epochs=3, images=20_000, seed=seed) for seed in range(2)]


@pytest.fixture
def page(seen: Seen, tmp_path: Path, weights: list, digits: tuple[np.ndarray, np.ndarray]) -> "Page":
    inside = contents(
        [
            pad_network(zoo.network(NAME), *weights, name="small"),
            pad_network(zoo.network(NAME), weights[0], name="one"),
        ],
        examples=digits[0],
        labels=digits[1],
    )
    return seen.open(write_page(tmp_path / "pad.html", inside))


def greys(page: "Page", selector: str) -> np.ndarray:
    """Read what a canvas shows, as greys."""
    settle(page)
    found = np.array(page.eval_on_selector(selector, ALPHA), np.uint8)
    return found.reshape(int(len(found) ** 0.5), -1)


def settle(page: "Page") -> None:
    """Wait for the frames in which a change is painted and answered; a slow machine takes its time."""
    page.evaluate(
        "() => new Promise(done => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done)), 150))"
    )


def shown(page: "Page") -> tuple[str, list[float]]:
    """Read the first network's class and its percentages."""
    settle(page)
    card = page.locator(".pad-answer").first
    numbers = [float(text.split()[0]) for text in card.locator(".pad-number").all_text_contents()]
    return str(card.locator(".pad-class").text_content()), numbers


def mean_answer(weights: list, image: np.ndarray) -> np.ndarray:
    """Return what Python says: percentages over the seeds."""
    return np.mean([100 * answers(NAME, one, image[None])[0] for one in weights], axis=0)


def stroke(page: "Page", points: list[tuple[float, float]]) -> None:
    """Draw with the mouse through points, in pixels of the drawing."""
    box = page.locator(".pad-canvas").bounding_box()
    assert box is not None
    places = [(box["x"] + x / 280 * box["width"], box["y"] + y / 280 * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place)
    page.mouse.up()


def runs(image: np.ndarray) -> list[list[tuple[float, float]]]:
    """Follow a digit's ink: a stroke along each run of dark pixels of every other row."""
    found = []
    for row in range(0, 28, 2):
        dark = "".join("#" if grey >= 128 else "." for grey in image[row])
        found += [
            [(one.start() * 10 + 9, row * 10 + 9), (one.end() * 10 - 9, row * 10 + 9)]
            for one in re.finditer("#+", dark)
        ]
    return found


def test_digits_drawn_by_the_mouse_are_seen_and_answered_as_python_does(
    page: "Page", weights: list, digits: tuple[np.ndarray, np.ndarray]
) -> None:
    right = 0
    for image, label in zip(digits[0][:3], digits[1], strict=False):
        page.get_by_role("button", name="Clear").click()
        for points in runs(image):
            stroke(page, points)
        drawing = greys(page, ".pad-canvas")
        assert np.array_equal(greys(page, ".pad-seen"), prepare_drawing(drawing))
        expected = mean_answer(weights, prepare_drawing(drawing))
        said, numbers = shown(page)
        assert numbers == pytest.approx(expected, abs=0.06)
        assert said == str(expected.argmax())
        right += said == str(label)
    assert right >= 2, "what follows a digit's ink is mostly that digit"


def test_twenty_digits_put_on_the_pad_are_seen_as_python_prepares_them(
    seen: Seen, digits: tuple[np.ndarray, np.ndarray]
) -> None:
    seen.page.add_script_tag(content=scripts())
    drawings = [as_drawing(image) for image in digits[0]]
    changes, told = seen.page.evaluate(SHOWN, [[base64.b64encode(one.tobytes()).decode() for one in drawings]])
    assert (len(changes), told) == (EXAMPLES, 0)
    assert all(np.array_equal(np.reshape(one, (28, 28)), image) for one, image in zip(changes, digits[0], strict=True))


def test_test_digits_are_answered_as_python_does_one_after_the_other(
    page: "Page", weights: list, digits: tuple[np.ndarray, np.ndarray]
) -> None:
    page.get_by_role("button", name="Show me a test digit").click()
    for at, (image, label) in enumerate(zip(*digits, strict=True)):
        assert page.locator(".pad-which").text_content() == f"Test digit {at + 1} of {EXAMPLES}, labelled {label}"
        assert np.array_equal(greys(page, ".pad-seen"), image)
        said, numbers = shown(page)
        expected = mean_answer(weights, image)
        assert numbers == pytest.approx(expected, abs=0.06)
        told = str(page.locator(".pad-answer").first.locator(".pad-told").first.text_content())
        assert told.startswith("Right, " if said == str(label) else f"Wrong, it is {label}; ")
        page.get_by_role("button", name="Next").click()
    assert page.locator(".pad-which").text_content() == f"Test digit 1 of {EXAMPLES}, labelled {digits[1][0]}"
    page.get_by_role("button", name="Previous").click()
    assert page.locator(".pad-which").text_content() == f"Test digit {EXAMPLES} of {EXAMPLES}, labelled {digits[1][-1]}"


def test_the_keyboard_alone_draws_a_one_that_is_seen_and_heard(page: "Page") -> None:
    from playwright.sync_api import expect

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "pad-canvas"
    for _ in range(8):
        page.keyboard.press("ArrowUp")
    assert page.locator(".pad-cursor").is_visible()
    page.keyboard.press("Space")
    expect(page.locator("[data-pad-done]")).to_have_text("Pen down.")
    for _ in range(16):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    drawing = greys(page, ".pad-canvas")
    assert (drawing.max(axis=1) == 255).sum() == pytest.approx(160 + 18, abs=2)
    assert (drawing.max(axis=0) == 255).sum() == pytest.approx(18, abs=2)
    assert shown(page)[0] == "1"
    expect(page.locator("[data-pad-said]")).to_have_text("Both networks say 1.")
    page.keyboard.press("ArrowLeft")
    assert np.array_equal(greys(page, ".pad-canvas"), drawing), "a lifted pen leaves nothing"
    page.keyboard.press("Escape")
    assert not greys(page, ".pad-canvas").any()
    page.keyboard.press("Control+z")
    assert np.array_equal(greys(page, ".pad-canvas"), drawing)


def test_undo_takes_strokes_back_one_by_one_and_clear_can_be_undone(page: "Page") -> None:
    stroke(page, [(100, 50), (100, 200)])
    first = greys(page, ".pad-canvas")
    stroke(page, [(50, 100), (200, 100)])
    second = greys(page, ".pad-canvas")
    page.get_by_role("button", name="Clear").click()
    assert not greys(page, ".pad-canvas").any()
    assert page.locator(".pad-class").all_text_contents() == ["-", "-"]
    for expected in (second, first, np.zeros((280, 280))):
        page.get_by_role("button", name="Undo").click()
        assert np.array_equal(greys(page, ".pad-canvas"), expected)


def test_a_stroke_over_a_test_digit_makes_it_a_drawing(page: "Page", digits: tuple[np.ndarray, np.ndarray]) -> None:
    page.get_by_role("button", name="Show me a test digit").click()
    stroke(page, [(20, 20), (30, 20)])
    drawing = greys(page, ".pad-canvas")
    assert (drawing >= as_drawing(digits[0][0])).all()
    assert np.array_equal(greys(page, ".pad-seen"), prepare_drawing(drawing))
    assert not page.locator(".pad-which").is_visible()
    assert page.get_by_role("button", name="Show me a test digit").is_visible()


def test_the_bars_are_as_long_as_the_probabilities_and_the_whiskers_reach_over_the_seeds(
    page: "Page", weights: list, digits: tuple[np.ndarray, np.ndarray]
) -> None:
    page.get_by_role("button", name="Show me a test digit").click()
    page.get_by_role("button", name="Next").click()
    settle(page)
    each = np.array([answers(NAME, one, digits[0][1:2])[0] for one in weights])
    bars = """cards => Array.from(cards[0].querySelectorAll('.pad-mean, .pad-whisker'),
      e => [e.hidden, e.style.left, e.style.width])"""
    found = page.eval_on_selector_all(".pad-answer", bars)
    for index in range(10):
        (_, _, width), (hidden, left, over) = found[2 * index], found[2 * index + 1]
        assert float(width.rstrip("%")) == pytest.approx(100 * each[:, index].mean(), abs=0.01)
        assert float(left.rstrip("%")) == pytest.approx(100 * each[:, index].min(), abs=0.01)
        assert float(over.rstrip("%")) == pytest.approx(100 * np.ptp(each[:, index]), abs=0.01)
        assert hidden == (np.ptp(each[:, index]) < 0.005)


def test_a_finger_draws(browser: object, tmp_path: Path) -> None:
    network = chain("tiny", [Flatten(), Dense(10, activation="softmax")], input_shape=(28, 28, 1))
    place = write_page(tmp_path / "pad.html", contents([pad_network(network, initial_weights(network, 0))]))
    context = browser.new_context(viewport={"width": 390, "height": 800}, has_touch=True)  # type: ignore[attr-defined]
    page = Seen(context.new_page()).open(place)
    box = page.locator(".pad-canvas").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    drawing = greys(page, ".pad-canvas")
    context.close()
    assert np.argwhere(drawing).mean(axis=0) == pytest.approx([139.5, 139.5], abs=1)


def test_hostile_names_are_shown_as_what_they_are(seen: Seen, tmp_path: Path) -> None:
    network = chain("tiny", [Flatten(), Dense(5, activation="softmax")], input_shape=(28, 28, 1))
    pads = [pad_network(network, initial_weights(network, seed), name=name) for seed, name in enumerate(HOSTILE[:3])]
    examples = np.full((2, 28, 28), 9, np.uint8)
    page = seen.open(write_page(tmp_path / "pad.html", contents(pads, HOSTILE, examples, np.array([1, 0]))))
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.get_by_role("button", name="Show me a test image").click()
    stroke_free = page.locator(".pad-which").text_content()
    assert stroke_free == f"Test image 1 of 2, labelled {HOSTILE[1]}"
    stroke(page, [(100, 50), (100, 200)])
    settle(page)
    assert page.locator(".pad-name").all_text_contents() == list(HOSTILE[:3])
    assert page.locator(".pad-answer").first.locator(".pad-of").all_text_contents() == list(HOSTILE)
    assert page.locator(".pad img, .pad script").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert seen.complaints == []


def test_of_more_than_ten_classes_the_ten_most_probable_have_a_bar(seen: Seen, tmp_path: Path) -> None:
    network = chain("many", [Flatten(), Dense(30, activation="softmax")], input_shape=(28, 28, 1))
    names, weights = tuple(f"class {index}" for index in range(30)), initial_weights(network, 0)
    examples = np.random.default_rng(0).integers(0, 256, (1, 28, 28), dtype=np.uint8)
    inside = contents([pad_network(network, weights)], names, examples, np.array([3]))
    page = seen.open(write_page(tmp_path / "pad.html", inside))
    page.get_by_role("button", name="Show me a test image").click()
    settle(page)
    out = examples[0].reshape(-1) / 255 @ weights[0] + weights[1]
    best = sorted(np.argsort(out)[-10:])
    assert page.locator(".pad-of").all_text_contents() == [names[index] for index in best]


@pytest.mark.parametrize("width", [390, 860, 912, 930, 1280])
def test_at_no_width_a_hole_is_left_between_the_pad_and_the_answers(page: "Page", width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    square, side = page.locator(".pad-square").bounding_box(), page.locator(".pad-side").bounding_box()
    said, keys = page.locator(".pad-together").bounding_box(), page.locator(".pad-keys").bounding_box()
    assert square
    assert side
    assert said
    assert keys
    if side["y"] > square["y"]:
        assert keys["y"] - said["y"] - said["height"] < 32
    else:
        assert side["height"] == pytest.approx(square["height"], abs=2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nobody_is_kept_out_and_a_strict_policy_is_obeyed(seen: Seen, page: "Page", scheme: str, width: int) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 900})
    stroke(page, [(140, 60), (140, 220)])
    settle(page)
    assert seen.grave_faults() == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert seen.complaints == []
    assert [address for address in seen.requests if not address.startswith("file:")] == []
    colour = page.eval_on_selector(
        ".pad-canvas", "c => Array.from(c.getContext('2d').getImageData(140, 140, 1, 1).data)"
    )
    assert colour == ([28, 36, 48, 255] if scheme == "light" else [230, 233, 238, 255]), "ink stands out of the paper"

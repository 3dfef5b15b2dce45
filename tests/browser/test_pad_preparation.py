"""The pad brings a drawing into form as Python does, to the last grey."""

import base64
from itertools import product

import numpy as np
from pads import scripts
from watching import Seen

from cnnlab.data.drawing import prepare_drawing

PREPARE = """cases => cases.map(([drawing, height, width]) =>
  Array.from(prepareDrawing(bytesOf(drawing), height, width)))"""
MANY = 300
SHAPES = [(28, 28), (28, 28), (32, 32), (12, 12), (20, 33), (1, 5)]


def scribble(numbers: np.random.Generator, side: int = 280) -> np.ndarray:
    """Draw some soft blots along a random walk, or scatter greys."""
    if numbers.random() < 0.2:
        return (numbers.integers(0, 256, (side, side)) * (numbers.random((side, side)) < 0.01)).astype(np.uint8)
    rows, columns = np.ogrid[:side, :side]
    place, drawing = numbers.uniform(0, side, 2), np.zeros((side, side))
    for _ in range(numbers.integers(1, 12)):
        place = np.clip(place + numbers.normal(0, numbers.choice([4, 25]), 2), 0, side)
        distance = np.sqrt((rows - place[0]) ** 2 + (columns - place[1]) ** 2)
        drawing = np.maximum(drawing, np.clip(numbers.uniform(1, 14) - distance, 0, 1))
    return np.round(drawing * numbers.integers(1, 256)).astype(np.uint8)


def in_browser(seen: Seen, drawings: list[np.ndarray], shapes: list[tuple[int, int]]) -> list[np.ndarray]:
    """Have the browser prepare drawings."""
    seen.page.add_script_tag(content=scripts())
    cases = [
        [base64.b64encode(drawing.tobytes()).decode(), *shape] for drawing, shape in zip(drawings, shapes, strict=True)
    ]
    done = seen.page.evaluate(PREPARE, cases)
    return [np.array(one, np.uint8).reshape(shape) for one, shape in zip(done, shapes, strict=True)]


def test_hundreds_of_random_drawings_become_the_same_images_in_the_browser_and_in_python(seen: Seen) -> None:
    numbers = np.random.default_rng(11)
    # Few are as large as the pad: they take long on their way into the browser.
    drawings = [scribble(numbers, 280 if at % 10 == 0 else int(numbers.integers(20, 90))) for at in range(MANY)]
    shapes = [SHAPES[at % len(SHAPES)] for at in range(MANY)]
    done = in_browser(seen, drawings, shapes)
    theirs = [prepare_drawing(drawing, shape) for drawing, shape in zip(drawings, shapes, strict=True)]
    assert [at for at in range(MANY) if not np.array_equal(done[at], theirs[at])] == []
    assert sum(one.any() for one in theirs) > 0.9 * MANY


def test_small_and_empty_drawings_are_prepared_alike(seen: Seen) -> None:
    numbers = np.random.default_rng(12)
    drawings, shapes = [], []
    for side, shape, _ in product((1, 2, 5, 20, 28), SHAPES, range(5)):
        drawings.append(
            (numbers.integers(0, 256, (side, side)) * (numbers.random((side, side)) < 0.3)).astype(np.uint8)
        )
        shapes.append(shape)
    done = in_browser(seen, drawings, shapes)
    theirs = [prepare_drawing(drawing, shape) for drawing, shape in zip(drawings, shapes, strict=True)]
    assert all(np.array_equal(one, other) for one, other in zip(done, theirs, strict=True))
    assert any(not one.any() for one in theirs)

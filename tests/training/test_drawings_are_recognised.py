"""A network recognises what people draw once it is prepared; `make prove-pad` measures it at length."""

import numpy as np
import pytest
from redrawing import redrawn, shrunk, stroke_width, with_stroke
from trained_on_mnist import accuracy, trained

from cnnlab import data
from cnnlab.data.drawing import prepare_drawing

NAME = "architecture-1"
DRAWINGS = 400


@pytest.mark.slow
def test_drawings_anywhere_of_any_size_with_any_pen_are_recognised_nearly_as_well_as_test_images() -> None:
    split = data.load("mnist")
    weights = trained(NAME, split, epochs=2, images=10_000)
    images, labels = np.array(split.test.images[:DRAWINGS]), np.array(split.test.labels[:DRAWINGS])
    numbers = np.random.default_rng(5)
    drawings = [redrawn(image, numbers) for image in images]
    plain = accuracy(NAME, weights, images, labels)
    prepared = accuracy(NAME, weights, np.array([prepare_drawing(one) for one in drawings]), labels)
    unprepared = accuracy(NAME, weights, np.array([shrunk(one) for one in drawings]), labels)
    assert plain > 0.85
    assert prepared > plain - 0.04
    assert unprepared < plain - 0.2


def test_a_pen_of_another_width_draws_strokes_of_that_width() -> None:
    bar = np.zeros((280, 280), bool)
    bar[40:240, 130:150] = True
    assert stroke_width(bar) == pytest.approx(20, rel=0.1)
    assert np.count_nonzero(with_stroke(bar, 1.5)[140] >= 128) == pytest.approx(30, abs=2)
    assert np.count_nonzero(with_stroke(bar, 0.7)[140] >= 128) == pytest.approx(14, abs=2)


def test_a_drawing_made_again_is_whole() -> None:
    image = np.zeros((28, 28), np.uint8)
    image[4:24, 12:16] = 255
    numbers = np.random.default_rng(1)
    for _ in range(20):
        where = np.argwhere(redrawn(image, numbers) >= 128)
        assert np.ptp(where[:, 0]) + 1 >= 100 - 12, "nothing of the shortest is cut off"

"""A drawing comes into the form of MNIST as MNIST's own digits did."""

import doctest
from fractions import Fraction
from itertools import product
from math import floor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnnlab.data import drawing, mnist
from cnnlab.data.drawing import as_drawing, prepare_drawing

HALF = Fraction(1, 2)
drawings = st.tuples(st.integers(1, 30), st.integers(1, 30)).flatmap(
    lambda shape: arrays(np.uint8, shape, elements=st.sampled_from([0, 0, 0, 1, 40, 128, 255]))
)
shapes = st.tuples(st.integers(1, 40), st.integers(1, 40))


def test_all_but_four_of_the_test_images_of_mnist_come_back_as_they_were(
    mnist_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNLAB_CACHE_DIR", str(mnist_cache))
    images = mnist.load(offline=True).test.images
    other = [at for at, image in enumerate(images) if not np.array_equal(prepare_drawing(as_drawing(image)), image)]
    assert len(images) == 10_000
    # Three reach beyond the edge and have 19 rows; the centre of mass of the other lies midway between two pixels.
    assert other == [4530, 8688, 9300, 9302]


def slow(pixels: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Prepare by exact fractions: each pixel is the mean of the rectangle that it covers."""
    prepared = np.zeros(shape, int)
    where = np.argwhere(pixels)
    if not len(where):
        return prepared
    (top, left), (bottom, right) = where.min(axis=0), where.max(axis=0) + 1
    ink = pixels[top:bottom, left:right].astype(int)
    box = max(1, min(shape) * 20 // 28)
    sides = [max(1, floor(Fraction(int(side) * box, max(ink.shape)) + HALF)) for side in ink.shape]
    small = np.array([[_mean(ink, sides, row, column) for column in range(sides[1])] for row in range(sides[0])])
    if not small.any():
        return prepared
    starts = []
    for axis in (0, 1):
        mass = [int(each) for each in small.sum(axis=1 - axis)]
        centre = sum(place * each for place, each in enumerate(mass)) / Fraction(sum(mass))
        starts.append(min(max(floor(shape[axis] // 2 - centre + HALF), 0), shape[axis] - sides[axis]))
    prepared[starts[0] : starts[0] + sides[0], starts[1] : starts[1] + sides[1]] = small
    return prepared


def _mean(ink: np.ndarray, sides: list[int], row: int, column: int) -> int:
    steps = [Fraction(int(before), after) for before, after in zip(ink.shape, sides, strict=True)]
    weights = [
        {cell: min(cell + 1, (at + 1) * step) - max(cell, at * step) for cell in range(floor(at * step), size)}
        for at, step, size in zip((row, column), steps, ink.shape, strict=True)
    ]
    total = sum(
        (
            max(tall, 0) * max(wide, 0) * int(ink[y, x])
            for (y, tall), (x, wide) in product(*(w.items() for w in weights))
        ),
        Fraction(0),
    )
    return floor(total / (steps[0] * steps[1]) + HALF)


@given(drawings, st.tuples(st.integers(1, 12), st.integers(1, 12)))
def test_it_is_what_exact_fractions_give(pixels: np.ndarray, shape: tuple[int, int]) -> None:
    assert np.array_equal(prepare_drawing(pixels, shape), slow(pixels, shape))


@given(drawings, shapes, st.integers(0, 50), st.integers(0, 50))
def test_where_the_ink_lies_does_not_matter(pixels: np.ndarray, shape: tuple[int, int], top: int, left: int) -> None:
    moved = np.pad(pixels, ((top, 50 - top), (left, 50 - left)))
    assert np.array_equal(prepare_drawing(moved, shape), prepare_drawing(pixels, shape))


@given(drawings, st.integers(2, 5))
def test_how_large_it_is_drawn_does_not_matter(pixels: np.ndarray, times: int) -> None:
    larger = pixels.repeat(times, axis=0).repeat(times, axis=1)
    assert np.array_equal(prepare_drawing(larger), prepare_drawing(pixels))


def test_an_empty_drawing_gives_an_empty_image() -> None:
    assert not prepare_drawing(np.zeros((280, 280), np.uint8)).any()


def test_faint_dots_far_apart_give_an_empty_image() -> None:
    pixels = np.zeros((280, 280), np.uint8)
    pixels[0, 0] = pixels[-1, -1] = 20
    assert not prepare_drawing(pixels).any()


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64])
def test_the_kind_of_whole_number_does_not_matter(dtype: type) -> None:
    pixels = np.zeros((280, 280), dtype)
    pixels[40:240, 130:150] = 255
    prepared = prepare_drawing(pixels)
    assert prepared.dtype == np.uint8
    assert (prepared.max(), np.count_nonzero(prepared)) == (255, 40)


def test_the_example_in_its_docstring_is_true() -> None:
    done = doctest.testmod(drawing)
    assert (done.failed, done.attempted > 0) == (0, True)

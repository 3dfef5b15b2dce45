import re

import goldens
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cnnlab.report.terminal import sample_image

ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def ring() -> npt.NDArray[np.uint8]:
    """Draw a ring with soft edges, as a pen draws a zero."""
    rows, columns = np.mgrid[:28, :28] - 13.5
    return np.clip(255 * (3.2 - np.abs(np.hypot(rows, columns * 1.3) - 9)), 0, 255).astype(np.uint8)


shapes = st.tuples(st.integers(1, 120), st.integers(1, 120))
images = shapes.flatmap(lambda shape: arrays.arrays(np.uint8, shape))


def test_a_digit_in_half_blocks_looks_as_it_always_did() -> None:
    goldens.check("sample_unicode", sample_image(ring()))


def test_a_digit_in_ascii_looks_as_it_always_did() -> None:
    goldens.check("sample_ascii", sample_image(ring(), unicode=False))


@given(images, st.booleans(), st.booleans())
def test_any_image_fits_into_56_columns_and_28_lines(image: npt.NDArray[np.uint8], unicode: bool, colour: bool) -> None:
    lines = ESCAPES.sub("", sample_image(image, unicode=unicode, colour=colour)).split("\n")
    assert len(lines) <= 28
    assert all(len(line) <= 56 for line in lines)


@given(images)
def test_without_unicode_everything_is_ascii_and_nothing_trails(image: npt.NDArray[np.uint8]) -> None:
    text = sample_image(image, unicode=False)
    assert text.isascii()
    assert all(line == line.rstrip() for line in text.split("\n"))


def test_a_28_by_28_image_keeps_its_pixels() -> None:
    full = sample_image(np.full((28, 28), 255, np.uint8)).split("\n")
    assert full == ["█" * 28] * 14
    assert sample_image(np.zeros((28, 28), np.uint8)).strip() == ""


@pytest.mark.parametrize(
    ("above", "below", "expected"),
    [(255, 0, "▀"), (0, 255, "▄"), (255, 255, "█"), (64, 64, "░"), (128, 128, "▒"), (191, 191, "▓"), (20, 10, "")],
)
def test_two_pixels_share_a_character(above: int, below: int, expected: str) -> None:
    assert sample_image(np.array([[above], [below]], np.uint8)) == expected


def test_the_last_row_of_an_odd_image_stands_on_an_empty_one() -> None:
    assert sample_image(np.full((3, 1), 255, np.uint8)) == "█\n▀"


def test_colour_paints_both_pixels_in_their_greys_and_ends_with_the_line() -> None:
    assert sample_image(np.array([[0], [255]], np.uint8), colour=True) == "\x1b[38;5;232;48;5;255m▀\x1b[0m"


@pytest.mark.parametrize("channels", [1, 3])
def test_channels_are_averaged(channels: int) -> None:
    image = np.repeat(ring()[..., None], channels, axis=-1)
    assert sample_image(image) == sample_image(ring())

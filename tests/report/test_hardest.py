import base64
import io
import re
import xml.etree.ElementTree as ET

import drawn
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from cnnlab.report.drawing.hardest import hardest_images
from cnnlab.report.drawing.picture import data_address
from cnnlab.report.figure import Figure

SVG = "{http://www.w3.org/2000/svg}"
IMAGES = np.arange(4 * 6 * 5, dtype=np.uint8).reshape(4, 6, 5)
LABELS = np.array([0, 1, 2, 0])
ANSWERS = {"net": np.array([[0, 2, 2, 1], [0, 2, 2, 0], [0, 1, 2, 1]]), "other": np.array([[0, 0, 2, 2]])}
NAMES = ("zero", "one", "two")


def figure(
    images: npt.NDArray[np.generic], answers: dict[str, npt.NDArray[np.int64]], count: int = 24, labels: object = LABELS
) -> Figure:
    found = hardest_images("h", images, np.asarray(labels), answers, NAMES, count)
    drawn.check(found)
    return found


def pixels(address: str) -> npt.NDArray[np.uint8]:
    """Read a picture back as a browser does."""
    assert address.startswith("data:image/png;base64,")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))))


def pictures(found: Figure) -> list[npt.NDArray[np.uint8]]:
    return [pixels(one.get("href", "")) for one in ET.fromstring(found.svg).iter(f"{SVG}image")]


def test_the_images_that_most_runs_get_wrong_come_first_each_with_what_was_said() -> None:
    found = figure(IMAGES, ANSWERS)
    assert found.numbers.heads == ("image", "true class", "runs wrong", "net", "other")
    assert found.numbers.rows == (
        ("1", "one", "3 of 4", "two (2 of 3)", "zero (1 of 1)"),
        ("3", "zero", "3 of 4", "one (2 of 3)", "two (1 of 1)"),
    )
    assert found.caption.startswith("Of 4 images 2 are answered wrongly by at least one of 4 runs of 2 architectures,")
    assert ", none by all of them. Shown: the 2 images" in found.caption


def test_the_pictures_are_those_of_the_images_named() -> None:
    shown = pictures(figure(IMAGES, ANSWERS))
    assert len(shown) == 2
    assert np.array_equal(shown[0], IMAGES[1])
    assert np.array_equal(shown[1], IMAGES[3])


def test_no_more_are_shown_than_asked_for_and_none_that_all_get_right() -> None:
    assert len(pictures(figure(IMAGES, ANSWERS, 1))) == 1
    right = figure(IMAGES, {"net": LABELS[None]})
    assert right.caption == "None of 4 images is answered wrongly by any of 1 run of 1 architecture."
    assert "no run gets an image wrong" in drawn.texts(right)
    assert figure(IMAGES, {}).caption == "There are no answers to look at."


def test_what_all_runs_get_wrong_is_counted() -> None:
    assert ", 2 by all of them." in figure(IMAGES, {"net": np.array([[1, 1, 0, 0], [2, 1, 0, 0]])}).caption


@pytest.mark.parametrize("shape", [(6, 5), (6, 5, 1), (6, 5, 3), (6, 5, 2), (30,), (36,), (300, 90, 3)])
@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_images_of_any_shape_are_drawn_in_their_proportions(shape: tuple[int, ...], kind: type) -> None:
    images = np.random.default_rng(0).integers(0, 255, (4, *shape)).astype(kind)
    if kind is np.float32:
        images = images / np.float32(255)
    root = ET.fromstring(figure(images, ANSWERS).svg)
    first = next(root.iter(f"{SVG}image"))
    wide, high = (float(first.get(side, "")) for side in ("width", "height"))
    rows, columns = {1: {30: (1, 30), 36: (6, 6)}.get(shape[0], (0, 0))}.get(len(shape), shape[:2])
    assert abs(wide / high - columns / rows) < 0.02 * columns / rows
    assert max(pixels(first.get("href", "")).shape) <= 64


def test_floats_from_0_to_1_give_the_picture_of_their_bytes() -> None:
    grey = np.arange(0, 240, 8, dtype=np.uint8).reshape(6, 5)
    assert data_address(grey / np.float32(255)) == data_address(grey)
    assert np.array_equal(pixels(data_address(grey)), grey)


def test_more_architectures_than_a_tile_holds_are_all_in_the_table() -> None:
    answers = {f"net-{index}": np.array([[1, 0, 0, 1]]) for index in range(9)}
    found = figure(IMAGES, answers)
    assert len(found.numbers.heads) == 3 + 9
    assert "F  net-5" in drawn.texts(found)
    assert not any("net-6" in text for text in drawn.texts(found))


def test_names_are_text_whatever_is_in_them() -> None:
    found = hardest_images("h", IMAGES, LABELS, {drawn.HOSTILE: ANSWERS["net"]}, (drawn.HOSTILE, "b" * 99), 24)
    drawn.check(found)
    assert "<script" not in found.svg
    assert found.numbers.heads[3] == drawn.HOSTILE


def test_24_digits_stay_below_30_kilobytes_and_are_the_same_bytes_again() -> None:
    rng = np.random.default_rng(0)
    # As large as a digit's pictures are: a fifth of the pixels is ink.
    images = (rng.random((24, 28, 28)) < 0.06).astype(np.uint8) * 200
    labels = rng.integers(0, 3, 24)
    answers = {f"architecture-{index}": (labels + rng.integers(1, 3, (3, 24))) % 3 for index in range(3)}
    first = figure(images, answers, labels=labels)
    assert len(pictures(first)) == 24
    assert len(first.svg) < 30_000
    assert first == figure(images, answers, labels=labels)


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_the_order_and_the_counts_are_those_of_plain_loops(data: st.DataObject) -> None:
    seeds = data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    classes = st.integers(0, 4)
    labels = data.draw(arrays.arrays(np.int64, 4, elements=classes))
    answers = {f"n{i}": data.draw(arrays.arrays(np.int64, (n, 4), elements=classes)) for i, n in enumerate(seeds)}
    found = figure(IMAGES, answers, labels=labels)
    wrong = [sum(int(row[image] != labels[image]) for some in answers.values() for row in some) for image in range(4)]
    expected = sorted((image for image in range(4) if wrong[image]), key=lambda image: (-wrong[image], image))
    assert [int(row[0]) for row in found.numbers.rows] == expected
    assert [row[2] for row in found.numbers.rows] == [f"{wrong[image]} of {sum(seeds)}" for image in expected]
    for row, image in zip(found.numbers.rows, expected, strict=True):
        for cell, some in zip(row[3:], answers.values(), strict=True):
            told = re.fullmatch(r"(.+) \((\d+) of (\d+)\)", cell)
            assert told
            said = [int(one[image]) for one in some]
            most = max(set(said), key=lambda one: (said.count(one), -one))
            name = NAMES[most] if most < 3 else f"class {most}"
            assert told.groups() == (name, str(said.count(most)), str(len(said)))

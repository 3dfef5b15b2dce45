"""The test images that most runs get wrong, each with what was said of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cnnlab.report.drawing.canvas import element, fitted, sheet, words
from cnnlab.report.drawing.palette import INK, LINE, QUIET
from cnnlab.report.drawing.picture import data_address, shape_of
from cnnlab.report.figure import Figure, Numbers
from cnnlab.report.words import plural, printable

COUNT: Final = 24
_COLUMNS: Final = 3
_TILES: Final = (118.0, 156.0)
"""How wide a tile is with short names of classes, and with long ones."""

_SHORT: Final = 3
_PICTURE: Final = 52.0
_SAID: Final = 6
"""Of so many architectures the answers stand in a tile; the table has all of them."""

_KEY_ROW, _SAID_ROW = 16.0, 13.0


@dataclass(frozen=True)
class Said:
    """What one architecture says of an image: its most frequent answer, and how many of its seeds give it."""

    answer: int
    seeds: int
    of: int


@dataclass(frozen=True)
class Hard:
    """One image.

    Attributes:
        index: Its place among the test images, from 0.
        label: Its class.
        wrong: How many runs get it wrong.
        said: What each architecture says.
    """

    index: int
    label: int
    wrong: int
    said: tuple[Said, ...]


def hardest_images(
    name: str,
    images: npt.NDArray[Any],
    labels: npt.NDArray[Any],
    answers: Mapping[str, npt.NDArray[Any]],
    class_names: Sequence[str],
    count: int = COUNT,
) -> Figure:
    """Show the test images that most runs of all architectures get wrong.

    Args:
        name: Of the figure in its page.
        images: Shape (n, h, w), (n, h, w, 1) or (n, h, w, 3), or rows of features; uint8, or floats from 0 to 1.
        labels: The true classes, shape (n,), integers.
        answers: By architecture, what each seed answered, shape (seeds, n), integers.
        class_names: In the order of the numbers; a class without a name is told by its number.
        count: How many images at most.
    """
    runs = sum(len(classes) for classes in answers.values())
    wrong = sum(((classes != labels).sum(axis=0) for classes in answers.values()), np.zeros(len(labels), np.int64))
    order = np.argsort(-wrong, kind="stable")[: max(count, 0)]
    shown = [_hard(int(index), labels, answers, int(wrong[index])) for index in order if wrong[index]]
    named = _Names(tuple(printable(str(one)) for one in class_names))
    grid = _Grid(len(answers), _TILES[any(len(named.of(one.label)) > _SHORT for one in shown)])
    parts = [
        *_key(list(answers), grid),
        *(_tile(*grid.at(place), images[one.index], one, grid, named) for place, one in enumerate(shown)),
    ]
    if not shown:
        parts = [words(0, 16, "no run gets an image wrong" if runs else "there are no answers", 11, QUIET)]
    title = "The images that most runs get wrong"
    svg = sheet(*grid.extent(len(shown)), title, _description(shown, named, runs), parts)
    return Figure(
        name, svg, _caption(wrong, runs, len(answers), len(shown)), _numbers(shown, list(answers), named, runs)
    )


@dataclass(frozen=True)
class _Names:
    """The names of the classes, as far as there are any."""

    names: tuple[str, ...]

    def of(self, index: int) -> str:
        """Return the name of a class."""
        return self.names[index] if index < len(self.names) else f"class {index}"


@dataclass(frozen=True)
class _Grid:
    """Where the tiles stand, beneath the letters of so many architectures."""

    architectures: int
    tile: float

    @property
    def said(self) -> int:
        """Count the architectures whose answers stand in a tile."""
        return min(self.architectures, _SAID)

    @property
    def head(self) -> float:
        """Return how high the explanation of the letters is."""
        return -(-self.said // 2) * _KEY_ROW + 10

    @property
    def row(self) -> float:
        """Return how high a row of tiles is, with the room below it."""
        return max(_PICTURE, 15 + _SAID_ROW * self.said) + 16

    def at(self, place: int) -> tuple[float, float]:
        """Return the corner of a tile."""
        return (place % _COLUMNS) * self.tile, self.head + (place // _COLUMNS) * self.row

    def extent(self, shown: int) -> tuple[float, float]:
        """Return width and height of all."""
        return _COLUMNS * self.tile, self.head + -(-shown // _COLUMNS) * self.row if shown else 26


def _hard(index: int, labels: npt.NDArray[Any], answers: Mapping[str, npt.NDArray[Any]], wrong: int) -> Hard:
    said = []
    for classes in answers.values():
        counts = np.bincount(classes[:, index].astype(np.int64)) if len(classes) else np.zeros(1, np.int64)
        # Of several answers that are as frequent the smallest class is told.
        said.append(Said(int(counts.argmax()), int(counts.max()), len(classes)))
    return Hard(index, int(labels[index]), wrong, tuple(said))


def _letter(index: int) -> str:
    """Name an architecture by a letter: A to F are all that a tile has room for."""
    return ascii_uppercase[index]


def _key(architectures: Sequence[str], grid: _Grid) -> list[str]:
    """Say which letter stands for which architecture, two beside each other."""
    half = _COLUMNS * grid.tile / 2
    told = [f"{_letter(index)}  {fitted(one, half - 30, 10)}" for index, one in enumerate(architectures[: grid.said])]
    return [words((index % 2) * half, 12 + (index // 2) * _KEY_ROW, one, 10, QUIET) for index, one in enumerate(told)]


def _tile(x: float, y: float, image: npt.NDArray[Any], one: Hard, grid: _Grid, names: _Names) -> str:
    """Draw an image with its class and what was said of it; a wrong answer in ink, a right one quietly."""
    left, right = x + _PICTURE + 7, x + grid.tile - 8
    room = right - left
    parts = [words(left, y + 10, fitted(names.of(one.label), room, 12), 12, INK, font_weight="700")]
    for row, said in enumerate(one.said[: grid.said]):
        text = f"{_letter(row)} {fitted(names.of(said.answer), room - 33, 9.5)}"
        base = y + 25 + row * _SAID_ROW
        seeds = words(right, base, f"{said.seeds}/{said.of}", None, None, text_anchor="end")
        parts += [words(left, base, text, None, None if said.answer == one.label else INK), seeds]
    return _picture(image, x, y) + element("g", "".join(parts), font_size=9.5, fill=QUIET)


def _picture(image: npt.NDArray[Any], x: float, y: float) -> str:
    """Draw an image into its frame, as large as fits, without changing its proportions."""
    height, width = shape_of(image)
    scale = _PICTURE / max(height, width)
    w, h = width * scale, height * scale
    place = {"x": x + (_PICTURE - w) / 2, "y": y + (_PICTURE - h) / 2, "width": w, "height": h}
    shown = element("image", **place, href=data_address(image), preserveAspectRatio="none", image_rendering="pixelated")
    return shown + element("rect", **place, fill="none", stroke=LINE)


def _caption(wrong: npt.NDArray[Any], runs: int, architectures: int, shown: int) -> str:
    """Say how many images all runs get wrong and how many at least one does."""
    if not runs:
        return "There are no answers to look at."
    images, some, every = len(wrong), int((wrong > 0).sum()), int((wrong == runs).sum())
    by = f"{plural(runs, 'run')} of {plural(architectures, 'architecture')}"
    if not some:
        return f"None of {plural(images, 'image')} is answered wrongly by any of {by}."
    are = "is" if some == 1 else "are"
    found = f"Of {plural(images, 'image')} {some:,} {are} answered wrongly by at least one of {by}"
    whole = f", {every:,} by all of them" if every else ", none by all of them"
    return (
        f"{found}{whole if runs > 1 else ''}. Shown: the {plural(shown, 'image')} that most runs get wrong, each "
        "with its true class, and below it the most frequent answer of each architecture and how many of its seeds "
        "give it."
    )


def _description(shown: Sequence[Hard], names: _Names, runs: int) -> str:
    told = [f"Image {one.index}, {names.of(one.label)}: {one.wrong} of {runs} wrong." for one in shown]
    return " ".join(told) or "No image is shown."


def _numbers(shown: Sequence[Hard], architectures: Sequence[str], names: _Names, runs: int) -> Numbers:
    heads = ("image", "true class", "runs wrong", *architectures)
    rows = [
        (
            f"{one.index}",
            names.of(one.label),
            f"{one.wrong} of {runs}",
            *(f"{names.of(said.answer)} ({said.seeds} of {said.of})" for said in one.said),
        )
        for one in shown
    ]
    return Numbers(heads, tuple(rows))

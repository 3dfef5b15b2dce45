"""What is taken for what: all classes as a matrix where they are few, else the pairs that are confused most."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cnnlab.report.drawing.canvas import element, fitted, line, sheet, width_of, words
from cnnlab.report.drawing.palette import INK, QUIET, SECOND
from cnnlab.report.figure import Figure, Numbers
from cnnlab.report.words import cut, plural, printable

MOST_CLASSES: Final = 10
"""So many classes are drawn as a matrix; its cells would be too small to read with more."""

PAIRS: Final = 10
_CELL: Final = 38.0
_LABELS: Final = 84.0
_LETTERS: Final = 10.5
_WIDTH: Final = 470.0
_BAR_ROW: Final = 30.0


@dataclass(frozen=True, eq=False)
class Confusions:
    """How often each class was taken for each other.

    Attributes:
        architecture: Whose answers they are.
        names: Of the classes, printable.
        counts: Means over the seeds, shape (true classes, answers).
        images: How many there are of each class, shape (classes,).
        seeds: How many answered.
    """

    architecture: str
    names: tuple[str, ...]
    counts: npt.NDArray[np.float64]
    images: npt.NDArray[np.int64]
    seeds: int

    @property
    def mistakes(self) -> npt.NDArray[np.float64]:
        """Return the counts without the right answers."""
        return self.counts * (1 - np.eye(len(self.counts)))

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """List the pairs that are confused, the most frequent ones first, in the order of the classes where as many."""
        wrong = self.mistakes
        order = np.argsort(-wrong, axis=None, kind="stable")
        rows, columns = np.unravel_index(order, wrong.shape)
        return [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if wrong[i, j] > 0]

    def told(self, count: float) -> str:
        """Write a mean count: whole with one seed, else with one decimal.

        A mean that would be rounded to nothing is told as such.
        """
        if self.seeds == 1:
            return f"{count:,.0f}"
        return "<0.1" if 0 < count < 0.05 else f"{count:,.1f}"  # noqa: PLR2004 - what rounds to 0.0


def confusion_matrix(
    name: str, architecture: str, labels: npt.NDArray[Any], classes: npt.NDArray[Any], class_names: Sequence[str]
) -> Figure:
    """Draw how often each class is taken for each other, on average over the seeds.

    Mistakes are numbers on a ground that is the stronger the more frequent they are, the most frequent ones bold; right
    answers are quiet numbers. More than ten classes give a list of the pairs that are confused most.

    Args:
        name: Of the figure in its page.
        architecture: Whose answers they are.
        labels: The true classes, shape (images,), integers.
        classes: What each seed answered, shape (seeds, images), integers.
        class_names: In the order of the numbers; a class without a name is told by its number.
    """
    found = _count(architecture, labels, np.atleast_2d(classes), class_names)
    few = len(found.names) <= MOST_CLASSES
    svg = _matrix(found) if few else _list(found)
    return Figure(name, svg, _caption(found, few=few), _table(found) if few else _pairs(found))


def _count(
    architecture: str, labels: npt.NDArray[Any], classes: npt.NDArray[Any], class_names: Sequence[str]
) -> Confusions:
    true, said = np.asarray(labels, np.int64), np.asarray(classes, np.int64)
    size = max([len(class_names), *(int(some.max()) + 1 for some in (true, said) if some.size), 1])
    seeds = len(said)
    cells = np.bincount((true * size + said).ravel(), minlength=size * size).reshape(size, size)
    names = [printable(str(one)) for one in class_names] + [f"class {index}" for index in range(len(class_names), size)]
    return Confusions(
        architecture, tuple(names), cells / max(seeds, 1), np.bincount(true, minlength=size).astype(np.int64), seeds
    )


def _matrix(found: Confusions) -> str:
    size = len(found.names)
    side = size * _CELL
    left = min(max(width_of(name, _LETTERS) for name in found.names) + 12, _LABELS)
    upright = all(width_of(name, _LETTERS) <= _CELL - 2 for name in found.names)
    top = 48.0 if upright else 32 + left
    cells = [
        *(_row(left, top, index, name) for index, name in enumerate(found.names)),
        *(_column(left, top, index, name, upright=upright) for index, name in enumerate(found.names)),
        *(_cell(found, i, j, left, top) for i in range(size) for j in range(size)),
    ]
    grid = [
        part
        for at in (index * _CELL for index in range(size + 1))
        for part in (line(left, top + at, left + side, top + at), line(left + at, top, left + at, top + side))
    ]
    parts = [
        words(0, 14, "true class, down; answer, across", 10, QUIET),
        *grid,
        element("g", "".join(cells), font_size=_LETTERS, fill=INK, text_anchor="middle"),
    ]
    title = f"{found.architecture}: what is taken for what"
    return sheet(max(left + side, 200) + 2, top + side + 2, title, _description(found), parts)


def _row(left: float, top: float, index: int, name: str) -> str:
    """Name a true class at the left."""
    text = fitted(name, left - 10, _LETTERS)
    return words(left - 8, top + (index + 0.5) * _CELL + 4, text, None, None, text_anchor="end")


def _column(left: float, top: float, index: int, name: str, *, upright: bool) -> str:
    """Name an answer above; from below upwards where a name is wider than its column."""
    x, y = left + (index + 0.5) * _CELL, top - 8
    if upright:
        return words(x, y, name, None, None)
    turned = {"text_anchor": "start", "transform": f"rotate(-90 {x + 4:.1f} {y:.1f})"}
    return words(x + 4, y, fitted(name, left - 10, _LETTERS), None, None, **turned)


def _cell(found: Confusions, i: int, j: int, left: float, top: float) -> str:
    """Draw a cell: a quiet number for right answers, one on a coloured ground for mistakes, nothing for none."""
    count = float(found.counts[i, j])
    if not count:
        return ""
    x, y = left + j * _CELL, top + i * _CELL
    text = _short(found, count)
    tight = {"font_size": (_CELL - 3) / width_of(text, 1)} if width_of(text, _LETTERS) > _CELL - 3 else {}
    middle = x + _CELL / 2, y + _CELL / 2 + 4
    if i == j:
        return words(*middle, text, None, QUIET, **tight)
    share = count / float(found.mistakes.max())
    weight = {"font_weight": "700"} if share >= 0.5 else {}  # noqa: PLR2004 - half as often as the most frequent
    ground = element(
        "rect", x=x + 1, y=y + 1, width=_CELL - 2, height=_CELL - 2, fill=SECOND, fill_opacity=0.02 + 0.36 * share
    )
    return ground + words(*middle, text, None, None, **tight, **weight)


def _short(found: Confusions, count: float) -> str:
    """Write a count into a cell: decimals only where they say something."""
    return f"{count:,.0f}" if found.seeds > 1 and count >= 99.5 else found.told(count)  # noqa: PLR2004 - three digits


def _list(found: Confusions) -> str:
    """Draw the pairs that are confused most as bars."""
    pairs = found.pairs[:PAIRS]
    parts = [words(0, 14, "true class, and what it is taken for", 10, QUIET)]
    most = max((float(found.counts[pair]) for pair in pairs), default=1.0)
    for index, (i, j) in enumerate(pairs):
        y, count = 26 + index * _BAR_ROW, float(found.counts[i, j])
        names = fitted(found.names[i], 95, 11), fitted(found.names[j], 95, 11)
        width = 170 * count / most
        parts += [
            words(0, y + 16, f"{names[0]}, taken for {names[1]}", 11, INK),
            element("rect", x=250, y=y + 5, width=width, height=14, fill=SECOND, fill_opacity=0.45),
            words(256 + width, y + 16, found.told(count), 11, INK),
        ]
    if not pairs:
        parts.append(words(0, 42, "nothing is confused", 11, INK))
    title = f"{found.architecture}: what is most often taken for what"
    return sheet(_WIDTH, 34 + max(len(pairs), 1) * _BAR_ROW, title, _description(found), parts)


def _caption(found: Confusions, *, few: bool) -> str:
    """Name the most frequent confusion: how often it is, of how many."""
    drawn = "The stronger a cell's colour, the more often." if few and found.pairs else ""
    return " ".join(part for part in (_finding(found), drawn) if part)


def _finding(found: Confusions) -> str:
    images, pairs = int(found.images.sum()), found.pairs
    if not images or not found.seeds:
        return "There are no answers to look at."
    seeds = "" if found.seeds == 1 else f" on average over {found.seeds} seeds"
    if not pairs:
        return f"None of {plural(images, 'image')} is answered wrongly{' by any seed' if found.seeds > 1 else ''}."
    i, j = pairs[0]
    wrong, count = float(found.mistakes.sum()), float(found.counts[i, j])
    as_many = sum(found.counts[pair] == count for pair in pairs) - 1
    also = f" ({plural(as_many, 'other pair')} as often)" if as_many else ""
    return (
        f"Most often {_named(found, i)} is taken for {_named(found, j)}: {found.told(count)} of "
        f"{plural(int(found.images[i]), 'image')}{seeds}{also}. In all {found.told(wrong)} of {images:,} are wrong."
    )


def _named(found: Confusions, index: int) -> str:
    return cut(found.names[index], 48)


def _description(found: Confusions) -> str:
    """List the most frequent confusions, for those who do not see them."""
    told = [
        f"{found.names[i]} taken for {found.names[j]}: {found.told(float(found.counts[i, j]))}."
        for i, j in found.pairs[:PAIRS]
    ]
    return " ".join(told) or "Nothing is confused."


def _table(found: Confusions) -> Numbers:
    heads = ("true class", *found.names, "images")
    rows = [
        (name, *(found.told(float(count)) for count in found.counts[index]), f"{found.images[index]:,}")
        for index, name in enumerate(found.names)
    ]
    return Numbers(heads, tuple(rows))


def _pairs(found: Confusions) -> Numbers:
    heads = ("true class", "taken for", "how often", "images of the true class")
    rows = [
        (found.names[i], found.names[j], found.told(float(found.counts[i, j])), f"{found.images[i]:,}")
        for i, j in found.pairs[:PAIRS]
    ]
    return Numbers(heads, tuple(rows))

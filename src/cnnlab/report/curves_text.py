"""The curves of a study as text: one plot for all architectures, each with its own marker and its name at its end.

A plot is lines of pieces, so that whoever prints it can colour them; without colour nothing is lost.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Final

from cnnlab.records import StudyResult
from cnnlab.report.dots import Dots, Point
from cnnlab.report.scales import Scale, epoch_ticks, scale_of
from cnnlab.report.seed_curves import Metric, SeedCurve, seed_curves
from cnnlab.report.words import cut, metric, plural, printable

WIDTH: Final = 80
HEIGHT: Final = 12
MOST: Final = 8
"""So many architectures have markers that nobody mixes up; the page draws them all."""

MARKERS: Final = "●▲■◆○△□◇"
ASCII_MARKERS: Final = "ox+*#@%&"
LETTERS: Final = f"{MARKERS}│┤┬─╰⠁⡇⣿"
"""What a stream must be able to show, or ASCII serves."""

_TITLES: Final[dict[Metric, str]] = {"val_loss": "Validation loss", "val_accuracy": "Validation accuracy"}
_LEAST_NAME: Final = 8
_MARKERS_APART: Final = 4
_MOST_TICKS: Final = 5


@dataclass(frozen=True)
class Piece:
    """A stretch of a line.

    Attributes:
        text: As it is shown.
        series: Which architecture it belongs to, counted from 0; None for the axes and the words.
    """

    text: str
    series: int | None = None


Line = tuple[Piece, ...]


@dataclass(frozen=True)
class _Frame:
    """Where everything stands: columns of the plot, its rows, and the columns of what is left and right of it."""

    width: int
    height: int
    left: int
    epochs: int
    scale: Scale

    def point(self, epoch: float, value: float) -> Point:
        """Return where a number stands, from 0 to 1 across and down; epochs are counted from 1."""
        across = 0.5 if self.epochs == 1 else (epoch - 1) / (self.epochs - 1)
        return across, 1 - self.scale.place(value)

    def cell(self, epoch: float, value: float) -> tuple[int, int]:
        """Return the column and the row, counted from above, of a number."""
        return Dots(self.width, self.height).cell(self.point(epoch, value))


def curves_text(
    result: StudyResult, which: Metric = "val_loss", width: int = WIDTH, *, unicode: bool = True
) -> tuple[Line, ...]:
    """Draw how validation went over the epochs: the mean over the seeds, and from the lowest to the highest of them.

    Args:
        result: The study, finished or not.
        which: The loss, on a logarithmic axis, since good and bad networks are decades apart; or the accuracy.
        width: Columns of the terminal, at least 50.
        unicode: Whether lines may be other than ASCII.

    Returns:
        No line where there is nothing to draw; no blanks at the end of a line.
    """
    curves = seed_curves(result, which)
    if not curves:
        return ()
    shown, rest = curves[:MOST], len(curves) - MOST
    labels = _labels(shown, width // 3, unicode=unicode)
    frame = _frame(shown, which, width - max(map(len, labels)) - 2)
    title = f"{_TITLES[which]} after each epoch{' (logarithmic axis)' if which == 'val_loss' else ''}"
    plot = (*_plot(frame, shown, labels, unicode=unicode), *_axis(frame, unicode=unicode))
    lines = (*_wrapped([title], width), (), *plot, *_wrapped(_notes(shown, rest), width))
    return tuple(_without_blanks(line) for line in lines)


def plain(lines: Sequence[Line]) -> str:
    """Join lines without colour."""
    return "\n".join("".join(piece.text for piece in line) for line in lines)


def _labels(curves: Sequence[SeedCurve], room: int, *, unicode: bool) -> list[str]:
    """Name each curve, with its marker and its last number."""
    markers = MARKERS if unicode else ASCII_MARKERS
    numbers = [metric(curve.mean[curve.last or 0] or 0.0) for curve in curves]
    names = [printable(curve.architecture, unicode=unicode) for curve in curves]
    space = max(room - 4 - max(map(len, numbers)), _LEAST_NAME)
    size = min(space, max(map(len, names)))
    return [
        f"{marker} {cut(name, size).ljust(size)} {number}"
        for marker, name, number in zip(markers, names, numbers, strict=False)
    ]


def _frame(curves: Sequence[SeedCurve], which: Metric, width: int) -> _Frame:
    values = [value for curve in curves for value in (*curve.mean, *curve.low, *curve.high)]
    scale = scale_of(values, log=which == "val_loss", share=which == "val_accuracy")
    left = max(len(f"{tick:g}") for tick in scale.ticks(_MOST_TICKS))
    height = max(HEIGHT, len(curves) + 2)
    return _Frame(width - left - 2, height, left, max(len(curve.mean) for curve in curves), scale)


def _plot(frame: _Frame, curves: Sequence[SeedCurve], labels: Sequence[str], *, unicode: bool) -> Iterator[Line]:
    """Draw the rows of the plot, with the vertical axis to the left and the names to the right."""
    cells = _drawn(frame, curves, unicode=unicode)
    ticks = {frame.cell(1, tick)[1]: f"{tick:g}" for tick in frame.scale.ticks(_MOST_TICKS)}
    named = _places(frame, curves)
    bar, tick_bar = "│┤" if unicode else "||"
    for row in range(frame.height):
        head = f"{ticks.get(row, ''):>{frame.left}} {tick_bar if row in ticks else bar}"
        body = [cells.get((column, row), Piece(" ")) for column in range(frame.width)]
        end = [Piece(f"  {labels[named[row]]}", named[row])] if row in named else []
        yield _merged([Piece(head), *body, *end])


def _drawn(frame: _Frame, curves: Sequence[SeedCurve], *, unicode: bool) -> dict[tuple[int, int], Piece]:
    """Draw all curves into cells: the ranges beneath, the lines over them, the markers on top."""
    cells: dict[tuple[int, int], Piece] = {}
    order = [*reversed(list(enumerate(curves)))]
    for series, curve in order:
        for cell in _range_cells(frame, curve):
            cells[cell] = Piece("│" if unicode else "|", series)
    for series, curve in order:
        cells |= {cell: Piece(text, series) for cell, text in _line_cells(frame, curve, unicode=unicode).items()}
    for series, curve in order:
        marker = (MARKERS if unicode else ASCII_MARKERS)[series]
        cells |= {frame.cell(epoch, value): Piece(marker, series) for epoch, value in _marked(frame, curve)}
    return cells


def _line_cells(frame: _Frame, curve: SeedCurve, *, unicode: bool) -> dict[tuple[int, int], str]:
    dots = Dots(frame.width, frame.height, unicode=unicode)
    before: Point | None = None
    for epoch, value in enumerate(curve.mean, start=1):
        point = None if value is None else frame.point(epoch, value)
        if point is not None:
            dots.line(before or point, point)
        before = point
    return dots.cells()


def _marked(frame: _Frame, curve: SeedCurve) -> Iterator[tuple[int, float]]:
    """Choose the epochs that get a marker: all where there is room, and always the last one."""
    for epoch, value in enumerate(curve.mean, start=1):
        if value is not None and (_has_marker(frame, epoch) or epoch - 1 == curve.last):
            yield epoch, value


def _has_marker(frame: _Frame, epoch: int) -> bool:
    every = -(-_MARKERS_APART * max(frame.epochs - 1, 1) // (frame.width - 1))
    return (epoch - 1) % every == 0


def _range_cells(frame: _Frame, curve: SeedCurve) -> Iterator[tuple[int, int]]:
    """Draw from the lowest to the highest seed, at the epochs that may have a marker."""
    for epoch, (low, high) in enumerate(zip(curve.low, curve.high, strict=True), start=1):
        if low is not None and high is not None and curve.seeds > 1 and _has_marker(frame, epoch):
            column, bottom = frame.cell(epoch, low)
            top = frame.cell(epoch, high)[1]
            yield from ((column, row) for row in range(top, bottom + 1) if bottom > top)


def _places(frame: _Frame, curves: Sequence[SeedCurve]) -> dict[int, int]:
    """Give each name a row of its own, as near as can be to where its curve ends."""
    ends = [curve.mean[curve.last or 0] or 0.0 for curve in curves]
    wanted = [frame.cell(1, value)[1] for value in ends]
    order = sorted(range(len(ends)), key=lambda series: -ends[series])
    rows: list[int] = []
    for series in order:
        rows.append(max(wanted[series], rows[-1] + 1 if rows else 0))
    # What was pushed below the last row goes up again, and pushes what is above it.
    for place in reversed(range(len(rows))):
        rows[place] = min(rows[place], frame.height - len(rows) + place)
    return dict(zip(rows, order, strict=True))


def _axis(frame: _Frame, *, unicode: bool) -> Iterator[Line]:
    """Draw the horizontal axis and the numbers of the epochs."""
    corner, line, tick = "╰─┬" if unicode else "+-+"
    ticks = {frame.cell(epoch, frame.scale.low)[0]: str(epoch) for epoch in epoch_ticks(frame.epochs, 7)}
    pad = " " * (frame.left + 1)
    yield (Piece(pad + corner + "".join(tick if column in ticks else line for column in range(frame.width))),)
    text, end = "", 0
    for column, epoch in ticks.items():
        start = max(column - (len(epoch) - 1) // 2, end)
        text, end = text.ljust(start) + epoch, start + len(epoch) + 1
    yield (Piece(f"{pad} {text}".ljust(frame.left + 2 + frame.width) + "  epoch"),)


def _notes(curves: Sequence[SeedCurve], rest: int) -> Iterator[str]:
    """Say what the lines are."""
    seeds = max(curve.seeds for curve in curves)
    if seeds > 1:
        yield f"Lines: mean over the {seeds} seeds; bars: from the lowest to the highest of them."
    if rest > 0:
        yield f"And {plural(rest, 'architecture')} more, on the page."


def _wrapped(texts: Iterable[str], width: int) -> Iterator[Line]:
    yield from ((Piece(line),) for text in texts for line in wrap(text, width))


def _merged(pieces: Sequence[Piece]) -> Line:
    """Put neighbours of one architecture together."""
    merged: list[Piece] = []
    for piece in pieces:
        if merged and merged[-1].series == piece.series:
            merged[-1] = Piece(merged[-1].text + piece.text, piece.series)
        else:
            merged.append(piece)
    return tuple(merged)


def _without_blanks(line: Line) -> Line:
    """Take the blanks off the end."""
    while line and not line[-1].text.strip():
        line = line[:-1]
    return (*line[:-1], Piece(line[-1].text.rstrip(), line[-1].series)) if line else line

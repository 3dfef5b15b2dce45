"""A small line chart as SVG, made in well under a millisecond: it is drawn anew while a network trains."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from markupsafe import Markup

from cnnlab.report.palette import SERIES
from cnnlab.report.scales import Scale, epoch_ticks
from cnnlab.report.words import cut

Shape = Literal["circle", "triangle", "square", "diamond"]

SHAPES: Final[tuple[Shape, ...]] = ("circle", "triangle", "square", "diamond")

_WIDTH: Final = 380
_HEIGHT: Final = 210
_TOP: Final = 10
_BOTTOM: Final = 34
_LEFT: Final = 46
_LETTER: Final = 6.4
_LABELS_APART: Final = 14
_LONGEST: Final = 22
_MOST_MARKERS: Final = 30
_MOST_TICKS: Final = 5


@dataclass(frozen=True)
class ChartLine:
    """A line, its look and its name.

    Attributes:
        values: After each epoch, from the first; None leaves a gap.
        label: Stands at its end; none for a line that another one of the same look names.
        look: Which colour and marker, counted from 0.
        dashed: Whether it is broken, which tells two lines apart without colour.
        faint: Whether it stands back behind the others, without markers.
        end: An epoch that is under way: where between two epochs it stands (3.5 is halfway through the fourth), and its
            number so far.
    """

    values: tuple[float | None, ...]
    label: str = ""
    look: int = 0
    dashed: bool = False
    faint: bool = False
    end: tuple[float, float] | None = None


@dataclass(frozen=True)
class _Frame:
    """Where everything stands."""

    scale: Scale
    epochs: int
    right: float

    def x(self, epoch: float) -> float:
        room = _WIDTH - _LEFT - self.right
        share = (epoch - 1) / (self.epochs - 1) if self.epochs > 1 else min(max(epoch - 0.5, 0.0), 1.0)
        return round(_LEFT + room * min(max(share, 0.0), 1.0), 1)

    def y(self, value: float) -> float:
        return round(_TOP + (1 - self.scale.place(value)) * (_HEIGHT - _TOP - _BOTTOM), 1)


def chart(lines: Sequence[ChartLine], scale: Scale, epochs: int, title: str) -> Markup:
    """Draw lines over epochs.

    Args:
        lines: Later ones over earlier ones.
        scale: Of the vertical axis.
        epochs: Where the horizontal axis ends; at least as many as any line has values.
        title: What it shows, for those who do not see it.

    Returns:
        One ``<svg>`` element without a style or an id; all text in it is escaped.
    """
    longest = max((len(cut(line.label, _LONGEST)) for line in lines), default=0)
    frame = _Frame(scale, epochs, 28 + longest * _LETTER)
    parts = [*_axes(frame), *(part for line in lines for part in _line(frame, line)), *_labels(frame, lines)]
    head = Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(_WIDTH, _HEIGHT, title)
    return Markup("").join([head, *parts, Markup("</svg>")])


def _axes(frame: _Frame) -> Iterator[Markup]:
    """Draw faint lines at round numbers, and write these."""
    end, floor = _WIDTH - frame.right, _HEIGHT - _BOTTOM
    grid = "".join(f"M{_LEFT} {frame.y(tick)}H{end:.1f}" for tick in frame.scale.ticks(_MOST_TICKS))
    yield Markup('<path class="grid" d="{}"/><path class="axis" d="M{} {}H{:.1f}"/>').format(grid, _LEFT, floor, end)
    for tick in frame.scale.ticks(_MOST_TICKS):
        yield Markup('<text x="{}" y="{}" text-anchor="end">{:g}</text>').format(_LEFT - 6, frame.y(tick) + 4, tick)
    for epoch in epoch_ticks(frame.epochs, 6):
        yield Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(frame.x(epoch), floor + 15, epoch)
    yield Markup('<text x="{}" y="{}" text-anchor="middle">epoch</text>').format((_LEFT + end) / 2, floor + 29)


def _line(frame: _Frame, line: ChartLine) -> Iterator[Markup]:
    """Draw a line with its markers, and the epoch that is under way as a hollow one."""
    colour = SERIES[line.look % len(SERIES)]
    dashes = Markup(' stroke-dasharray="5 3"') if line.dashed else Markup("")
    kind = "faint" if line.faint else "line"
    yield Markup('<path class="{}" stroke="{}"{} d="{}"/>').format(kind, colour, dashes, _path(frame, line))
    if not line.faint:
        marks = "".join(_marker(line.look, frame.x(epoch), frame.y(value)) for epoch, value in _marked(line))
        yield Markup('<path fill="{}" d="{}"/>').format(colour, marks)
    if line.end is not None:
        place, value = line.end
        x, y = frame.x(place), frame.y(value)
        yield Markup('<circle class="line" cx="{}" cy="{}" r="3.2" stroke="{}"/>').format(x, y, colour)


def _path(frame: _Frame, line: ChartLine) -> str:
    """Connect the numbers, with a gap where there is none."""
    points = [None if value is None else (frame.x(n), frame.y(value)) for n, value in enumerate(line.values, start=1)]
    if line.end is not None:
        points.append((frame.x(line.end[0]), frame.y(line.end[1])))
    steps, before = [], False
    for point in points:
        if point is not None:
            steps.append(f"{'L' if before else 'M'}{point[0]:g} {point[1]:g}")
        before = point is not None
    return "".join(steps)


def _marked(line: ChartLine) -> Iterator[tuple[int, float]]:
    """Choose what gets a marker: all of few epochs, some of many, always the last one."""
    every = -(-len(line.values) // _MOST_MARKERS)
    for epoch, value in enumerate(line.values, start=1):
        if value is not None and ((epoch - 1) % every == 0 or epoch == len(line.values)):
            yield epoch, value


def _marker(look: int, x: float, y: float) -> str:
    """Draw a marker as part of a path, all of about the same area."""
    match SHAPES[look % len(SHAPES)]:
        case "circle":
            return f"M{x - 3:g} {y:g}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0Z"
        case "triangle":
            return f"M{x:g} {y - 3.8:g}l3.6 6.4h-7.2Z"
        case "square":
            return f"M{x - 2.7:g} {y - 2.7:g}h5.4v5.4h-5.4Z"
        case "diamond":
            return f"M{x:g} {y - 3.8:g}l3.8 3.8l-3.8 3.8l-3.8 -3.8Z"


def _labels(frame: _Frame, lines: Sequence[ChartLine]) -> Iterator[Markup]:
    """Write each line's name where it ends, with its marker, none over another."""
    ends = {place: end for place, line in enumerate(lines) if line.label and (end := _end(line)) is not None}
    wanted = [(frame.y(value), place) for place, value in ends.items()]
    x = _WIDTH - frame.right + 20
    for y, place in _apart(sorted(wanted)):
        line = lines[place]
        mark = Markup('<path fill="{}" d="{}"/>').format(SERIES[line.look % len(SERIES)], _marker(line.look, x, y))
        yield mark + Markup('<text x="{}" y="{}">{}</text>').format(x + 8, y + 4, cut(line.label, _LONGEST))


def _end(line: ChartLine) -> float | None:
    if line.end is not None:
        return line.end[1]
    return next((value for value in reversed(line.values) if value is not None), None)


def _apart(wanted: Sequence[tuple[float, int]]) -> list[tuple[float, int]]:
    """Move what is too near to each other apart, down first, and up again where that was too far."""
    heights: list[float] = []
    for y, _ in wanted:
        heights.append(max(y, heights[-1] + _LABELS_APART) if heights else y)
    lowest = float(_HEIGHT - _BOTTOM)
    for place in reversed(range(len(heights))):
        heights[place] = min(heights[place], lowest)
        lowest = heights[place] - _LABELS_APART
    return [(round(y, 1), place) for y, (_, place) in zip(heights, wanted, strict=True)]

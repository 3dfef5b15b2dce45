"""The learning curves of one architecture over its seeds: a figure of the loss, one of the accuracy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from cnnlab.records import EpochRow
from cnnlab.report.drawing import charts
from cnnlab.report.drawing.course_words import caption, description, numbers
from cnnlab.report.drawing.courses import Course, Point, course
from cnnlab.report.drawing.palette import FIRST, SECOND
from cnnlab.report.figure import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARKS: Final = 12
"""So many marks tell a line from another one; more of them hide it."""


@dataclass(frozen=True)
class Look:
    """How a line looks; colour, stroke and marker each tell it from the other one."""

    name: str
    colour: str
    stroke: str
    marker: str


LOOKS: Final = (Look("Validation", FIRST, "-", "o"), Look("Training", SECOND, "--", "s"))


def learning_curves(name: str, architecture: str, histories: Mapping[int, Sequence[EpochRow]]) -> tuple[Figure, Figure]:
    """Draw loss and accuracy over the epochs, in training and in validation.

    A line is the mean over the seeds that have a finite value at that epoch, the band around it goes from the lowest to
    the highest of them; one seed has no band.

    Args:
        name: Of the figures in their page; "-loss" and "-accuracy" are put behind it.
        architecture: Whose curves they are, for those who do not see them.
        histories: The rows of each seed; a run that was interrupted has fewer of them.

    Returns:
        The figure of the loss and the one of the accuracy.
    """
    return _figure(name, architecture, histories, "loss"), _figure(name, architecture, histories, "accuracy")


def _figure(name: str, architecture: str, histories: Mapping[int, Sequence[EpochRow]], value: charts.Value) -> Figure:
    found = course(histories, "val_loss" if value == "loss" else "val_accuracy"), course(histories, value)
    drawn = [(one, look) for one, look in zip(found, LOOKS, strict=True) if one.points]
    epochs = max((len(rows) for rows in histories.values()), default=0)
    title = f"{architecture}: {value} over the epochs"
    with charts.chart(charts.SIZE if drawn else charts.EMPTY) as (figure, axes):
        axes.set_xlabel("epoch")
        ends = [end for one, _ in drawn for point in one.points for end in (point.low, point.high)]
        charts.name_vertical(axes, f"{value.capitalize()}{charts.scale(axes, value, ends)}")
        for one, look in drawn:
            _draw(axes, one, look)
        charts.bound(axes, epochs)
        if drawn:
            charts.name_ends(axes, epochs, [(look.name, look.colour, one.points[-1].mean) for one, look in drawn])
        else:
            charts.say_empty(axes, "no finite value" if epochs else "no epoch was finished")
        svg = charts.chart_svg(figure, title, description(found, epochs))
    return Figure(f"{name}-{value}", svg, caption(value, found, epochs), numbers(found))


def _draw(axes: "Axes", drawn: Course, look: Look) -> None:
    """Draw a line with its band, broken where no seed has a finite value."""
    every = max(1, -(-len(drawn.points) // _MARKS))
    for part in _unbroken(drawn.points):
        epochs = [one.epoch for one in part]
        if drawn.seeds > 1:
            lows, highs = [one.low for one in part], [one.high for one in part]
            axes.fill_between(epochs, lows, highs, color=look.colour, alpha=0.16, linewidth=0)
        axes.plot(
            epochs,
            [one.mean for one in part],
            look.stroke,
            color=look.colour,
            marker=look.marker,
            markersize=4,
            # A line drawn behind the other one has its marks between those of it.
            markevery=(every // 2 if look.marker == "s" and len(part) > every else 0, every),
            linewidth=1.8,
        )


def _unbroken(points: Sequence[Point]) -> list[list[Point]]:
    """Part the points where an epoch is missing."""
    parts = [[points[0]]]
    for before, point in pairwise(points):
        if point.epoch == before.epoch + 1:
            parts[-1].append(point)
        else:
            parts.append([point])
    return parts

"""Accuracy against what it costs: who stands on the front, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Final, Literal

from cnnlab.analysis import Interval
from cnnlab.analysis.comparison import Comparison
from cnnlab.analysis.costs import CostName, Costs
from cnnlab.analysis.pareto import Fronts, Place
from cnnlab.report.drawing import charts
from cnnlab.report.drawing.canvas import fitted
from cnnlab.report.drawing.front_words import COSTS, caption, description, numbers
from cnnlab.report.drawing.names import Box, placed
from cnnlab.report.drawing.palette import FIRST, GROUND, QUIET
from cnnlab.report.figure import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Sheet

SHOWN: Final[tuple[CostName, ...]] = ("parameters", "multiply_adds", "latency")
_SIZE: Final = (5.2, 3.8)
_LOOKS: Final[dict[Place, tuple[Literal["o", "D", "x"], float, str, str]]] = {
    "on": ("o", 7, FIRST, "on the front"),
    "perhaps": ("D", 6, GROUND, "perhaps on it"),
    "off": ("x", 6, QUIET, "off it"),
}
"""The mark of each place, its size, its fill and its name."""

_LETTERS: Final = 9.5
_LONGEST: Final = 150.0
_STEPS: Final = ((1,), (1, 3), (1, 2, 5), tuple(range(1, 10)))


@dataclass(frozen=True)
class Spot:
    """One architecture in the chart."""

    architecture: str
    cost: float
    accuracy: float
    interval: Interval
    place: Place


def cost_fronts(
    name: str, comparison: Comparison, costs: Sequence[Costs], found: Fronts, shown: Sequence[CostName] = SHOWN
) -> tuple[Figure, ...]:
    """Draw accuracy against each cost that all architectures are known by: small multiples for a page to lay out.

    All have the same vertical axis. The shape of a mark says where an architecture stands: see `analysis.pareto.front`.

    Args:
        name: Of the figures in their page; "-" and the cost's name are put behind it.
        comparison: Who is how accurate, and who can be told apart.
        costs: In the order of its standings.
        found: Where each stands, by the costs that may place anybody; of others there is no figure.
        shown: Which costs, in this order.
    """
    figures = []
    for cost in shown:
        if cost in found:
            spots = [
                Spot(one.architecture, paid, one.accuracy.value, one.accuracy.interval, found[cost][one.architecture])
                for one, its in zip(comparison.standings, costs, strict=True)
                if (paid := its.of(cost)) is not None
            ]
            figures.append(_figure(f"{name}-{cost.replace('_', '-')}", cost, spots, comparison))
    return tuple(figures)


def _figure(name: str, cost: CostName, spots: Sequence[Spot], comparison: Comparison) -> Figure:
    title = f"Accuracy against {COSTS[cost].noun}"
    scaled = [Spot(one.architecture, COSTS[cost].shown(one.cost), *_rest(one)) for one in spots]
    with charts.chart(_SIZE) as (figure, axes):
        axes.set_xlabel(COSTS[cost].axis)
        charts.name_vertical(axes, f"Accuracy{_accuracies(axes, scaled)}")
        _costs(axes, [one.cost for one in scaled])
        _staircase(axes, scaled)
        for one in scaled:
            _mark(axes, one)
        _explain(figure, scaled)
        nameless = _names(figure, axes, scaled)
        svg = charts.chart_svg(figure, title, description(cost, spots))
    return Figure(name, svg, caption(cost, spots, comparison, nameless), numbers(cost, spots))


def _rest(one: Spot) -> tuple[float, Interval, Place]:
    return one.accuracy, one.interval, one.place


def _accuracies(axes: "Axes", spots: Sequence[Spot]) -> str:
    """Choose the vertical axis, and return what must be said of it."""
    ends = [end for one in spots for end in (one.interval.low, one.interval.high, one.accuracy)]
    if told := charts.scale(axes, "accuracy", ends):
        return told
    low, high = max(min(ends), 0), min(max(ends), 1)
    margin = 0.06 * (high - low) or 0.05
    axes.set_ylim(low - margin, high + margin)
    return ""


def _costs(axes: "Axes", costs: Sequence[float]) -> None:
    """Lay the costs out by their size, with few plain numbers; a cost of nothing has no size."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator  # noqa: PLC0415 - start-up time

    if min(costs) <= 0:
        axes.margins(x=0.15)
        return
    low, high = log10(min(costs)), log10(max(costs))
    margin = max(0.12 * (high - low), 0.2)
    axes.set_xscale("log")
    axes.set_xlim(10 ** (low - margin), 10 ** (high + margin))
    axes.xaxis.set_major_locator(FixedLocator(_ticks(low - margin, high + margin)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:g}"))
    axes.xaxis.set_minor_locator(NullLocator())


def _ticks(low: float, high: float) -> list[float]:
    """Choose round numbers between two powers of ten: the fewest kind of which there are three, or all there are."""
    powers = range(floor(low), ceil(high) + 1)
    found: list[float] = []
    for steps in _STEPS:
        found = [step * 10.0**power for power in powers for step in steps if low <= log10(step) + power <= high]
        if len(found) > 2:  # noqa: PLR2004 - three tell how the axis goes
            break
    return found[:: -(-len(found) // 5)]


def _staircase(axes: "Axes", spots: Sequence[Spot]) -> None:
    """Join those on the front by steps: what accuracy is to be had for so much."""
    on = sorted((one.cost, one.accuracy) for one in spots if one.place == "on")
    if len(on) > 1:
        costs, accuracies = zip(*on, strict=True)
        axes.plot(costs, accuracies, ":", color=QUIET, linewidth=1, drawstyle="steps-post", zorder=1)


def _mark(axes: "Axes", one: Spot) -> None:
    """Draw an architecture with its interval."""
    marker, size, face, _ = _LOOKS[one.place]
    edge = QUIET if one.place == "off" else FIRST
    ends = max(one.interval.low, 0), min(one.interval.high, 1)
    axes.plot([one.cost] * 2, ends, "-", color=edge, linewidth=1.2, marker="_", markersize=7, zorder=2)
    axes.plot(
        [one.cost],
        [one.accuracy],
        linestyle="",
        marker=marker,
        markersize=size,
        color=edge,
        markerfacecolor=face,
        markeredgewidth=1.2,
        zorder=3,
    )


def _explain(figure: "Sheet", spots: Sequence[Spot]) -> None:
    """Say beneath the chart what each mark is that is in it."""
    from matplotlib.lines import Line2D  # noqa: PLC0415 - start-up time

    entries = []
    for place, (marker, size, face, told) in _LOOKS.items():
        if any(one.place == place for one in spots) and len(spots) > 1:
            edge = QUIET if place == "off" else FIRST
            entries.append(
                Line2D([], [], linestyle="", marker=marker, markersize=size, color=edge, mfc=face, mew=1.2, label=told)
            )
    if entries:
        figure.legend(
            handles=entries, loc="outside lower left", ncols=3, frameon=False, fontsize=9.5, handletextpad=0.2
        )


def _names(figure: "Sheet", axes: "Axes", spots: Sequence[Spot]) -> int:
    """Write each name beside its mark, those on the front first; return how many found no room."""
    figure.draw_without_rendering()
    order = sorted(spots, key=lambda one: (list(_LOOKS).index(one.place), -one.accuracy))
    texts = [fitted(one.architecture, _LONGEST, _LETTERS) for one in order]
    points, bars = [], _steps(axes, spots)
    for one in order:
        x, y = axes.transData.transform((one.cost, one.accuracy))
        ends = axes.transData.transform([(one.cost, max(one.interval.low, 0)), (one.cost, min(one.interval.high, 1))])
        points.append((float(x), float(y)))
        bars.append(Box(float(x) - 2, float(ends[0][1]), float(x) + 2, float(ends[1][1])))
    area = axes.bbox
    ground = Box(float(area.x0), float(area.y0), float(figure.bbox.x1) - 2, float(area.y1) + 8)
    spaces = placed(texts, points, bars, ground, _LETTERS)
    for text, point, space in zip(texts, points, spaces, strict=True):
        if space is not None:
            _write(figure, text, point, space)
    return sum(space is None for space in spaces)


def _steps(axes: "Axes", spots: Sequence[Spot]) -> list[Box]:
    """Return where the lines of the staircase run."""
    on = sorted((one.cost, one.accuracy) for one in spots if one.place == "on")
    corners = [(float(x), float(y)) for x, y in (axes.transData.transform(point) for point in on)]
    found = []
    for (left, height), (right, next_height) in pairwise(corners):
        low, high = sorted((height, next_height))
        found += [Box(left, height - 1, right, height + 1), Box(right - 1, low, right + 1, high)]
    return found


def _write(figure: "Sheet", text: str, point: tuple[float, float], space: Box) -> None:
    """Write a name into its space, with a line to its mark where it stands away from it."""
    x, y = figure.transFigure.inverted().transform((space.left, space.bottom))
    figure.text(
        x,
        y,
        text,
        fontsize=_LETTERS,
        va="bottom",
        in_layout=False,
    )
    near = space.nearest(point)
    if abs(near[0] - point[0]) + abs(near[1] - point[1]) > 14:  # noqa: PLR2004 - farther than beside the mark
        from matplotlib.lines import Line2D  # noqa: PLC0415 - start-up time

        ends = figure.transFigure.inverted().transform([point, near])
        figure.add_artist(Line2D(ends[:, 0], ends[:, 1], color=QUIET, linewidth=0.7, zorder=0.5, in_layout=False))

"""What all charts share: their size, their axes, and names that keep apart."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import exp, log
from typing import TYPE_CHECKING, Any, Final, Literal

from cnnlab.report.drawing.palette import INK, QUIET
from cnnlab.report.figures import new_figure, svg_text
from cnnlab.report.svg import restyled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE: Final = (5.2, 3.4)
"""Of a chart in inches; in a page it is as wide as half of it, and as wide as a telephone."""

TENFOLD: Final = 5.0
"""A loss that falls to a fifth and less is drawn on a logarithmic axis: else its end is a line on the ground."""

EMPTY: Final = (5.2, 1.1)
"""Of a chart without anything in it."""

NEAR_ONE: Final = 0.95
_ODDS_TICKS: Final = (0.1, 0.2, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999, 0.99999)


Value = Literal["loss", "accuracy"]


@contextmanager
def chart(size: tuple[float, float] = SIZE) -> "Iterator[tuple[Figure, Axes]]":
    """Make a figure with one panel: room above for what the vertical axis is, and at its right for names."""
    from matplotlib import rcParams  # noqa: PLC0415 - start-up time

    with new_figure(size) as figure:
        rcParams.update({"font.size": 10.0, "axes.titlesize": 10.5, "axes.titlelocation": "left"})
        # A pixel is then a point, as in the SVG.
        figure.set_dpi(72)
        figure.set_facecolor("none")
        axes = figure.add_subplot(facecolor="none")
        axes.grid(visible=True, axis="y")
        axes.tick_params(length=0, pad=6)
        axes.spines["left"].set_visible(False)
        yield figure, axes


def name_vertical(axes: "Axes", text: str) -> None:
    """Say above the axis what goes up, so that nobody turns their head."""
    axes.set_title(text, color=INK, pad=12)


def chart_svg(figure: "Figure", title: str, description: str) -> str:
    """Write a chart as SVG that a page can recolour."""
    return restyled(svg_text(figure, title, description))


def stretches(values: Sequence[float]) -> bool:
    """Tell whether accuracies come so near to 1 that their errors say more: 0.99 is to 0.98 as that is to 0.96."""
    return bool(values) and NEAR_ONE < max(values) < 1 and min(values) > 0


def stretch(axes: "Axes", low: float, high: float) -> None:
    """Lay the vertical axis out by log-odds, with plain numbers at it.

    Args:
        axes: Whose.
        low: The lowest value that is drawn, above 0.
        high: The highest one, below 1.
    """
    from matplotlib.ticker import FixedLocator  # noqa: PLC0415 - start-up time

    axes.set_yscale("logit", nonpositive="clip")
    within = [tick for tick in _ODDS_TICKS if low <= tick <= high]
    if len(within) < 2:  # noqa: PLR2004 - else the next ones outside of the values are shown as well
        below, above = [tick for tick in _ODDS_TICKS if tick < low], [tick for tick in _ODDS_TICKS if tick > high]
        within = [*below[-1:], *within, *above[:1]]
    least, most = (log(end / (1 - end)) for end in (min([low, *within]), max([high, *within])))
    margin = 0.05 * (most - least)
    axes.set_ylim(_share(least - margin), _share(most + margin))
    _plain(axes, FixedLocator(within))


def _share(log_odds: float) -> float:
    """Turn log-odds into a share; far out the nearest one that is neither 0 nor 1."""
    return min(max(1 / (1 + exp(-log_odds)), 1e-9), 1 - 1e-9)


def scale(axes: "Axes", value: Value, ends: Sequence[float]) -> str:
    """Choose a vertical axis by what is drawn on it.

    Args:
        axes: Whose.
        value: What is drawn.
        ends: All values that must be seen.

    Returns:
        What must be said of the axis, with a blank before it; nothing of an even one.
    """
    if value == "loss" and falls(ends):
        fall(axes)
        return " (logarithmic axis)"
    if value == "accuracy" and stretches(ends):
        stretch(axes, min(ends), max(ends))
        return " (axis stretched towards 1)"
    return ""


def name_ends(axes: "Axes", epochs: int, ends: Sequence[tuple[str, str, float]]) -> None:
    """Write the names of at most two lines behind the last epoch, apart from each other.

    Args:
        axes: Where the lines are.
        epochs: The last one.
        ends: Of each line its name, its colour and its last value.
    """
    places = [float(axes.transData.transform((1, value))[1]) for _, _, value in ends]
    low, high = axes.transData.transform([(1, end) for end in axes.get_ylim()])[:, 1]
    for place, (name, colour, _) in zip(_apart(places, 0.075 * (high - low)), ends, strict=True):
        axes.annotate(
            name,
            (epochs, axes.transData.inverted().transform((0, place))[1]),
            xytext=(10, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            annotation_clip=False,
        )


def _apart(places: list[float], least: float) -> list[float]:
    """Move two places apart, symmetrically, until they are at least so far from each other.

    Example:
        >>> _apart([0.5, 0.5], 0.2), _apart([1.0], 0.2)
        ([0.6, 0.4], [1.0])
    """
    if len(places) == 1 or abs(places[0] - places[1]) >= least:
        return places
    middle, half = sum(places) / 2, least / 2
    return [middle + half, middle - half] if places[0] >= places[1] else [middle - half, middle + half]


def bound(axes: "Axes", epochs: int) -> None:
    """Show all epochs from 1 on, also those without a finite value, at whole numbers."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - start-up time

    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True, min_n_ticks=1))
    margin = 0.04 * (epochs - 1) if epochs > 1 else 1
    axes.set_xlim(1 - margin, max(epochs, 1) + margin)
    if epochs == 1:
        axes.set_xticks([1])


def falls(values: Sequence[float]) -> bool:
    """Tell whether a loss falls so far that only a logarithmic axis shows its end."""
    return bool(values) and min(values) > 0 and max(values) / min(values) >= TENFOLD


def fall(axes: "Axes") -> None:
    """Lay the vertical axis out logarithmically, with plain numbers at it."""
    from matplotlib.ticker import LogLocator  # noqa: PLC0415 - start-up time

    axes.set_yscale("log")
    _plain(axes, LogLocator(subs=(1.0, 2.0, 5.0)))


def _plain(axes: "Axes", locator: Any) -> None:  # noqa: ANN401 - matplotlib's classes of them have no type in common
    from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator  # noqa: PLC0415 - start-up time

    axes.yaxis.set_major_locator(locator)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_formatter(NullFormatter())


def say_empty(axes: "Axes", text: str) -> None:
    """Say in the middle of a chart why there is nothing in it."""
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=QUIET)
    axes.set(xticks=[], yticks=[], xlabel="")
    axes.spines["bottom"].set_visible(False)

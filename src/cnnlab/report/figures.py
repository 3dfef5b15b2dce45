"""Figures as SVG text: the same bytes for the same numbers, readable without colour, with a title and a description.

Text stays text (``svg.fonttype`` "none"): a page is searched, read aloud and printed sharply, and a figure is a third
of the size; every system has some sans-serif font. Matplotlib is imported where a figure is drawn, since a training
starts sooner without it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from math import isfinite
from textwrap import wrap
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings, filterwarnings

import numpy.typing as npt

from cnnlab.records import EpochRow
from cnnlab.report.svg import finish
from cnnlab.report.words import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE = (6.2, 4.0)
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "cnnlab",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 12.0,
    "axes.edgecolor": "#6b7280",
    "axes.labelcolor": "#1f2937",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": "#e5e7eb",
    "text.color": "#1f2937",
    "xtick.color": "#4b5563",
    "ytick.color": "#4b5563",
    "text.parse_math": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}


@dataclass(frozen=True)
class Curve:
    """One line of a figure; colour, stroke and marker all tell it from the other one."""

    label: str
    values: tuple[float | None, ...]
    colour: str
    stroke: str
    marker: str


def loss_figure(history: Sequence[EpochRow], title: str, loss_name: str = "Categorical Crossentropy Loss") -> str:
    """Draw validation loss (blue) and training loss (red) over the epochs.

    Args:
        history: A row for each epoch; none draws an empty figure that says so.
        title: Above the figure, as the architecture's name.
        loss_name: Names the vertical axis.

    Returns:
        One ``<svg>`` element, without an XML declaration.
    """
    curves = _curves([row.val_loss for row in history], [row.loss for row in history])
    return _curve_figure(history, curves, f"{title}: loss", loss_name)


def accuracy_figure(history: Sequence[EpochRow], title: str) -> str:
    """Draw validation accuracy (blue) and training accuracy (red) over the epochs.

    Args:
        history: A row for each epoch; none draws an empty figure that says so.
        title: Above the figure, as the architecture's name.

    Returns:
        One ``<svg>`` element, without an XML declaration.
    """
    curves = _curves([row.val_accuracy for row in history], [row.accuracy for row in history])
    return _curve_figure(history, curves, f"{title}: accuracy", "Accuracy")


def sample_figure(image: npt.NDArray[Any], label: str | int) -> str:
    """Draw one image in greys, as the notebook does.

    Args:
        image: Shape (h, w), or (h, w, 3) in colour; uint8.
        label: Its class.

    Returns:
        One ``<svg>`` element, without an XML declaration.
    """
    with new_figure((3.4, 3.5)) as figure:
        axes = figure.add_subplot()
        axes.imshow(image.squeeze(), cmap="gray", interpolation="none")
        axes.set_title(printable(f"label: {label}"), fontsize=12)
        for spine in axes.spines.values():
            spine.set_visible(True)
        size = " x ".join(str(length) for length in image.shape[:2])
        return svg_text(figure, f"Sample image, label {label}", f"An image of {size} pixels whose label is {label}.")


def _curves(validation: list[float | None], train: Sequence[float | None]) -> list[Curve]:
    """Choose how both lines look: blue and red as in the notebook, and different without colour."""
    curves = [
        Curve("Validation", tuple(validation), "#1d4ed8", "-", "o"),
        Curve("Train", tuple(train), "#b91c1c", "--", "s"),
    ]
    return [curve for curve in curves if any(_drawable(value) for value in curve.values)]


def _drawable(value: float | None) -> bool:
    """Tell whether a value is there and finite."""
    return value is not None and isfinite(value)


def _curve_figure(history: Sequence[EpochRow], curves: list[Curve], title: str, vertical: str) -> str:
    """Draw curves over the epochs, each with its name at its end."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - start-up time

    epochs = [row.epoch for row in history]
    with new_figure(SIZE) as figure:
        axes = figure.add_subplot()
        axes.set(xlabel="epoch", ylabel=vertical)
        axes.set_title("\n".join(wrap(printable(title), 48)), loc="left", fontsize=13, fontweight="bold")
        axes.grid(visible=True)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if len(epochs) == 1:
            axes.set(xlim=(epochs[0] - 1, epochs[0] + 1), xticks=epochs)
        elif epochs:
            # Epochs without a finite value count as well: the names stand behind the last one.
            margin = 0.05 * (epochs[-1] - epochs[0])
            axes.set_xlim(epochs[0] - margin, epochs[-1] + margin)
        for curve in curves:
            _draw(axes, epochs, curve)
        if curves:
            _name_ends(axes, epochs, curves)
        else:
            _say_empty(axes, bool(epochs))
        return svg_text(figure, title, _description(epochs, curves))


def _draw(axes: "Axes", epochs: list[int], curve: Curve) -> None:
    """Draw one curve, leaving out what is not finite."""
    values = [value if value is not None and isfinite(value) else float("nan") for value in curve.values]
    size = 5 if len(epochs) <= 40 else 0  # noqa: PLR2004 - more markers than that hide the line
    axes.plot(epochs, values, curve.stroke, color=curve.colour, marker=curve.marker, markersize=size, linewidth=2)


def _name_ends(axes: "Axes", epochs: list[int], curves: list[Curve]) -> None:
    """Write each curve's name at its end, apart from each other."""
    ends = [
        next(value for value in reversed(curve.values) if value is not None and isfinite(value)) for curve in curves
    ]
    low, high = axes.get_ylim()
    places = _apart(ends, (high - low) * 0.075)
    for curve, place in zip(curves, places, strict=True):
        axes.annotate(
            curve.label,
            (epochs[-1], place),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            color=curve.colour,
            annotation_clip=False,
        )


def _apart(values: list[float], least: float) -> list[float]:
    """Move two values apart, symmetrically, until they are at least so far from each other.

    Example:
        >>> _apart([0.5, 0.5], 0.2)
        [0.6, 0.4]
    """
    if len(values) < 2 or abs(values[0] - values[1]) >= least:  # noqa: PLR2004 - two curves at most
        return values
    middle = sum(values) / 2
    half = least / 2 if values[0] >= values[1] else -least / 2
    return [middle + half, middle - half]


def _say_empty(axes: "Axes", trained: bool) -> None:
    """Say in the figure why there is no curve."""
    text = "no finite value" if trained else "no epoch was finished"
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center")
    axes.set(xticks=[], yticks=[])


def _description(epochs: list[int], curves: list[Curve]) -> str:
    """Describe the curves in words, for those who do not see them."""
    if not curves:
        return "No epoch has a value."
    return " ".join(
        f"{curve.label}: {_told(curve.values[0])} after epoch {epochs[0]}, {_told(curve.values[-1])} after epoch "
        f"{epochs[-1]}."
        for curve in curves
    )


def _told(value: float | None) -> str:
    """Write a value, or that there is none."""
    return "not finite" if value is None or not isfinite(value) else f"{value:.4f}"


@contextmanager
def new_figure(size: tuple[float, float]) -> "Iterator[Figure]":
    """Make a figure of its own, in our style and without matplotlib's global state."""
    from matplotlib import rc_context, rcdefaults, rcParams  # noqa: PLC0415 - start-up time
    from matplotlib.figure import Figure  # noqa: PLC0415 - likewise

    with rc_context():
        # A user's own style must not change the bytes.
        rcdefaults()
        rcParams.update(STYLE)
        yield Figure(figsize=size, layout="constrained")


def svg_text(figure: "Figure", title: str, description: str) -> str:
    """Write a figure as SVG text."""
    text = StringIO()
    with catch_warnings():
        # Letters that matplotlib's own font lacks are drawn by the reader's fonts.
        filterwarnings("ignore", message="Glyph .* missing from")
        # Numbers of hundreds of digits leave no room for the curve; the figure is drawn with the usual margins then.
        filterwarnings("ignore", message="constrained_layout not applied")
        figure.savefig(text, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return finish(text.getvalue(), title, description)

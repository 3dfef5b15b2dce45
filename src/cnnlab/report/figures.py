"""Figures as SVG text: the same bytes for the same numbers, readable without colour, with a title and a description.

Text stays text (``svg.fonttype`` "none"): a page is searched, read aloud and printed sharply, and a figure is a third
of the size; every system has some sans-serif font. Matplotlib is imported where a figure is drawn, since a training
starts sooner without it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings, filterwarnings

from cnnlab.report.svg import finish

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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

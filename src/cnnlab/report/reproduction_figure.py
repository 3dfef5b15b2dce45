"""The epochs of a published run laid over ours: a line over a band, loss beside accuracy."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from cnnlab.analysis.reproduction import CurveFinding, Metric
from cnnlab.report.drawing import charts
from cnnlab.report.figures import new_figure, svg_text
from cnnlab.report.words import plural, printable

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SIZE = (9.6, 5.0)
_PANELS: tuple[tuple[str, tuple[Metric, Metric]], ...] = (
    ("Categorical Crossentropy Loss", ("val_loss", "loss")),
    ("Accuracy", ("val_accuracy", "accuracy")),
)
_LOOKS: dict[str, tuple[str, str, Literal["-", "--"], str]] = {
    "val": ("Validation", "#1d4ed8", "-", "o"),
    "train": ("Train", "#b91c1c", "--", "s"),
}
_DARK, _LIGHT = 0.32, 0.13


def reproduction_figure(curves: Sequence[CurveFinding], architecture: str) -> str:
    """Lay the published values of each epoch over where one more run of ours would lie.

    The light band holds 95 % of further runs at each epoch, the darker one goes from the lowest to the highest of ours.
    The published values are joined by a line; one outside of the light band is drawn hollow.

    Args:
        curves: Of one architecture; none draws an empty figure that says so.
        architecture: Its name.

    Returns:
        One ``<svg>`` element, without an XML declaration.
    """
    seeds = max((one.seeds for one in curves), default=0)
    title = f"{architecture}: published, over {plural(seeds, 'seed')} of ours"
    by_metric = {one.metric: one for one in curves}
    with new_figure(_SIZE) as figure:
        figure.suptitle(printable(title), x=0.01, ha="left", fontsize=13, fontweight="bold")
        left, right = figure.subplots(1, 2)
        for axes, (vertical, metrics) in zip((left, right), _PANELS, strict=True):
            _panel(axes, vertical, [by_metric[name] for name in metrics if name in by_metric])
        if curves:
            _explain(figure, curves)
        return svg_text(figure, title, _description(curves))


def _panel(axes: "Axes", vertical: str, curves: Sequence[CurveFinding]) -> None:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - start-up time

    axes.set(xlabel="epoch", ylabel=vertical)
    axes.grid(visible=True)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if not curves:
        axes.text(0.5, 0.5, "nothing was published", transform=axes.transAxes, ha="center", va="center")
        axes.set(xticks=[], yticks=[])
        return
    charts.scale(axes, "accuracy" if vertical == "Accuracy" else "loss", drawn_values(curves))
    for curve in curves:
        draw_curve(axes, curve)


def _explain(figure: "Figure", curves: Sequence[CurveFinding]) -> None:
    """Say beneath both panels what is drawn, each look once."""
    from matplotlib.lines import Line2D  # noqa: PLC0415 - start-up time
    from matplotlib.patches import Patch  # noqa: PLC0415 - likewise

    shown = [look for look in _LOOKS if any((look == "val") == one.metric.startswith("val") for one in curves)]
    hollow = any(one.outside for one in curves)
    entries: list[Artist] = []
    for look in shown:
        name, colour, stroke, marker = _LOOKS[look]
        entries += [
            Line2D([], [], color=colour, linestyle=stroke, marker=marker, markersize=5, label=f"{name}: published"),
            Patch(color=colour, alpha=_DARK, linewidth=0, label=f"{name}: lowest to highest of ours"),
            Patch(color=colour, alpha=_LIGHT, linewidth=0, label=f"{name}: 95 % of further runs of ours"),
        ]
    figure.legend(handles=_by_row(entries), loc="outside lower left", ncols=3, frameon=False, fontsize=10)
    if hollow:
        axes = figure.axes[1]
        axes.set_title("hollow: outside of the 95 %", loc="right", fontsize=10)


def _by_row(entries: list["Artist"]) -> list["Artist"]:
    """Order what matplotlib lays out column by column, so that each name has a row."""
    rows = len(entries) // 3
    return [entries[3 * row + column] for column in range(3) for row in range(rows)]


def drawn_values(curves: Sequence[CurveFinding]) -> list[float]:
    """List all that is drawn of some curves, the ends of both bands included."""
    bands = [epoch.interval for one in curves for epoch in one.epochs if epoch.interval is not None]
    values = [value for one in curves for epoch in one.epochs for value in (epoch.low, epoch.high, epoch.published)]
    # A band that goes beyond what a loss or an accuracy can be is cut there.
    return [*values, *(end for band in bands for end in (band.low, band.high) if 0 < end < 1)]


def draw_curve(axes: "Axes", curve: CurveFinding) -> None:
    """Draw one curve: the bands of ours, the published line, hollow marks where it is outside."""
    _, colour, stroke, marker = _LOOKS["val" if curve.metric.startswith("val") else "train"]
    epochs = [one.epoch for one in curve.epochs]
    bands = [one.interval for one in curve.epochs]
    if all(band is not None for band in bands):
        lows, highs = [band.low for band in bands if band], [band.high for band in bands if band]
        axes.fill_between(epochs, lows, highs, color=colour, alpha=_LIGHT, linewidth=0)
    lows, highs = [one.low for one in curve.epochs], [one.high for one in curve.epochs]
    axes.fill_between(epochs, lows, highs, color=colour, alpha=_DARK, linewidth=0)
    published = [one.published for one in curve.epochs]
    axes.plot(epochs, published, stroke, color=colour, linewidth=1.6)
    for outside, face in ((False, colour), (True, "white")):
        marked = [(one.epoch, one.published) for one in curve.epochs if one.outside == outside]
        if marked:
            x, y = zip(*marked, strict=True)
            axes.plot(x, y, linestyle="", marker=marker, markersize=5, color=colour, markerfacecolor=face)


def _description(curves: Sequence[CurveFinding]) -> str:
    """Describe the curves in words, for those who do not see them."""
    if not curves:
        return "Nothing was published of any epoch."
    return " ".join(
        f"{one.metric}: published {one.epochs[0].published:.4f} after epoch {one.epochs[0].epoch} and "
        f"{one.epochs[-1].published:.4f} after epoch {one.epochs[-1].epoch}, ours {one.epochs[-1].low:.4f} to "
        f"{one.epochs[-1].high:.4f} there; {_outside(one)}."
        for one in curves
    )


def _outside(one: CurveFinding) -> str:
    """Say how many published values lie outside, where that can be told."""
    if not one.judged:
        return "with so few seeds nobody can tell which are outside"
    return f"{len(one.outside)} of {len(one.epochs)} outside of where 95 % of further runs would lie"

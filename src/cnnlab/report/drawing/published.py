"""The epochs of a published run laid over ours: a figure of the loss and one of the accuracy."""

from collections.abc import Sequence
from typing import Final

from cnnlab.analysis.reproduction import CurveFinding, EpochFinding, Metric
from cnnlab.report.drawing import charts
from cnnlab.report.drawing.learning_curves import LOOKS
from cnnlab.report.figure import Figure, Numbers
from cnnlab.report.reproduction_figure import draw_curve, drawn_values
from cnnlab.report.words import listing, metric, plural

_PARTS: Final[dict[Metric, str]] = {
    "val_loss": "validation",
    "val_accuracy": "validation",
    "loss": "training",
    "accuracy": "training",
}
_METRICS: Final[dict[charts.Value, tuple[Metric, Metric]]] = {
    "loss": ("val_loss", "loss"),
    "accuracy": ("val_accuracy", "accuracy"),
}


def published_curves(name: str, architecture: str, curves: Sequence[CurveFinding]) -> tuple[Figure, ...]:
    """Lay the published values of each epoch over where one more run of ours would lie.

    Args:
        name: Of the figures in their page; "-loss" and "-accuracy" are put behind it.
        architecture: Whose curves they are, for those who do not see them.
        curves: As `analysis.reproduction` finds them, of this architecture.

    Returns:
        A figure of the loss and one of the accuracy, as far as they were published.
    """
    figures = []
    for value, metrics in _METRICS.items():
        by_metric = {one.metric: one for one in curves if one.epochs}
        found = [by_metric[one] for one in metrics if one in by_metric]
        if found:
            figures.append(_figure(f"{name}-{value}", architecture, value, found))
    return tuple(figures)


def _figure(name: str, architecture: str, value: charts.Value, curves: Sequence[CurveFinding]) -> Figure:
    title = f"{architecture}: published {value} over the epochs, and ours"
    last = max(one.epochs[-1].epoch for one in curves)
    ends = []
    with charts.chart() as (figure, axes):
        axes.set_xlabel("epoch")
        charts.name_vertical(axes, f"{value.capitalize()}{charts.scale(axes, value, drawn_values(curves))}")
        for one in curves:
            draw_curve(axes, one)
            look = LOOKS[_PARTS[one.metric] == "training"]
            ends.append((look.name, look.colour, one.epochs[-1].published))
        charts.bound(axes, last)
        charts.name_ends(axes, last, ends)
        svg = charts.chart_svg(figure, title, _description(curves))
    return Figure(name, svg, _caption(value, curves), _numbers(curves))


def _caption(value: charts.Value, curves: Sequence[CurveFinding]) -> str:
    """Say how many published values are outside of where further runs of ours would lie, and what is drawn."""
    seeds = plural(curves[0].seeds, "seed")
    judged = any(one.judged for one in curves)
    counts = listing(
        [f"{len(one.outside)} of {len(one.epochs)} published values of {_PARTS[one.metric]}" for one in curves]
    )
    found = f"Outside of where 95 % of further runs of ours would lie: {counts}."
    if not judged:
        found = f"With {seeds} of ours nobody can tell which published values of the {value} are outside of ours."
    band, light = "the band", ""
    if judged:
        band, light = "the dark band", ", the light one is where 95 % of further runs would lie"
    hollow = " Hollow marks are outside of it." if any(one.outside for one in curves) else ""
    return (
        f"{found} The line is what was published; {band} goes from the lowest to the highest "
        f"of {seeds} of ours{light}.{hollow}"
    )


def _description(curves: Sequence[CurveFinding]) -> str:
    """Describe both ends of each curve, for those who do not see them."""
    return " ".join(
        f"{_PARTS[one.metric].capitalize()}: {_told(one.epochs[0])}; {_told(one.epochs[-1])}." for one in curves
    )


def _told(epoch: EpochFinding) -> str:
    ours = f"ours {metric(epoch.low)} to {metric(epoch.high)}"
    return f"published {metric(epoch.published)} after epoch {epoch.epoch}, {ours}"


def _numbers(curves: Sequence[CurveFinding]) -> Numbers:
    kinds = ("published", "lowest of ours", "highest of ours", "95 % from", "to")
    heads = ("epoch", *(f"{_PARTS[one.metric]}, {kind}" for one in curves for kind in kinds))
    by_epoch = [{epoch.epoch: epoch for epoch in one.epochs} for one in curves]
    rows = [
        (str(epoch), *(cell for some in by_epoch for cell in _cells(some.get(epoch))))
        for epoch in sorted({epoch for some in by_epoch for epoch in some})
    ]
    return Numbers(heads, tuple(rows))


def _cells(epoch: EpochFinding | None) -> tuple[str, ...]:
    if epoch is None:
        return ("-",) * 5
    ends = ("-", "-") if epoch.interval is None else (metric(epoch.interval.low), metric(epoch.interval.high))
    return metric(epoch.published), metric(epoch.low), metric(epoch.high), *ends

"""A study in a notebook while it runs: who stands where, and how validation goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from markupsafe import Markup

from cnnlab.records import EpochRow, RunKey, StudyResult
from cnnlab.report.notebook.chart import ChartLine, chart
from cnnlab.report.notebook.shell import rendered
from cnnlab.report.rows import TableRow, table_rows
from cnnlab.report.scales import scale_of
from cnnlab.report.seed_curves import seed_curve
from cnnlab.report.words import metric, printable

MOST = 8
"""So many architectures are drawn; the lines of more of them cannot be told apart."""

_NONE = "-"


@dataclass(frozen=True)
class RunningView:
    """A study as far as it came.

    Attributes:
        result: The runs that have come to their end.
        planned: How many there will be of each architecture.
        histories: The epochs of every run so far, those under way included.
        busy: Where the runs under way stand, in words, by architecture.
        status: How far it is, in words.
        share: Of its epochs, from 0 to 1; None when it is over.
    """

    result: StudyResult
    planned: Mapping[str, int]
    histories: Mapping[RunKey, Sequence[EpochRow]]
    busy: Mapping[str, str]
    status: str
    share: float | None = None


def running_html(view: RunningView) -> str:
    """Draw a study for a notebook.

    Returns:
        One element with its style.
    """
    rows = table_rows(view.result)
    return rendered(
        "running",
        name=printable(view.result.name),
        status=view.status,
        share=view.share,
        rows=[_cells(row, view) for row in rows],
        drawing=_drawing(view),
        several=any(count > 1 for count in view.planned.values()),
        undrawn=max(len(rows) - MOST, 0),
    )


def running_text(view: RunningView) -> str:
    """Say in a line how a study stands."""
    found = {row.architecture: row.accuracy for row in table_rows(view.result)}
    known = [f"{printable(name)} {metric(accuracy)}" for name, accuracy in found.items() if accuracy is not None]
    return f"{printable(view.result.name)}: {view.status}{'; test accuracy: ' if known else ''}{', '.join(known)}"


def _cells(row: TableRow, view: RunningView) -> tuple[str, ...]:
    done = row.seeds + row.failed
    spread = row.accuracies.high - row.accuracies.low if row.accuracies else None
    return (
        printable(row.architecture),
        f"{done} of {view.planned.get(row.architecture, done)}{f', {row.failed} failed' if row.failed else ''}",
        _number(row.loss),
        _number(row.accuracy),
        _number(spread),
        view.busy.get(row.architecture, ""),
    )


def _number(value: float | None) -> str:
    return _NONE if value is None else metric(value)


def _drawing(view: RunningView) -> Markup | None:
    """Draw the validation loss of every run, and of each architecture the mean of those that have ended."""
    drawn = [line for look, name in enumerate(view.result.architectures[:MOST]) for line in _lines(view, name, look)]
    values = [value for line in drawn for value in line.values if value is not None]
    if not values:
        return None
    epochs = max(len(line.values) for line in drawn)
    planned = max((run.recipe.epochs for run in view.result.runs), default=0)
    title = f"{view.result.name}: validation loss after each epoch, on a logarithmic axis."
    return chart(drawn, scale_of(values, log=True), max(epochs, planned), title)


def _lines(view: RunningView, name: str, look: int) -> list[ChartLine]:
    """Draw the runs of one architecture faintly, and their mean over them; the first one serves until one has ended."""
    runs = {key: rows for key, rows in view.histories.items() if key.architecture == name and rows}
    ended = {run.key for run in view.result.runs if run.status != "failed"}
    of_ended = [rows for key, rows in runs.items() if key in ended]
    faint = [ChartLine(_values(rows), look=look, faint=True) for rows in runs.values()]
    if of_ended:
        mean = seed_curve(name, of_ended, "val_loss").mean
        return [*faint, ChartLine(mean, printable(name), look)]
    return [ChartLine(line.values, printable(name), look) for line in faint[:1]] + faint[1:]


def _values(rows: Sequence[EpochRow]) -> tuple[float | None, ...]:
    return tuple(row.val_loss if row.val_loss is not None and isfinite(row.val_loss) else None for row in rows)

"""What a study found, in a notebook: the table with its intervals, the observations, and where the page is."""

from collections.abc import Sequence

from cnnlab.analysis import Interval, Observation
from cnnlab.analysis.comparison import Comparison
from cnnlab.records import StudyResult
from cnnlab.report.notebook.shell import rendered
from cnnlab.report.observation_table import are_grouped, interval_notes
from cnnlab.report.rows import Range, TableRow, table_rows
from cnnlab.report.words import data_title, format_seconds, image_counts, metric, plural, printable

_NONE = "-"

Cell = tuple[str, ...]
"""A number, and what stands small beneath it."""


def outcome_html(
    result: StudyResult,
    comparison: Comparison | None,
    observations: Sequence[Observation],
    page: str,
    *,
    interrupted: bool = False,
) -> str:
    """Lay out what came of a study for a notebook.

    Args:
        result: The study, finished or not.
        comparison: Of what each run said of each test image; None where that is not known.
        observations: As `cnnlab.analysis.observe` gives them.
        page: Where the page is.
        interrupted: Whether the user stopped it.

    Returns:
        One element with its style.
    """
    rows, origin = table_rows(result, comparison), result.provenance
    images = image_counts(origin.train_images, origin.test_images)
    grouped = are_grouped(rows)
    return rendered(
        "outcome",
        name=printable(result.name),
        lead=f"{data_title(origin.data_name)}, {images}",
        interrupted=interrupted,
        heads=_heads(f"{origin.test_images:,}", grouped=grouped),
        rows=[(printable(row.architecture), _cells(row, grouped=grouped)) for row in rows],
        notes=" ".join([*_notes(rows), *interval_notes(rows)]),
        observations=[(one.text, one.kind == "verdict") for one in observations],
        page=page,
    )


def _heads(images: str, *, grouped: bool) -> list[Cell]:
    return [
        ("Architecture",),
        ("Seeds",),
        ("Epochs",),
        ("Parameters",),
        ("Test loss",),
        ("Test accuracy", f"95 % interval, n = {images}"),
        *([("Group",)] if grouped else []),
        ("Time",),
    ]


def _cells(row: TableRow, *, grouped: bool) -> list[Cell]:
    """Write the cells of one architecture, its name left out."""
    apart = [f"{len(row.collapsed)} collapsed"] if row.collapsed else []
    apart += [f"{row.failed} failed"] if row.failed else []
    loss, accuracy = ([f"published {metric(value)}"] for value in row.published) if row.published else ([], [])
    return [
        (str(row.seeds), *apart),
        (_epochs(row),),
        (_NONE if row.parameters is None else f"{row.parameters:,}",),
        (_number(row.loss), *_span(row.losses, "seeds "), *loss),
        (_number(row.accuracy), *_span(row.interval), *_span(row.accuracies, "seeds "), *accuracy),
        *([(row.group or _NONE,)] if grouped else []),
        (_NONE if row.seconds is None else format_seconds(row.seconds),),
    ]


def _epochs(row: TableRow) -> str:
    """Write how many epochs were trained, and of how many where not all."""
    if not row.seeds:
        return "failed" if row.failed else "not trained"
    if row.early:
        low, high = row.early
        return f"{low if low == high else f'{low} to {high}'} of {row.epochs}"
    return f"{row.epochs_done} of {row.epochs}" if row.interrupted else str(row.epochs)


def _number(value: float | None) -> str:
    return _NONE if value is None else metric(value)


def _span(found: Range | Interval | None, what: str = "") -> Cell:
    return (f"{what}{metric(found.low)} to {metric(found.high)}",) if found else ()


def _notes(rows: Sequence[TableRow]) -> list[str]:
    """Explain what the columns are."""
    several = any(row.seeds > 1 for row in rows)
    failed = sum(row.failed for row in rows)
    return [
        *(["Loss, accuracy and time are means over the seeds, the range over them beneath."] if several else []),
        *([f"{plural(failed, 'run')} failed: the loss was not finite. That counts in no mean."] if failed else []),
    ]

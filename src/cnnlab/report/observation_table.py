"""The observation table in a terminal: every accuracy with its n and interval, published values beneath ours."""

import textwrap
from collections.abc import Callable, Iterator, Sequence

from cnnlab.records import StudyResult
from cnnlab.report.rows import TableRow, table_rows
from cnnlab.report.words import format_seconds, metric, plural, printable

HEADINGS = (
    ("", "architecture"),
    ("", "epochs"),
    ("", "parameters"),
    ("test", "loss"),
    ("test", "accuracy"),
    ("95 % interval", "n = {n}"),
    ("", "time"),
)
GAP = "  "
LEAST_NAME = 6
NONE = "-"

Cells = tuple[str, ...]


def observation_table(result: StudyResult, width: int = 80, *, unicode: bool = True) -> str:
    """Lay out the observation table of a study.

    Beneath an architecture's own line stand the range over its seeds, where there are several, and what was published
    of it.

    Args:
        result: The study, finished or not.
        width: Columns of the terminal; names are wrapped to fit into it, numbers never are.
        unicode: Whether the lines may be other than ASCII.

    Returns:
        The table and its notes, without trailing blanks and without a final line break.
    """
    rows = table_rows(result)
    blocks = [list(_lines(row, unicode)) for row in rows]
    n = f"{result.provenance.test_images:,}"
    headings = [tuple(heading[line].format(n=n) for heading in HEADINGS) for line in (0, 1)]
    columns = _widths([*headings, *(line for block in blocks for line in block)], width)
    rule = GAP.join(("─" if unicode else "-") * size for size in columns)
    body = [text for block in blocks for line in block for text in _wrapped(line, columns)]
    table = [*(text for heading in headings for text in _wrapped(heading, columns)), rule, *body, rule]
    return "\n".join([*table, *_notes(rows, width)])


def _lines(row: TableRow, unicode: bool) -> Iterator[Cells]:
    """Give the lines of one architecture."""
    yield (
        printable(row.architecture, unicode=unicode),
        f"{row.epochs_done}/{row.epochs}" if row.interrupted else str(row.epochs or NONE),
        _or(row.parameters, "{:,}".format),
        _or(row.loss, metric),
        _or(row.accuracy, metric),
        f"{metric(row.interval.low)} to {metric(row.interval.high)}" if row.interval else NONE,
        _or(row.seconds, format_seconds),
    )
    if row.losses and row.accuracies:
        count = f"  {row.seeds} seeds"
        yield _part(f"{count}, min", metric(row.losses.low), metric(row.accuracies.low))
        yield _part("max".rjust(len(count) + 5), metric(row.losses.high), metric(row.accuracies.high))
    if row.early:
        low, high = row.early
        yield ("  ended early", str(low) if low == high else f"{low}-{high}", *[""] * 5)
    if row.failed:
        yield (f"  {plural(row.failed, 'run')} failed", *[""] * 6)
    if row.published:
        yield _part("  published", metric(row.published[0]), metric(row.published[1]))


def _part(label: str, loss: str, accuracy: str) -> Cells:
    """Make a line that has a loss and an accuracy alone."""
    return (label, "", "", loss, accuracy, "", "")


def _or(value: float | None, write: Callable[[float], str]) -> str:
    """Write a value, or the sign for none."""
    return NONE if value is None else write(value)


def _widths(lines: Sequence[Cells], width: int) -> list[int]:
    """Give each column what it needs, and the names what is left."""
    needed = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    rest = width - sum(needed[1:]) - len(GAP) * (len(needed) - 1)
    return [min(needed[0], max(LEAST_NAME, rest)), *needed[1:]]


def _wrapped(line: Cells, columns: Sequence[int]) -> Iterator[str]:
    """Lay out one line, its name wrapped over as many as it takes."""
    first, *more = _wrap_name(line[0], columns[0])
    cells = [first.ljust(columns[0]), *(cell.rjust(size) for cell, size in zip(line[1:], columns[1:], strict=True))]
    yield GAP.join(cells).rstrip()
    yield from more


def _wrap_name(name: str, width: int) -> list[str]:
    """Break a name after hyphens and blanks where it is too long, and anywhere if it must be."""
    if len(name) <= width:
        return [name]
    return textwrap.wrap(name, width, subsequent_indent="  ") or [""]


def _notes(rows: Sequence[TableRow], width: int) -> list[str]:
    """Explain beneath the table what its columns are."""
    several = any(row.seeds > 1 for row in rows)
    notes = [
        "Loss and accuracy are means over the seeds." if several else "",
        "The 95 % interval is Wilson's: the noise of n test images, not that of seeds.",
        "Time is that of one run, validation included." if several else "Time includes validation.",
        "Epochs like 7/15: interrupted, 7 of 15 are done." if any(row.interrupted for row in rows) else "",
        "A callback ended runs before all epochs were trained." if any(row.early for row in rows) else "",
        "A failed run's loss was not finite; it counts in no mean." if any(row.failed for row in rows) else "",
    ]
    return textwrap.wrap(" ".join(note for note in notes if note), width)

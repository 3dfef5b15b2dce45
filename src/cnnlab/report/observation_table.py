"""The observation table in a terminal: every accuracy with its n and interval, published values beneath ours."""

import textwrap
from collections.abc import Callable, Iterator, Sequence

from cnnlab.analysis.comparison import Comparison
from cnnlab.records import StudyResult
from cnnlab.report.figure import Numbers
from cnnlab.report.rows import TableRow, table_rows
from cnnlab.report.words import format_seconds, metric, plural, printable, validation_line

HEADINGS = (
    ("", "architecture"),
    ("", "epochs"),
    ("", "params"),
    ("test", "loss"),
    ("test", "accuracy"),
    ("95 % interval", "n = {n}"),
    ("", "group"),
    ("", "time"),
)
GAP = "  "
LEAST_NAME = 6
NONE = "-"
_GROUP = 6

Cells = tuple[str, ...]


def observation_table(
    result: StudyResult, width: int = 80, *, comparison: Comparison | None = None, unicode: bool = True
) -> str:
    """Lay out the observation table of a study.

    Beneath an architecture's own line stand the range over its seeds, where there are several, and what was published
    of it. Without a comparison the intervals are of the test images alone, and there are no groups.

    Args:
        result: The study, finished or not.
        width: Columns of the terminal; names are wrapped to fit into it, numbers never are.
        comparison: Of what each run said of each test image.
        unicode: Whether the lines may be other than ASCII.

    Returns:
        The table and its notes, without trailing blanks and without a final line break.
    """
    rows = table_rows(result, comparison)
    n = f"{result.provenance.test_images:,}"
    headings = [tuple(heading[line].format(n=n) for heading in HEADINGS) for line in (0, 1)]
    lines = [*headings, *(line for row in rows for line in _lines(row, unicode))]
    if not are_grouped(rows):
        lines = [(*line[:_GROUP], *line[_GROUP + 1 :]) for line in lines]
    columns = _widths(lines, width)
    rule = GAP.join(("─" if unicode else "-") * size for size in columns)
    texts = ["\n".join(_wrapped(line, columns)) for line in lines]
    table = [*texts[:2], rule, *texts[2:], rule]
    return "\n".join([*table, *_notes(rows, width, result.provenance.validation_images)])


def observation_numbers(result: StudyResult, *, comparison: Comparison | None = None) -> Numbers:
    """Put the observation table into cells, for whoever lays it out elsewhere.

    Args:
        result: The study, finished or not.
        comparison: Of what each run said of each test image.

    Returns:
        The same cells as `observation_table` has, its headings in one line.
    """
    rows = table_rows(result, comparison)
    n = f"{result.provenance.test_images:,}"
    heads = tuple(" ".join(part for part in heading if part).format(n=n) for heading in HEADINGS)
    lines = [tuple(cell.strip() for cell in line) for row in rows for line in _lines(row, unicode=True)]
    if not are_grouped(rows):
        heads, *lines = ((*line[:_GROUP], *line[_GROUP + 1 :]) for line in (heads, *lines))
    return Numbers(heads, tuple(lines))


def _lines(row: TableRow, unicode: bool) -> Iterator[Cells]:
    """Give the lines of one architecture."""
    yield (
        printable(row.architecture, unicode=unicode),
        f"{row.epochs_done}/{row.epochs}" if row.interrupted else str(row.epochs or NONE),
        _or(row.parameters, "{:,}".format),
        _or(row.loss, metric),
        _or(row.accuracy, metric),
        f"{metric(row.interval.low)}-{metric(row.interval.high)}" if row.interval else NONE,
        row.group or NONE,
        _or(row.seconds, format_seconds),
    )
    if row.losses and row.accuracies:
        count = f"  {row.seeds} seeds"
        yield _part(f"{count}, min", metric(row.losses.low), metric(row.accuracies.low))
        yield _part("max".rjust(len(count) + 5), metric(row.losses.high), metric(row.accuracies.high))
    if row.collapsed:
        yield _part(f"  {len(row.collapsed)} collapsed")
    if row.early:
        low, high = row.early
        yield ("  ended early", str(low) if low == high else f"{low}-{high}", *[""] * (len(HEADINGS) - 2))
    if row.failed:
        yield _part(f"  {plural(row.failed, 'run')} failed")
    if row.published:
        yield _part("  published", metric(row.published[0]), metric(row.published[1]))


def _part(label: str, loss: str = "", accuracy: str = "") -> Cells:
    """Make a line that has a loss and an accuracy alone, or neither."""
    return (label, "", "", loss, accuracy, "", "", "")


def _or(value: float | None, write: Callable[[float], str]) -> str:
    """Write a value, or the sign for none."""
    return NONE if value is None else write(value)


def _widths(lines: Sequence[Cells], width: int) -> list[int]:
    """Give each column what it needs, and the names what is left."""
    needed = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
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


def _notes(rows: Sequence[TableRow], width: int, held_out: int | None) -> list[str]:
    """Explain beneath the table what its columns are."""
    several = any(row.seeds > 1 for row in rows)
    notes = [
        "Loss and accuracy are means over the seeds." if several else "",
        *interval_notes(rows),
        "A collapsed seed learnt nothing; it counts in no mean." if any(row.collapsed for row in rows) else "",
        "Time is that of one run, validation included." if several else "Time includes validation.",
        f"{validation_line(held_out)}; the test comes last, once." if held_out else "",
        "Epochs like 7/15: interrupted, 7 of 15 are done." if any(row.interrupted for row in rows) else "",
        "A callback ended runs before all epochs were trained." if any(row.early for row in rows) else "",
        "A failed run's loss was not finite; it counts in no mean." if any(row.failed for row in rows) else "",
    ]
    return textwrap.wrap(" ".join(note for note in notes if note), width)


def are_grouped(rows: Sequence[TableRow]) -> bool:
    """Tell whether letters say anything: of a lone architecture they do not."""
    return any(row.group for row in rows) and sum(row.interval is not None for row in rows) > 1


def interval_notes(rows: Sequence[TableRow]) -> list[str]:
    """Say what the intervals and the groups are; the page says the same."""
    known = [row for row in rows if row.interval]
    both = [row for row in known if row.chances and row.chances.seeds is not None]
    single = [row for row in known if row.chances and row.chances.seeds is None]
    if not both and not single:
        return ["The 95 % interval is Wilson's: the noise of n test images, not that of seeds."]
    notes = ["The 95 % interval allows for other seeds and n other test images."] if both else []
    if single:
        whose = "Of a single seed it" if both else "The 95 % interval"
        notes.append(f"{whose} allows for n other test images alone: another seed may lie outside.")
    if len(both) + len(single) < len(known):
        notes.append("Where no group stands it is Wilson's, for other test images alone.")
    grouped = [row for row in rows if row.group]
    if len(grouped) > 1:
        notes.append(f"{'Architectures' if both else 'Networks'} that share a letter are not distinguishable.")
    return notes

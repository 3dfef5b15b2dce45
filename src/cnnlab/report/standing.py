"""How a study stands while it runs: a line for each architecture, narrower than the table at its end."""

from collections.abc import Collection, Mapping, Sequence

from cnnlab.records import StudyResult
from cnnlab.report.columns import Column, columns_text
from cnnlab.report.rows import TableRow, table_rows
from cnnlab.report.words import cut, format_seconds, metric, printable

NONE = "-"
LEAST_NAME = 8
_GAP = 2
# What is left out first where the terminal is narrow: the spread, the interval, the time.
_MAY_GO = (5, 4, 6)
_HEADINGS = (
    "architecture",
    "runs\ndone",
    "test\nloss",
    "test\naccuracy",
    "95 % interval\n{n}",
    "seeds\ndiffer by",
    "time",
)


def standing_text(
    result: StudyResult,
    planned: Mapping[str, int],
    width: int = 80,
    *,
    unicode: bool = True,
    only: Collection[str] | None = None,
) -> str:
    """Lay out what is known so far.

    Args:
        result: The runs that have come to their end.
        planned: How many there will be of each architecture.
        width: Columns of the terminal; names are cut to fit into it.
        unicode: Whether names may have characters beyond ASCII.
        only: Architectures that are shown; None for all.

    Returns:
        Lines without trailing blanks and without a final line break.
    """
    rows = [_cells(row, planned, unicode) for row in table_rows(result) if only is None or row.architecture in only]
    headings = [heading.format(n=f"n = {result.provenance.test_images:,}") for heading in _HEADINGS]
    lines = [*([part.split("\n")[-1] for part in headings], [part.split("\n")[0] for part in headings]), *rows]
    needed = [max(len(line[index]) for line in lines) for index in range(len(headings))]
    shown = list(range(len(headings)))
    for index in _MAY_GO:
        if _room(shown, needed, width) < min(needed[0], LEAST_NAME):
            shown.remove(index)
    room = max(_room(shown, needed, width), LEAST_NAME)
    columns = [Column(cut(headings[0], room)), *(Column(headings[index], right=True) for index in shown[1:])]
    body = [[cut(row[0], room), *(row[index] for index in shown[1:])] for row in rows]
    return columns_text(columns, body, max(width, sum(needed) * _GAP), gap=_GAP)


def _room(shown: Sequence[int], needed: Sequence[int], width: int) -> int:
    """Return what is left for the names."""
    return width - sum(needed[index] + _GAP for index in shown[1:])


def _cells(row: TableRow, planned: Mapping[str, int], unicode: bool) -> list[str]:
    spread = row.accuracies.high - row.accuracies.low if row.accuracies else None
    done = f"{row.seeds + row.failed}/{planned.get(row.architecture, row.seeds + row.failed)}"
    return [
        printable(row.architecture, unicode=unicode),
        f"{done}, {row.failed} failed" if row.failed else done,
        NONE if row.loss is None else metric(row.loss),
        NONE if row.accuracy is None else metric(row.accuracy),
        f"{metric(row.interval.low)} to {metric(row.interval.high)}" if row.interval else NONE,
        NONE if spread is None else metric(spread),
        NONE if row.seconds is None else format_seconds(row.seconds),
    ]

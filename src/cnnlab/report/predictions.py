"""What a network said of picture files: a table for a terminal, JSON, CSV."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from cnnlab.records.said import Refused, Said
from cnnlab.report.columns import Column, columns_text
from cnnlab.report.words import cut, metric, printable

_LEAST_FILE = 16
_MOST_CLASS = 20


def predictions_text(said: Sequence[Said], width: int = 80, *, unicode: bool = True) -> str:
    """Lay out a line for each picture: its class, how probable that is, and what comes second.

    Args:
        said: Answers.
        width: Of the terminal.
        unicode: Whether it has letters beyond ASCII.
    """
    rows = [_row(one, unicode=unicode) for one in said]
    room = max(_LEAST_FILE, width - sum(max(len(row[place]) for row in rows) for place in range(1, 5)) - 24)
    columns = [
        Column("file"),
        Column("class"),
        Column("probability", right=True),
        Column("second"),
        Column("", right=True),
    ]
    return columns_text(columns, [[cut(row[0], room), *row[1:]] for row in rows], width)


def _row(one: Said, *, unicode: bool) -> list[str]:
    first, *others = one.order
    cells = [printable(one.file, unicode=unicode), *_class(one, first, unicode=unicode)]
    return [*cells, *(_class(one, others[0], unicode=unicode) if others else ["", ""])]


def _class(one: Said, number: int, *, unicode: bool) -> list[str]:
    name = cut(printable(one.classes[number], unicode=unicode), _MOST_CLASS)
    return [name, metric(one.probabilities[number])]


def prediction_as_dict(one: Said) -> dict[str, Any]:
    """Return an answer as plain data for JSON."""
    first, *others = one.order
    second = {"second": one.classes[others[0]], "second_probability": one.probabilities[others[0]]} if others else {}
    return {
        "file": one.file,
        "class": one.classes[first],
        "index": first,
        "probability": one.probabilities[first],
        **second,
        "probabilities": dict(zip(_unique(one.classes), one.probabilities, strict=True)),
        "prepared": list(one.done),
        "looks_inverted": one.inverted,
    }


def refusal_as_dict(one: Refused) -> dict[str, str]:
    """Return a file that could not be used as plain data for JSON."""
    return {"file": one.file, "error": one.why}


def predictions_csv(said: Sequence[Said]) -> str:
    """Write CSV: a line for each picture with its class, then a column for each class' probability."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    if said:
        writer.writerow(["file", "class", "probability", *(f"p {name}" for name in _unique(said[0].classes))])
    for one in said:
        first = one.order[0]
        writer.writerow([one.file, one.classes[first], one.probabilities[first], *one.probabilities])
    return buffer.getvalue()


def _unique(names: Sequence[str]) -> list[str]:
    """Number names where two classes share one."""
    if len(set(names)) == len(names):
        return list(names)
    return [f"{number} {name}" for number, name in enumerate(names)]

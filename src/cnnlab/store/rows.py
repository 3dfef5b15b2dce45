"""Rows of the database as records."""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import fields
from typing import Any, Final

from cnnlab.records import RunSummary, StoredRun
from cnnlab.store.values import number_out

# What a list shows, in the order of `RunSummary`; {status} knows of the dead.
SUMMARY: Final = (
    "run.id, study.name, run.architecture, run.seed, {status}, run.epochs, run.epochs_planned, run.test_loss, "
    "run.test_accuracy, run.seconds, run.began, run.ended, run.weights_sha256, run.folder"
)
_TEST_LOSS: Final = RunSummary._fields.index("test_loss")
_NUMBERS: Final = ("last_val_loss", "best_val_loss")
_FLAGS: Final = ("no_test", "resumes_exactly")
_DOCUMENTS: Final = ("network", "recipe", "data_sums", "provenance")


def summary_row(cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> RunSummary:
    """Make a line of a list; the row factory of a cursor over `SUMMARY`."""
    del cursor
    loss = row[_TEST_LOSS]
    if isinstance(loss, str):
        row = (*row[:_TEST_LOSS], float(loss), *row[_TEST_LOSS + 1 :])
    return RunSummary._make(row)


def whole_run(summary: RunSummary, row: sqlite3.Row, document: Callable[[int], str]) -> StoredRun:
    """Make the whole record of a run.

    Args:
        summary: Its line.
        row: All columns of its row by name.
        document: Gives the text of a document by its number.
    """
    there = set(row.keys())
    values: dict[str, Any] = {field.name: row[field.name] for field in fields(StoredRun) if field.name in there}
    values |= {name: number_out(row[name]) for name in _NUMBERS}
    values |= {name: bool(row[name]) for name in _FLAGS}
    values |= {name: json.loads(document(row[name])) for name in _DOCUMENTS}
    return StoredRun(summary=summary, study_id=row["study"], **values)

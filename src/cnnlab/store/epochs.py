"""Epochs of a run and what it said of each validation image, row by row as they end."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from cnnlab.records import EpochRow, TestPredictions
from cnnlab.store.database import Database
from cnnlab.store.predictions import packed
from cnnlab.store.runs import owned
from cnnlab.store.values import number_in, number_out

_NUMBERS = ("loss", "accuracy", "val_loss", "val_accuracy", "seconds", "learning_rate")
COLUMNS = ("epoch", *_NUMBERS)
_LISTED = ", ".join(COLUMNS)
_REPLACED = ", ".join(f"{name} = excluded.{name}" for name in _NUMBERS)


def added(database: Database, run: str, owner: str | None, row: EpochRow, predictions: TestPredictions | None) -> None:
    """Keep an epoch, its predictions and what the run's row says of it, in one transaction.

    A run that goes on from a checkpoint repeats the epochs after it: they take the place of the old ones.
    """
    said = None if predictions is None else packed(predictions)
    with database.writing() as connection:
        number = owned(connection, run, owner)
        connection.execute("DELETE FROM prediction WHERE run = ? AND epoch = ?", (number, row.epoch))
        values = (row.loss, row.accuracy, row.val_loss, row.val_accuracy, row.seconds, row.learning_rate)
        # Replaced in its place: whoever watches is told of the new one, not that all behind it were cut.
        connection.execute(
            f"INSERT INTO epoch (run, {_LISTED}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "  # noqa: S608 - own columns
            f"ON CONFLICT (run, epoch) DO UPDATE SET {_REPLACED}",
            (number, row.epoch, *map(number_in, values)),
        )
        if said is not None:
            connection.execute("INSERT INTO prediction VALUES (?, ?, ?, ?)", (number, row.epoch, *said))
        _sum_up(connection, number)


def cut_after(database: Database, run: str, owner: str | None, epoch: int) -> None:
    """Remove what lies behind an epoch: rows, predictions, checkpoints."""
    with database.writing(durable=True) as connection:
        number = owned(connection, run, owner)
        connection.execute("DELETE FROM epoch WHERE run = ? AND epoch > ?", (number, epoch))
        connection.execute("DELETE FROM checkpoint WHERE run = ? AND epoch > ?", (number, epoch))
        _sum_up(connection, number)


def _sum_up(connection: sqlite3.Connection, number: int) -> None:
    """Write into the run's row what its epochs say; a text sorts behind all numbers, so 'nan' is never the best."""
    last = "FROM epoch WHERE run = :run ORDER BY epoch DESC LIMIT 1"
    best = "FROM epoch WHERE run = :run AND val_loss IS NOT NULL ORDER BY val_loss, epoch LIMIT 1"
    connection.execute(
        f"""UPDATE run SET
            epochs = (SELECT coalesce(max(epoch), 0) FROM epoch WHERE run = :run),
            seconds = (SELECT sum(seconds) FROM epoch WHERE run = :run),
            last_val_loss = (SELECT val_loss {last}),
            last_val_accuracy = (SELECT val_accuracy {last}),
            best_epoch = (SELECT epoch {best}),
            best_val_loss = (SELECT val_loss {best}),
            best_val_accuracy = (SELECT val_accuracy {best})
            WHERE number = :run""",  # noqa: S608 - own text
        {"run": number},
    )


def epochs_of(database: Database, run: str) -> tuple[EpochRow, ...]:
    """Read the epochs of a run."""
    statement = f"SELECT {_LISTED} FROM epoch WHERE run = (SELECT number FROM run WHERE id = ?) ORDER BY epoch"  # noqa: S608 - own columns
    with database.reading() as connection:
        return tuple(epoch_row(row) for row in connection.execute(statement, (run,)))


def epoch_row(row: Sequence[Any]) -> EpochRow:
    """Make the record of an epoch from its columns, in their order."""
    return EpochRow(row[0], *map(number_out, row[1:]))  # type: ignore[arg-type]  # the table says which may be NULL

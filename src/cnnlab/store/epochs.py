"""Epochs of a run and what it said of each test image, row by row as they end."""

import sqlite3
import zlib
from typing import Any

import numpy as np

from cnnlab.records import EpochRow, TestPredictions
from cnnlab.store.database import Database
from cnnlab.store.runs import owned
from cnnlab.store.values import number_in, number_out

# Beyond the first level zlib takes several times as long and gains a hundredth.
_LEVEL = 1
_COLUMNS = "epoch, loss, accuracy, val_loss, val_accuracy, seconds, learning_rate"


def added(database: Database, run: str, owner: str | None, row: EpochRow, predictions: TestPredictions | None) -> None:
    """Keep an epoch, its predictions and what the run's row says of it, in one transaction.

    A run that goes on from a checkpoint repeats the epochs after it: they take the place of the old ones.
    """
    packed = None if predictions is None else _packed(predictions)
    with database.writing() as connection:
        number = owned(connection, run, owner)
        connection.execute("DELETE FROM epoch WHERE run = ? AND epoch = ?", (number, row.epoch))
        values = (row.loss, row.accuracy, row.val_loss, row.val_accuracy, row.seconds, row.learning_rate)
        connection.execute(
            f"INSERT INTO epoch (run, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - own columns
            (number, row.epoch, *map(number_in, values)),
        )
        if packed is not None:
            connection.execute("INSERT INTO prediction VALUES (?, ?, ?, ?)", (number, row.epoch, *packed))
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
    statement = f"SELECT {_COLUMNS} FROM epoch WHERE run = (SELECT number FROM run WHERE id = ?) ORDER BY epoch"  # noqa: S608 - own columns
    with database.reading() as connection:
        return tuple(_epoch(row) for row in connection.execute(statement, (run,)))


def _epoch(row: tuple[Any, ...]) -> EpochRow:
    return EpochRow(row[0], *map(number_out, row[1:]))  # type: ignore[arg-type]  # the table says which may be NULL


def predicted_epochs(database: Database, run: str) -> tuple[int, ...]:
    """List the epochs of which there are predictions."""
    statement = "SELECT epoch FROM prediction WHERE run = (SELECT number FROM run WHERE id = ?) ORDER BY epoch"
    with database.reading() as connection:
        return tuple(epoch for (epoch,) in connection.execute(statement, (run,)))


def predictions_of(database: Database, run: str, epoch: int | None) -> TestPredictions | None:
    """Read the predictions after an epoch, or after the last that has any."""
    statement = (
        "SELECT classes, probability FROM prediction WHERE run = (SELECT number FROM run WHERE id = :run) "
        "AND (:epoch IS NULL OR epoch = :epoch) ORDER BY epoch DESC LIMIT 1"
    )
    with database.reading() as connection:
        row = connection.execute(statement, {"run": run, "epoch": epoch}).fetchone()
    return None if row is None else _unpacked(*row)


def _packed(predictions: TestPredictions) -> tuple[bytes, bytes]:
    """Pack little-endian; the width of the classes follows from the two lengths."""
    classes = predictions.classes
    kind = "u1" if classes.dtype == np.uint8 else "<u2"
    probability = predictions.true_class_probability.astype("<f4")
    return zlib.compress(classes.astype(kind).tobytes(), _LEVEL), zlib.compress(probability.tobytes(), _LEVEL)


def _unpacked(classes: bytes, probability: bytes) -> TestPredictions:
    probabilities = np.frombuffer(zlib.decompress(probability), "<f4")
    raw = zlib.decompress(classes)
    kind = "u1" if len(raw) == len(probabilities) else "<u2"
    return TestPredictions(np.frombuffer(raw, kind).astype(kind[-2:]), probabilities.astype(np.float32))

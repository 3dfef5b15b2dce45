"""What a run said of each validation image after each epoch, and of each test image at its end."""

import sqlite3
import zlib
from typing import Literal

import numpy as np

from cnnlab.records import TestPredictions
from cnnlab.store.database import Database

Part = Literal["validation", "test"]

# Beyond the first level zlib takes several times as long and gains a hundredth.
_LEVEL = 1
_RUN = "(SELECT number FROM run WHERE id = :run)"


def predicted_epochs(database: Database, run: str) -> tuple[int, ...]:
    """List the epochs of which there are predictions."""
    statement = f"SELECT epoch FROM prediction WHERE run = {_RUN} ORDER BY epoch"  # noqa: S608 - own text
    with database.reading() as connection:
        return tuple(epoch for (epoch,) in connection.execute(statement, {"run": run}))


def predictions_of(database: Database, run: str, epoch: int | None, part: Part) -> TestPredictions | None:
    """Read what was said after an epoch, or at the end; see `Store.predictions`."""
    with database.reading() as connection:
        if part == "validation":
            return _after(connection, run, epoch)
        last = _at_the_end(connection, run) if epoch is None else None
        if last is not None or not _validated_on_test(connection, run, whole=epoch is None):
            return last
        return _after(connection, run, epoch)


def _after(connection: sqlite3.Connection, run: str, epoch: int | None) -> TestPredictions | None:
    """Read the predictions after an epoch, or after the last that has any."""
    statement = (
        f"SELECT classes, probability FROM prediction WHERE run = {_RUN} "  # noqa: S608 - own text
        "AND (:epoch IS NULL OR epoch = :epoch) ORDER BY epoch DESC LIMIT 1"
    )
    row = connection.execute(statement, {"run": run, "epoch": epoch}).fetchone()
    return None if row is None else _unpacked(*row)


def _at_the_end(connection: sqlite3.Connection, run: str) -> TestPredictions | None:
    """Read what the final weights said of the test images, where that was kept apart."""
    statement = f"SELECT classes, probability FROM test_prediction WHERE run = {_RUN}"  # noqa: S608 - own text
    row = connection.execute(statement, {"run": run}).fetchone()
    return None if row is None else _unpacked(*row)


def _validated_on_test(connection: sqlite3.Connection, run: str, *, whole: bool) -> bool:
    """Tell whether a run's epochs were validated with the test images.

    Args:
        connection: To the store.
        run: Its id.
        whole: Whether the last epoch must have said what the finished run says. A callback may have put other weights
            back, and older versions kept no answers of those.
    """
    other = " AND NOT (status = 'finished' AND last_val_loss IS NOT test_loss)" if whole else ""
    statement = f"SELECT 1 FROM run WHERE id = ? AND validation_images IS NULL{other}"  # noqa: S608 - own text
    return connection.execute(statement, (run,)).fetchone() is not None


def packed(predictions: TestPredictions) -> tuple[bytes, bytes]:
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

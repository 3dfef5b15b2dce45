"""What happened, in the order in which it did: read on from the last event seen, none is lost and none comes twice.

Triggers of the database write the events, in the transaction of what they tell of.
"""

import sqlite3
from pathlib import Path
from typing import Any, Final

from cnnlab.records import RunCourse, RunKey, StoredEvent, StudyCourse
from cnnlab.store.database import Database
from cnnlab.store.epochs import COLUMNS, epoch_row
from cnnlab.store.queries import RunFilter, lines
from cnnlab.store.values import number_out

_EVENTS: Final = f"""
SELECT event.id, event.kind, run.id, run.architecture, run.seed, event.status, event.test_loss, event.test_accuracy,
    {", ".join(f"event.{name}" for name in COLUMNS)}
FROM event JOIN run ON run.number = event.run
WHERE event.study = ? AND event.id > ? ORDER BY event.id LIMIT ?"""  # noqa: S608 - own columns
_EPOCH_FROM: Final = 8
_ALL: Final = 2**53
_EPOCHS: Final = f"""
SELECT run.id, {", ".join(f"epoch.{name}" for name in COLUMNS)}
FROM run JOIN epoch ON epoch.run = run.number
WHERE run.study = ? AND epoch.epoch > run.epochs - ? ORDER BY run.number, epoch.epoch"""  # noqa: S608 - own columns


def last_event(database: Database) -> int:
    """Return the number of the newest event of all studies, also if it has been removed since; 0 before the first."""
    with database.reading() as connection:
        return _last(connection)


def events_after(database: Database, study: int, after: int, limit: int) -> tuple[StoredEvent, ...]:
    """Read the next events of a study.

    Args:
        database: The store's.
        study: Its number.
        after: The last event that was seen; 0 to begin with the first.
        limit: At most so many.
    """
    with database.reading() as connection:
        return tuple(_event(row) for row in connection.execute(_EVENTS, (study, after, limit)))


def course_of(database: Database, parent: Path, study: int, latest: int | None) -> StudyCourse:
    """Read all runs of a study with their epochs, and up to which event that is: all at one moment.

    Args:
        database: The store's.
        parent: Its folder.
        study: Its number.
        latest: Only the last so many epochs of each run; None for all.
    """
    with database.reading_apart() as connection:
        # The first question fixes the moment for all that follow.
        connection.execute("BEGIN")
        last = _last(connection)
        runs = lines(connection, parent, RunFilter(study_id=study), None).fetchall()
        epochs: dict[str, list[Any]] = {run.id: [] for run in runs}
        for identifier, *values in connection.execute(_EPOCHS, (study, _ALL if latest is None else latest)):
            epochs[identifier].append(epoch_row(values))
        connection.execute("COMMIT")
    return StudyCourse(tuple(RunCourse(run, tuple(epochs[run.id])) for run in runs), last)


def _last(connection: sqlite3.Connection) -> int:
    # Not max(id): that falls where runs are removed.
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'event'").fetchone()
    return 0 if row is None else int(row[0])


def _event(row: tuple[Any, ...]) -> StoredEvent:
    number, kind, run, architecture, seed, status, test_loss, test_accuracy = row[:_EPOCH_FROM]
    values = row[_EPOCH_FROM:]
    return StoredEvent(
        id=number,
        kind=kind,
        run=run,
        key=RunKey(architecture, seed),
        row=epoch_row(values) if kind == "epoch" else None,
        epoch=values[0],
        status=status,
        test_loss=number_out(test_loss),
        test_accuracy=test_accuracy,
    )

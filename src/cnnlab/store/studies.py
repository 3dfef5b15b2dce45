"""Studies: found by what they define, or begun anew."""

import sqlite3

from cnnlab.records import StoredStudy
from cnnlab.store.database import Database
from cnnlab.store.values import now

_COLUMNS = "id, name, key, folder, definition, created"


def latest(database: Database, key: str) -> StoredStudy | None:
    """Find the newest study with a key."""
    with database.reading() as connection:
        return _latest(connection, key)


def found_or_begun(
    database: Database, key: str, name: str, folder: str, definition: str, *, fresh: bool
) -> StoredStudy:
    """Find the newest study with a key, or begin one; two processes that ask at once get the same."""
    with database.writing(durable=True) as connection:
        found = None if fresh else _latest(connection, key)
        if found is not None:
            return found
        cursor = connection.execute(
            "INSERT INTO study (name, key, folder, definition, created) VALUES (?, ?, ?, ?, ?)",
            (name, key, folder, definition, now()),
        )
        row = connection.execute(f"SELECT {_COLUMNS} FROM study WHERE id = ?", (cursor.lastrowid,)).fetchone()  # noqa: S608 - own columns
        return StoredStudy(*row)


def all_studies(database: Database) -> tuple[StoredStudy, ...]:
    """List the studies, the newest first."""
    with database.reading() as connection:
        rows = connection.execute(f"SELECT {_COLUMNS} FROM study ORDER BY id DESC").fetchall()  # noqa: S608 - own columns
    return tuple(StoredStudy(*row) for row in rows)


def _latest(connection: sqlite3.Connection, key: str) -> StoredStudy | None:
    query = f"SELECT {_COLUMNS} FROM study WHERE key = ? ORDER BY id DESC LIMIT 1"  # noqa: S608 - own columns
    row = connection.execute(query, (key,)).fetchone()
    return None if row is None else StoredStudy(*row)

"""Checkpoints: a file first, whole on the disk and read back; then its name in the database; then older ones go."""

import contextlib
import sqlite3
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Final

from cnnlab.errors import CnnlabError, InternalError, explain
from cnnlab.files import write_bytes
from cnnlab.records import CheckpointMade, StoredCheckpoint
from cnnlab.store.database import Database
from cnnlab.store.runs import owned
from cnnlab.store.values import now

# The last may be damaged by a failing disk; then the one before it serves.
_LATEST: Final = 2
_BEST: Final = 1
_PATTERNS: Final = ("checkpoint-*.bin", ".checkpoint-*.tmp")


def kept(
    database: Database, parent: Path, run: str, owner: str | None, event: CheckpointMade, folder: Path
) -> StoredCheckpoint:
    """Keep a checkpoint; when it has been named, those beyond the last two and the best go."""
    with database.reading() as connection:
        owned(connection, run, owner)
    digest = sha256(event.content).hexdigest()
    # With its sum in it no name is ever written twice with other bytes: what the database names stays as it was.
    path = folder / f"checkpoint-{event.step:08d}{'-best' if event.best else ''}-{digest[:8]}.bin"
    file = _relative(path, parent)
    already = path.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CnnlabError(
            explain(expected="to be able to write", got=error.strerror or str(error), where=str(folder))
        ) from error
    write_bytes(path, event.content)
    try:
        with database.writing(durable=True) as connection:
            row = _named(connection, owned(connection, run, owner), run, event, file, digest)
    except BaseException:
        # A second Ctrl-C may come when the row is in the database already: then the file stays.
        with contextlib.suppress(OSError, CnnlabError):
            if not already and all(one.file != file for one in checkpoints_of(database, run)):
                path.unlink(missing_ok=True)
        raise
    _sweep(folder, {parent / one.file for one in checkpoints_of(database, run)})
    return row


def _named(
    connection: sqlite3.Connection, number: int, run: str, event: CheckpointMade, file: str, digest: str
) -> StoredCheckpoint:
    made = now()
    values = (number, event.epoch, event.step, event.best, file, digest, len(event.content), made)
    connection.execute("DELETE FROM checkpoint WHERE run = ? AND file = ?", (number, file))
    cursor = connection.execute(
        "INSERT INTO checkpoint (run, epoch, step, best, file, sha256, bytes, made) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        values,
    )
    identifier = cursor.lastrowid or 0
    for best, keep in ((False, _LATEST), (True, _BEST)):
        connection.execute(
            "DELETE FROM checkpoint WHERE run = :run AND best = :best AND id NOT IN "
            "(SELECT id FROM checkpoint WHERE run = :run AND best = :best ORDER BY id DESC LIMIT :keep)",
            {"run": number, "best": best, "keep": keep},
        )
    return StoredCheckpoint(
        identifier, run, event.epoch, event.step, event.best, file, digest, len(event.content), made
    )


def _sweep(folder: Path, named: set[Path]) -> None:
    """Remove files that the database does not name: older ones, and those of a process that was killed in between."""
    for pattern in _PATTERNS:
        for path in folder.glob(pattern):
            if path not in named:
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)


def checkpoints_of(database: Database, run: str) -> tuple[StoredCheckpoint, ...]:
    """List the checkpoints of a run, the newest first."""
    statement = (
        "SELECT checkpoint.id, run.id, epoch, step, best, file, sha256, bytes, made FROM checkpoint "
        "JOIN run ON run.number = checkpoint.run WHERE run.id = ? ORDER BY checkpoint.id DESC"
    )
    with database.reading() as connection:
        rows = connection.execute(statement, (run,)).fetchall()
    return tuple(replace(StoredCheckpoint(*row), best=bool(row[4])) for row in rows)


def content_of(parent: Path, checkpoint: StoredCheckpoint) -> bytes | None:
    """Read a checkpoint's file; None where it is gone or is not what was written."""
    try:
        content = (parent / checkpoint.file).read_bytes()
    except OSError:
        return None
    return content if sha256(content).hexdigest() == checkpoint.sha256 else None


def _relative(path: Path, parent: Path) -> str:
    try:
        return path.resolve().relative_to(parent.resolve()).as_posix()
    except ValueError:
        raise InternalError(
            explain(expected=f"a folder within {parent}", got=str(path.parent), where="checkpoint")
        ) from None

"""Opening a store: made whole where there is none, brought to this version where it is older."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from cnnlab.errors import CnnlabError, UsageError, explain
from cnnlab.files import written_beside
from cnnlab.store.database import Database
from cnnlab.store.failures import told
from cnnlab.store.identity import check_identity, check_version
from cnnlab.store.migrations import MIGRATIONS, VERSION, migrate, version_of
from cnnlab.store.owners import FOLDER
from cnnlab.store.store import Store

FILE: Final = "cnnlab.sqlite"
_PATIENCE: Final = 60.0


def open_store(parent: Path, *, create: bool = True) -> Store:
    """Open the store of a folder of runs.

    Args:
        parent: The folder; made if need be.
        create: Whether to make a store where there is none.

    Returns:
        The store, at this version; close it, or use it in a ``with``.

    Raises:
        UsageError: If there is none and none shall be made, if the file is no store or a newer one, or if it cannot be
            made; nothing has been touched then.
        CnnlabError: If it cannot be read, or an older one could not be brought to this version.
    """
    parent = Path(parent)
    path = parent / FILE
    if not path.exists():
        if not create:
            raise UsageError(
                explain(
                    expected="a store of runs",
                    got="none",
                    where=str(path),
                    fix="Train something first: cnnlab run. Another folder is named with --out DIR.",
                )
            )
        _create(parent, path)
    check_identity(path)
    database = Database(path)
    try:
        _bring_up(parent, database)
    except BaseException:
        database.close()
        raise
    return Store(parent, database)


def _create(parent: Path, path: Path) -> None:
    """Make an empty store beside its place: whoever is killed meanwhile leaves no half one."""
    with _written(path, UsageError), told(path):
        parent.mkdir(parents=True, exist_ok=True)
        with _alone(parent):
            if path.exists():
                return
            with written_beside(path) as draft, closing(sqlite3.connect(draft, isolation_level=None)) as connection:
                migrate(connection)
                connection.execute("PRAGMA journal_mode = WAL")
                connection.close()


def _bring_up(parent: Path, database: Database) -> None:
    with database.reading() as connection:
        version = version_of(connection)
    check_version(database.path, version)
    if version == VERSION:
        return
    with _written(database.path, CnnlabError), _alone(parent):
        _migrate_beside_a_copy(database, version)


def _migrate_beside_a_copy(
    database: Database, version: int, migrations: tuple[tuple[str, ...], ...] = MIGRATIONS
) -> None:
    """Migrate; a copy of the store lies beside it until that has succeeded."""
    path = database.path
    copy = path.with_name(f"{path.name}.version-{version}")
    with database.reading() as connection:
        if version_of(connection) == len(migrations):
            return
        with written_beside(copy) as draft, closing(sqlite3.connect(draft)) as target:
            connection.backup(target)
            target.close()
        try:
            migrate(connection, migrations)
        except Exception as error:
            raise CnnlabError(
                explain(
                    expected=f"to bring the store from version {version} to {len(migrations)}",
                    got=str(error),
                    where=str(path),
                    fix=f"It is as it was, and a copy lies in {copy.name}.",
                )
            ) from error
    with contextlib.suppress(OSError):
        copy.unlink()


@contextmanager
def _alone(parent: Path) -> Iterator[None]:
    """Let only one process at a time make or change a store's tables."""
    from filelock import FileLock, Timeout  # noqa: PLC0415 - start-up time: seldom needed

    folder = parent / FOLDER
    folder.mkdir(exist_ok=True)
    lock = FileLock(folder / "tables.lock", timeout=_PATIENCE)
    try:
        lock.acquire()
    except Timeout:
        raise CnnlabError(
            explain(
                expected="the store to be free",
                got="another process that makes its tables",
                where=str(folder),
                fix="Wait for it, then try again.",
            )
        ) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _written(path: Path, kind: Callable[[str], CnnlabError]) -> Iterator[None]:
    """Tell in our words why a folder cannot be written."""
    try:
        yield
    except OSError as error:
        raise kind(
            explain(
                expected="a folder for the runs that can be written",
                got=error.strerror or str(error),
                where=str(path.parent),
                fix="Choose another with --out DIR.",
            )
        ) from error

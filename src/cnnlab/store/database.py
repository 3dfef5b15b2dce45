"""A connection to the store for each process and thread, and transactions that leave all or nothing."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, get_ident
from typing import Final

from cnnlab.store.failures import told

BUSY_SECONDS: Final = 30
# Connections of the process that this one was forked from: SQLite forbids to use them here, and closing counts as use.
_INHERITED: Final[list[sqlite3.Connection]] = []


class Database:
    """A store's file, opened when it is first used."""

    def __init__(self, path: Path) -> None:
        """Remember where it is; whether it is a store has been checked."""
        self.path = path
        self._pid = os.getpid()
        self._lock = Lock()
        self._connections: dict[int, sqlite3.Connection] = {}

    @property
    def connection(self) -> sqlite3.Connection:
        """This process' and thread's own, in autocommit mode."""
        if self._pid != os.getpid():
            self._after_fork()
        thread = get_ident()
        if thread not in self._connections:
            with told(self.path):
                connection = _connected(self.path)
            with self._lock:
                self._connections[thread] = connection
        return self._connections[thread]

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give the connection, SQLite's errors told in our words."""
        connection = self.connection
        with told(self.path):
            yield connection

    @contextmanager
    def reading_apart(self) -> Iterator[sqlite3.Connection]:
        """Give a connection of its own, closed at the end: what is read step by step holds a state of the store.

        On the shared one such a state would keep this process from writing as soon as another has.
        """
        with told(self.path):
            connection = _connected(self.path)
            try:
                yield connection
            finally:
                connection.close()

    @contextmanager
    def writing(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """Give the connection inside a transaction: committed when the block ends well, else as if it never began.

        Args:
            durable: Whether it must outlive a power cut, with all commits before it. Otherwise it outlives a killed
                process, and a power cut may take the last few of them, whole ones.

        Raises:
            CnnlabError: If the disk is full or read-only, the store locked or damaged; nothing has changed then.
        """
        connection = self.connection
        with told(self.path):
            # SQLite heeds this only outside of a transaction.
            connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the connections of this process; the next use opens one again."""
        if self._pid != os.getpid():
            self._after_fork()
        with self._lock:
            for connection in self._connections.values():
                connection.close()
            self._connections.clear()

    def _after_fork(self) -> None:
        """Leave the parent's connections alone, and a lock that a thread of the parent's may have held."""
        _INHERITED.extend(self._connections.values())
        self._pid, self._lock, self._connections = os.getpid(), Lock(), {}


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        _address(path), uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _address(path: Path) -> str:
    """Name a file that must be there; on a medium that nobody can write it is taken as it lies."""
    base = path.resolve().as_uri()
    log = path.with_name(f"{path.name}-wal")
    if not os.access(path.parent, os.W_OK) and not log.exists():
        return f"{base}?mode=ro&immutable=1"
    return f"{base}?mode=rw"

"""How a store of an older version becomes one of this: one migration after the other, each in one transaction.

A released migration never changes; what the next version needs is a new file with the next number.
"""

import sqlite3
from typing import Final

from cnnlab.errors import InternalError, explain
from cnnlab.store.migrations import version_1, version_2, version_3, version_4

# "cnnl" in four bytes of every store's header.
APPLICATION_ID: Final = 0x636E6E6C

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    version_1.STATEMENTS,
    version_2.STATEMENTS,
    version_3.STATEMENTS,
    version_4.STATEMENTS,
)
VERSION: Final = len(MIGRATIONS)


def version_of(connection: sqlite3.Connection) -> int:
    """Return the number of the last migration that a store has seen."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(
    connection: sqlite3.Connection, migrations: tuple[tuple[str, ...], ...] = MIGRATIONS, *, last: int | None = None
) -> None:
    """Apply the migrations that a store has not seen yet.

    Args:
        connection: In autocommit mode. Foreign keys are off meanwhile and checked before each commit.
        migrations: In their order.
        last: Number of the last one to apply; all if left out.
    """
    wanted = len(migrations) if last is None else last
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("PRAGMA synchronous = FULL")
    try:
        for number in range(version_of(connection) + 1, wanted + 1):
            _apply(connection, number, migrations[number - 1])
    finally:
        connection.execute("PRAGMA foreign_keys = ON")


def _apply(connection: sqlite3.Connection, number: int, statements: tuple[str, ...]) -> None:
    connection.execute("BEGIN EXCLUSIVE")
    try:
        if version_of(connection) >= number:
            connection.execute("ROLLBACK")
            return
        for statement in statements:
            connection.execute(statement)
        if number == 1:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {number}")
        _check_foreign_keys(connection, number)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _check_foreign_keys(connection: sqlite3.Connection, number: int) -> None:
    broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    if broken:
        got, place = str(broken[:3]), f"migration {number}"
        raise InternalError(explain(expected="every row to point to one that is there", got=got, where=place))

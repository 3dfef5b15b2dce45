"""What SQLite says when it cannot go on, in our words: what failed, the system's reason, what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from cnnlab.errors import CnnlabError, explain


class _Words(NamedTuple):
    expected: str
    fix: str


# By SQLite's primary result codes, the low byte of an extended one.
_WORDS: Final = {
    sqlite3.SQLITE_FULL: _Words("room on the disk for the store", "Free some space, then run the same command again."),
    sqlite3.SQLITE_IOERR: _Words(
        "the disk to take and give what the store needs", "Look at the disk: is it full, unplugged or failing?"
    ),
    sqlite3.SQLITE_READONLY: _Words(
        "a store that can be written", "Allow writing or choose another folder with --out DIR."
    ),
    sqlite3.SQLITE_CANTOPEN: _Words("a store that can be opened", "Check the folder's permissions."),
    sqlite3.SQLITE_PERM: _Words("a store that can be opened", "Check the file's permissions."),
    sqlite3.SQLITE_BUSY: _Words(
        "the store to be free within 30 seconds", "Another process writes to it: wait for it, then try again."
    ),
    sqlite3.SQLITE_LOCKED: _Words(
        "the store to be free", "Another part of this process writes to it: wait for it, then try again."
    ),
    sqlite3.SQLITE_CORRUPT: _Words(
        "a store whose pages fit together",
        "It is damaged: put a copy in its place, or move it away; the folders of the studies hold their results.",
    ),
    sqlite3.SQLITE_NOTADB: _Words("a store of cnnlab", "Move the file away or choose another folder with --out DIR."),
    sqlite3.SQLITE_CONSTRAINT: _Words("rows that keep the rules of the store", ""),
}


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours.

    Args:
        path: The store's, for the message.

    Raises:
        CnnlabError: With the system's reason.
    """
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        words = _WORDS.get((code or 0) & 0xFF, _Words("the store to do its work", ""))
        raise CnnlabError(explain(expected=words.expected, got=str(error), where=str(path), fix=words.fix)) from error

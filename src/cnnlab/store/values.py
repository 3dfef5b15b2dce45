"""Values on their way into rows and out: numbers, moments, documents, identifiers."""

import json
import math
import secrets
import sqlite3
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

# RFC 4648 in small letters: nothing in it is mistaken for something else; a letter first, so that no id is a number.
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_BASE32: Final = _LETTERS + "234567"
ID_LENGTH: Final = 8
# Made once: json.dumps makes one for each call, which costs as much as a run's whole line.
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


def new_id() -> str:
    """Make an identifier of a run: short enough to type, one of 900 thousand millions."""
    return secrets.choice(_LETTERS) + "".join(secrets.choice(_BASE32) for _ in range(ID_LENGTH - 1))


def now() -> str:
    """Return the moment, so that texts sort as moments do."""
    return moment_text(datetime.now(UTC))


def moment_text(moment: datetime) -> str:
    """Write a moment in UTC, to the millisecond; one without a zone is taken for local time.

    Example:
        >>> moment_text(datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC))
        '2024-05-06T07:08:09.000+00:00'
    """
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def number_in(value: float | None) -> float | str | None:
    """Put a number into a row; SQLite would make NULL, which is nothing, of one that is no number."""
    if value is None:
        return None
    return "nan" if math.isnan(value) else float(value)


def number_out(value: float | str | None) -> float | None:
    """Take a number out of a row."""
    return float(value) if isinstance(value, str) else value


def as_json(value: object) -> str:
    """Write JSON in one line."""
    return _ENCODER.encode(value)


def finite(value: float | None) -> float | None:
    """Return a number that JSON can hold, or None."""
    return None if value is None or not math.isfinite(value) else value


def keep_document(connection: sqlite3.Connection, value: object) -> int:
    """Keep a JSON document once, however many rows point to it, and return its number."""
    text = as_json(value)
    digest = sha256(text.encode("utf-8")).hexdigest()
    found = connection.execute("SELECT id FROM document WHERE sha256 = ?", (digest,)).fetchone()
    if found is not None:
        return int(found[0])
    return _inserted(connection.execute("INSERT INTO document (sha256, text) VALUES (?, ?)", (digest, text)))


def _inserted(cursor: sqlite3.Cursor) -> int:
    return int(cursor.lastrowid or 0)


def document(connection: sqlite3.Connection, number: int) -> Any:  # noqa: ANN401 - JSON
    """Read a document."""
    return json.loads(connection.execute("SELECT text FROM document WHERE id = ?", (number,)).fetchone()[0])

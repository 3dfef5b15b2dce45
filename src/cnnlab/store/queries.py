"""Which runs: the words of a list turned into SQL, and what a row says once the dead are known."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cnnlab.errors import UsageError, did_you_mean, explain
from cnnlab.records import RunSummary, StoredRun, StoredStatus
from cnnlab.store.database import Database
from cnnlab.store.owners import FOLDER, lives
from cnnlab.store.rows import SUMMARY, summary_row, whole_run

# The left join keeps the order of the index over runs: a study is looked up for each row, never the other way round.
_FROM: Final = "FROM run LEFT JOIN study ON study.id = run.study"
_NEWEST: Final = "ORDER BY run.began DESC, run.number DESC"
_DEAD: Final = "run.owner IN (SELECT value FROM json_each(:dead))"
_NEAR: Final = 500


@dataclass(frozen=True)
class RunFilter:
    """Which runs of a store; None narrows nothing.

    Attributes:
        architecture: By its name.
        study: By its name or its folder.
        status: As it reads: the run of a killed process is "interrupted".
        seed: Of the run.
        since: Begun at this moment or later, as `values.moment_text` writes it.
        ids: Only these, whole ones.
        study_id: Number of a study.
    """

    architecture: str | None = None
    study: str | None = None
    status: StoredStatus | None = None
    seed: int | None = None
    since: str | None = None
    ids: tuple[str, ...] | None = None
    study_id: int | None = None


@dataclass(frozen=True)
class Query:
    """A filter in SQL: its condition, its values, and how the status is read."""

    where: str
    values: dict[str, Any]
    status: str


def query(connection: sqlite3.Connection, parent: Path, chosen: RunFilter) -> Query:
    """Turn a filter into SQL; asks of each owner that a row names whether it lives."""
    dead = [
        owner
        for (owner,) in connection.execute("SELECT DISTINCT owner FROM run WHERE owner IS NOT NULL")
        if not lives(parent / FOLDER, owner)
    ]
    parts: list[str] = []
    values: dict[str, Any] = {"dead": json.dumps(dead)} if dead else {}
    for name, condition in (
        ("architecture", "run.architecture = :architecture"),
        ("study", "run.study IN (SELECT id FROM study WHERE name = :study OR folder = :study)"),
        ("study_id", "run.study = :study_id"),
        ("seed", "run.seed = :seed"),
        ("since", "run.began >= :since"),
    ):
        if getattr(chosen, name) is not None:
            parts.append(condition)
            values[name] = getattr(chosen, name)
    if chosen.ids is not None:
        parts.append("run.id IN (SELECT value FROM json_each(:ids))")
        values["ids"] = json.dumps(chosen.ids)
    if chosen.status is not None:
        parts.append(_status_is(chosen.status, any_dead=bool(dead)))
        values["status"] = chosen.status
    status = f"CASE WHEN {_DEAD} THEN 'interrupted' ELSE run.status END" if dead else "run.status"
    return Query(f"WHERE {' AND '.join(parts)}" if parts else "", values, status)


def _status_is(status: StoredStatus, *, any_dead: bool) -> str:
    if any_dead and status == "running":
        return f"run.status = :status AND NOT {_DEAD}"
    if any_dead and status == "interrupted":
        return f"(run.status = :status OR {_DEAD})"
    return "run.status = :status"


def summaries_sql(asked: Query, limit: int | None) -> str:
    """Write the whole statement of a list, the newest first and planned runs at the end."""
    end = "" if limit is None else f" LIMIT {int(limit)}"
    return f"SELECT {SUMMARY.format(status=asked.status)} {_FROM} {asked.where} {_NEWEST}{end}"


def summaries(database: Database, parent: Path, chosen: RunFilter, limit: int | None = None) -> Iterator[RunSummary]:
    """Give the lines of a list one by one, as they stood when the first was asked for."""
    with database.reading_apart() as connection:
        yield from lines(connection, parent, chosen, limit)


def lines(connection: sqlite3.Connection, parent: Path, chosen: RunFilter, limit: int | None) -> sqlite3.Cursor:
    """Ask for the lines of a list on a connection that is there."""
    asked = query(connection, parent, chosen)
    cursor = connection.cursor()
    cursor.row_factory = summary_row
    return cursor.execute(summaries_sql(asked, limit), asked.values)


def count(database: Database, parent: Path, chosen: RunFilter) -> int:
    """Count the runs of a filter."""
    with database.reading() as connection:
        asked = query(connection, parent, chosen)
        statement = f"SELECT count(*) FROM run {asked.where}"  # noqa: S608 - values are bound
        return int(connection.execute(statement, asked.values).fetchone()[0])


def whole(database: Database, parent: Path, identifier: str) -> StoredRun:
    """Read all of a run.

    Raises:
        UsageError: If there is none.
    """
    with database.reading() as connection:
        found = next(iter(lines(connection, parent, RunFilter(ids=(identifier,)), None).fetchall()), None)
        cursor = connection.cursor()
        cursor.row_factory = sqlite3.Row
        row = cursor.execute("SELECT * FROM run WHERE id = ?", (identifier,)).fetchone()
        if found is None or row is None:
            raise _none(connection, identifier)

        def text(number: int) -> str:
            return str(connection.execute("SELECT text FROM document WHERE id = ?", (number,)).fetchone()[0])

        return whole_run(found, row, text)


def architectures(database: Database) -> dict[str, str]:
    """Return the id of the newest run of each architecture, by their names."""
    statement = (
        "SELECT architecture, id FROM run WHERE number IN (SELECT max(number) FROM run GROUP BY architecture) "
        "ORDER BY architecture"
    )
    with database.reading() as connection:
        return dict(connection.execute(statement).fetchall())


def owners(database: Database, study: int) -> tuple[str, ...]:
    """List who has runs of a study in hand, the dead included."""
    statement = "SELECT DISTINCT owner FROM run WHERE study = ? AND owner IS NOT NULL"
    with database.reading() as connection:
        return tuple(owner for (owner,) in connection.execute(statement, (study,)))


def resolve(database: Database, word: str) -> str:
    """Find the run that a word means: its id, or a beginning that no other shares.

    Raises:
        UsageError: If none or several begin so.
    """
    with database.reading() as connection:
        found = [
            identifier
            for (identifier,) in connection.execute(
                # chr(0x10FFFF) sorts behind every letter: an index range, where LIKE would read all.
                "SELECT id FROM run WHERE id >= ? AND id < ? ORDER BY id LIMIT 6",
                (word, word + chr(0x10FFFF)),
            )
        ]
        if word in found:
            return word
        if not found or not word:
            raise _none(connection, word)
    if len(found) > 1:
        some = ", ".join(found[:5]) + (", ..." if len(found) > 5 else "")  # noqa: PLR2004 - one more than is shown
        raise UsageError(
            explain(
                expected="the beginning of one run's id", got=f"{word!r}, which several share", fix=f"Known: {some}."
            )
        )
    return str(found[0])


def _none(connection: sqlite3.Connection, word: str) -> UsageError:
    """Propose the nearest among the newest runs."""
    newest = [row[0] for row in connection.execute("SELECT id FROM run ORDER BY number DESC LIMIT ?", (_NEAR,))]
    near = did_you_mean(word, newest)
    fix = near if near.startswith("Did") else "Type: cnnlab runs list"
    return UsageError(explain(expected="the id of a run", got=repr(word), fix=fix))


def check_known(database: Database, chosen: RunFilter) -> None:
    """Refuse a filter that names what no run has, so that a slip of the pen does not read as an empty list.

    Raises:
        UsageError: If the architecture or the study is unknown.
    """
    with database.reading() as connection:
        for word, what, statement in (
            (chosen.architecture, "architecture", "SELECT DISTINCT architecture FROM run"),
            (chosen.study, "study", "SELECT name FROM study UNION SELECT folder FROM study"),
        ):
            if word is None:
                continue
            known = [name for (name,) in connection.execute(statement)]
            if word not in known:
                fix = did_you_mean(word, known) if known else "The store is empty."
                raise UsageError(explain(expected=f"the name of a stored {what}", got=repr(word), fix=fix))

"""The life of a run: planned, claimed by a process, released with its result or without, removed."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from cnnlab.errors import CnnlabError, UsageError, explain
from cnnlab.records import Provenance, RunPlan, RunResult, RunStatus
from cnnlab.store.database import Database
from cnnlab.store.predictions import packed
from cnnlab.store.recipe_json import recipe_as_dict
from cnnlab.store.result_json import weights_sum
from cnnlab.store.values import keep_document, new_id, now, number_in

# Says whether the process of an owner lives.
Lives = Callable[[str], bool]

_DOCUMENTS = ("network", "recipe", "data_sums", "provenance")


def planned(database: Database, study: int, plans: Sequence[RunPlan]) -> tuple[str, ...]:
    """Make a row for each run of a study that has none yet, and return the ids of all, in their order."""
    with database.writing(durable=True) as connection:
        return tuple(_planned(connection, study, plan) for plan in plans)


def _planned(connection: sqlite3.Connection, study: int, plan: RunPlan) -> str:
    place = (study, plan.key.architecture, plan.key.seed)
    there = "SELECT id FROM run WHERE study = ? AND architecture = ? AND seed = ?"
    found = connection.execute(there, place).fetchone()
    if found is not None:
        return str(found[0])
    origin = plan.provenance
    row: dict[str, Any] = {
        "id": _free_id(connection),
        "study": study,
        "architecture": plan.key.architecture,
        "seed": plan.key.seed,
        "status": "planned",
        "folder": plan.folder,
        "network": keep_document(connection, plan.network),
        "recipe": keep_document(connection, recipe_as_dict(plan.recipe)),
        "data_name": origin.data_name,
        "data_sums": keep_document(connection, origin.data_sums),
        "train_images": origin.train_images,
        "test_images": origin.test_images,
        "validation_images": origin.validation_images,
        "provenance": keep_document(connection, asdict(origin)),
        "epochs_planned": plan.recipe.epochs,
        "total_params": plan.total_params,
        "trainable_params": plan.trainable_params,
    }
    names = ", ".join(row)
    places = ", ".join(f":{name}" for name in row)
    connection.execute(f"INSERT INTO run ({names}) VALUES ({places})", row)  # noqa: S608 - own columns
    return str(row["id"])


def _free_id(connection: sqlite3.Connection) -> str:
    while True:
        identifier = new_id()
        if connection.execute("SELECT 1 FROM run WHERE id = ?", (identifier,)).fetchone() is None:
            return identifier


def claimable(connection: sqlite3.Connection, run: str, lives: Lives) -> bool:
    """Say whether a run may be trained by somebody: not finished, and nobody who lives trains it."""
    row = connection.execute("SELECT status, owner FROM run WHERE id = ?", (run,)).fetchone()
    if row is None:
        raise _gone(run)
    status, owner = row
    return status != "finished" and (owner is None or not lives(owner))


def claimed(database: Database, run: str, owner: str, lives: Lives, provenance: Provenance | None) -> bool:
    """Make a run an owner's in one transaction, unless a living one has it or it is finished."""
    with database.writing(durable=True) as connection:
        if not claimable(connection, run, lives):
            return False
        connection.execute(
            "UPDATE run SET status = 'running', owner = ?, began = coalesce(began, ?), ended = NULL, reason = NULL, "
            "error = NULL, test_loss = NULL, test_accuracy = NULL, attempts = attempts + 1 WHERE id = ?",
            (owner, now(), run),
        )
        connection.execute("DELETE FROM test_prediction WHERE run = (SELECT number FROM run WHERE id = ?)", (run,))
        if provenance is not None:
            number = keep_document(connection, asdict(provenance))
            connection.execute("UPDATE run SET provenance = ? WHERE id = ?", (number, run))
        return True


def released(
    database: Database,
    run: str,
    owner: str | None,
    status: RunStatus,
    result: RunResult | None,
    error: str | None,
    *,
    no_test: bool,
) -> None:
    """Let go of a run and keep what came out, in one transaction that outlives a power cut."""
    values: dict[str, Any] = {"status": status, "owner": None, "ended": now(), "error": error}
    if result is not None:
        values |= _result(result, status, no_test=no_test)
    said = None if result is None or result.test_predictions is None else packed(result.test_predictions)
    with database.writing(durable=True) as connection:
        number = owned(connection, run, owner)
        if said is not None:
            connection.execute("INSERT INTO test_prediction VALUES (?, ?, ?)", (number, *said))
        settings = ", ".join(f"{name} = :{name}" for name in values)
        connection.execute(f"UPDATE run SET {settings} WHERE number = :number", {**values, "number": number})  # noqa: S608 - own columns


def _result(result: RunResult, status: RunStatus, *, no_test: bool) -> dict[str, Any]:
    return {
        "seconds": result.seconds,
        "test_loss": number_in(result.test_loss),
        "test_accuracy": result.test_accuracy,
        "no_test": no_test,
        "total_params": result.total_params,
        "trainable_params": result.trainable_params,
        "weights_sha256": weights_sum(result) if status == "finished" and result.weights else None,
        "reason": result.ended,
        "resumes_exactly": result.resumes_exactly,
    }


def owned(connection: sqlite3.Connection, run: str, owner: str | None) -> int:
    """Return the number of a run that an owner has claimed.

    Raises:
        CnnlabError: If it is not there or not the owner's: nobody writes into what another process trains.
    """
    row = connection.execute("SELECT number, owner, status FROM run WHERE id = ?", (run,)).fetchone()
    if row is None:
        raise _gone(run)
    if owner is None or row[1] != owner:
        got = f"one that is {row[2]}" + (" by another process" if row[1] else "")
        raise CnnlabError(explain(expected="a run that this process has claimed", got=got, where=f"run {run}"))
    return int(row[0])


def removed(database: Database, runs: Sequence[str], lives: Lives) -> dict[str, str]:
    """Remove the rows of runs in one transaction, all or none, and return the folder of each.

    Raises:
        UsageError: If one is not there or is being trained; none is removed then.
    """
    folders: dict[str, str] = {}
    with database.writing(durable=True) as connection:
        for run in runs:
            row = connection.execute("SELECT owner, folder, number FROM run WHERE id = ?", (run,)).fetchone()
            if row is None:
                raise _gone(run)
            owner, folders[run], number = row
            if owner is not None and lives(owner):
                fix = "Stop it with Ctrl-C or wait for its end."
                raise UsageError(
                    explain(expected="runs that nobody trains", got="one in training", where=f"run {run}", fix=fix)
                )
            _remove(connection, number)
    return folders


def _remove(connection: sqlite3.Connection, number: int) -> None:
    """Remove a run with its epochs and checkpoints, and the documents that no other run points to."""
    columns = ", ".join(_DOCUMENTS)
    documents = connection.execute(f"SELECT {columns} FROM run WHERE number = ?", (number,)).fetchone()  # noqa: S608 - own columns
    connection.execute("DELETE FROM run WHERE number = ?", (number,))
    used = " OR ".join(f"{name} = :id" for name in _DOCUMENTS)
    for document in set(documents):
        statement = f"DELETE FROM document WHERE id = :id AND NOT EXISTS (SELECT 1 FROM run WHERE {used})"  # noqa: S608 - own columns
        connection.execute(statement, {"id": document})


def _gone(run: str) -> UsageError:
    return UsageError(explain(expected="the id of a run", got=repr(run), fix="Type: cnnlab runs list"))

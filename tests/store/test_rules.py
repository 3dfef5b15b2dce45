"""What the tables refuse, whoever writes: plain SQL, without our code between."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from many_runs import plan

from cnnlab.store import open_store

SUM = "a" * 64
GOOD = {
    "status": "'finished'",
    "began": "'2024-01-01'",
    "ended": "'2024-01-01'",
    "seconds": "1.5",
    "test_loss": "0.5",
    "test_accuracy": "0.9",
    "weights_sha256": f"'{SUM}'",
}


@pytest.fixture
def sql(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with open_store(tmp_path) as store:
        study = store.study(SUM, "a", "study", "")
        store.plan_ids(study.id, [plan(seed=0), plan(seed=1)])
    connection = sqlite3.connect(tmp_path / "cnnlab.sqlite", isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    yield connection
    connection.close()


def update(sql: sqlite3.Connection, values: dict[str, str]) -> None:
    settings = ", ".join(f"{name} = {value}" for name, value in values.items())
    sql.execute(f"UPDATE run SET {settings} WHERE number = 1")


def test_a_result_with_all_it_rests_on_enters(sql: sqlite3.Connection) -> None:
    update(sql, GOOD)
    assert sql.execute("SELECT status FROM run WHERE number = 1").fetchone() == ("finished",)


@pytest.mark.parametrize("missing", ["ended", "seconds", "test_loss", "test_accuracy", "weights_sha256"])
def test_a_result_that_lacks_one_thing_does_not_enter(sql: sqlite3.Connection, missing: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="a finished run needs"):
        update(sql, GOOD | {missing: "NULL"})
    assert sql.execute("SELECT status FROM run WHERE number = 1").fetchone() == ("planned",)


@pytest.mark.parametrize("missing", ["network", "recipe", "provenance", "data_sums", "data_name", "epochs_planned"])
def test_no_run_enters_without_its_network_recipe_data_and_provenance(sql: sqlite3.Connection, missing: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match=f"NOT NULL constraint failed: run.{missing}"):
        update(sql, {missing: "NULL"})


@pytest.mark.parametrize(
    "document", ["{}", '{"cnnlab_version": "1"}', "json_without('$.cpu')", "json_without('$.data_sums')"]
)
def test_a_provenance_with_holes_is_none(sql: sqlite3.Connection, document: str) -> None:
    if document.startswith("json_without"):
        path = document[len("json_without('") : -2]
        of = "SELECT json_remove(text, ?) FROM document WHERE id = (SELECT provenance FROM run WHERE number = 1)"
        document = sql.execute(of, (path,)).fetchone()[0]
    number = sql.execute("INSERT INTO document (sha256, text) VALUES (?, ?)", ("b" * 64, document)).lastrowid
    with pytest.raises(sqlite3.IntegrityError, match="a finished run needs its whole provenance"):
        update(sql, GOOD | {"provenance": str(number)})


def test_a_finished_row_cannot_be_inserted_around_the_rule(sql: sqlite3.Connection) -> None:
    columns = [row[1] for row in sql.execute("PRAGMA table_info(run)") if row[1] != "number"]
    values = {name: name for name in columns} | {"id": "'zzzzzzzz'", "seed": "9", "folder": "'elsewhere'"}
    values |= GOOD | {"weights_sha256": "NULL"}
    with pytest.raises(sqlite3.IntegrityError, match="needs the sum of its weights"):
        sql.execute(
            f"INSERT INTO run ({', '.join(columns)}) SELECT {', '.join(values[name] for name in columns)} "
            "FROM run WHERE number = 1"
        )


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"status": "'done'"}, "CHECK"),
        ({"status": "'running'", "began": "'2024'"}, "CHECK"),
        ({"owner": "'somebody'"}, "CHECK"),
        ({"status": "'interrupted'"}, "CHECK"),
        ({"weights_sha256": f"'{SUM}'"}, "CHECK"),
        (GOOD | {"weights_sha256": "'short'"}, "CHECK"),
        (GOOD | {"test_accuracy": "1.5"}, "CHECK"),
        (GOOD | {"test_loss": "'much'"}, "CHECK"),
        (GOOD | {"no_test": "1"}, "CHECK"),
        ({"seed": "-1"}, "CHECK"),
        ({"seed": "1"}, "UNIQUE constraint failed: run.study, run.architecture, run.seed"),
        ({"study": "99"}, "FOREIGN KEY"),
        ({"network": "99"}, "FOREIGN KEY"),
    ],
)
def test_a_row_that_contradicts_itself_does_not_enter(
    sql: sqlite3.Connection, values: dict[str, str], told: str
) -> None:
    with pytest.raises(sqlite3.IntegrityError, match=told):
        update(sql, values)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO document (sha256, text) VALUES (printf('%064d', 1), 'no json')",
        "INSERT INTO epoch VALUES (99, 1, 0.5, 0.5, NULL, NULL, 1.0, NULL)",
        "INSERT INTO epoch VALUES (1, 1, NULL, 0.5, NULL, NULL, 1.0, NULL)",
        "INSERT INTO epoch VALUES (1, 0, 0.5, 0.5, NULL, NULL, 1.0, NULL)",
        "INSERT INTO prediction VALUES (1, 1, x'00', x'00')",
        "INSERT INTO checkpoint VALUES (1, 1, 1, 1, 0, 'f', 's', 1, '')",
        "DELETE FROM study",
        "DELETE FROM document",
        "UPDATE document SET text = '{}'",
    ],
)
def test_what_hangs_together_stays_together(sql: sqlite3.Connection, statement: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match=r"CHECK|FOREIGN KEY|NOT NULL|shared by many runs"):
        sql.execute(statement)

"""What docs/store.md shows works on a real store, and what it names is there."""

import re
import sqlite3
from pathlib import Path

import pytest
from many_runs import fill

from cnnlab.store import open_store

PAGE = (Path(__file__).parents[2] / "docs/store.md").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with open_store(tmp_path / "runs") as store:
        fill(store, 60, epochs=2)
    return tmp_path


def block(language: str) -> str:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[0]


def test_every_statement_of_the_page_gives_rows(folder: Path) -> None:
    connection = sqlite3.connect(folder / "runs/cnnlab.sqlite")
    statements = [one for one in block("sql").split(";") if one.strip()]
    assert len(statements) == 3
    assert all(connection.execute(one).fetchall() for one in statements)
    connection.close()


def test_the_python_of_the_page_lists_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    exec(block("python"), {})
    assert len(capsys.readouterr().out.splitlines()) == 10


def test_the_page_names_every_table_and_only_columns_that_are_there(folder: Path) -> None:
    connection = sqlite3.connect(folder / "runs/cnnlab.sqlite")
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    rows = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| (.*) \|$", PAGE, re.MULTILINE))
    assert sorted(rows) == sorted(name for name in tables if not name.startswith("sqlite_"))
    for table, words in rows.items():
        columns = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
        assert set(re.findall(r"`(\w+)`", words)) - {"document"} <= columns
    connection.close()

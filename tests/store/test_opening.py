"""Opening: what is made, what is migrated, what is refused and never touched."""

import os
import sqlite3
import struct
from pathlib import Path

import pytest
from many_runs import fill, plan

from cnnlab.errors import CnnlabError, UsageError
from cnnlab.store import open_store, opening
from cnnlab.store.database import Database
from cnnlab.store.migrations import APPLICATION_ID, MIGRATIONS, VERSION, migrate, version_of

OLD = (1, 2, 3)


def old_store(folder: Path, version: int = 1) -> Path:
    """Build a store as a version left it: one study, two runs with epochs, predictions and a checkpoint."""
    folder.mkdir(exist_ok=True)
    path = folder / "cnnlab.sqlite"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(Path(__file__).with_name(f"version_{version}.sql").read_text(encoding="utf-8"))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {version}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    return path


def objects(path: Path) -> set[tuple[str, str]]:
    connection = sqlite3.connect(path)
    found = set(connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    connection.close()
    return found


def test_a_new_store_is_whole_in_wal_mode_and_alone_in_its_folder(tmp_path: Path) -> None:
    with open_store(tmp_path / "a" / "runs") as store:
        connection = store.database.connection
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
        assert connection.execute("PRAGMA busy_timeout").fetchone() == (30_000,)
        assert version_of(connection) == VERSION >= 2
    assert [path.name for path in (tmp_path / "a/runs").iterdir() if path.name[0] != "."] == ["cnnlab.sqlite"]


def test_where_there_is_no_store_one_is_told_and_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cnnlab\.sqlite: expected a store of runs, got none\. Train something first"):
        open_store(tmp_path / "runs", create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"file: expected a folder for the runs that can be written, got .*--out DIR"):
        open_store(tmp_path / "file")


def test_epochs_are_cheap_and_what_must_last_is_flushed(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        for durable, level in ((False, 1), (True, 2), (False, 1)):
            with store.database.writing(durable=durable) as connection:
                assert connection.execute("PRAGMA synchronous").fetchone() == (level,)
        study = store.study("0" * 64, "a", "study", "")
        (run,) = store.plan_ids(study.id, [plan()])
        levels = []
        for act in (lambda: store.claim(run), lambda: store.cut_after(run, 0), lambda: store.release(run, "failed")):
            store.database.connection.execute("PRAGMA synchronous = OFF")
            act()
            levels.append(store.database.connection.execute("PRAGMA synchronous").fetchone()[0])
        assert levels == [2, 2, 2]


def other_program(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE places (url TEXT)")
    connection.execute("PRAGMA application_id = 77")
    connection.commit()
    connection.close()


def plain_database(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE run (id TEXT)")
    connection.commit()
    connection.close()


def cut(path: Path, share: float) -> None:
    with open_store(path.parent) as store:
        fill(store, 60)
    os.truncate(path, int(path.stat().st_size * share))


STRANGERS = {
    "another program's": (other_program, "expected a store of cnnlab, got a database of another program"),
    "no application id": (plain_database, "expected a store of cnnlab, got a database of another program"),
    "text": (lambda path: path.write_text("my notes, " * 50), "expected a store of cnnlab, got a file of another kind"),
    "short text": (lambda path: path.write_text("hi"), "expected a store of cnnlab, got a file of another kind"),
    "empty": (lambda path: path.write_bytes(b""), "expected a whole store.*cut off \\(0 bytes\\)"),
    "half": (lambda path: cut(path, 0.5), r"expected a whole store.*cut off \([\d,]+ bytes of [\d,]+\)"),
    "all but a byte": (lambda path: cut(path, 0.999999), "expected a whole store.*cut off"),
    "forty bytes": (lambda path: cut(path, 0.0002), "expected a whole store.*cut off"),
}


@pytest.mark.parametrize("create", [True, False])
@pytest.mark.parametrize("kind", STRANGERS)
def test_a_file_that_is_no_store_is_refused_by_name_and_not_touched(tmp_path: Path, kind: str, create: bool) -> None:
    path = tmp_path / "cnnlab.sqlite"
    make, message = STRANGERS[kind]
    make(path)
    before, names = path.read_bytes(), sorted(file.name for file in tmp_path.iterdir())
    with pytest.raises(UsageError, match=rf"cnnlab\.sqlite: {message}"):
        open_store(tmp_path, create=create)
    assert path.read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == names


def test_a_folder_in_the_place_of_the_store_is_told(tmp_path: Path) -> None:
    (tmp_path / "cnnlab.sqlite").mkdir()
    with pytest.raises(CnnlabError, match=r"cnnlab\.sqlite: expected a store that can be read, got Is a directory"):
        open_store(tmp_path)


def test_a_newer_store_is_refused_with_both_numbers_and_the_way_out(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    path = tmp_path / "cnnlab.sqlite"
    with path.open("rb+") as file:
        file.seek(60)
        file.write(struct.pack(">I", VERSION + 5))
    before = path.read_bytes()
    with pytest.raises(
        UsageError,
        match=rf"a store of version {VERSION} or older, got version {VERSION + 5}\..*pip install --upgrade cnnlab",
    ):
        open_store(tmp_path)
    assert path.read_bytes() == before


def test_a_newer_version_that_still_stands_in_the_log_is_refused_as_well(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        store.database.connection.execute(f"PRAGMA user_version = {VERSION + 1}")
        with pytest.raises(UsageError, match=f"got version {VERSION + 1}"):
            open_store(tmp_path)


@pytest.mark.parametrize("version", OLD)
def test_an_old_store_gets_the_tables_of_a_new_one_and_keeps_every_row(tmp_path: Path, version: int) -> None:
    path = old_store(tmp_path / "old", version)
    open_store(tmp_path / "new").close()
    assert objects(path) != objects(tmp_path / "new/cnnlab.sqlite")
    with open_store(tmp_path / "old") as store:
        assert [(line.id, line.status, line.epochs) for line in store.runs()] == [
            ("aaaaaaa2", "finished", 2),
            ("bbbbbbb3", "planned", 0),
        ]
        assert [row.val_loss for row in store.epochs("aaaaaaa2")] == [0.5, 0.25]
        for part in ("validation", "test"):
            assert len(store.predictions("aaaaaaa2", part=part).classes) == 3
        assert store.run("aaaaaaa2").validation_images is None
        assert store.checkpoints("aaaaaaa2")[0].step == 938
        assert store.run("aaaaaaa2").provenance["cpu"] == "a processor"
        store.claim("bbbbbbb3")
    assert objects(path) == objects(tmp_path / "new/cnnlab.sqlite")
    assert sorted(file.name for file in path.parent.iterdir()) == [".owners", "cnnlab.sqlite"]


@pytest.mark.parametrize("version", OLD)
def test_an_old_migration_is_still_the_one_that_was_released(tmp_path: Path, version: int) -> None:
    path = old_store(tmp_path, version)
    with sqlite3.connect(tmp_path / "now", isolation_level=None) as connection:
        migrate(connection, last=version)
    connection.close()
    assert objects(path) == objects(tmp_path / "now")


def test_a_migration_that_fails_leaves_the_old_store_and_a_copy_beside_it(tmp_path: Path) -> None:
    path = old_store(tmp_path)
    before = objects(path)
    database = Database(path)
    broken = (MIGRATIONS[0], ("CREATE INDEX half ON run (began)", "CREATE INDEX wrong ON nowhere (x)"))
    with pytest.raises(
        CnnlabError, match=r"from version 1 to 2, got no such table.*a copy lies in cnnlab\.sqlite\.version-1"
    ):
        opening._migrate_beside_a_copy(database, 1, broken)
    assert version_of(database.connection) == 1
    database.close()
    copy = tmp_path / "cnnlab.sqlite.version-1"
    assert objects(path) == before == objects(copy)
    with open_store(tmp_path) as store:
        assert store.count() == 2
    assert not copy.exists()


def test_a_migration_that_would_break_a_reference_is_undone(tmp_path: Path) -> None:
    path = old_store(tmp_path)
    database = Database(path)
    broken = (MIGRATIONS[0], ("DELETE FROM study",))
    with pytest.raises(CnnlabError, match="expected every row to point to one that is there"):
        opening._migrate_beside_a_copy(database, 1, broken)
    assert database.connection.execute("SELECT count(*) FROM study").fetchone() == (1,)
    assert database.connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
    database.close()


def test_a_store_on_a_medium_that_nobody_can_write_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store(tmp_path) as store:
        fill(store, 3)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with open_store(tmp_path, create=False) as store:
        assert store.count() == 3
        with pytest.raises(CnnlabError, match=r"expected a store that can be written, got attempt to write a readonly"):
            store.study("0" * 64, "a", "a", "")
    assert [file.name for file in tmp_path.iterdir() if file.name[0] != "."] == ["cnnlab.sqlite"]

"""A full disk, a locked store, a damaged one: nothing half done, and the system's reason told."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from many_runs import plan

from cnnlab.errors import CnnlabError
from cnnlab.records import CheckpointMade, EpochRow, Recipe, RunKey, RunResult, TestPredictions
from cnnlab.store import Store, checkpoints, database, open_store

ROW = EpochRow(2, 0.5, 0.5, 0.5, 0.5, 1.0)
noise = np.random.default_rng(0)
SAID = TestPredictions(noise.integers(0, 10, 30_000, np.uint8), noise.random(30_000, np.float32))
RESULT = RunResult(
    key=RunKey("net", 0),
    status="finished",
    recipe=Recipe(),
    total_params=1,
    trainable_params=1,
    history=(),
    test_loss=0.5,
    test_accuracy=0.5,
    seconds=1.0,
    weights=(np.zeros(3, np.float32),),
    ended="x" * 60_000,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as opened:
        yield opened


def begun(store: Store) -> str:
    study = store.study("0" * 64, "a", "study", "")
    (run,) = store.plan_ids(study.id, [plan()])
    store.claim(run)
    store.add_epoch(run, EpochRow(1, 0.5, 0.5, 0.5, 0.5, 1.0))
    return run


def contents(store: Store) -> list[str]:
    return list(store.database.connection.iterdump())


def fill_up(store: Store) -> None:
    """Let the database grow by nothing more."""
    pages = store.database.connection.execute("PRAGMA page_count").fetchone()[0]
    store.database.connection.execute(f"PRAGMA max_page_count = {pages}")


LARGE = "x" * 60_000
WRITES: dict[str, Callable[[Store, str], object]] = {
    "study": lambda store, run: store.study("1" * 64, "b", "other", LARGE),
    "plan": lambda store, run: store.plan_ids(1, [plan(seed=seed, folder=f"{seed}/{LARGE}") for seed in (1, 2)]),
    "epoch": lambda store, run: store.add_epoch(run, ROW, SAID),
    "release": lambda store, run: store.release(run, "finished", result=RESULT),
    "failure": lambda store, run: store.release(run, "failed", error=LARGE),
}


@pytest.mark.parametrize("write", WRITES)
def test_a_full_disk_leaves_everything_as_it_was_and_the_write_succeeds_once_there_is_room(
    store: Store, write: str
) -> None:
    run = begun(store)
    before = contents(store)
    fill_up(store)
    with pytest.raises(CnnlabError, match=r"cnnlab\.sqlite: expected room on the disk.*disk is full\. Free some space"):
        WRITES[write](store, run)
    assert contents(store) == before
    store.database.connection.execute("PRAGMA max_page_count = 100000")
    WRITES[write](store, run)
    assert contents(store) != before


def test_a_checkpoint_that_cannot_be_named_leaves_no_file(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run = begun(store)
    folder = store.parent / "study/net/seed-0"
    first = CheckpointMade(RunKey("net", 0), 1, 469, False, b"first")
    store.keep_checkpoint(run, first, folder)
    before = contents(store), sorted(folder.iterdir())

    def full(*words: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(checkpoints, "_named", full)
    with pytest.raises(CnnlabError, match="disk is full"):
        store.keep_checkpoint(run, CheckpointMade(RunKey("net", 0), 2, 938, False, b"second"), folder)
    with pytest.raises(CnnlabError, match="disk is full"):
        store.keep_checkpoint(run, first, folder)
    assert (contents(store), sorted(folder.iterdir())) == before


def test_a_checkpoint_whose_file_cannot_be_written_is_not_named(store: Store) -> None:
    run = begun(store)
    (store.parent / "study").write_text("in the way")
    with pytest.raises(CnnlabError, match=r"seed-0: expected to be able to write, got Not a directory"):
        store.keep_checkpoint(
            run, CheckpointMade(RunKey("net", 0), 1, 1, False, b"x"), store.parent / "study/net/seed-0"
        )
    assert store.checkpoints(run) == ()


# A limit on the size of files ends a write in its middle, as a disk does that fills up meanwhile.
LIMITED = """
import resource, sys
from pathlib import Path
import numpy as np
from cnnlab.errors import CnnlabError
from cnnlab.records import CheckpointMade, EpochRow, RunKey, TestPredictions
from cnnlab.store import open_store

parent, run = Path(sys.argv[1]), sys.argv[2]
noise = np.random.default_rng(1)
failed = 0
with open_store(parent) as store:
    store.claim(run)
    store.cut_after(run, 0)
    for epoch in range(1, 60):
        wal = (parent / "cnnlab.sqlite-wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (max(wal, 200_000) + 1777 * (epoch % 23), resource.RLIM_INFINITY))
        said = TestPredictions(noise.integers(0, 10, 5000, np.uint8), noise.random(5000, np.float32))
        try:
            store.add_epoch(run, EpochRow(epoch, 0.5, 0.5, 0.5, 0.5, 1.0), said)
            wrote = True
        except CnnlabError as error:
            assert "expected room on the disk" in str(error) or "expected the disk to take" in str(error), error
            wrote, failed = False, failed + 1
        kept = [row.epoch for row in store.epochs(run)]
        assert (epoch in kept) == wrote
        assert tuple(kept) == store.predicted_epochs(run)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
        before = store.checkpoints(run)
        try:
            store.keep_checkpoint(run, CheckpointMade(RunKey("net", 0), epoch, epoch, False, bytes(5000)), parent / "c")
            raise SystemExit("a checkpoint beyond the limit was kept")
        except CnnlabError:
            assert store.checkpoints(run) == before
            assert not list((parent / "c").iterdir())
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert store.database.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
print(failed)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files on this system")
def test_a_write_that_ends_in_its_middle_leaves_whole_epochs_only(store: Store) -> None:
    run = begun(store)
    store.release(run, "interrupted")
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(store.parent), run],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert 5 < int(done.stdout) < 59


def test_a_store_that_another_program_holds_is_told_after_its_time(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.database.connection.execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(store.database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(
        CnnlabError, match=r"expected the store to be free.*database is locked\. Another process writes"
    ):
        store.study("0" * 64, "a", "a", "")
    other.close()
    assert store.study("0" * 64, "a", "a", "").name == "a"


def test_a_damaged_page_is_told_with_the_way_out(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        begun(store)
    path = tmp_path / "cnnlab.sqlite"
    with path.open("rb+") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    with (
        open_store(tmp_path) as store,
        pytest.raises(
            CnnlabError, match=r"expected a store whose pages fit together.*malformed\. It is damaged: put a copy"
        ),
    ):
        list(store.runs())


def test_whatever_ends_a_block_undoes_it(store: Store) -> None:
    begun(store)
    before = contents(store)

    def cut_off() -> None:
        with store.database.writing() as connection:
            connection.execute("DELETE FROM epoch")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cut_off()
    assert contents(store) == before
    assert database.BUSY_SECONDS == 30

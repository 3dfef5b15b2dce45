"""Two processes on one store: real ones, killed with no time to say so."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from many_runs import plan

from cnnlab.errors import CnnlabError
from cnnlab.records import EpochRow
from cnnlab.store import RunFilter, open_store
from cnnlab.store.owners import FOLDER, Owner, lives

SUM = "0" * 64
PRELUDE = """
import json, os, sys, time
from pathlib import Path
from cnnlab.records import CheckpointMade, EpochRow, RunKey
from cnnlab.store import open_store

def say(value):
    print(json.dumps(value), flush=True)

store = open_store(Path(sys.argv[1]))
"""
HOLD = "say(store.claim(sys.argv[2])); sys.stdin.read()"
RACE = "say([run for run in sys.argv[2:] if store.claim(run)]); sys.stdin.read()"
WRITE = """
store.claim(sys.argv[2])
for number in range(1, 100_000):
    store.add_epoch(sys.argv[2], EpochRow(number, 0.5, 0.5, 0.5, 0.5, 1.0))
    event = CheckpointMade(RunKey("net", 0), number, number, number % 3 == 0, os.urandom(20_000))
    store.keep_checkpoint(sys.argv[2], event, Path(sys.argv[1]) / "study/net/seed-0")
    say(number)
"""
CREATE = "say(store.study('0' * 64, 'a', 'study', '').id)"
FORK = """
store.claim(sys.argv[2])
parents = store.database.connection
child = os.fork()
if child == 0:
    assert store.database.connection is not parents, "SQLite forbids to carry a connection through a fork"
    mine = store.claim(sys.argv[3])
    seen = store.run(sys.argv[2]).status
    try:
        store.add_epoch(sys.argv[2], EpochRow(1, 0.5, 0.5, None, None, 1.0))
    except Exception as error:
        told = str(error)
    say([mine, seen, told])
    store.close()
    sys.stdout.flush()
    os._exit(0)
os.waitpid(child, 0)
store.add_epoch(sys.argv[2], EpochRow(1, 0.5, 0.5, None, None, 1.0))
say([store.run(sys.argv[2]).status, store.run(sys.argv[3]).status, len(store.epochs(sys.argv[2]))])
"""


class Processes:
    def __init__(self) -> None:
        self.started: list[subprocess.Popen[str]] = []

    def start(self, code: str, *words: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", PRELUDE + code, *map(str, words)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def close(self) -> None:
        for process in self.started:
            process.kill()
            process.communicate()


@pytest.fixture
def processes() -> Iterator[Processes]:
    made = Processes()
    yield made
    made.close()


def said(process: subprocess.Popen[str]) -> object:
    return json.loads(process.stdout.readline())


def killed(process: subprocess.Popen[str]) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def planned(folder: Path, count: int = 1) -> tuple[str, ...]:
    with open_store(folder) as store:
        study = store.study(SUM, "a", "study", "")
        return store.plan_ids(study.id, [plan(seed=seed) for seed in range(count)])


@pytest.mark.slow
def test_the_run_of_a_killed_process_reads_as_interrupted_and_can_be_claimed(
    tmp_path: Path, processes: Processes
) -> None:
    (run,) = planned(tmp_path)
    holder = processes.start(HOLD, tmp_path, run)
    assert said(holder) is True
    with open_store(tmp_path) as store:
        assert store.run(run).status == "running"
        assert [store.count(RunFilter(status=status)) for status in ("running", "interrupted")] == [1, 0]
        assert not store.claim(run)
        killed(holder)
        assert store.run(run).status == "interrupted"
        assert [store.count(RunFilter(status=status)) for status in ("running", "interrupted")] == [0, 1]
        assert next(store.runs(RunFilter(status="interrupted"))).status == "interrupted"
        assert store.claim(run)
        assert (store.run(run).status, store.run(run).attempts) == ("running", 2)
        assert len(list((tmp_path / FOLDER).glob("*.lock"))) == 2, (
            "its own and that of the tables; the dead one's is gone"
        )
    with open_store(tmp_path) as store:
        assert store.run(run).status == "interrupted", "a store that was closed has let go"


@pytest.mark.slow
def test_of_several_processes_that_want_the_same_runs_each_run_gets_one(tmp_path: Path, processes: Processes) -> None:
    runs = planned(tmp_path, 12)
    racers = [processes.start(RACE, tmp_path, *runs) for _ in range(4)]
    won = [said(racer) for racer in racers]
    assert sorted(run for each in won for run in each) == sorted(runs)


@pytest.mark.slow
def test_a_dead_ones_runs_are_shared_out_too_and_no_run_is_left_over(tmp_path: Path, processes: Processes) -> None:
    runs = planned(tmp_path, 8)
    first = processes.start(RACE, tmp_path, *runs)
    assert len(said(first)) == 8
    killed(first)
    racers = [processes.start(RACE, tmp_path, *runs) for _ in range(3)]
    won = [said(racer) for racer in racers]
    assert sorted(run for each in won for run in each) == sorted(runs)


@pytest.mark.slow
def test_processes_that_make_the_store_at_once_make_one(tmp_path: Path, processes: Processes) -> None:
    assert {said(one) for one in [processes.start(CREATE, tmp_path / "runs") for _ in range(4)]} == {1}


@pytest.mark.slow
def test_after_kill_9_at_any_moment_epochs_are_whole_and_every_named_checkpoint_is_there(
    tmp_path: Path, processes: Processes
) -> None:
    (run,) = planned(tmp_path)
    for round_ in range(4):
        writer = processes.start(WRITE, tmp_path, run)
        for _ in range(3 + 4 * round_):
            last = said(writer)
        killed(writer)
        with open_store(tmp_path) as store:
            assert store.database.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            epochs = [row.epoch for row in store.epochs(run)]
            assert epochs == list(range(1, len(epochs) + 1))
            assert len(epochs) >= last
            kept = store.checkpoints(run)
            assert kept[0].step >= last
            assert all(store.read_checkpoint(one) is not None for one in kept)
            assert sum(not one.best for one in kept) == 2
            assert store.run(run).status == "interrupted"


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_process_is_another_one_and_leaves_its_parents_run_alone(tmp_path: Path, processes: Processes) -> None:
    runs = planned(tmp_path, 2)
    parent = processes.start(FORK, tmp_path, *runs)
    mine, seen, told = said(parent)
    assert (mine, seen) == (True, "running")
    assert "expected a run that this process has claimed" in told
    assert said(parent) == ["running", "interrupted", 1]


def test_threads_of_one_process_write_side_by_side(tmp_path: Path) -> None:
    runs = planned(tmp_path, 4)
    with open_store(tmp_path) as store:
        assert all(store.claim(run) for run in runs)

        def write(run: str) -> None:
            for epoch in range(1, 11):
                store.add_epoch(run, EpochRow(epoch, 0.5, 0.5, 0.5, 0.5, 1.0))

        threads = [threading.Thread(target=write, args=(run,)) for run in runs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [len(store.epochs(run)) for run in runs] == [10] * 4


def test_a_list_that_is_still_being_read_keeps_nobody_from_writing(tmp_path: Path) -> None:
    runs = planned(tmp_path, 5)
    with open_store(tmp_path) as store, open_store(tmp_path) as other:
        read = []
        for line in store.runs():
            read.append(line.id)
            assert other.claim(line.id)
            other.release(line.id, "interrupted")
            assert store.claim(line.id)
            store.release(line.id, "failed", error="x")
    assert sorted(read) == sorted(runs)


def test_an_owners_lock_dies_with_it_and_a_name_that_is_no_lock_is_nobody(tmp_path: Path) -> None:
    owner = Owner(tmp_path)
    assert lives(tmp_path, owner.name)
    owner.release()
    assert not lives(tmp_path, owner.name)
    assert not any(lives(tmp_path, name) for name in ("../../etc/passwd", "", "0" * 32))
    assert list(tmp_path.iterdir()) == []


def test_the_locks_of_the_dead_are_swept_when_they_are_old(tmp_path: Path) -> None:
    old, young = tmp_path / f"{'a' * 32}.lock", tmp_path / f"{'b' * 32}.lock"
    for path in (old, young):
        path.touch()
    os.utime(old, (0, 0))
    living = Owner(tmp_path)
    os.utime(tmp_path / f"{living.name}.lock", (0, 0))
    other = Owner(tmp_path)
    assert {path.stem for path in tmp_path.iterdir()} == {young.stem, living.name, other.name}
    living.release()
    other.release()


def test_a_folder_for_locks_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CnnlabError, match=r"file: expected a folder for locks that can be written, got .*--out DIR"):
        Owner(tmp_path / "file")

"""A process is known by its number and its birth: nobody else is ever signalled."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from many_runs import plan

from cnnlab.store import open_store
from cnnlab.store.owners import FOLDER
from cnnlab.store.processes import ProcessMark, alive, as_text, from_text, interrupt, mark_of, own_mark

WAITS = """
import os, signal, time
# Not by print: the signal may come while "up" is being printed.
signal.signal(signal.SIGINT, lambda *_: os.write(1, b"asked\\n"))
print("up", flush=True)
while True:
    time.sleep(0.05)
"""


@pytest.fixture
def waiting() -> "subprocess.Popen[str]":
    process = subprocess.Popen([sys.executable, "-c", WAITS], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    yield process  # type: ignore[misc]
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_living_process_is_interrupted(waiting: "subprocess.Popen[str]") -> None:
    mark = mark_of(waiting.pid)
    assert alive(mark)
    assert interrupt(mark)
    assert waiting.stdout is not None
    assert waiting.stdout.readline() == "asked\n"


def test_whoever_has_the_number_of_a_dead_process_is_left_alone(waiting: "subprocess.Popen[str]") -> None:
    for birth in ("", "1", f"{mark_of(waiting.pid).birth}1"):
        stranger = ProcessMark(waiting.pid, birth)
        assert not alive(stranger)
        assert not interrupt(stranger)
    os.kill(waiting.pid, signal.SIGTERM)
    assert waiting.wait(10) == -signal.SIGTERM
    assert waiting.stdout is not None
    assert waiting.stdout.read() == ""


def test_a_zombie_is_dead_and_so_is_a_number_that_nobody_has(waiting: "subprocess.Popen[str]") -> None:
    mark = mark_of(waiting.pid)
    waiting.kill()
    time.sleep(0.2)  # killed, and nobody has asked how
    assert not alive(mark)
    assert not interrupt(mark)
    assert not alive(ProcessMark(2**22 + 5, "1"))


def test_a_mark_is_read_as_it_was_written_and_nothing_else_is_one() -> None:
    assert from_text(as_text(own_mark())) == own_mark()
    for text in ("", "abc", "-4 1", "0 1", "1.5 2", "\x00", "9" * 40):
        assert from_text(text) is None


def test_a_store_says_which_process_has_a_run_until_that_lets_go(tmp_path: Path) -> None:
    with open_store(tmp_path) as store, open_store(tmp_path) as other:
        study = store.study("0" * 64, "a", "study", "").id
        (run,) = store.plan_ids(study, [plan()])
        assert other.trainers(study) == ()
        store.claim(run)
        assert other.trainers(study) == (own_mark(),)
        store.release(run, "interrupted")
        assert other.trainers(study) == ()
    assert list((tmp_path / FOLDER).glob("*.pid")) == []


def test_an_owner_without_a_mark_of_an_older_version_is_nobody_to_signal(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        study = store.study("0" * 64, "a", "study", "").id
        (run,) = store.plan_ids(study, [plan()])
        store.claim(run)
        for file in (tmp_path / FOLDER).glob("*.pid"):
            file.unlink()
        assert store.trainers(study) == ()

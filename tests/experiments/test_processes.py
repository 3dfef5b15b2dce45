"""Several processes on this machine: real ones, started as a user starts them, and killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from harness import eventually, living, run_study

from cnnlab import data
from cnnlab.arch import chain
from cnnlab.arch.layers import Dense, Flatten, Input
from cnnlab.experiments import Architecture, Task, trials
from cnnlab.experiments.processes import processes
from cnnlab.records import EpochDone, Event, Recipe
from cnnlab.store import open_store

pytestmark = pytest.mark.slow

LONG = """
name = "strokes"
seeds = 4
[data]
name = "made-up"
[recipe]
batch_size = 16
epochs = 100000
[[architecture]]
name = "small"
input_shape = [12, 12, 1]
layers = [
    { layer = "Conv2D", filters = 4, kernel_size = 3, activation = "relu" },
    { layer = "Dropout", rate = 0.1 },
    { layer = "Flatten" },
    { layer = "Dense", units = 4, activation = "softmax" },
]
"""
posix = pytest.mark.skipif(os.name != "posix", reason="signals are sent as POSIX has them")


@pytest.mark.parametrize("options", [{}, {"hold_out": 80}], ids=["on test", "held out"])
def test_two_processes_give_the_bits_of_one(
    tmp_path: Path, at_home: Callable[..., Any], options: dict[str, int]
) -> None:
    there = run_study(tmp_path, workers=2, **options)
    assert len(there["sums"]) == 4
    assert there == at_home(**options)


@posix
@pytest.mark.parametrize("options", [{}, {"hold_out": 80}], ids=["on test", "held out"])
@pytest.mark.parametrize(("every", "where"), [(0.0, "from its last checkpoint"), (1000.0, "from the start")])
def test_a_killed_process_costs_time_and_one_line_and_no_bit(
    tmp_path: Path, at_home: Callable[..., Any], every: float, where: str, options: dict[str, int]
) -> None:
    there = run_study(tmp_path, workers=2, kill={1: 1}, checkpoint_every=every, **options)
    assert there["told"] == [f"the worker of small, seed 1 died (SIGKILL(-9)); another one goes on {where}."]
    assert there["sums"] == at_home(**options)["sums"]


@posix
def test_a_run_whose_process_is_killed_twice_is_interrupted_and_ends_the_study_with_one_message(tmp_path: Path) -> None:
    there = run_study(tmp_path, workers=2, kill={1: 2})
    assert there["error"].startswith("CnnlabError: small, seed 1: expected a worker that lives, got 2 that died")
    with open_store(tmp_path / "runs") as store:
        states = {run.seed: run.status for run in store.runs()}
        assert states[1] == "interrupted"
        assert "running" not in states.values()


def test_what_a_callback_raises_is_what_the_caller_gets(tmp_path: Path) -> None:
    assert run_study(tmp_path, workers=2, fail=[1])["error"] == "HarmError: seed 1 has had enough"


class Study:
    """`cnnlab run` with two processes and no end, in a process group of its own, as a terminal has it."""

    def __init__(self, folder: Path) -> None:
        (folder / "study.toml").write_text(LONG)
        self.folder = folder
        # Files and no pipes: nobody reads while it trains, and a full pipe would hold the driver up.
        with (folder / "shown").open("w") as shown, (folder / "said").open("w") as said:
            self.driver = subprocess.Popen(
                [sys.executable, "-m", "cnnlab", "run", "study.toml", "--workers", "2"],
                cwd=folder,
                stdout=shown,
                stderr=said,
                start_new_session=True,
                env={**os.environ, "TMPDIR": str(folder)},
            )
        eventually(lambda: len(self.trained()) == 2)
        self.workers = psutil.Process(self.driver.pid).children(recursive=True)

    def trained(self) -> set[int]:
        """Return the seeds that have epochs in the store."""
        if not list(self.folder.glob("runs/*.db")) + list(self.folder.glob("runs/*.sqlite*")):
            return set()
        with open_store(self.folder / "runs") as store:
            return {run.seed for run in store.runs() if run.epochs}

    def ended(self) -> tuple[str, str]:
        """Wait for the end; see that it left no process and no data behind."""
        self.driver.wait(timeout=120)
        shown, said = ((self.folder / name).read_text() for name in ("shown", "said"))
        eventually(lambda: not living(self.workers), 10)
        assert not list(self.folder.glob("cnnlab-data-*"))
        return shown, said


def trainers(driver: psutil.Process) -> list[psutil.Process]:
    return [one for one in living(driver.children()) if "popen_loky" in " ".join(one.cmdline())]


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    begun = Study(tmp_path)
    yield begun
    begun.driver.kill()
    begun.driver.wait()
    for process in living(begun.workers):
        process.kill()


@posix
@pytest.mark.parametrize("group", [True, False], ids=["from the terminal", "to the driver alone"])
@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_ends_all_processes_and_keeps_what_is_there(study: Study, group: bool, presses: int) -> None:
    for _ in range(presses):
        if group:
            os.killpg(study.driver.pid, signal.SIGINT)
        else:
            study.driver.send_signal(signal.SIGINT)
        if presses == 2:
            time.sleep(0.01)
    _, said = study.ended()
    assert study.driver.returncode == 130, said
    notes = [line for line in said.splitlines() if line.startswith("Note: ") and "stopping" not in line]
    assert (notes, "Traceback" in said, "loky" in said, "leaked" in said) == ([], False, False, False)
    (results,) = study.folder.glob("runs/*/results.json")
    runs = json.loads(results.read_text())["runs"]
    assert [(run["seed"], run["status"], run["epochs"] > 0) for run in runs] == [
        (seed, "interrupted", True) for seed in (0, 1)
    ]
    with open_store(study.folder / "runs") as store:
        for run in store.runs():
            assert run.status in {"interrupted", "planned"}
            if run.seed < 2 and presses == 1:
                assert store.checkpoints(run.id)


@posix
def test_processes_that_lose_their_driver_end_by_themselves_and_take_the_data_along(study: Study) -> None:
    study.driver.kill()
    study.ended()


@pytest.mark.thorough
@posix
def test_a_process_killed_from_outside_is_replaced_while_the_others_go_on(study: Study) -> None:
    victim = trainers(psutil.Process(study.driver.pid))[0]
    victim.kill()
    eventually(lambda: not living([victim]))
    eventually(lambda: len(trainers(psutil.Process(study.driver.pid))) == 2)
    study.workers = psutil.Process(study.driver.pid).children(recursive=True)
    os.killpg(study.driver.pid, signal.SIGINT)
    _, said = study.ended()
    assert study.driver.returncode == 130, said
    assert "died (SIGKILL(-9)); another one goes on" in said
    assert "Traceback" not in said


def test_events_come_while_a_run_trains_and_memory_does_not_grow_over_many_runs() -> None:
    split = data.load("made-up")
    net = chain("net", [Input((12, 12, 1)), Flatten(), Dense(4, "softmax")])
    architecture = Architecture("net", net, Recipe(batch_size=160, epochs=2))
    heard: list[Event] = []
    sizes: list[int] = []
    begun = 150
    tasks = (Task(trial, "compiled", 1) for trial in trials([architecture], range(begun)))
    own = psutil.Process()
    for number, done in enumerate(processes(split, 1).run(tasks, heard.append, lambda: False)):
        assert done.error is None
        # Both epochs were told before the run's end was.
        assert sum(isinstance(event, EpochDone) for event in heard) == 2 * (number + 1)
        (worker,) = trainers(own)
        sizes.append(worker.memory_info().rss)
    assert len(sizes) == begun
    assert sizes[-1] - sizes[begun // 3] < 4e6

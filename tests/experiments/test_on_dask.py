"""Dask: a real scheduler and real workers on this machine, one of them killed midway."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import Any

import psutil
import pytest
from harness import eventually, living, run_study

from cnnlab.experiments.cluster import _same_dask

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("distributed") is None, reason="Dask is not installed: pip install 'cnnlab[dask]'"),
    pytest.mark.skipif(os.name != "posix", reason="a worker is killed as POSIX has it"),
]


class Cluster:
    """`dask scheduler` and `dask worker`, as somebody types them on several machines."""

    def __init__(self, folder: Path, workers: int) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        eventually(lambda: b"Scheduler at:" in self.said("scheduler"))
        line = next(line for line in self.said("scheduler").splitlines() if b"Scheduler at:" in line)
        self.address = line.split()[-1].decode().removeprefix("tcp://")
        for _ in range(workers):
            self.start_worker()
        eventually(lambda: self.said("worker").count(b"Registered to:") >= workers)

    def start_worker(self) -> None:
        self._start("worker", f"tcp://{self.address}", "--nthreads", "1", "--no-nanny", "--no-dashboard")

    def _start(self, kind: str, *words: str) -> None:
        with (self.folder / f"{kind}.log").open("ab") as log:
            command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *words]
            self.processes.append(subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder))

    def said(self, kind: str) -> bytes:
        return (self.folder / f"{kind}.log").read_bytes()

    def close(self) -> None:
        for process in reversed(self.processes):
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    begun = Cluster(tmp_path, 2)
    yield begun
    begun.close()


def test_a_cluster_that_loses_a_worker_gives_the_bits_of_one_process(
    tmp_path: Path, cluster: Cluster, at_home: Callable[..., Any]
) -> None:
    there = run_study(tmp_path, on=f"dask://{cluster.address}", seeds=12, kill={5: 1})
    assert there["error"] is None
    assert there["told"] == [
        "the worker of small, seed 5 died (Dask lost it); another one goes on from its last checkpoint."
    ]
    assert len(there["sums"]) == 12
    assert there["sums"] == at_home(seeds=12)["sums"]
    assert [process.poll() for process in cluster.processes].count(-signal.SIGKILL) == 1


def test_what_a_callback_raises_on_a_cluster_is_what_the_caller_gets(tmp_path: Path, cluster: Cluster) -> None:
    there = run_study(tmp_path, on=f"dask://{cluster.address}", fail=[1])
    assert there["error"] == "HarmError: seed 1 has had enough"


@pytest.mark.thorough
def test_a_scheduler_that_dies_ends_the_study_with_one_message(tmp_path: Path, cluster: Cluster) -> None:
    def scheduler_dies() -> None:
        eventually(lambda: list(tmp_path.glob("runs/*/small/seed-0/checkpoint*")))
        cluster.processes[0].kill()

    Thread(target=scheduler_dies, daemon=True).start()
    there = run_study(tmp_path, on=f"dask://{cluster.address}", epochs=100_000, checkpoint_every=1)
    assert there["error"].startswith("CnnlabError: --on: expected a cluster that stays, got ")


@pytest.mark.thorough
def test_a_cluster_of_its_own_leaves_nothing_behind(tmp_path: Path, at_home: Callable[..., Any]) -> None:
    before = set(psutil.Process().children(recursive=True))
    there = run_study(tmp_path, on="dask", workers=2, kill={1: 1}, hold_out=80)
    assert there["sums"] == at_home(hold_out=80)["sums"]
    eventually(lambda: not living([*set(psutil.Process().children(recursive=True)) - before]))


def test_another_dask_is_refused_before_anything_is_sent() -> None:
    def packages(distributed: str) -> dict[str, Any]:
        return {"packages": {"distributed": distributed, "cloudpickle": "3.1.3"}}

    from cnnlab.errors import UsageError

    ours = {"client": packages("2026.8.0"), "scheduler": packages("2026.8.0"), "workers": {}}
    _same_dask(ours)
    with pytest.raises(UsageError, match=r"dask: expected distributed 2026.8.0, got 2025.1.0 at tcp://b:1. Inst"):
        _same_dask({**ours, "workers": {"tcp://b:1": packages("2025.1.0")}})

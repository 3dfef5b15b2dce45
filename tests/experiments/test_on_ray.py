"""Ray: a real cluster of two nodes on this machine, one worker of it killed midway."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from secrets import token_hex
from typing import Any

import psutil
import pytest
from harness import eventually, living, run_study

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: pip install 'cnnlab[ray]'"),
    pytest.mark.skipif(os.name != "posix", reason="a worker is killed as POSIX has it"),
]


CLIENT = find_spec("grpc") is not None
client = pytest.param(True, id="as a client", marks=pytest.mark.skipif(not CLIENT, reason="ray[client] is not there"))


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Cluster:
    """`ray start`, as somebody types it on two machines."""

    def __init__(self) -> None:
        # Ray's sockets lie there, and a socket's path must be short.
        self.folder = Path(tempfile.mkdtemp(prefix="ray", dir="/tmp"))
        self.port, self.client_port = free_port(), free_port()
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start a head and a second node."""
        head = ["--head", f"--port={self.port}"]
        head += [f"--ray-client-server-port={self.client_port}"] if CLIENT else []
        self._start(*head, "--include-dashboard=false", f"--temp-dir={self.folder}")
        eventually(lambda: b"Ray runtime started" in self.said(), 120)
        self._start(f"--address=127.0.0.1:{self.port}")
        eventually(lambda: self.said().count(b"Ray runtime started") == 2, 120)

    def _start(self, *words: str) -> None:
        command = [Path(sys.executable).with_name("ray"), "start", "--block", "--num-cpus=1", "--disable-usage-stats"]
        where = ["--node-ip-address=127.0.0.1", "--object-store-memory=100000000", *words]
        with (self.folder / "said").open("ab") as log:
            self.processes.append(subprocess.Popen([*command, *where], stdout=log, stderr=log))

    def said(self) -> bytes:
        return (self.folder / "said").read_bytes()

    def close(self) -> None:
        running = [psutil.Process(one.pid) for one in self.processes if one.poll() is None]
        all_of_them = [process for one in running for process in one.children(recursive=True)]
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(60)
        for process in living(all_of_them):
            process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    begun = Cluster()
    with pytest.MonkeyPatch.context() as patch:
        # Ray asks for a token of its own clusters; nodes and drivers of this one share one made up here.
        patch.setenv("RAY_AUTH_MODE", "token")
        patch.setenv("RAY_AUTH_TOKEN", token_hex(32))
        try:
            begun.start()
            yield begun
        finally:
            begun.close()


@pytest.mark.parametrize("as_client", [pytest.param(False, id="as a node"), client])
def test_a_cluster_that_loses_a_worker_gives_the_bits_of_one_process(
    tmp_path: Path, cluster: Cluster, at_home: Callable[..., Any], as_client: bool
) -> None:
    on = f"ray://127.0.0.1:{cluster.client_port}" if as_client else f"ray:127.0.0.1:{cluster.port}"
    there = run_study(tmp_path, on=on, seeds=12, kill={5: 1})
    assert there["error"] is None
    assert there["told"] == [
        "the worker of small, seed 5 died (Ray lost it); another one goes on from its last checkpoint."
    ]
    assert len(there["sums"]) == 12
    assert there["sums"] == at_home(seeds=12)["sums"]


def test_what_a_callback_raises_on_a_cluster_is_what_the_caller_gets(tmp_path: Path, cluster: Cluster) -> None:
    there = run_study(tmp_path, on=f"ray:127.0.0.1:{cluster.port}", fail=[1])
    assert there["error"] == "HarmError: seed 1 has had enough"


@pytest.mark.thorough
def test_a_cluster_of_its_own_leaves_nothing_behind(tmp_path: Path, at_home: Callable[..., Any]) -> None:
    before = set(psutil.Process().children(recursive=True))
    there = run_study(tmp_path, on="ray", workers=2, kill={1: 1}, hold_out=80)
    assert there["sums"] == at_home(hold_out=80)["sums"]
    eventually(lambda: not living([*set(psutil.Process().children(recursive=True)) - before]))

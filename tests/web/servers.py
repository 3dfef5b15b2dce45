"""A real server in a process of its own, and a reader of its streams."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx

from cnnlab.store.processes import alive, from_text


@dataclass
class Told:
    """An event as it came: its number, where it has one, its kind and what it says."""

    id: int | None
    kind: str
    data: dict[str, Any]


@dataclass
class Server:
    """``cnnlab serve`` of a folder; begun with a ``with``, or again after a kill."""

    folder: Path
    port: int = 0
    process: "subprocess.Popen[str] | None" = None
    client: httpx.Client = field(default_factory=httpx.Client)
    address: str = ""

    def __enter__(self) -> Self:
        self.begin()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self.client.close()
        for kept in self.folder.glob("*/process"):
            mark = from_text(kept.read_text())
            if mark is not None and alive(mark):
                os.kill(mark.pid, signal.SIGKILL)

    def begin(self) -> None:
        """Start it, at the same port as before, and come in by the address that it prints."""
        words = ["serve", "--out", str(self.folder), "--port", str(self.port), "--offline"]
        with (self.folder.parent / "server.txt").open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cnnlab", *words],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        address = httpx.URL(self.address)
        assert address.port is not None
        self.port = address.port
        headers = {"origin": f"http://127.0.0.1:{self.port}", "content-type": "application/json"}
        self.client.close()
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers=headers, timeout=60)
        assert self.client.get(str(address)).status_code == 303

    def kill(self, number: int = signal.SIGKILL) -> int:
        """End it the hard way, or as told, and return how it ended."""
        assert self.process is not None
        self.process.send_signal(number)
        code = self.process.wait(30)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code

    def get(self, path: str) -> dict[str, Any]:
        """Read an answer that is one."""
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        """Post as the page would."""
        return self.client.post(path, content=json.dumps(body))

    @contextmanager
    def events(self, study: int, after: int = 0, last: int | None = None) -> Iterator[Iterator[Told]]:
        """Open a stream, by the address or as a browser that was there before."""
        headers = {} if last is None else {"last-event-id": str(last)}
        address = f"/api/studies/{study}/events?after={after}"
        with self.client.stream("GET", address, headers=headers, timeout=httpx.Timeout(60)) as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            yield told(answer.iter_lines())


def told(lines: Iterator[str]) -> Iterator[Told]:
    """Read a stream as a browser does."""
    number, kind, data = None, "message", ""
    for line in lines:
        name, _, value = line.partition(": ")
        if not line:
            if data:
                yield Told(number, kind, json.loads(data))
            number, kind, data = None, "message", ""
        elif name == "id":
            number = int(value)
        elif name == "event":
            kind = value
        elif name == "data":
            data += value


def until(true: Any, seconds: float = 60) -> None:  # noqa: ANN401 - a function
    """Wait for something to be true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.05)

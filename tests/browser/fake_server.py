"""A server that answers as docs/live-page.md says, from plain data, and does as a test tells it."""

import json
import queue
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
KINDS = {"js": "text/javascript", "css": "text/css", "html": "text/html"}

Answer = tuple[int, Any]
Body = dict[str, Any]

REPORTS = {"style.css": "templates", "figures.css": "templates", "canvas.js": "pad"}
"""What the live page has of the saved reports, and its folder there."""


@dataclass
class World:
    """What the server knows, what it was told, and how it misbehaves.

    Attributes:
        get: Answers to paths, without the query; a function gets the query.
        post: Answers to what is posted, called with the body; a path that is missing is 202.
        posts: What was posted, path and body, in its order.
        asked: What was read, path and query.
        events: Rows of the table of events of every study: number, kind, data.
        away: Whether every connection is shut without an answer.
        refused: Whether streams are forbidden.
        streams: The streams that are open.
    """

    get: dict[str, Any] = field(default_factory=dict)
    post: dict[str, Callable[[Any], Answer]] = field(default_factory=dict)
    posts: list[tuple[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    events: list[tuple[int, str, Body]] = field(default_factory=list)
    away: bool = False
    refused: bool = False
    streams: list["queue.Queue[str | None]"] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def push(self, kind: str, told: Body) -> int:
        """Write an event down and tell it to all streams; return its number. ``study`` is told and not written down."""
        with self.lock:
            if kind == "study":
                text = _event(None, kind, told)
            else:
                number = self.events[-1][0] + 1 if self.events else 1
                self.events.append((number, kind, told))
                text = _event(number, kind, told)
            for stream in self.streams:
                stream.put(text)
            return self.events[-1][0] if self.events else 0

    def cut(self) -> None:
        """End all streams, in the middle of an event."""
        with self.lock:
            for stream in self.streams:
                stream.put('event: epoch\nid: 9999\ndata: {"run": "half')
                stream.put(None)
            self.streams.clear()

    def follow(self, after: int) -> "queue.Queue[str | None]":
        """Open a stream that begins behind an event."""
        with self.lock:
            stream: queue.Queue[str | None] = queue.Queue()
            for number, kind, told in self.events:
                if number > after:
                    stream.put(_event(number, kind, told))
            self.streams.append(stream)
            return stream


def refusal(status: int, *, expected: str, got: str = "", where: str = "", fix: str = "") -> Answer:
    """Build an error as the contract has it."""
    return status, {"error": {"expected": expected, "got": got, "where": where, "fix": fix}}


def _event(number: int | None, kind: str, told: Body) -> str:
    named = "" if number is None else f"id: {number}\n"
    return f"event: {kind}\n{named}data: {json.dumps(told)}\n\n"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    world: World

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        if self._gone():
            return
        place = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(place.query).items()}
        path = unquote(place.path)
        if path == "/" or path.startswith("/assets/"):
            self._file(path)
        elif path.endswith("/events") and self.world.refused:
            self._json(403, {})
        elif path.endswith("/events"):
            after = int(self.headers.get("Last-Event-ID") or query.get("after", "0"))
            self._stream(self.world.follow(after))
        else:
            self.world.asked.append((path, query))
            self._json(*self._found(path, query))

    def do_POST(self) -> None:
        body: Any = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self._gone():
            return
        if self.headers["Content-Type"] == "application/json":
            body = json.loads(body)
        path = unquote(self.path)
        self.world.posts.append((path, body))
        answer = self.world.post.get(path)
        self._json(*(answer(body) if answer else (202, {})))

    def _gone(self) -> bool:
        if self.world.away:
            self.close_connection = True
        return self.world.away

    def _found(self, path: str, query: dict[str, str]) -> Answer:
        if path not in self.world.get:
            return refusal(404, expected="something that is there", got=path, where=path, fix="Go back.")
        found = self.world.get[path]
        answer = found(query) if callable(found) else found
        return answer if isinstance(answer, tuple) else (200, answer)

    def _file(self, path: str) -> None:
        name = re.sub(r"^/assets/", "", path) if path != "/" else "index.html"
        folder = files("cnnlab") / (f"report/{REPORTS[name]}" if name in REPORTS else "web/page")
        file = folder / name
        if not file.is_file():
            self._json(404, {})
            return
        kind = KINDS[name.rsplit(".", maxsplit=1)[-1]]
        self._send(200, f"{kind}; charset=utf-8", file.read_bytes())

    def _json(self, status: int, body: object) -> None:
        self._send(status, "application/json", json.dumps(body, allow_nan=False).encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(HTTPStatus(status))
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, stream: "queue.Queue[str | None]") -> None:
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        with suppress(OSError):
            self.wfile.flush()
            while (text := stream.get()) is not None:
                self.wfile.write(text.encode())
                self.wfile.flush()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        """A browser that hangs up is no error."""


@contextmanager
def serving(world: World) -> Iterator[str]:
    """Serve a world on a free port of this machine; give the address."""
    handler = type("Handler", (_Handler,), {"world": world})
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        world.cut()
        server.shutdown()
        server.server_close()
        thread.join()

"""Who may ask: looked at before anything of a request is believed, in plain ASGI so that nothing comes before it.

A page of another site that is open in the same browser can send requests here, and a name of its own can be made to
lead here (DNS rebinding). So the host must be one of ours to the letter, what changes something must come from our own
page, and all but the first request must carry a cookie that no script can read and no other site can send.
"""

import secrets
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import parse_qs

import anyio

from cnnlab.web.headers import ALWAYS, PAGE
from cnnlab.web.problems import BAD, FORBIDDEN, MEDIA, METHOD, TOO_LARGE, Problem

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

UPLOAD: Final = "/api/upload"
BODY_BYTES: Final = 64 * 2**10
# A drawing of 280 x 280 bytes in base64, and a picture.
LARGER: Final = {"/api/pad": 160 * 2**10, "/api/pad/layers": 160 * 2**10, UPLOAD: 4 * 2**20}
BODY_SECONDS: Final = 20.0
_PICTURES: Final = ("image/png", "image/jpeg")
_JSON: Final = ("application/json", "application/json;charset=utf-8")
_METHODS: Final = ("GET", "HEAD", "POST")
_SAME: Final = ("same-origin", "none")
_AGAIN: Final = "Open the address that cnnlab serve has printed."


@dataclass(frozen=True)
class Door:
    """By what a guard knows who may come in.

    Attributes:
        hosts: What ``Host`` may say, with the port.
        port: Is part of the cookie's name: cookies are shared by all ports of a host.
        token: In the address that is printed.
        session: What the cookie holds; another secret, so that the cookie does not open the address.
    """

    hosts: frozenset[str]
    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    session: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def cookie(self) -> str:
        """Return the cookie's name."""
        return f"cnnlab-{self.port}"


class Guard:
    """Lets requests through to an application, or answers them itself."""

    def __init__(self, app: App, door: Door) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        secured = _secured(send)
        try:
            headers = _headers(scope)
            self._check(scope, headers)
            if scope["method"] == "POST":
                receive = await _read(receive, headers, LARGER.get(scope["path"], BODY_BYTES))
        except Problem as problem:
            plain = not scope["path"].startswith("/api/")
            body = str(problem).encode() if plain else problem.body()
            await _answer(secured, problem.status, body, "text/plain; charset=utf-8" if plain else "application/json")
            return
        if self._enters(scope):
            await _answer(secured, 303, b"", "text/plain; charset=utf-8", self._welcome())
            return
        await self._app(scope, receive, secured)

    def _check(self, scope: Scope, headers: dict[str, list[str]]) -> None:
        """Refuse who may not ask.

        Raises:
            Problem: If the request is none of our page's.
        """
        method = scope["method"]
        if method not in _METHODS:
            raise Problem(METHOD, expected="GET or POST", got=method)
        host = self._host(headers)
        self._check_origin(method, scope["path"], headers, host)
        if not self._enters(scope) and not self._known(headers):
            wanted, got = "a page that was opened by the address of this server", "one of another server, or of none"
            raise Problem(FORBIDDEN, expected=wanted, got=got, where="cookie", fix=_AGAIN)
        if method == "POST":
            _check_type(scope["path"], headers)

    def _host(self, headers: dict[str, list[str]]) -> str:
        hosts = headers.get("host", [])
        if len(hosts) != 1 or hosts[0] not in self._door.hosts:
            got = hosts[0][:200] if len(hosts) == 1 else f"{len(hosts)} of them"
            raise Problem(FORBIDDEN, expected="the address of this server as Host", got=got, fix=_AGAIN)
        return hosts[0]

    def _check_origin(self, method: str, path: str, headers: dict[str, list[str]], host: str) -> None:
        origins = headers.get("origin", [])
        own = origins == [f"http://{host}"]
        if not own and (origins or method == "POST"):
            got = origins[0][:200] if origins else "none"
            raise Problem(FORBIDDEN, expected="this server's own page as Origin", got=got)
        # Browsers say where a request comes from; a link from elsewhere may lead to the page itself and no further.
        sites = headers.get("sec-fetch-site", [])
        if path == "/" and headers.get("sec-fetch-mode") == ["navigate"]:
            return
        if any(site not in _SAME for site in sites):
            raise Problem(FORBIDDEN, expected="a request of this server's own page", got=sites[0][:50])

    def _enters(self, scope: Scope) -> bool:
        """Say whether a request comes by the address that was printed."""
        if scope["method"] != "GET" or scope["path"] != "/" or not scope.get("query_string"):
            return False
        tokens = parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
        return len(tokens) == 1 and _same(tokens[0], self._door.token)

    def _known(self, headers: dict[str, list[str]]) -> bool:
        for line in headers.get("cookie", []):
            try:
                morsel = SimpleCookie(line).get(self._door.cookie)
            except CookieError:
                continue
            if morsel is not None and _same(morsel.value, self._door.session):
                return True
        return False

    def _welcome(self) -> list[tuple[bytes, bytes]]:
        """Give the cookie, and lead to the page without the token in its address."""
        cookie = f"{self._door.cookie}={self._door.session}; Path=/; HttpOnly; SameSite=Strict"
        return [(b"set-cookie", cookie.encode("ascii")), (b"location", b"/")]


def _same(left: str, right: str) -> bool:
    return secrets.compare_digest(left.encode("utf-8", "surrogateescape"), right.encode())


def _headers(scope: Scope) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return found


def _check_type(path: str, headers: dict[str, list[str]]) -> None:
    types = headers.get("content-type", [])
    wanted = _PICTURES if path == UPLOAD else _JSON
    if len(types) != 1 or types[0].lower().replace(" ", "") not in wanted:
        got = types[0][:100] if types else "none"
        raise Problem(MEDIA, expected=" or ".join(wanted[: len(_PICTURES) if path == UPLOAD else 1]), got=got)


async def _read(receive: Receive, headers: dict[str, list[str]], most: int) -> Receive:
    """Read a body while it comes, however long it says it is, and return what hands it on.

    Raises:
        Problem: If it is longer than it may be, or does not come.
    """
    said = headers.get("content-length", ["0"])[0]
    if not said.isascii() or not said.isdecimal() or len(said) > len(str(2**63)) or int(said) > most:
        raise _too_large(most, f"{said[:30]} bytes")
    parts: list[bytes] = []
    size = 0
    with anyio.move_on_after(BODY_SECONDS) as clock:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Problem(BAD, expected="a whole body", got="its beginning")
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > most:
                raise _too_large(most, "more")
            if not message.get("more_body"):
                break
    if clock.cancelled_caught:
        raise Problem(BAD, expected="a body within 20 seconds", got=f"{size:,} bytes")
    return _handed_on(b"".join(parts), receive)


def _too_large(most: int, got: str) -> Problem:
    return Problem(TOO_LARGE, expected=f"at most {most:,} bytes", got=got)


def _handed_on(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def handed_on() -> Message:
        return waiting.pop() if waiting else await receive()

    return handed_on


def _secured(send: Send) -> Send:
    """Put into each answer what the browser must know; a policy that is there already is a stricter one."""

    async def secured(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", []))
            there = {name.lower() for name, _ in headers}
            extra = [*ALWAYS, ("content-security-policy", PAGE), ("cache-control", "no-store")]
            headers += [(name.encode(), value.encode()) for name, value in extra if name.encode() not in there]
            message = {**message, "headers": headers}
        await send(message)

    return secured


async def _answer(send: Send, status: int, body: bytes, kind: str, extra: Sequence[tuple[bytes, bytes]] = ()) -> None:
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode()), *extra]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

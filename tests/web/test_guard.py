"""Nobody but the page that was opened by the printed address is answered, and nobody is trusted with a size."""

import asyncio
import json
from collections.abc import Iterator

import pytest
from visits import HOST, PORT, Visitor

from cnnlab.web import guard
from cnnlab.web.guard import Door, Guard, Message
from cnnlab.web.headers import PAGE, report_policy
from cnnlab.web.serving import hosts_of, is_loopback

READ = "/api/studies"
WHOLE = {"type": "http.request", "body": b"{}"}
ACT = "/api/studies/1/stop"


@pytest.mark.parametrize("host", [HOST, f"localhost:{PORT}", f"[::1]:{PORT}"])
def test_the_three_names_of_this_machine_are_answered(visitor: Visitor, host: str) -> None:
    # The cookie is the jar's for 127.0.0.1; a browser has one for each name.
    cookie = f"{visitor.door.cookie}={visitor.door.session}"
    assert visitor.get(READ, host=host, cookie=cookie).status_code == 200
    assert visitor.post("/api/pad", {"image": 1}, host=host, origin=f"http://{host}", cookie=cookie).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        f"127.0.0.1.evil:{PORT}",
        f"127.0.0.1.evil.example:{PORT}",
        f"evil.example@127.0.0.1:{PORT}",
        "127.0.0.1",
        "127.0.0.1:80",
        f"127.0.0.2:{PORT}",
        f"127.1:{PORT}",
        f"2130706433:{PORT}",
        f"localhost.:{PORT}",
        f"LOCALHOST:{PORT}",
        f"[::]:{PORT}",
        f"0.0.0.0:{PORT}",
        f" {HOST}",
    ],
)
def test_any_other_host_is_refused_with_the_cookie_and_with_the_token(visitor: Visitor, host: str) -> None:
    cookie = f"{visitor.door.cookie}={visitor.door.session}"
    for answer in (
        visitor.get(READ, host=host, cookie=cookie),
        visitor.get(f"/?token={visitor.door.token}", host=host),
        visitor.post(ACT, {}, host=host, cookie=cookie, origin=f"http://{host}"),
        visitor.post(ACT, {}, host=host, cookie=cookie),
    ):
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers
        assert "as Host" in answer.text


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "http://evil.example",
        f"https://{HOST}",
        f"http://{HOST}.evil",
        f"http://{HOST}/",
        f"http://{HOST}:1",
        f"http://localhost:{PORT}",
        "http://127.0.0.1",
        f"http://{HOST}, http://{HOST}",
    ],
)
def test_what_changes_something_needs_the_pages_own_origin(visitor: Visitor, origin: str) -> None:
    answer = visitor.post(ACT, {}, origin=origin)
    assert (answer.status_code, answer.json()["error"]["expected"]) == (403, "this server's own page as Origin")
    if origin:
        assert visitor.get(READ, origin=origin).status_code == 403


def test_a_request_that_the_browser_calls_another_sites_is_refused_but_for_a_link_to_the_page(visitor: Visitor) -> None:
    for site in ("cross-site", "same-site"):
        assert visitor.get(READ, **{"sec-fetch-site": site}).status_code == 403
        assert visitor.get("/", **{"sec-fetch-site": site}).status_code == 403
        assert visitor.get("/", **{"sec-fetch-site": site, "sec-fetch-mode": "navigate"}).status_code == 200
        assert visitor.get(READ, **{"sec-fetch-site": site, "sec-fetch-mode": "navigate"}).status_code == 403
    assert visitor.get(READ, **{"sec-fetch-site": "same-origin"}).status_code == 200
    assert visitor.get("/reports/1", **{"sec-fetch-site": "none"}).status_code == 200


def test_without_the_cookie_nothing_is_answered_and_only_the_token_gives_it(stranger: Visitor) -> None:
    wrong = stranger.door.token[:-1] + ("a" if stranger.door.token[-1] != "a" else "b")
    addresses = ["/", READ, "/assets/style.css", "/reports/1", "/api/runs", "/nowhere", f"/?token={wrong}", "/?token="]
    addresses += [f"/?token={wrong}&token={stranger.door.token}", f"/api/runs?token={stranger.door.token}"]
    addresses += [f"/?token={stranger.door.session}", f"/?TOKEN={stranger.door.token}", "/?token=%ff%00"]
    for address in addresses:
        answer = stranger.get(address)
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False), address
    assert stranger.post(ACT, {}).status_code == 403
    assert stranger.post(f"/?token={stranger.door.token}", {}).status_code == 403


@pytest.mark.parametrize("value", ["", "x", "{token}", "{session}x", '"', "{session}\x00", "é"])
def test_a_wrong_cookie_is_none(stranger: Visitor, value: str) -> None:
    said = value.format(token=stranger.door.token, session=stranger.door.session)
    for name in (stranger.door.cookie, "cnnlab", f"cnnlab-{PORT + 1}"):
        assert stranger.client.request("GET", READ, headers={"cookie": f"{name}={said}".encode()}).status_code == 403
    right = f"other=1; {stranger.door.cookie}={stranger.door.session}"
    assert stranger.get(READ, cookie=right).status_code == 200


def test_the_cookie_is_kept_from_scripts_and_other_sites_and_is_not_the_token(stranger: Visitor) -> None:
    answer = stranger.get(f"/?token={stranger.door.token}")
    cookie = answer.headers["set-cookie"]
    assert cookie == f"cnnlab-{PORT}={stranger.door.session}; Path=/; HttpOnly; SameSite=Strict"
    assert stranger.door.token not in cookie
    assert min(len(stranger.door.token), len(stranger.door.session)) >= 43  # 256 bits
    assert Door(stranger.door.hosts, PORT).token != stranger.door.token
    assert stranger.door.token not in repr(stranger.door)


@pytest.mark.parametrize("address", ["/", READ, "/api/nowhere", "/reports/1", "/api/studies/9", "/assets/style.css"])
def test_every_answer_carries_what_the_browser_must_know(visitor: Visitor, address: str) -> None:
    for answer in (visitor.get(address), visitor.get(address, host="evil")):
        headers = answer.headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "access-control-allow-origin" not in headers
        assert headers["cache-control"] in {"no-store", "no-cache" if "assets" in address else "no-store"}
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert ("sandbox" in policy) == (address == "/reports/1" and answer.status_code == 200)
    assert PAGE == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(visitor: Visitor, method: str) -> None:
    answer = visitor.client.request(method, READ, headers={"origin": f"http://{HOST}"})
    assert answer.status_code == 405


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/json; a=b"]
)
def test_only_json_is_taken(visitor: Visitor, kind: str) -> None:
    answer = visitor.post(ACT, b"{}", content_type=kind)
    assert (answer.status_code, answer.json()["error"]["expected"]) == (415, "application/json")
    assert visitor.post("/api/upload", b"{}").status_code == 415


# Sizes.


@pytest.mark.parametrize(
    ("path", "most"), [(ACT, 65_536), ("/api/pad", 163_840), ("/api/pad/layers", 163_840), ("/api/upload", 4_194_304)]
)
@pytest.mark.parametrize("declared", [True, False])
def test_a_body_that_is_too_large_is_refused_whether_it_says_so_or_not(
    visitor: Visitor, path: str, most: int, declared: bool
) -> None:
    kind = "image/png" if path == "/api/upload" else "application/json"

    def parts(size: int) -> Iterator[bytes]:
        for _ in range(size // 4096):
            yield b" " * 4096
        yield b" " * (size % 4096)

    headers = {"origin": f"http://{HOST}", "content-type": kind}
    for size, refused in ((most, False), (most + 1, True)):
        content = b" " * size if declared else parts(size)
        answer = visitor.client.request("POST", path, content=content, headers=headers)
        assert (answer.status_code == 413) == refused
        assert declared == ("content-length" in answer.request.headers)


def asked(app: guard.App, messages: list[Message], headers: dict[str, str]) -> tuple[list[Message], int]:
    """Drive an application by hand, as a server that hands on whatever comes; return what it sent and what it took."""
    sent: list[Message] = []
    waiting = list(messages)

    async def receive() -> Message:
        if waiting:
            return waiting.pop(0)
        await asyncio.sleep(3600)
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": ACT,
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    asyncio.run(app(scope, receive, send))
    return sent, len(messages) - len(waiting)


@pytest.fixture
def door() -> Door:
    return Door(hosts_of("127.0.0.1", PORT), PORT)


@pytest.fixture
def headers(door: Door) -> dict[str, str]:
    cookie = f"{door.cookie}={door.session}"
    return {"host": HOST, "origin": f"http://{HOST}", "cookie": cookie, "content-type": "application/json"}


async def nobody(scope: guard.Scope, receive: guard.Receive, send: guard.Send) -> None:
    raise AssertionError("came through")


def test_reading_ends_where_the_limit_is_whatever_the_length_says(door: Door, headers: dict[str, str]) -> None:
    parts = [{"type": "http.request", "body": b"x" * 1000, "more_body": True}] * 1000
    for said in ({}, {"content-length": "5"}, {"content-length": "65536"}):
        sent, taken = asked(Guard(nobody, door), parts, headers | said)
        assert sent[0]["status"] == 413
        assert taken == 66  # one more than fits


@pytest.mark.parametrize("said", ["-1", "1e9", "\uff19", "99999999999999999999999999999999", "65537", "0x10", ""])
def test_a_length_that_is_none_or_too_large_is_refused_before_anything_is_read(
    door: Door, headers: dict[str, str], said: str
) -> None:
    sent, taken = asked(
        Guard(nobody, door), [{"type": "http.request", "body": b"{}"}], headers | {"content-length": said}
    )
    assert (sent[0]["status"], taken) == (413, 0)


def test_a_request_without_a_host_is_refused(door: Door, headers: dict[str, str]) -> None:
    for host in ({}, {"host": ""}):
        given = {name: value for name, value in headers.items() if name != "host"} | host
        sent, _ = asked(Guard(nobody, door), [WHOLE], given)
        assert sent[0]["status"] == 403


def test_a_body_that_does_not_come_or_breaks_off_is_refused(
    door: Door, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.05)
    part = {"type": "http.request", "body": b"{", "more_body": True}
    for messages in ([part], [part, {"type": "http.disconnect"}]):
        sent, _ = asked(Guard(nobody, door), messages, headers)
        assert sent[0]["status"] == 400


@pytest.mark.parametrize("twice", ["host", "origin", "content-type"])
def test_a_header_that_comes_twice_is_none(door: Door, headers: dict[str, str], twice: str) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"{}"}

    listed = [(name.encode(), value.encode()) for name, value in headers.items()]
    listed.append((twice.encode(), headers[twice].encode()))
    scope = {"type": "http", "method": "POST", "path": ACT, "query_string": b"", "headers": listed}
    asyncio.run(Guard(nobody, door)(scope, receive, send))
    assert sent[0]["status"] in {403, 415}


def test_a_websocket_is_closed(door: Door) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(Guard(nobody, door)({"type": "websocket", "path": "/", "headers": []}, None, send))  # type: ignore[arg-type]
    assert sent == [{"type": "websocket.close", "code": 1008}]


# Bodies.


@pytest.mark.parametrize(
    ("body", "got"),
    [
        (b"[]", "list"),
        (b'"a"', "str"),
        (b"null", "NoneType"),
        (b"", "Expecting value"),
        (b"{", "Expecting property name"),
        (b'{"a": NaN}', "NaN, which JSON does not have"),
        (b'{"a": Infinity}', "Infinity, which"),
        (b"\xff{}", "can't decode"),
        (b"[" * 30_000, "brackets in brackets"),
        (b'{"a":' * 10_000, "brackets in brackets"),
        (b'{"a": ' + b"9" * 60_000 + b"}", "Exceeds the limit"),
    ],
)
def test_a_body_that_is_no_object_of_json_is_told(visitor: Visitor, body: bytes, got: str) -> None:
    answer = visitor.post(ACT, body)
    assert answer.status_code == 400
    assert got in answer.json()["error"]["got"]
    assert visitor.get(READ).status_code == 200


def test_a_key_that_nobody_knows_is_refused_by_name(visitor: Visitor) -> None:
    answer = visitor.post("/api/studies", {"architecture": ["lenet-5"]})
    assert answer.status_code == 422
    assert answer.json()["error"]["got"] == "'architecture'"
    assert answer.json()["error"]["fix"] == "Did you mean 'architectures'?"
    assert visitor.post(ACT, {"\ud800": 1}).status_code == 422


# Where it listens, and what a report may do.


def test_loopback_is_told_from_the_rest() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "localhost", "::1", "[::1]", "127.9.9.9")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "192.168.1.2", "example.org", "127.0.0.1.evil", "")))


OURS = "default-src 'none'; script-src 'sha256-AAAA='; style-src 'unsafe-inline'; img-src data: blob:"


@pytest.mark.parametrize(
    ("policy", "script"),
    [
        (OURS, "script-src 'sha256-AAAA='"),
        ("default-src 'none'; script-src 'unsafe-inline'", ""),
        ("default-src 'none'; script-src *", ""),
        ("default-src *; script-src 'sha256-AAAA='", ""),
        ("script-src 'sha256-AAAA='", ""),
        ("default-src 'none'; script-src 'sha256-AAAA=' https://evil", ""),
        ("default-src 'none'; connect-src *", ""),
        ("default-src 'none'; sandbox allow-same-origin", ""),
    ],
)
def test_a_report_is_in_a_sandbox_with_its_own_hashes_and_nothing_that_ours_do_not_ask_for(
    policy: str, script: str
) -> None:
    found = report_policy(f'<head><meta http-equiv="Content-Security-Policy" content="{policy}">')
    assert found.startswith("sandbox allow-scripts; default-src 'none';")
    assert "allow-same-origin" not in found
    assert "evil" not in found
    assert ("script-src" in found) == bool(script)
    assert script in found


def test_the_messages_of_refusals_are_json_for_the_page_and_plain_for_people(stranger: Visitor) -> None:
    told = json.loads(stranger.get(READ).text)["error"]
    assert told == {
        "expected": "a page that was opened by the address of this server",
        "got": "one of another server, or of none",
        "where": "cookie",
        "fix": "Open the address that cnnlab serve has printed.",
    }
    page = stranger.get("/")
    assert page.headers["content-type"] == "text/plain; charset=utf-8"
    assert "Open the address that cnnlab serve has printed." in page.text

"""The server's process: an address of its own, and nobody else's business."""

import ipaddress
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import uvicorn

from cnnlab.errors import UsageError, explain
from cnnlab.store import open_store
from cnnlab.web.app import application
from cnnlab.web.guard import Door

LOOPBACK: Final = "127.0.0.1"
_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")
_ANY: Final = ("0.0.0.0", "::")  # noqa: S104 - what a user may ask for, with a warning
_BACKLOG: Final = 256
_GRACE: Final = 3  # seconds for open requests when the server ends


def serve(
    out: Path, *, host: str, port: int, offline: bool, ready: Callable[[str], None], warn: Callable[[str], None]
) -> None:
    """Serve the runs of a folder until Ctrl-C.

    Args:
        out: The folder; a store is made in it if need be.
        host: To listen at; this machine alone unless it says otherwise.
        port: To listen at; 0 for any that is free.
        offline: Never use the network for data.
        ready: Told the address, token included, when the server listens.
        warn: Told of what the user should know.

    Raises:
        UsageError: If the address cannot be listened at, or the store cannot be opened.
    """
    listening = _listening(host, port)
    with listening, open_store(out) as store:
        port = listening.getsockname()[1]
        door = Door(hosts_of(host, port), port)
        if not is_loopback(host):
            warn(
                f"listening at {host}: whoever reaches this machine and learns the address below can read all runs and "
                "train on it, and nothing of it is encrypted. Leave --host out to keep it to this machine."
            )
        config = uvicorn.Config(
            application(store, door, offline=offline),
            http="h11",
            ws="none",
            loop="asyncio",
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,  # nothing that a request says of another sender is believed
            timeout_graceful_shutdown=_GRACE,
        )
        ready(f"http://{_shown(host)}:{port}/?token={door.token}")
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listening])


def is_loopback(host: str) -> bool:
    """Say whether only this machine reaches an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def hosts_of(host: str, port: int) -> frozenset[str]:
    """List what the ``Host`` of a request may say, to the letter.

    Example:
        >>> sorted(hosts_of("127.0.0.1", 8000))
        ['127.0.0.1:8000', '[::1]:8000', 'localhost:8000']
    """
    names = {*_NAMES, _bracketed(host)} if host not in _ANY else {*_NAMES, *_own_names()}
    ports = {f"{name.lower()}:{port}" for name in names}
    # Browsers leave the port of HTTP out.
    return frozenset(ports | {name.lower() for name in names} if port == 80 else ports)  # noqa: PLR2004 - of HTTP


def _own_names() -> set[str]:
    names = {socket.gethostname(), socket.getfqdn()}
    with suppress(OSError):
        names |= {_bracketed(str(one[4][0])) for one in socket.getaddrinfo(socket.gethostname(), None)}
    return names


def _shown(host: str) -> str:
    return socket.gethostname() if host in _ANY else _bracketed(host)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _listening(host: str, port: int) -> socket.socket:
    """Take the address before anything is said of it.

    Raises:
        UsageError: If somebody has it, or it is none of this machine's.
    """
    bare = host.strip("[]")
    family = socket.AF_INET6 if ":" in bare else socket.AF_INET
    # With the protocol named asyncio sends small parts at once; else each answer waits 40 ms for an acknowledgement.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if hasattr(socket, "SO_REUSEADDR") and not hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((bare, port))
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        fix = "Another program may have it; --port 0 takes one that is free."
        raise UsageError(
            explain(
                expected="an address to listen at", got=error.strerror or str(error), where=f"{host}:{port}", fix=fix
            )
        ) from error
    return listening

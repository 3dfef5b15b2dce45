"""What every cluster needs: does it answer, is it still there, how many work, what do they say."""

import pickle
import socket
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from time import monotonic
from typing import Final

from cnnlab.errors import CnnlabError, UsageError, explain
from cnnlab.experiments.crew import first_line
from cnnlab.experiments.order import Word

PATIENCE: Final = 20.0
"""Seconds until somebody must have answered."""
_BETWEEN_COUNTS: Final = 2.0


def must_answer(where: str, address: str) -> None:
    """Refuse an address where nobody listens: the engines themselves take long to say so."""
    host, _, port = address.rpartition(":")
    try:
        if not host or not port.isdecimal():
            raise OSError("no HOST:PORT")  # noqa: TRY301 - told like all other mistakes in an address
        socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE).close()
    except (OSError, OverflowError) as error:
        raise unanswered(where, getattr(error, "strerror", None) or str(error)) from None


def unanswered(where: str, got: str) -> UsageError:
    """Return what to raise where no cluster answers."""
    fix = "docs/cluster.md says how to start one."
    return UsageError(explain(expected="a cluster that answers", got=got, where=where, fix=fix))


@contextmanager
def hushed() -> Iterator[None]:
    """Keep to itself what an engine says while it starts: advice about dashboards, ports, files and versions."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"(distributed|dask|ray|tornado)\b")
        warnings.filterwarnings("ignore", message=".*(Mismatched versions|RAY_ACCEL_ENV_VAR|Port .* is already in use)")
        yield


class Count:
    """How many workers there are, asked for only now and then: each question is a message."""

    def __init__(self, ask: Callable[[], int], most: int | None) -> None:
        self._ask = ask
        self._most = most
        self._asked = -_BETWEEN_COUNTS
        self._known = 1

    def now(self) -> int:
        """Return it."""
        if monotonic() - self._asked >= _BETWEEN_COUNTS:
            with reachable():
                self._known, self._asked = self._ask(), monotonic()
        return self._known if self._most is None else min(self._known, self._most)


def listener(hear: Callable[[], list[bytes]], heard: SimpleQueue[Word | BaseException], left: threading.Event) -> None:
    """Put what workers say where the study hears it, until the cluster is left or lost."""
    try:
        with reachable():
            while not left.is_set():
                for word in hear():
                    heard.put(pickle.loads(word))  # noqa: S301 - from workers of ours, on a cluster that we trust
    except CnnlabError as error:
        if not left.is_set():
            heard.put(error)


@contextmanager
def reachable() -> Iterator[None]:
    """Say in a message that the engine is gone, whatever it raises when it is."""
    try:
        yield
    except Exception as error:
        got = f"{type(error).__name__}: {first_line(error)}"
        fix = "The same command goes on from the last checkpoints."
        raise CnnlabError(explain(expected="a cluster that stays", got=got, where="--on", fix=fix)) from error

"""What a worker process and the process that sent it say to each other: words one way, the wish to stop the other."""

import os
import pickle
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Client, Connection, Listener
from queue import SimpleQueue
from secrets import token_bytes
from typing import Any, Final

from cnnlab.experiments.order import Word

_STOP: Final = b"stop"


class Ear:
    """Listens to workers on this machine.

    Attributes:
        heard: What they say, in the order in which each said it.
        address: Where workers find it.
        key: What they must know to be heard.
    """

    def __init__(self, workers: int) -> None:
        self.key = token_bytes(32)
        self._listener = Listener(authkey=self.key, backlog=max(workers, 1))
        self.address: Any = self._listener.address
        self.heard: SimpleQueue[Word | BaseException] = SimpleQueue()
        self._lock = threading.Lock()
        self._mouths: set[Connection] = set()
        self._stopping = False
        threading.Thread(target=self._welcome, daemon=True).start()

    def stop_all(self) -> None:
        """Ask every worker to stop after the step at hand, also one that is still on its way."""
        with self._lock:
            self._stopping = True
            mouths = [*self._mouths]
        for mouth in mouths:
            with suppress(OSError):
                mouth.send_bytes(_STOP)

    def close(self) -> None:
        """Hear nobody any more."""
        self._listener.close()
        with self._lock:
            for mouth in self._mouths:
                with suppress(OSError):
                    mouth.close()

    def _welcome(self) -> None:
        while True:
            try:
                mouth = self._listener.accept()
            except OSError:
                return  # closed
            except Exception:  # noqa: BLE001, S112 - a stranger without the key is sent away, and the next is welcome
                continue
            with self._lock:
                self._mouths.add(mouth)
                if self._stopping:
                    mouth.send_bytes(_STOP)
            threading.Thread(target=self._hear, args=(mouth,), daemon=True).start()

    def _hear(self, mouth: Connection) -> None:
        with suppress(EOFError, OSError):
            while True:
                self.heard.put(pickle.loads(mouth.recv_bytes()))  # noqa: S301 - from a process of ours that knows the key
        with self._lock:
            self._mouths.discard(mouth)


class Mouth:
    """A worker's end. When the process that listens is gone, so is the worker: nobody is left to work for.

    Args:
        address: Of the ear.
        key: Of the ear.
        last: Called then, before the process ends.
    """

    def __init__(self, address: Any, key: bytes, last: Callable[[], None]) -> None:  # noqa: ANN401 - a path or a pipe's name
        self._connection = Client(address, authkey=key)
        self._stop = threading.Event()
        self._last = last
        self.stop = self._stop.is_set
        threading.Thread(target=self._listen, daemon=True).start()

    def say(self, word: bytes) -> None:
        """Say a pickled `Word`."""
        self._connection.send_bytes(word)

    def _listen(self) -> None:
        with suppress(EOFError, OSError):
            while self._connection.recv_bytes() == _STOP:
                self._stop.set()
        with suppress(Exception):
            self._last()
        os._exit(1)

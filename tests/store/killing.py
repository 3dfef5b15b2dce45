"""Processes that are going to be killed: whole ones, and children of a mother that has imported everything."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import faulty_disk

_KILLABLE: Final = Path(__file__).with_name("killable.py")
_SOURCES: Final = Path(__file__).parents[2] / "src"
PATIENCE: Final = 300.0


class CrashError(AssertionError):
    """Something was lost, or came out otherwise than without a crash."""


class Life(Protocol):
    """A process from its start to its end."""

    pid: int

    def ends_within(self, seconds: float) -> bool:
        """Wait for its end, not longer than that."""
        ...

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send it a signal, if it still lives."""
        ...

    def code(self) -> int:
        """Return how it ended; waits for that."""
        ...


class Whole:
    """A process of its own, started as a user starts it."""

    def __init__(self, order: Mapping[str, Any]) -> None:
        with Path(order["stdout"]).open("wb") as out, Path(order["stderr"]).open("wb") as err:
            self._process = subprocess.Popen(
                [sys.executable, _KILLABLE, order["told"], *order["words"]],
                cwd=order["folder"],
                env=order["environment"],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        self.pid = self._process.pid

    def ends_within(self, seconds: float) -> bool:
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self, number: int = signal.SIGKILL) -> None:
        self._process.send_signal(number)

    def code(self) -> int:
        if not self.ends_within(PATIENCE):
            self.kill()
            raise CrashError(f"a process did not end within {PATIENCE:.0f} seconds")
        return self._process.wait()


class Mother:
    """A process that has imported everything and forks; see `killable.py`."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, _KILLABLE],
            env=environment() | preloaded(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to, self._from = self._process.stdin, self._process.stdout
        if self.read(PATIENCE) != "ready":
            raise RuntimeError("the mother process did not start")

    def say(self, line: str) -> None:
        self._to.write(f"{line}\n".encode())

    def read(self, seconds: float) -> str | None:
        """Read a line; None if its first letter does not come in time."""
        if not select.select([self._from], [], [], seconds)[0]:
            return None
        letters = b""
        while (letter := self._from.read(1)) not in {b"\n", b""}:
            letters += letter
        return letters.decode()

    def close(self) -> None:
        self._to.close()
        self._process.wait(PATIENCE)
        self._from.close()


class Forked:
    """A child of a mother; she has one at a time."""

    def __init__(self, mother: Mother, order: Mapping[str, Any]) -> None:
        self._mother = mother
        self._is_dead = False
        mother.say(json.dumps(order))
        self.pid = int(mother.read(PATIENCE) or 0)

    def ends_within(self, seconds: float) -> bool:
        if not self._is_dead:
            self._is_dead = self._mother.read(seconds) is not None
        return self._is_dead

    def kill(self, number: int = signal.SIGKILL) -> None:
        os.kill(self.pid, number)  # its number is its own until it is buried

    def code(self) -> int:
        if not self.ends_within(PATIENCE):
            self.kill()
            raise CrashError(f"a process did not end within {PATIENCE:.0f} seconds")
        self._mother.say("bury")
        return int(self._mother.read(PATIENCE) or 0)


def environment() -> dict[str, str]:
    """Return this process' environment for another one: our sources, one thread for NumPy, no colours."""
    ours = {"PYTHONPATH": str(_SOURCES), "OPENBLAS_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"}
    return {name: value for name, value in os.environ.items() if not name.startswith("FAULTY_DISK_")} | ours


def preloaded() -> dict[str, str]:
    return {} if faulty_disk.what_is_missing() else {"LD_PRELOAD": str(faulty_disk.library())}


@dataclass(frozen=True)
class Relative:
    """A process that one of ours has started.

    Attributes:
        pid: Its number.
        words: Its command line.
    """

    pid: int
    words: str

    def kill(self) -> None:
        """Kill it, if it still lives."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


def children(pid: int) -> list[Relative]:
    """List the worker processes that a process has started."""
    return [
        one for one, parent, _ in _processes() if parent == pid and "loky" in one.words and "tracker" not in one.words
    ]


def session(pid: int) -> list[Relative]:
    """List the processes of the session that a process began, zombies left out."""
    return [one for one, _, number in _processes() if number == pid and one.pid != pid and one.words]


def _processes() -> Iterator[tuple[Relative, int, int]]:
    """Read each process with its parent and its session."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                yield Relative(int(folder.name), words), int(fields[1]), int(fields[3])

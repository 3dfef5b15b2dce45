"""What a reader did with a file: its answer, its time, its memory, and whatever it reached for outside of the file."""

import os
import resource
import signal
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from readers import FAULTY, READERS, REFUSALS

_ROOM: Final = 1 << 30
"""So many bytes more may the process have in all: a bomb becomes a MemoryError and takes nobody else with it."""
_LONGEST: Final = 5_000
_HARMLESS: Final = ("object.", "sys._getframe", "sys.unraisablehook", "gc.", "builtins.id", "cpython.", "array.")
_OPENING: Final = ("open", "os.open")
_NAMES: Final = ("os.listdir", "os.scandir", "glob.glob", "glob.glob/2")


class TooLongError(BaseException):
    """Ends a reader that does not end; nobody who catches Exception stops it."""


@dataclass(frozen=True)
class Outcome:
    """What came of a file.

    Attributes:
        kind: "loaded", "refused" with an error of ours, or "broken".
        error: The class of the error.
        message: Its text.
        seconds: Of the processor.
        mib: Memory beyond what the process had before.
        deeds: Whatever was opened, imported, run or asked of the system, the file itself aside.
    """

    kind: str
    error: str
    message: str
    seconds: float
    mib: float
    deeds: tuple[str, ...]


class Watch:
    """Watches readers in this process; an audit hook cannot be taken away again.

    Args:
        seconds: So long a reader may take.
    """

    def __init__(self, seconds: float = 10) -> None:
        self.seconds = seconds
        self._path: str | None = None
        self._deeds: list[str] = []
        sys.addaudithook(self._heard)
        signal.signal(signal.SIGALRM, self._late)
        most = _address_space() + _ROOM
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def read(self, reader: str, path: Path) -> Outcome:
        """Let a reader read a file."""
        before, began = _memory(fresh=True), time.process_time()
        self._deeds, self._path = [], str(path)
        signal.setitimer(signal.ITIMER_REAL, self.seconds)
        try:
            kind, error = self._answer(reader, path)
        except TooLongError as late:
            kind, error = "broken", late
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            self._path = None
        seconds, most = time.process_time() - began, _memory() - before
        told = (_place(error) if kind == "broken" else "") + str(error or "")[:_LONGEST]
        return Outcome(kind, type(error).__name__ if error else "", told, seconds, most / 1024, tuple(self._deeds))

    @staticmethod
    def _answer(reader: str, path: Path) -> tuple[str, BaseException | None]:
        try:
            {**READERS, **FAULTY}[reader](path)
        except REFUSALS as error:
            return "refused", error
        except TooLongError:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever a file makes of a reader is what this is about
            return "broken", error
        return "loaded", None

    def _heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._path is None or event.startswith(_HARMLESS):
            return
        if event in _OPENING and str(arguments[0]) == self._path and _only_reads(arguments):
            return
        self._deeds.append(f"{event} {arguments!r}"[:200])

    def _late(self, *_: object) -> None:
        raise TooLongError


def _place(error: BaseException | None) -> str:
    """Say where an error came from."""
    frames = traceback.extract_tb(error.__traceback__) if error else ()
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}: " if frames else ""


def _only_reads(arguments: tuple[Any, ...]) -> bool:
    flags = arguments[2]
    return isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC) == 0


def _memory(*, fresh: bool = False) -> int:
    """Return the most memory that this process had, in KiB; if fresh, count from now on where the system can."""
    try:
        if fresh:
            Path("/proc/self/clear_refs").write_text("5", "ascii")
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _address_space() -> int:
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    except OSError:
        return 16 << 30

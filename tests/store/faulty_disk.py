"""The faulty disk: `faulty_disk.c` compiled, aimed, and its trace read."""

import errno
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import gettempdir
from typing import Final, NamedTuple

_SOURCE: Final = Path(__file__).with_name("faulty_disk.c")
KILLS: Final = ("kill", "kill-half", "kill-after")
FAILURES: Final = ("fail", "fail-on", "short")
ERRORS: Final = ("ENOSPC", "EIO")
# After so long without a call, in seconds, a process is taken to be doing something else.
_BETWEEN: Final = 0.002
_REPORT: Final = (".svg", ".html", "results.json", "environment.json", "study.toml", "latency.json")


def what_is_missing() -> str:
    """Say what this machine lacks; nothing if it lacks nothing."""
    if sys.platform != "linux":
        return "calls are intercepted as Linux' loader does it"
    return "" if shutil.which("gcc") else "no gcc here: apt-get install gcc libc6-dev"


@cache
def library() -> Path:
    """Compile it; the file is named by its source, so that each version is compiled once."""
    path = Path(gettempdir()) / f"cnnlab-faulty-disk-{sha256(_SOURCE.read_bytes()).hexdigest()[:16]}.so"
    if not path.exists():
        draft = path.with_suffix(f".{id(path)}.tmp")
        command = ["gcc", "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o", draft, _SOURCE, "-ldl"]
        subprocess.run([*command, "-lpthread"], check=True)
        draft.replace(path)
    return path


@dataclass(frozen=True)
class Fault:
    """What happens at a call.

    Attributes:
        at: Its number, from 1; 0 for nothing.
        how: One of `KILLS` and `FAILURES`.
        error: One of `ERRORS`.
    """

    at: int = 0
    how: str = "fail"
    error: str = "ENOSPC"

    @classmethod
    def of(cls, words: str) -> "Fault":
        """Read what `__str__` says."""
        at, how, *error = words.split(":")
        return cls(int(at), how, *error)

    def environment(self, folder: Path, trace: Path) -> dict[str, str]:
        """Return the variables that aim it at a folder."""
        return {
            "FAULTY_DISK_FOLDER": str(folder),
            "FAULTY_DISK_AT": str(self.at),
            "FAULTY_DISK_HOW": self.how,
            "FAULTY_DISK_ERROR": str(getattr(errno, self.error)),
            "FAULTY_DISK_TRACE": str(trace),
        }

    def __str__(self) -> str:
        """Say it as it is asked for on the command line."""
        return f"{self.at}:{self.how}" + ("" if self.how in KILLS else f":{self.error}")


class Call(NamedTuple):
    """A line of a trace: number, "b" for begun, "e" for ended, "f" for failed by us; seconds of `time.monotonic`."""

    number: int
    when: str
    moment: float
    name: str
    path: str


def calls(trace: Path) -> list[Call]:
    """Read a trace."""
    if not trace.exists():
        return []
    lines = [line.split(" ", 4) for line in trace.read_text().splitlines()]
    return [Call(int(one[0]), one[1], int(one[2]) / 1e9, one[3], one[4]) for one in lines]


def count(trace: Path) -> int:
    """Count the calls that were begun."""
    return sum(call.when == "b" for call in calls(trace))


def doing(trace: Path, moment: float | None = None) -> str:
    """Say what a process was doing when it was killed: by its last call, and how long ago that had ended.

    Args:
        trace: Of the process.
        moment: When it was killed; None if the disk did it.
    """
    found = calls(trace)
    if not found:
        return "process start"
    last = found[-1]
    name = Path(last.path).name
    reporting = any(call.path.endswith(_REPORT) for call in found[-40:])
    open_draft = name.endswith(".tmp") and last.name != "unlink"
    amid = last.when != "e" or open_draft or moment is None or moment - last.moment < _BETWEEN
    if not amid:
        began = any(".owners" in call.path for call in found)
        return "report writing" if reporting else "training" if began else "process start"
    if "checkpoint-" in name:
        return "checkpoint writing"
    if "cnnlab.sqlite" in name or last.path.endswith(".lock"):
        return "store writing"
    return "report writing" if reporting else "writing of weights, history and logs"

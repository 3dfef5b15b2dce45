"""Processes by their number and their birth, so that a number that was given again is never taken for its first owner.

The number alone would not do: a signal meant for a training must not reach whoever has its number by now.
"""

import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_DEAD: Final = ("Z", "X", "x")  # a zombie has ended, whoever has still to ask how
_STATE, _BIRTH = 0, 19  # fields 3 and 22 of /proc/PID/stat, counted from behind the name
_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class ProcessMark:
    """One process, and no other that may ever have its number.

    Attributes:
        pid: Its number.
        birth: When it was born, as the system says it; empty where it does not say.
    """

    pid: int
    birth: str


def own_mark() -> ProcessMark:
    """Return the mark of this process."""
    return mark_of(os.getpid())


def mark_of(pid: int) -> ProcessMark:
    """Return the mark of a process that lives now."""
    return ProcessMark(pid, _birth(pid) or "")


def alive(mark: ProcessMark) -> bool:
    """Say whether the process lives; one whose birth nobody knows counts as dead."""
    return bool(mark.birth) and _birth(mark.pid) == mark.birth


def interrupt(mark: ProcessMark) -> bool:
    """Send a process what Ctrl-C would.

    Returns:
        False if it does not live.
    """
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":  # pragma: no cover - not tried
            if alive(mark):
                os.kill(mark.pid, signal.CTRL_BREAK_EVENT)
                return True
        elif hasattr(os, "pidfd_open"):
            return _interrupt_by_descriptor(mark)
        elif alive(mark):
            os.kill(mark.pid, signal.SIGINT)
            return True
    return False


def _interrupt_by_descriptor(mark: ProcessMark) -> bool:
    """Hold on to the process before its birth is looked at: then the signal goes to that one or to nobody."""
    descriptor = os.pidfd_open(mark.pid)
    try:
        if not alive(mark):
            return False
        signal.pidfd_send_signal(descriptor, signal.SIGINT)
    finally:
        os.close(descriptor)
    return True


def as_text(mark: ProcessMark) -> str:
    """Write a mark in a line."""
    return f"{mark.pid} {mark.birth}\n"


def from_text(text: str) -> ProcessMark | None:
    """Read a mark; None from anything else."""
    pid, _, birth = text.strip().partition(" ")
    if not pid.isascii() or not pid.isdecimal() or len(pid) > len(str(2**63)) or int(pid) < 1:
        return None
    return ProcessMark(int(pid), birth)


def _birth(pid: int) -> str | None:
    """Say when a process was born; None if it does not live or nobody says."""
    if sys.platform == "win32":  # pragma: no cover - not tried
        return _asked(["powershell", "-NoProfile", "-Command", f"(Get-Process -Id {pid}).StartTime.Ticks"])
    stat = Path(f"/proc/{pid}/stat")
    if not Path("/proc/self/stat").exists():
        return _asked(["ps", "-o", "lstart=", "-p", str(pid)])
    try:
        # The name may hold blanks and brackets; the last bracket ends it.
        fields = stat.read_text("ascii", "replace").rpartition(")")[2].split()
        boot = _BOOT.read_text("ascii").strip()
    except OSError:
        return None
    # Births are counted from the start of the machine.
    return None if fields[_STATE] in _DEAD else f"{boot} {fields[_BIRTH]}"


def _asked(command: list[str]) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)  # noqa: S603 - own words
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None

"""What a figure needs beside it: the machine, the commit, the peak of its multiplications."""

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from environment import OURS, ROOT, python_of

_PEAK_WORKER: Final = Path(__file__).with_name("workers") / "peak.py"


def cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def provenance() -> dict[str, Any]:
    """Return the date, the commit and the machine."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": {"processor": _processor(), "cores": cores(), "memory_bytes": _memory()},
        "system": platform.platform(terse=True),
    }


def measure_peaks() -> list[dict[str, Any]]:
    """Measure how many multiply-adds a core, and all cores, can do in registers; in a process of its own.

    Returns:
        Threads and GFLOP/s of each; None for GFLOP/s where this version of cnnlab has no such measurement.
    """
    counts = sorted({1, cores()})
    command = [str(python_of(OURS)), str(_PEAK_WORKER), *map(str, counts)]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    return [{"threads": threads, "gflops": gflops} for threads, gflops in zip(counts, json.loads(told), strict=True)]


def _commit() -> str | None:
    """Name the commit that is checked out, and say whether files differ from it."""
    words = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    told = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    return told.stdout.strip() or None


def _processor() -> str:
    """Name the processor as its maker does, where the system tells."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory() -> int | None:
    if "SC_PHYS_PAGES" not in os.sysconf_names:
        return None
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")

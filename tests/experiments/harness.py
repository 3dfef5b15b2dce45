"""Start a study in a process of its own, and look at what it started."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

A_STUDY = Path(__file__).with_name("a_study.py")


def run_study(out: Path, **options: object) -> dict[str, Any]:
    """Run `a_study.py` to its end; whatever reaches its terminal beyond the result is a failure."""
    done = subprocess.run(
        [sys.executable, str(A_STUDY), str(out), json.dumps({"seeds": 4, **options})],
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    (line,) = done.stdout.splitlines()
    told: dict[str, Any] = json.loads(line)
    return told


def eventually(what: Callable[[], object], seconds: float = 60) -> None:
    """Wait until something is true."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)


def living(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Keep those that still run; one that nobody has waited for is over."""

    def lives(process: psutil.Process) -> bool:
        try:
            return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return False

    return [process for process in processes if lives(process)]

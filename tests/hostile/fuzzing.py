"""Mutations by the thousand: children work through them, and what a reader does wrong is kept, also if it dies."""

import json
import mmap
import os
import re
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from judging import faults
from limited import Outcome, Watch
from mutating import case, reader_of
from readers import SUFFIXES
from server import in_a_child

_CASES_OF_A_CHILD: Final = 2_000
_SECONDS: Final = 5.0
_TRIES: Final = 3


@dataclass(frozen=True)
class Finding:
    """A file that a reader did not take as it must.

    Attributes:
        kind: Of `mutating.MUTATIONS`.
        seed: Of the cases.
        number: Of this one.
        told: What was wrong.
    """

    kind: str
    seed: int
    number: int
    told: str

    @property
    def sort(self) -> str:
        """Return what is alike in findings of one cause."""
        return re.sub(r"\d+", "0", re.sub(r"'[^']*'", "''", self.told))[:120]


@dataclass
class Tally:
    """What a reader was given, and what it did."""

    cases: int = 0
    loaded: int = 0
    findings: dict[str, Finding] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)


def fuzz(kind: str, seed: int, seconds: float, folder: Path, enough: int = 100) -> Tally:
    """Give a reader mutations for some time.

    Args:
        kind: Of `mutating.MUTATIONS`.
        seed: Of the cases.
        seconds: So long.
        folder: For the files.
        enough: So many sorts of findings end it.
    """
    tally, end, number = Tally(), time.monotonic() + seconds, 0
    while time.monotonic() < end and len(tally.findings) < enough:
        number = _some(kind, seed, number, end, folder, tally)
    return tally


def _some(kind: str, seed: int, first: int, end: float, folder: Path, tally: Tally) -> int:
    """Let a child work through cases; return the number of the next one."""
    shared = mmap.mmap(-1, 24)  # the number that it is at, how many were loaded, whether it ended by itself
    back, out = os.pipe()
    child = os.fork()
    if not child:
        os.close(back)
        _work(kind, seed, first, end, folder, shared, out)
        os._exit(0)
    os.close(out)
    with os.fdopen(back, "rb") as lines:
        found = [Finding(**json.loads(line)) for line in lines]
    _, status = os.waitpid(child, 0)
    at, loaded = (int.from_bytes(shared[place : place + 8], "little") for place in (0, 8))
    if status:
        found.append(Finding(kind, seed, at, f"the process died: status {status}"))
    tally.cases += at + 1 - first
    tally.loaded += loaded
    for finding in found:
        _keep(finding, folder, tally)
    return at + 1


def _work(kind: str, seed: int, first: int, end: float, folder: Path, shared: mmap.mmap, out: int) -> None:
    watch, path, loaded = Watch(_SECONDS), path_for(kind, folder), 0
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in range(first, first + _CASES_OF_A_CHILD):
        shared[:8] = number.to_bytes(8, "little")
        path.write_bytes(case(kind, seed, number))
        outcome = watch.read(reader_of(kind), path)
        loaded += outcome.kind == "loaded"
        shared[8:16] = loaded.to_bytes(8, "little")
        told = faults(outcome, may_load=True)
        if told:
            found = {"kind": kind, "seed": seed, "number": number, "told": "; ".join(told)}
            os.write(out, json.dumps(found).encode() + b"\n")
        if told or time.monotonic() > end:  # after a finding a fresh process: what it left behind is no other case's
            return


def _keep(finding: Finding, folder: Path, tally: Tally) -> None:
    """Keep the first finding of each sort, if it is one again: a machine that is busy elsewhere is none."""
    tally.counts[finding.sort] += 1
    if finding.sort not in tally.findings:
        told = again(finding.kind, case(finding.kind, finding.seed, finding.number), folder)
        if told:
            tally.findings[finding.sort] = Finding(finding.kind, finding.seed, finding.number, "; ".join(told))


def again(kind: str, content: bytes, folder: Path) -> list[str]:
    """Say what is wrong with one file, in a process of its own; nothing if it is well at one of three times."""
    told: list[str] = []
    for _ in range(_TRIES):
        told = faults(once(kind, content, folder), may_load=True)
        if not told:
            break
    return told


def once(kind: str, content: bytes, folder: Path) -> Outcome:
    """Read one file in a process of its own."""
    path = path_for(kind, folder)
    path.write_bytes(content)
    return in_a_child(lambda: Watch(_SECONDS).read(reader_of(kind), path))


def path_for(kind: str, folder: Path) -> Path:
    """Return where a reader's file lies."""
    return folder / f"case{SUFFIXES.get(kind, '.bin')}"


def shortened(kind: str, content: bytes, folder: Path, most: int = 300) -> bytes:
    """Take pieces out of a file as long as what is wrong with it stays the same; try so many at most."""

    def wrong(tried: bytes) -> str:
        return Finding(kind, 0, 0, "; ".join(faults(once(kind, tried, folder), may_load=True))).sort

    sort, tries, size = wrong(content), 0, max(len(content) // 2, 1)
    while size and tries < most:
        at = 0
        while at < len(content) and tries < most:
            tried, tries = content[:at] + content[at + size :], tries + 1
            if wrong(tried) == sort:
                content = tried
            else:
                at += size
        size //= 2
    return content

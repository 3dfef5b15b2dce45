"""Run a worker in a process of its own and read what it tells."""

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from cases import Case
from contestants import Contestant
from environment import OURS, ROOT, python_of

WORKERS: Final = Path(__file__).with_name("workers")
_LAST_LINES: Final = 5


@dataclass(frozen=True)
class Run:
    """One training by one contestant.

    Attributes:
        contestant: Its name.
        case: The name of what was trained.
        repetition: Counted from 0.
        first_epoch_seconds: From the start of the process to the end of the first epoch.
        epoch_seconds: Of each epoch, validation included; the first holds whatever is compiled.
        val_accuracies: After each epoch, from 0 to 1.
        peak_bytes: The most memory of the process at once.
        versions: Of what trained.
        load_before: How busy the machine was just before: its load average over a minute.
        failure: The last words of a process that failed; None if it did not.
    """

    contestant: str
    case: str
    repetition: int = 0
    first_epoch_seconds: float | None = None
    epoch_seconds: list[float] = field(default_factory=list)
    val_accuracies: list[float] = field(default_factory=list)
    peak_bytes: int | None = None
    versions: dict[str, str] = field(default_factory=dict)
    load_before: float = 0.0
    failure: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


def train(
    contestant: Contestant,
    case: Case,
    images: Path,
    *,
    epochs: int,
    limit: int | None = None,
    seed: int = 0,
    patience: float | None = None,
) -> Run:
    """Have a contestant train a case.

    Args:
        contestant: Who.
        case: What.
        images: The folder of the images' files.
        epochs: How many.
        limit: At most so many training images; None for those of the case.
        seed: Of the weights, the orders and the masks.
        patience: Seconds after which a peer stops with its second epoch or a later one; None to train to the end.

    Returns:
        What it told; a process that fails is a result too.
    """
    limits = [most for most in (limit, case.limit) if most is not None]
    task = {
        "network": case.network,
        "data": str(images / f"{case.data}.npz"),
        "limit": min(limits) if limits else None,
        "batch_size": case.batch_size,
        "epochs": epochs,
        "seed": seed,
        "patience": patience,
        "options": contestant.options,
    }
    load = os.getloadavg()[0]
    command = [str(python_of(contestant.environment)), str(WORKERS / f"{contestant.worker}.py")]
    code, told, complaint = _call(command, task, contestant)
    if code or not told or told[-1]["event"] != "done":
        last = " | ".join(complaint.strip().splitlines()[-_LAST_LINES:])
        return Run(contestant.name, case.name, load_before=load, failure=last or f"exit code {code}")
    *rows, done = told
    return Run(
        contestant.name,
        case.name,
        first_epoch_seconds=rows[0]["since_start"],
        epoch_seconds=[row["seconds"] for row in rows],
        val_accuracies=[row["val_accuracy"] for row in rows],
        peak_bytes=done["peak_bytes"],
        versions=done["versions"],
        load_before=load,
    )


def write_images(folder: Path) -> None:
    """Write the images' files, in a process of its own so that this one stays small."""
    subprocess.run([str(python_of(OURS)), str(Path(__file__).with_name("images.py")), str(folder)], check=True)


@contextlib.contextmanager
def only_cores(count: int | None) -> Iterator[None]:
    """Leave this process, and whatever it starts meanwhile, so many cores."""
    if count is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:count])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _call(command: list[str], task: dict[str, Any], contestant: Contestant) -> tuple[int, list[dict[str, Any]], str]:
    """Start a worker, hand it its task; return its exit code, its lines, and what it said on standard error."""
    with only_cores(contestant.cores):
        ended = subprocess.run(
            command,
            input=json.dumps({**task, "started": time.time()}),
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
            env={**os.environ, **contestant.variables},
        )
    # Libraries print there as well.
    lines = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith('{"event"')]
    return ended.returncode, lines, ended.stderr

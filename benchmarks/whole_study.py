"""Time the whole study from the start of a process to its end: `cnnlab run`, and a script in Keras doing the same."""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cases import NOTEBOOK, Case, epochs_of, speed_cases
from contestants import KERAS_ON_TENSORFLOW
from environment import OURS, ROOT, python_of
from processes import WORKERS
from summary import spread

_BYTES_PER_KIB: Final = 1024
_TITLES: Final = {
    "cnnlab-3": "`cnnlab run`, three seeds of each",
    "cnnlab": "`cnnlab run --seeds 1`",
    "keras-tensorflow": "a script in Keras on TensorFlow, graph mode, one seed",
}


@dataclass(frozen=True)
class Whole:
    """A process, from start to end.

    Attributes:
        who: "cnnlab-3", "cnnlab" or "keras-tensorflow".
        seconds: Imports, data, compilation, training and, of ours, the page.
        peak_bytes: The most memory at once.
        output: The end of what it printed.
    """

    who: str
    seconds: float
    peak_bytes: int
    output: str


def run_study(images: Path, *, repetitions: int, epochs: int | None, limit: int | None) -> tuple[list[Whole], Any]:
    """Run all in turn.

    Args:
        images: The folder of the images' files.
        repetitions: How often.
        epochs: For each network; None for what its author used.
        limit: Train on so many images; None for all.

    Returns:
        Each run, and a summary by who it was.
    """
    runs = []
    for repetition in range(repetitions):
        order = [_three_seeds, _ours, _keras]
        order = order if repetition % 2 == 0 else order[::-1]
        for one in order:
            runs.append(one(images, epochs, limit))
            print(f"{runs[-1].who:<20} {runs[-1].seconds:8.1f} s  {runs[-1].peak_bytes / 1e6:6.0f} MB", flush=True)
    return runs, {who: _summary([run for run in runs if run.who == who], title) for who, title in _TITLES.items()}


def _summary(runs: list[Whole], title: str) -> dict[str, Any]:
    return {
        "title": title,
        "seconds": vars(spread([run.seconds for run in runs])),
        "peak_bytes": vars(spread([run.peak_bytes for run in runs])),
    }


def _three_seeds(images: Path, epochs: int | None, limit: int | None) -> Whole:
    """Run the command of the README; it finds the data itself."""
    del images
    return _cnnlab("cnnlab-3", [], epochs, limit)


def _ours(images: Path, epochs: int | None, limit: int | None) -> Whole:
    """Run each network as often as Keras does."""
    del images
    return _cnnlab("cnnlab", ["--seeds", "1"], epochs, limit)


def _cnnlab(who: str, options: list[str], epochs: int | None, limit: int | None) -> Whole:
    command = python_of(OURS).with_name("cnnlab.exe" if sys.platform == "win32" else "cnnlab")
    words = [str(command), "run", *options]
    words += ["--epochs", str(epochs)] if epochs else []
    words += ["--limit", str(limit)] if limit else []
    with tempfile.TemporaryDirectory() as out:
        return _timed(who, [*words, "--out", out], "", {})


def _keras(images: Path, epochs: int | None, limit: int | None) -> Whole:
    cases = [case for case in speed_cases() if case.name in NOTEBOOK]
    tasks = [_task(case, images, epochs, limit) for case in cases]
    words = [str(python_of(KERAS_ON_TENSORFLOW.environment)), str(WORKERS / "keras_study.py")]
    return _timed("keras-tensorflow", words, json.dumps(tasks), KERAS_ON_TENSORFLOW.variables)


def _task(case: Case, images: Path, epochs: int | None, limit: int | None) -> dict[str, Any]:
    return {
        "network": case.network,
        "data": str(images / f"{case.data}.npz"),
        "limit": limit,
        "batch_size": case.batch_size,
        "epochs": epochs or epochs_of(case.name),
        "seed": 0,
        "patience": None,
        "started": time.time(),
        "options": KERAS_ON_TENSORFLOW.options,
    }


def _timed(who: str, words: list[str], told: str, variables: dict[str, str]) -> Whole:
    """Run a command to its end, and ask the system how much memory it needed.

    Raises:
        RuntimeError: If it fails.
    """
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as heard,
        tempfile.TemporaryFile("w+", encoding="utf-8") as said,
    ):
        heard.write(told)
        heard.seek(0)
        began = time.time()
        process = subprocess.Popen(
            words, stdin=heard, stdout=said, stderr=said, cwd=ROOT, env={**os.environ, **variables}
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.time() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        output = said.read()
    if process.returncode:
        raise RuntimeError(f"{' '.join(words)} failed: {output[-2000:]}")
    scale = 1 if sys.platform == "darwin" else _BYTES_PER_KIB
    return Whole(who, seconds, usage.ru_maxrss * scale, output[-2000:])

"""What every worker shares: it reads one task from its standard input and tells JSON lines on its standard output.

A worker runs in the environment of its peer, where cnnlab is not installed: only the standard library and NumPy here.
"""

import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

_BYTES_PER_KIB: Final = 1024


@dataclass(frozen=True)
class Task:
    """One training to be timed.

    Attributes:
        network: Keras' configuration of a Sequential, parsed.
        data: An .npz file of uint8 images and labels.
        limit: Train on this many images and validate on a sixth of it; None for all.
        batch_size: Of training.
        epochs: How many; the first holds whatever is compiled.
        seed: Of the weights, the orders and the masks.
        patience: Seconds of training after which two epochs are enough; None to train to the end.
        started: The clock of the parent when it started this process, in seconds since 1970.
        options: Settings of this peer, by name.
    """

    network: dict[str, Any]
    data: Path
    limit: int | None
    batch_size: int
    epochs: int
    seed: int
    patience: float | None
    started: float
    options: dict[str, Any]


@dataclass(frozen=True)
class Arrays:
    """Images divided by 255, channels last, and one-hot labels, as float32.

    Attributes:
        x_train: Shape (n, height, width, channels).
        y_train: Shape (n, classes).
        x_test: As x_train.
        y_test: As y_train.
    """

    x_train: Floats
    y_train: Floats
    x_test: Floats
    y_test: Floats


class Report:
    """Tells the parent what happens, as it happens.

    Args:
        task: Whose clock counts from the start of the process.
    """

    def __init__(self, task: Task) -> None:
        self._started = task.started
        self._last = 0.0
        self._epochs = 0
        self._patience = task.patience
        self._began = 0.0

    def begin(self) -> None:
        """Start the clock of the first epoch: the data are in memory, the model is built."""
        self._began = self._last = time.time()

    @property
    def enough(self) -> bool:
        """Tell whether training has taken longer than the parent wants to wait; the first epoch never is enough."""
        waited = time.time() - self._began
        return self._patience is not None and self._epochs > 1 and waited > self._patience

    def epoch(self, val_accuracy: float) -> None:
        """Tell that an epoch has ended, validation included.

        Args:
            val_accuracy: Share of the test images classified correctly, from 0 to 1.
        """
        now = time.time()
        self._epochs += 1
        tell(
            event="epoch",
            epoch=self._epochs,
            seconds=now - self._last,
            since_start=now - self._started,
            val_accuracy=float(val_accuracy),
        )
        self._last = time.time()

    @staticmethod
    def done(versions: dict[str, str]) -> None:
        """Tell that training has ended, and what the process needed for it."""
        tell(event="done", peak_bytes=peak_bytes(), versions=versions)


def read_task() -> Task:
    """Read the task from standard input."""
    return task_from(json.load(sys.stdin))


def task_from(told: dict[str, Any]) -> Task:
    """Make a task of what the parent wrote."""
    return Task(**{**told, "data": Path(told["data"])})


def tell(**facts: object) -> None:
    """Write one JSON line."""
    print(json.dumps(facts), flush=True)


def load_arrays(task: Task) -> Arrays:
    """Load a task's images as a user would have them before calling fit."""
    with np.load(task.data) as stored:
        few = None if task.limit is None else max(1, task.limit // 6)
        classes = int(stored["y_train"].max()) + 1
        return Arrays(
            _images(stored["x_train"][: task.limit]),
            _one_hot(stored["y_train"][: task.limit], classes),
            _images(stored["x_test"][:few]),
            _one_hot(stored["y_test"][:few], classes),
        )


def cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def peak_bytes() -> int:
    """Return the most memory this process had in RAM at once.

    getrusage would give the parent's where that is larger, since Linux keeps the figure over exec; /proc forgets it.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * _BYTES_PER_KIB
    import resource  # noqa: PLC0415 - Windows has none

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * _BYTES_PER_KIB


def _images(stored: npt.NDArray[np.uint8]) -> Floats:
    scaled = stored.astype(np.float32)
    scaled /= np.float32(255)
    return scaled if scaled.ndim == 4 else scaled[..., None]  # noqa: PLR2004 - n, height, width, channels


def _one_hot(labels: npt.NDArray[np.uint8], classes: int) -> Floats:
    return np.eye(classes, dtype=np.float32)[labels]

"""Several tasks at once on this machine, each in a process of its own, by joblib's loky."""

import re
import shutil
import signal
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, wait
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing import resource_tracker
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cnnlab.experiments.channel import Ear, Mouth
from cnnlab.experiments.crew import Crew
from cnnlab.experiments.order import Failed, Order, Word, work
from cnnlab.experiments.shipment import Arrivals, Shipment, shipment
from cnnlab.records import Split

_arrivals = Arrivals()
_mouth: Mouth | None = None


def processes(split: Split, workers: int) -> Crew:
    """Return an engine of processes on this machine.

    Args:
        split: What they train on; they open it by memory map.
        workers: How many at once.
    """
    return Crew(lambda: _Hands(split, workers), workers, f"by {workers} processes")


def _begin(address: Any, key: bytes, folder: str) -> None:  # noqa: ANN401 - a path or a pipe's name
    """Set up a worker process: Ctrl-C is for the process that sent it, which passes the wish on."""
    global _mouth  # noqa: PLW0603 - a worker has one
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _mouth = Mouth(address, key, partial(shutil.rmtree, folder, ignore_errors=True))


def _work(order: Order, shipped: Shipment) -> None:
    """Work on a task in a worker process."""
    assert _mouth is not None
    work(order, shipped, _arrivals, _mouth.say, _mouth.stop)


class _Hands:
    """Processes of this machine; see `crew.Hands`.

    Each has an executor of its own: when a process dies, loky takes all others of its executor down with it.
    """

    def __init__(self, split: Split, workers: int) -> None:
        self.workers = workers
        self._folder = TemporaryDirectory(prefix="cnnlab-data-", ignore_cleanup_errors=True)
        self._shipped = shipment(split, Path(self._folder.name))
        self._ear = Ear(workers)
        self.heard = self._ear.heard
        self._executors = [self._hired() for _ in range(workers)]
        self._futures: list[Any] = [None] * workers

    def give(self, order: Order) -> None:
        """Begin a task on a process that is free; a dead one is replaced."""
        if None not in self._futures:
            wait(self._futures, return_when=FIRST_COMPLETED)  # a task that has said its last word ends in a moment
        free = next(index for index, future in enumerate(self._futures) if future is None or future.done())
        future = self._futures[free]
        if future is not None and isinstance(future.exception(), BrokenExecutor):
            self._executors[free].shutdown(wait=False, kill_workers=True)
            self._executors[free] = self._hired()
        with deaf():
            self._futures[free] = self._executors[free].submit(_work, order, self._shipped)
        self._futures[free].add_done_callback(partial(self._ended, order))

    def stop(self) -> None:
        """Pass on the wish to stop."""
        self._ear.stop_all()

    def close(self) -> None:
        """Let all go."""
        for executor in self._executors:
            with suppress(Exception):
                executor.shutdown(wait=True, kill_workers=True)
        self._ear.close()
        self._folder.cleanup()

    def _ended(self, order: Order, future: Any) -> None:  # noqa: ANN401 - loky has no types
        error = future.exception()
        if error is not None:
            died = _how(error) if isinstance(error, BrokenExecutor) else None
            self.heard.put(Word(order.key, order.attempt, Failed(error, died)))

    def _hired(self) -> Any:  # noqa: ANN401 - loky has no types
        from joblib.externals.loky import ProcessPoolExecutor  # noqa: PLC0415 - start-up time

        said = (self._ear.address, self._ear.key, self._folder.name)
        return ProcessPoolExecutor(max_workers=1, initializer=_begin, initargs=said)


def _how(error: BrokenExecutor) -> str:
    """Find in loky's paragraph how a process ended, such as SIGKILL(-9)."""
    found = re.search(r"exit codes of the workers are \{(.+?)\}", str(error))
    return found[1] if found else type(error).__name__


@contextmanager
def deaf() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach: before they can refuse to listen, they would die of it.

    They inherit what is blocked here; a Ctrl-C that comes meanwhile is heard afterwards.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from joblib.externals.loky.backend import resource_tracker as of_loky  # noqa: PLC0415 - start-up time

    # Both trackers unblock the signal when they are started, which is with the first process otherwise.
    for tracker in (resource_tracker, of_loky):
        tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

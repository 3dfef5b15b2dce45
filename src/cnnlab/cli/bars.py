"""Bars on a terminal, drawn by rich; where stderr is no terminal there are none."""

from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn

from cnnlab.records import BatchDone
from cnnlab.report.words import format_seconds


class EpochBar:
    """The bar of the epoch at hand: how far it is, its loss and accuracy so far, the time left of the run."""

    def __init__(self, stream: TextIO) -> None:
        """Prepare to draw on a stream."""
        self._console = Console(file=stream, highlight=False)
        self._progress: Progress | None = None
        self._task = TaskID(0)
        self._epochs = self._steps = 1
        self._before = self._elapsed = 0.0

    def begin(self, epochs: int, steps: int) -> None:
        """Learn how long a run will be."""
        self._epochs, self._steps, self._before = epochs, steps, 0.0

    def show(self, event: BatchDone) -> None:
        """Move the bar; the first step of an epoch draws a new one."""
        if not self._console.is_terminal:
            return
        progress = self._progress or self._open(event.epoch)
        progress.update(self._task, completed=event.step, told=self._told(event))
        self._elapsed = self._before + event.seconds

    def close(self) -> None:
        """Take the bar off the screen."""
        if self._progress is None:
            return
        self._progress.stop()
        self._progress = None
        self._before = self._elapsed

    def _open(self, epoch: int) -> Progress:
        columns = (
            TextColumn(f"Epoch {epoch:>{len(str(self._epochs))}}/{self._epochs}"),
            BarColumn(bar_width=None),
            TextColumn("{task.completed}/{task.total}"),
            TextColumn("{task.fields[told]}"),
        )
        self._progress = Progress(*columns, console=self._console, transient=True, expand=True)
        self._task = self._progress.add_task("", total=self._steps, told="")
        self._progress.start()
        return self._progress

    def _told(self, event: BatchDone) -> str:
        """Say what is known: the time left counts the run's remaining epochs at the pace so far."""
        done = ((event.epoch - 1) * self._steps + event.step) / (self._epochs * self._steps)
        left = (self._before + event.seconds) * (1 - done) / done
        return f"loss {event.loss:.4f}  accuracy {event.accuracy:.4f}  {format_seconds(left)} left"


class FetchBar:
    """The bar of a download."""

    def __init__(self, stream: TextIO) -> None:
        """Prepare to draw on a stream."""
        self._stream = stream
        self._console = Console(file=stream, highlight=False)
        self._progress: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def show(self, name: str, done: int, total: int | None) -> None:
        """Move the bar of one file; without a terminal say once that it is being fetched."""
        if name in self._tasks and self._progress is not None:
            self._progress.update(self._tasks[name], completed=done, total=total)
        elif name not in self._tasks:
            self._tasks[name] = self._begin(name, done, total)

    def close(self) -> None:
        """Take the bars off the screen."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def _begin(self, name: str, done: int, total: int | None) -> TaskID:
        if not self._console.is_terminal:
            print(f"Fetching {name} ...", file=self._stream, flush=True)
            return TaskID(-1)
        if self._progress is None:
            columns = (TextColumn("Fetching {task.description}"), BarColumn(), DownloadColumn())
            self._progress = Progress(*columns, console=self._console, transient=True)
            self._progress.start()
        return self._progress.add_task(name, total=total, completed=done)

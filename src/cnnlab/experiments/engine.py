"""Who works through the runs of a study: one interface, whether in this process, in several or on a cluster."""

from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Protocol

from cnnlab.experiments.task import Done, Task, run_task
from cnnlab.records import Sink
from cnnlab.training import Prepared


class Engine(Protocol):
    """Works through tasks.

    Attributes:
        workers: How many tasks it has in hand at once.
        about: Itself in a few words, for the screen.
    """

    workers: int
    about: str

    def run(self, tasks: Iterator[Task], sink: Sink, stop: Callable[[], bool]) -> Generator[Done]:
        """Work through tasks; each is asked for only when somebody is free to begin it.

        Args:
            tasks: What to do.
            sink: Told of everything that happens, in this thread.
            stop: Asked every few steps; True ends all tasks in hand and begins no other.

        Yields:
            What became of each, as it ends.
        """
        ...


class InProcess:
    """One task after the other, here.

    Args:
        data: In the form that each architecture takes, by its name.
    """

    workers = 1
    about = "in this process"

    def __init__(self, data: Mapping[str, Prepared]) -> None:
        self._data = data

    def run(self, tasks: Iterator[Task], sink: Sink, stop: Callable[[], bool]) -> Generator[Done]:
        """Work through tasks; see `Engine.run`."""
        for task in tasks:
            yield run_task(task, self._data[task.trial.architecture.name], sink, stop)
            if stop():
                return

"""Hand tasks to workers elsewhere, pass on what they say, and see who died: the same loop for every kind of worker."""

from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from queue import Empty, SimpleQueue
from typing import Final, Protocol

from cnnlab.errors import CnnlabError, explain
from cnnlab.experiments.order import Ended, Failed, Order, Word, done, order
from cnnlab.experiments.task import Done, Task
from cnnlab.records import CheckpointMade, Notice, RunKey, Sink

_TICK: Final = 0.05
_ATTEMPTS: Final = 2


class Hands(Protocol):
    """Workers of one kind.

    Attributes:
        heard: What they say, in the order in which each said it, and what the engine says of those that cannot; an
            error if the engine itself is lost.
    """

    heard: SimpleQueue[Word | BaseException]

    @property
    def workers(self) -> int:
        """Count how many tasks they can have in hand at once; may change."""
        ...

    def give(self, order: Order) -> None:
        """Begin a task."""
        ...

    def stop(self) -> None:
        """Ask all to stop after the step at hand."""
        ...

    def close(self) -> None:
        """Let all go, whatever they have in hand."""
        ...


class Crew:
    """Works through tasks with workers elsewhere.

    Args:
        hire: Finds the workers once there is something to do; they are let go at the end of `run`.
        workers: How many tasks they will have in hand.
        about: Them in a few words.
    """

    def __init__(self, hire: Callable[[], Hands], workers: int, about: str) -> None:
        self.workers = workers
        self.about = about
        self._hire = hire

    def run(self, tasks: Iterator[Task], sink: Sink, stop: Callable[[], bool]) -> Generator[Done]:
        """Work through tasks; see `Engine.run`."""
        first = next(tasks, None)
        if first is None:
            return
        hands = self._hire()
        try:
            yield from _Shift(hands, sink).work(chain([first], tasks), stop)
        finally:
            hands.close()


@dataclass
class _InHand:
    task: Task
    attempt: int
    checkpoint: bytes | None


class _Shift:
    """One walk through the tasks."""

    def __init__(self, hands: Hands, sink: Sink) -> None:
        self._hands = hands
        self._sink = sink
        self._in_hand: dict[RunKey, _InHand] = {}
        self._asked = False

    def work(self, tasks: Iterator[Task], stop: Callable[[], bool]) -> Iterator[Done]:
        while True:
            if not self._asked and stop():
                self._asked = True
                self._hands.stop()
            while not self._asked and len(self._in_hand) < max(self._hands.workers, 1):
                task = next(tasks, None)
                if task is None:
                    break
                self._give(task, attempt=1)
            if not self._in_hand:
                return
            with suppress(Empty):
                yield from self._take(self._hands.heard.get(timeout=_TICK))

    def _give(self, task: Task, attempt: int) -> None:
        self._in_hand[task.trial.key] = _InHand(task, attempt, task.resume)
        self._hands.give(order(task, attempt))

    def _take(self, word: Word | BaseException) -> Iterator[Done]:
        """Pass on what was said; nobody listens to a worker whose task has been given to another one."""
        if isinstance(word, BaseException):
            raise word
        one = self._in_hand.get(word.key)
        if one is None or one.attempt != word.attempt:
            return
        match word.what:
            case Ended():
                del self._in_hand[word.key]
                yield done(one.task, word.what)
            case Failed():
                del self._in_hand[word.key]
                yield from self._failed(one, word.what)
            case event:
                if isinstance(event, CheckpointMade) and not event.best:
                    one.checkpoint = event.content
                self._sink(event)

    def _failed(self, one: _InHand, failed: Failed) -> Iterator[Done]:
        """Give the task of a worker that died to another one, once."""
        key = one.task.trial.key
        if failed.died is None:
            yield Done(one.task, None, _told(failed.error, key))
        elif self._asked:
            yield Done(one.task, None)  # it would have stopped anyway
        elif one.attempt < _ATTEMPTS:
            where = "from its last checkpoint" if one.checkpoint else "from the start"
            self._sink(Notice(f"the worker of {_name(key)} died ({failed.died}); another one goes on {where}."))
            self._give(replace(one.task, resume=one.checkpoint), one.attempt + 1)
        else:
            fix = "See whether there is memory enough; the same command goes on from the last checkpoint."
            got = f"{_ATTEMPTS} that died ({failed.died})"
            yield Done(
                one.task, None, CnnlabError(explain(expected="a worker that lives", got=got, where=_name(key), fix=fix))
            )


def _told(error: BaseException, key: RunKey) -> BaseException:
    """Return the error of a worker that could not begin as a message; ours are messages."""
    if isinstance(error, CnnlabError):
        return error
    got = f"{type(error).__name__}: {first_line(error)}"
    fix = "Install the same versions on every machine." if "No module named" in str(error) else ""
    told = CnnlabError(explain(expected="a worker that can train", got=got, where=_name(key), fix=fix))
    told.__cause__ = error
    return told


def _name(key: RunKey) -> str:
    return f"{key.architecture}, seed {key.seed}"


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__).rstrip(".")

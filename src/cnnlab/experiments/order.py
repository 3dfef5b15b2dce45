"""What goes to a worker in another process, and what comes back: bytes, the same for every kind of worker."""

import pickle
import platform
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from time import monotonic

from cnnlab.errors import UsageError, explain
from cnnlab.experiments.shipment import Arrivals, Shipment
from cnnlab.experiments.task import Done, Task, run_task
from cnnlab.records import BatchDone, Event, RunKey, RunResult
from cnnlab.version import __version__

Versions = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Order:
    """A task on its way to a worker.

    Attributes:
        key: Which run.
        attempt: Counted from 1; what a worker says of an attempt that has been given up is not listened to.
        content: The task, pickled by value where it holds classes and functions of a script or a notebook.
        versions: Of the process that sent it: others could not read it, or would train other bits.
    """

    key: RunKey
    attempt: int
    content: bytes
    versions: Versions


@dataclass(frozen=True, eq=False)
class Ended:
    """The last word of a task.

    Attributes:
        result: As in `Done`, without callbacks: the sender has them.
        error: As in `Done`, pickled by value; None if there is none.
    """

    result: RunResult | None
    error: bytes | None


@dataclass(frozen=True, eq=False)
class Failed:
    """A task has no last word.

    Attributes:
        error: What the engine says.
        died: In a few words how its worker died; None if it lives, and could not do the work.
    """

    error: BaseException
    died: str | None = None


@dataclass(frozen=True)
class Word:
    """Something that is said of a task."""

    key: RunKey
    attempt: int
    what: Event | Ended | Failed


def order(task: Task, attempt: int) -> Order:
    """Pack a task.

    Raises:
        UsageError: If it holds what cannot leave this process.
    """
    import cloudpickle  # noqa: PLC0415 - start-up time

    try:
        content = cloudpickle.dumps(task)
    except Exception as error:
        name, got = task.trial.key.architecture, f"{type(error).__name__}: {error}"
        fix = "Open files and the like in on_train_begin, or train in this process with one worker."
        raise UsageError(explain(expected="callbacks that can be pickled", got=got, where=name, fix=fix)) from error
    return Order(task.trial.key, attempt, content, versions())


def work(
    order: Order,
    shipped: Shipment,
    arrivals: Arrivals,
    say: Callable[[bytes], None],
    stop: Callable[[], bool],
    seconds: float = 0.1,
) -> None:
    """Work on a task in a worker; what became of it is the last thing that is said of it.

    Args:
        order: What to do.
        shipped: What to train on.
        arrivals: What has come to this worker before.
        say: Takes a pickled `Word` to the process that sent the order.
        stop: Asked after every few steps; True ends the run there.
        seconds: Between two steps that are told: nobody sees more of them, and each costs a message.

    Raises:
        UsageError: If this worker has other versions, or lacks a module of the user's.
        DataError: If the data are not what was sent.
    """
    if order.versions != versions():
        raise UsageError(_other_versions(order.versions))

    def tell(what: Event | Ended) -> None:
        say(pickle.dumps(Word(order.key, order.attempt, what)))

    task = _task(order)
    prepared = arrivals.prepared(shipped, task.trial.architecture)
    tell(_ended(run_task(task, prepared, seldom(tell, seconds), stop)))


def done(task: Task, ended: Ended) -> Done:
    """Put together what became of a task: what stayed here, and what came back."""
    result, error = ended.result, ended.error
    if result is not None:
        result = replace(result, recipe=task.trial.architecture.recipe)
    return Done(task, result, None if error is None else pickle.loads(error))  # noqa: S301 - from a worker of ours


def seldom(say: Callable[[Event], None], seconds: float) -> Callable[[Event], None]:
    """Let a step through only now and then.

    Args:
        say: Told of all other events, and of some steps.
        seconds: Between two steps.
    """
    last = -seconds

    def tell(event: Event) -> None:
        nonlocal last
        if isinstance(event, BatchDone):
            if monotonic() - last < seconds:
                return
            last = monotonic()
        say(event)

    return tell


@lru_cache(maxsize=1)
def versions() -> Versions:
    """List what must be the same wherever the runs of one study are trained."""
    python = ".".join(platform.python_version_tuple()[:2])
    return (("Python", python), ("cnnlab", __version__), *((name, _version(name)) for name in ("numpy", "llvmlite")))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def _other_versions(wanted: Versions) -> str:
    here = dict(versions())
    others = {name: one for name, one in wanted if here.get(name) != one}
    return explain(
        expected="a worker with " + ", ".join(f"{name} {one}" for name, one in others.items()),
        got=", ".join(f"{name} {here.get(name)}" for name in others),
        where=socket.gethostname(),
        fix="Install the same versions on every machine.",
    )


def _task(order: Order) -> Task:
    try:
        task: Task = pickle.loads(order.content)  # noqa: S301 - a worker works for whoever sends it tasks
    except Exception as error:  # noqa: BLE001 - whatever the module of a callback raises
        fix = "Install the module there, or define the callback in the script itself."
        got, where = f"{type(error).__name__}: {error}", f"{order.key.architecture} on {socket.gethostname()}"
        expected = "callbacks that a worker can import"
        raise UsageError(explain(expected=expected, got=got, where=where, fix=fix)) from None
    return task


def _ended(done: Done) -> Ended:
    result, error = done.result, done.error
    if result is not None:
        result = replace(result, recipe=replace(result.recipe, callbacks=()))
    return Ended(result, None if error is None else _packed(error))


def _packed(error: BaseException) -> bytes:
    """Pickle an error; one that cannot travel is told in words."""
    import cloudpickle  # noqa: PLC0415 - start-up time

    try:
        content: bytes = cloudpickle.dumps(error)
        pickle.loads(content)  # noqa: S301 - just pickled; many an error pickles and cannot be read back
    except Exception:  # noqa: BLE001 - whatever the error's own class does
        return pickle.dumps(RuntimeError(f"{type(error).__name__}: {error}"))
    return content

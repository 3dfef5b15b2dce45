"""Tasks on a cluster, by an engine that exists: Dask or Ray. The only file that knows either.

The engine finds a place for each task and sees when its worker dies; `crew` gives the task to another one then, from
its last checkpoint. What workers say goes into a queue that the engine keeps, and the wish to stop comes back that way.
"""

import asyncio
import logging
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from importlib.util import find_spec
from queue import SimpleQueue
from secrets import token_hex
from time import monotonic
from typing import Any, Final

from cnnlab.backends.threads import available_threads
from cnnlab.errors import CnnlabError, UsageError, explain
from cnnlab.experiments.crew import Crew, Hands, first_line
from cnnlab.experiments.order import Failed, Order, Word, work
from cnnlab.experiments.processes import deaf
from cnnlab.experiments.reaching import (
    PATIENCE,
    Count,
    hushed,
    listener,
    must_answer,
    reachable,
    unanswered,
)
from cnnlab.experiments.shipment import Arrivals, Shipment, shipment
from cnnlab.records import RunKey, Split

_PACKAGES: Final = {"dask": "distributed", "ray": "ray"}
# Seconds: between two told steps of a run, between two questions whether to stop.
_BETWEEN_STEPS: Final = 1.0
_BETWEEN_QUESTIONS: Final = 0.5

_arrivals = Arrivals()


def cluster(where: str, split: Split, workers: int | None = None) -> Crew:
    """Return an engine on a cluster.

    Args:
        where: "dask" or "ray" for one on this machine alone; "dask://HOST:PORT" for Dask's scheduler,
            "ray://HOST:PORT" for Ray's client server, "ray:HOST:PORT" for a Ray cluster that this machine belongs to.
        split: What is trained on; it travels once to each worker.
        workers: How many one on this machine has, or how many of another are used at most; None for all cores.

    Raises:
        UsageError: If there is no such engine, it is not installed, or nobody answers there.
    """
    name, _, address = where.partition(":")
    if name not in _PACKAGES:
        fix = "Write dask, dask://HOST:PORT, ray, ray://HOST:PORT or ray:HOST:PORT."
        raise UsageError(explain(expected="a cluster", got=repr(where), where="--on", fix=fix))
    if find_spec(_PACKAGES[name]) is None:
        fix = f"Install it: pip install 'cnnlab[{name}]'."
        raise UsageError(explain(expected=f"{_PACKAGES[name]} for --on {name}", got="no such package", fix=fix))
    if address:
        must_answer(where, address.removeprefix("//"))
    kind = _Dask if name == "dask" else _Ray
    place = f"the cluster at {address.removeprefix('//')}" if address else "this machine"
    hire = partial(_hired, kind, where, address, split, workers)
    return Crew(hire, workers or available_threads(), f"by {name.title()} on {place}")


def _hired(kind: "type[_Dask | _Ray]", where: str, address: str, split: Split, workers: int | None) -> Hands:
    try:
        with deaf(), hushed():
            return kind(address, split, workers)
    except CnnlabError:
        raise
    except Exception as error:
        raise unanswered(where, first_line(error)) from error


# Dask.


class WorkerGoneError(Exception):
    """Dask has begun a task again by itself, since its worker died; the driver knows better where to begin."""


def _work_on_dask(order: Order, shipped: Shipment, study: str) -> None:
    """Work on a task in one of Dask's workers."""
    from distributed import Event as Flag  # noqa: PLC0415 - an extra
    from distributed import Queue, get_client  # noqa: PLC0415 - an extra

    client = get_client()
    begun = Flag(f"{study}-{order.key}-{order.attempt}", client=client)
    if begun.is_set():
        raise WorkerGoneError
    begun.set()
    said, stop = Queue(f"{study}-said", client=client), Flag(f"{study}-stop", client=client)
    last = monotonic()

    def stopping() -> bool:
        nonlocal last
        if monotonic() - last < _BETWEEN_QUESTIONS:
            return False
        last = monotonic()
        return _forsaken() or bool(stop.is_set())

    work(order, shipped, _arrivals, said.put, stopping, _BETWEEN_STEPS)
    begun.clear()


def _forsaken() -> bool:
    """Say whether nobody wants the task in hand any more: its client is gone."""
    from distributed import get_worker  # noqa: PLC0415 - an extra
    from distributed.worker import thread_state  # noqa: PLC0415 - an extra

    state = get_worker().state.tasks.get(thread_state.key)
    return state is None or state.state == "cancelled"


class _Dask:
    """Workers of a Dask cluster; see `crew.Hands`."""

    def __init__(self, address: str, split: Split, workers: int | None) -> None:
        import dask  # noqa: PLC0415 - an extra
        import distributed  # noqa: PLC0415 - an extra

        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        for name in [*logging.root.manager.loggerDict]:
            if name.startswith("distributed."):
                logging.getLogger(name).setLevel(logging.CRITICAL)
        self.heard: SimpleQueue[Word | BaseException] = SimpleQueue()
        self._study = f"cnnlab-{token_hex(8)}"
        self._left = threading.Event()
        self._futures: dict[RunKey, Any] = {}
        self._local = None
        if address:
            _must_be_dask(f"tcp:{address}")
        else:
            # Its workers read the same from the configuration that is handed to them.
            quiet = {"logging": {"distributed": "critical", "distributed.worker": "critical"}}
            with dask.config.set(quiet):
                self._local = distributed.LocalCluster(
                    n_workers=workers or available_threads(),
                    threads_per_worker=1,
                    memory_limit=0,
                    dashboard_address=None,
                    silence_logs=logging.CRITICAL,
                )
        self._client = distributed.Client(
            f"tcp:{address}" if address else self._local, timeout=PATIENCE, set_as_default=False
        )
        self._client.wait_for_workers(1, timeout=PATIENCE)
        _same_dask(self._client.get_versions())
        self._packed = shipment(split)
        self._shipped = self._client.scatter(self._packed, broadcast=True, hash=False)
        self._flag = distributed.Event(f"{self._study}-stop", client=self._client)
        self._queue = distributed.Queue(f"{self._study}-said", client=self._client)
        self._count = Count(lambda: sum(self._client.nthreads().values()), workers if address else None)
        threading.Thread(target=listener, args=(self._hear, self.heard, self._left), daemon=True).start()

    @property
    def workers(self) -> int:
        """Count the threads of the workers that are there now."""
        return self._count.now()

    def give(self, order: Order) -> None:
        """Begin a task."""
        name = f"{self._study}-{order.key.architecture}-{order.key.seed}-{order.attempt}"
        with reachable():
            if self._shipped.status != "finished":  # all workers that had the data have died
                self._shipped = self._client.scatter(self._packed, broadcast=True, hash=False)
            future = self._client.submit(_work_on_dask, order, self._shipped, self._study, key=name, pure=False)
        self._futures[order.key] = future  # Dask forgets a task whose future nobody holds
        future.add_done_callback(partial(self._ended, order))

    def stop(self) -> None:
        """Raise the flag."""
        with reachable():
            self._flag.set()

    def close(self) -> None:
        """Leave the cluster; one on this machine ends."""
        self._left.set()
        for one in (self._client, self._local):
            if one is not None:
                with suppress(Exception):
                    one.close(timeout=PATIENCE)

    def _hear(self) -> list[bytes]:
        return [self._queue.get(), *self._queue.get(batch=True)]

    def _ended(self, order: Order, future: Any) -> None:  # noqa: ANN401 - Dask has no types
        if self._left.is_set() or future.status == "finished":
            return
        from distributed import CancelledError, KilledWorker  # noqa: PLC0415 - an extra

        error = CancelledError("the data were lost") if future.cancelled() else future.exception()
        died = "Dask lost it" if isinstance(error, WorkerGoneError | KilledWorker | CancelledError) else None
        self.heard.put(Word(order.key, order.attempt, Failed(error, died)))


def _must_be_dask(address: str) -> None:
    """Ask whether a Dask scheduler answers there; a `Client` may wait for ever, and dies noisily.

    Raises:
        Exception: As Dask raises it, if none does.
    """
    import distributed  # noqa: PLC0415 - an extra

    async def ask() -> None:
        async with distributed.rpc(address) as scheduler:
            await asyncio.wait_for(scheduler.identity(), PATIENCE)

    # In a thread: a notebook has a loop of its own in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, ask()).result()


def _same_dask(versions: dict[str, Any]) -> None:
    """Refuse a cluster with another Dask: what it sends would not be read.

    Raises:
        UsageError: If the scheduler or a worker has one.
    """
    ours = versions["client"]["packages"]
    for place, theirs in {"the scheduler": versions["scheduler"], **versions["workers"]}.items():
        packages = theirs["packages"]
        for name in ("distributed", "cloudpickle"):
            if packages[name] != ours[name]:
                fix = "Install the same versions on every machine."
                got = f"{packages[name]} at {place}"
                raise UsageError(explain(expected=f"{name} {ours[name]}", got=got, where="dask", fix=fix))


# Ray.


class _Desk:
    """An actor of Ray's: where workers leave what they say."""

    def __init__(self) -> None:
        self._said: list[bytes] = []
        self._something = asyncio.Event()
        self._stopping = False

    async def say(self, word: bytes) -> bool:
        """Take what a worker says; answer whether it shall stop."""
        self._said.append(word)
        self._something.set()
        return self._stopping

    async def hear(self) -> list[bytes]:
        """Wait until something has been said, and return it."""
        await self._something.wait()
        self._something.clear()
        said, self._said = self._said, []
        return said

    async def stop(self) -> None:
        """Answer every worker from now on that it shall stop."""
        self._stopping = True

    async def stopping(self) -> bool:
        """Say whether all shall stop."""
        return self._stopping


def _work_on_ray(order: Order, shipped: Shipment, desk: Any) -> None:  # noqa: ANN401 - Ray has no types for actors
    """Work on a task in one of Ray's workers."""
    import ray  # noqa: PLC0415 - an extra

    told, last = False, monotonic()

    def say(word: bytes) -> None:
        nonlocal told, last
        told, last = ray.get(desk.say.remote(word)), monotonic()

    def stop() -> bool:
        nonlocal told, last
        if not told and monotonic() - last >= _BETWEEN_QUESTIONS:
            told, last = ray.get(desk.stopping.remote()), monotonic()
        return told

    work(order, shipped, _arrivals, say, stop, _BETWEEN_STEPS)


class _Ray:
    """Workers of a Ray cluster; see `crew.Hands`."""

    def __init__(self, address: str, split: Split, workers: int | None) -> None:
        for name, value in _RAY_QUIET.items():
            os.environ.setdefault(name, value)
        import ray  # noqa: PLC0415 - an extra

        self._ray = ray
        self._entered = not ray.is_initialized()
        if self._entered:
            quiet: dict[str, Any] = {"logging_level": logging.CRITICAL, "log_to_driver": False}
            if address:
                ray.init(f"ray:{address}" if address.startswith("//") else address, **quiet)
            else:
                cores = workers or available_threads()
                ray.init("local", num_cpus=cores, include_dashboard=False, **quiet)
        self._left = threading.Event()
        self._desk = ray.remote(num_cpus=0)(_Desk).remote()
        self._shipped = ray.put(shipment(split))
        self._work = ray.remote(num_cpus=1, max_retries=0)(_work_on_ray)
        self.heard: SimpleQueue[Word | BaseException] = SimpleQueue()
        self._count = Count(lambda: int(ray.cluster_resources().get("CPU", 0)), workers)
        threading.Thread(target=listener, args=(self._hear, self.heard, self._left), daemon=True).start()

    @property
    def workers(self) -> int:
        """Count the cores of the cluster."""
        return self._count.now()

    def give(self, order: Order) -> None:
        """Begin a task."""
        with reachable():
            reference = self._work.remote(order, self._shipped, self._desk)
        reference.future().add_done_callback(partial(self._ended, order))

    def stop(self) -> None:
        """Answer every worker that it shall stop."""
        with reachable():
            self._ray.get(self._desk.stop.remote())

    def close(self) -> None:
        """Leave the cluster; one on this machine ends."""
        self._left.set()
        with suppress(Exception):
            self._ray.kill(self._desk)
        if self._entered:
            with suppress(Exception):
                self._ray.shutdown()

    def _hear(self) -> list[bytes]:
        said: list[bytes] = self._ray.get(self._desk.hear.remote())
        return said

    def _ended(self, order: Order, future: Any) -> None:  # noqa: ANN401 - as Ray hands it over
        error = future.exception()
        if error is None or self._left.is_set():
            return
        from ray import exceptions  # noqa: PLC0415 - an extra

        gone = (exceptions.WorkerCrashedError, exceptions.NodeDiedError, exceptions.ObjectLostError)
        lost = (*gone, exceptions.OutOfMemoryError, exceptions.LocalRayletDiedError)
        died = "Ray lost it" if isinstance(error, lost) else None
        cause = getattr(error, "cause", None) or error
        self.heard.put(Word(order.key, order.attempt, Failed(cause, died)))


# What Ray reads when it is imported or starts its processes: no count of its users, no words on the terminal.
_RAY_QUIET: Final = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_IGNORE_UNHANDLED_ERRORS": "1",
    "RAY_DISABLE_IMPORT_WARNING": "1",
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".",
}

"""Who works through a study: this process with all threads, several processes with one thread each, or a cluster."""

from collections.abc import Mapping, Sequence
from heapq import heapreplace
from typing import Final

from cnnlab.arch.measures import multiply_adds
from cnnlab.backends.threads import available_threads
from cnnlab.errors import UsageError, explain
from cnnlab.experiments import Engine, InProcess, Trial
from cnnlab.records import Split
from cnnlab.training import Prepared

# What a second thread is worth inside one run, and what a process must win to be worth its start.
_THREADS_WORTH: Final = 0.95
_WORTH_IT: Final = 0.97


def check_engine(split: Split, workers: int | None, threads: int | None, on: str | None) -> None:
    """Refuse what `chosen_engine` could not choose, before anything is written.

    Raises:
        UsageError: If workers or threads are less than 1, or there is no such cluster.
    """
    for name, count in (("workers", workers), ("threads", threads)):
        if count is not None and count < 1:
            raise UsageError(explain(expected=f"at least 1 of {name}", got=str(count), where=name))
    if on is not None:
        chosen_cluster(on, split, workers)


def chosen_cluster(on: str, split: Split, workers: int | None) -> Engine:
    """Name a cluster, which is called when the first run is handed to it."""
    from cnnlab.experiments.cluster import cluster  # noqa: PLC0415 - start-up time

    return cluster(on, split, workers)


def chosen_engine(
    missing: Sequence[Trial],
    split: Split,
    prepared: Mapping[str, Prepared],
    workers: int | None,
    threads: int | None,
    on: str | None,
) -> tuple[Engine, int | None]:
    """Choose who works through a study.

    Args:
        missing: What is to be trained; without any nobody is hired.
        split: What it is trained on.
        prepared: The same, in the form that each architecture takes.
        workers: As asked for; None to choose.
        threads: Of each run, as asked for; None to choose.
        on: A cluster; None for this machine.

    Returns:
        The engine, and how many threads each run may use.
    """
    if not missing:
        return InProcess(prepared), threads
    if on is not None:
        return chosen_cluster(on, split, workers), threads or 1
    cores = available_threads()
    if workers is None:
        workers = 1 if threads is not None else _quickest(missing, len(split.train), cores)
    if workers == 1:
        return InProcess(prepared), threads
    from cnnlab.experiments.processes import processes  # noqa: PLC0415 - start-up time

    return processes(split, workers), threads or max(cores // workers, 1)


def _quickest(missing: Sequence[Trial], images: int, cores: int) -> int:
    """Return how many processes are quickest: one run for each core, or all cores in one run after the other."""
    cost = {
        one.name: one.recipe.epochs * images * max(multiply_adds(one.network), 1)
        for one in {trial.key.architecture: trial.architecture for trial in missing}.values()
    }
    costs = [cost[trial.key.architecture] for trial in missing]
    together = sum(costs) / (1 + (cores - 1) * _THREADS_WORTH)
    return cores if cores > 1 and finished_after(costs, cores) < _WORTH_IT * together else 1


def finished_after(costs: Sequence[float], workers: int) -> float:
    """Return when the last of some runs ends if each worker takes the next as it becomes free.

    Example:
        >>> finished_after([3, 1, 1, 1], 2)
        3
    """
    free: list[float] = [0] * workers
    for cost in costs:
        heapreplace(free, free[0] + cost)
    return max(free)

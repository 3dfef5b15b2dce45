"""Run a plan from its data to its page."""

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from cnnlab.arch import Network
from cnnlab.backends import get_backend
from cnnlab.errors import DataError, explain
from cnnlab.experiments import prepare_all, provenance, run_trials, trials
from cnnlab.lab.outcome import StudyOutcome
from cnnlab.lab.pages import write_pages
from cnnlab.lab.plan import StudyPlan
from cnnlab.lab.study_toml import plan_as_toml
from cnnlab.records import EpochDone, Event, Notice, Provenance, RunFinished, RunResult, Sink, Split, StudyResult
from cnnlab.store import RunFolder, create_run_folder


@dataclass(frozen=True)
class Opening:
    """What is known before the first training; whoever shows a study is told of it.

    Attributes:
        plan: What will run.
        whole: The data set as it was loaded.
        split: What of it is used: cut to the plan's limit.
        origin: Who trains where.
        folder: Where everything is kept.
    """

    plan: StudyPlan
    whole: Split
    split: Split
    origin: Provenance
    folder: Path


def limited(split: Split, limit: int | None) -> Split:
    """Keep the first ``limit`` training images; None keeps all.

    Raises:
        DataError: If there are not so many.
    """
    if limit is None:
        return split
    if limit > len(split.train):
        raise DataError(
            explain(expected=f"a limit of at most {len(split.train):,} images", got=f"{limit:,}", where=split.name)
        )
    return replace(split, train=split.train.head(limit))


def conduct(
    plan: StudyPlan,
    whole: Split,
    *,
    out: Path,
    threads: int | None = None,
    opened: Callable[[Opening], None] = lambda _: None,
    sink: Sink = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> StudyOutcome:
    """Train everything a plan names, keep it as it happens, and write the page.

    Args:
        plan: What to run.
        whole: The plan's data set.
        out: The folder that holds the runs.
        threads: How many to train with; None for one for each core.
        opened: Called once, when the data have been checked and the folder is there.
        sink: Told of everything that happens in training.
        stop: Asked after every step; True ends the study, what is there is kept.

    Raises:
        UsageError: If the data do not fit an architecture or the folder cannot be made; nothing is written then.
    """
    split = limited(whole, plan.limit)
    backend = get_backend("numpy")
    prepared = prepare_all(plan.architectures, split)
    origin = provenance(backend, split, threads)
    folder = create_run_folder(out, plan.name)
    folder.write_study(plan_as_toml(plan))
    folder.write_environment(origin)
    opened(Opening(plan, whole, split, origin, folder.path))
    for notice in dict.fromkeys(notice for one in prepared.values() for notice in one.notices):
        sink(Notice(notice))
    networks = {one.name: one.network for one in plan.architectures}
    runs: list[RunResult] = []
    keeping = _keeping(folder, networks, sink)
    todo = trials(plan.architectures, plan.seeds)
    try:
        for run in run_trials(todo, prepared, backend, threads=threads, sink=keeping, stop=stop):
            runs.append(run)
            folder.write_results(_result(plan, runs, origin))
    finally:
        # Also when something fails midway: what has been trained gets its page.
        outcome = _closed(plan, split, folder, networks, runs, origin, len(todo))
    return outcome


def _keeping(folder: RunFolder, networks: dict[str, Network], sink: Sink) -> Sink:
    """Write every event that should outlive the process, then pass it on."""

    def keep(event: Event) -> None:
        match event:
            case EpochDone(key, row, predictions):
                folder.append_epoch(key, row)
                if predictions is not None:
                    folder.write_predictions(key, row.epoch, predictions)
            case RunFinished(result):
                network = networks[result.key.architecture]
                names = [weight.name for weight in network.weights]
                folder.write_weights(result.key, names, result.weights)
            case _:
                pass
        sink(event)

    return keep


def _result(plan: StudyPlan, runs: Sequence[RunResult], origin: Provenance) -> StudyResult:
    return StudyResult(
        name=plan.name,
        runs=tuple(runs),
        provenance=origin,
        architectures=tuple(one.name for one in plan.architectures),
        published={one.name: one.published for one in plan.architectures if one.published is not None},
    )


def _closed(
    plan: StudyPlan,
    split: Split,
    folder: RunFolder,
    networks: dict[str, Network],
    runs: Sequence[RunResult],
    origin: Provenance,
    planned: int,
) -> StudyOutcome:
    """Write the results, the figures and the page of what has been trained."""
    result = _result(plan, runs, origin)
    interrupted = len(runs) < planned or any(run.status == "interrupted" for run in runs)
    outcome = StudyOutcome(result, networks, folder.path, interrupted)
    folder.write_results(result)
    write_pages(folder, outcome, split)
    return outcome


@contextmanager
def stop_on_interrupt(said: Callable[[], None]) -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl-C into a wish to stop after the step at hand; the second one stops at once.

    Args:
        said: Called at the first Ctrl-C, to tell the user.

    Yields:
        Whether the user wants to stop.
    """
    wanted = threading.Event()

    def once(number: int, frame: object) -> None:
        del number, frame
        wanted.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        said()

    if threading.current_thread() is not threading.main_thread():
        yield wanted.is_set
        return
    before = signal.signal(signal.SIGINT, once)
    try:
        yield wanted.is_set
    finally:
        signal.signal(signal.SIGINT, before)

"""Run a plan from its data to its page."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cnnlab.arch import Network
from cnnlab.backends import get_backend, why_not_compiled
from cnnlab.errors import DataError, explain
from cnnlab.experiments import preparation, prepare_all, provenance, run_trials, trials
from cnnlab.lab.outcome import StudyOutcome
from cnnlab.lab.pages import write_pages
from cnnlab.lab.plan import StudyPlan
from cnnlab.lab.study_toml import plan_as_toml
from cnnlab.records import EpochDone, Event, Notice, Provenance, RunResult, Sink, Split, StudyResult
from cnnlab.store import RunFolder, create_run_folder


@dataclass(frozen=True)
class Opening:
    """What is known before the first training; whoever shows a study is told of it.

    Attributes:
        plan: What will run.
        whole: The data set as it was loaded.
        split: What of it is used: cut to the plan's limit.
        prepared: What was done to the data before training, for each way in which the architectures want them.
        origin: Who trains where.
        folder: Where everything is kept.
    """

    plan: StudyPlan
    whole: Split
    split: Split
    prepared: tuple[str, ...]
    origin: Provenance
    folder: Path


def limited(split: Split, limit: int | None) -> Split:
    """Keep the first ``limit`` training images; None keeps all.

    Raises:
        DataError: If there are not so many.
    """
    if limit is None:
        return split
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= len(split.train):
        most = f"{len(split.train):,}"
        raise DataError(explain(expected=f"a limit from 1 to {most} images", got=repr(limit), where=split.name))
    return replace(split, train=split.train.head(limit))


def conduct(
    plan: StudyPlan,
    whole: Split,
    *,
    out: Path,
    threads: int | None = None,
    backend_name: str | None = None,
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
        backend_name: Who trains; None for the compiled one where it runs.
        opened: Called once, when the data have been checked and the folder is there.
        sink: Told of everything that happens in training.
        stop: Asked after every few steps; True ends the study, what is there is kept.

    Raises:
        UsageError: If the data do not fit an architecture or the folder cannot be made; nothing is written then.
    """
    split = limited(whole, plan.limit)
    backend = get_backend(backend_name)
    prepared = prepare_all(plan.architectures, split)
    origin = provenance(backend, split, threads)
    folder = create_run_folder(out, plan.name, [one.name for one in plan.architectures])
    folder.write_study(plan_as_toml(plan))
    folder.write_environment(origin)
    ways = dict.fromkeys(preparation(one.network, one.recipe.loss, split) for one in plan.architectures)
    opened(Opening(plan, whole, split, tuple(ways), origin, folder.path))
    for notice in dict.fromkeys(notice for one in prepared.values() for notice in one.notices):
        sink(Notice(notice))
    if backend_name is None and why_not_compiled():
        sink(Notice(f"the NumPy backend trains, slowly: {why_not_compiled()}"))
    networks = {one.name: one.network for one in plan.architectures}
    runs: list[RunResult] = []
    keeping = _keeping(folder, sink)
    todo = trials(plan.architectures, plan.seeds)
    try:
        for run in run_trials(todo, prepared, backend, threads=threads, sink=keeping, stop=stop):
            runs.append(run)
            _write_run(folder, run, networks[run.key.architecture])
            folder.write_results(_result(plan, runs, origin))
    except BaseException:
        # What has been trained gets its page; if that fails as well, the first error is the one to tell.
        with contextlib.suppress(Exception):
            _closed(plan, split, folder, _result(plan, runs, origin), networks)
        raise
    return _closed(plan, split, folder, _result(plan, runs, origin), networks)


def _write_run(folder: RunFolder, run: RunResult, network: Network) -> None:
    """Keep the weights of a run that has begun to learn."""
    if run.history:
        folder.write_weights(run.key, [weight.name for weight in network.weights], run.weights)


def _keeping(folder: RunFolder, sink: Sink) -> Sink:
    """Write every event that should outlive the process, then pass it on."""

    def keep(event: Event) -> None:
        if isinstance(event, EpochDone):
            folder.append_epoch(event.key, event.row)
            if event.predictions is not None:
                folder.write_predictions(event.key, event.row.epoch, event.predictions)
        sink(event)

    return keep


def _result(plan: StudyPlan, runs: Sequence[RunResult], origin: Provenance) -> StudyResult:
    return StudyResult(
        name=plan.name,
        runs=tuple(runs),
        provenance=origin,
        architectures=tuple(one.name for one in plan.architectures),
        published={one.name: one.published for one in plan.architectures if one.published is not None},
        seeds=plan.seeds,
        validated_on_test=True,
    )


def _closed(
    plan: StudyPlan, split: Split, folder: RunFolder, result: StudyResult, networks: dict[str, Network]
) -> StudyOutcome:
    """Write the results, the figures and the page of what has been trained."""
    planned = len(plan.architectures) * len(plan.seeds)
    interrupted = len(result.runs) < planned or any(run.status == "interrupted" for run in result.runs)
    outcome = StudyOutcome(result, networks, len(split.class_names), folder.path, interrupted)
    folder.write_results(result)
    write_pages(folder, outcome, split, plan.notes)
    return outcome

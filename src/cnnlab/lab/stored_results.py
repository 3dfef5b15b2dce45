"""Results as a store has them."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from cnnlab.errors import CnnlabError, explain
from cnnlab.experiments import Architecture
from cnnlab.lab.plan import StudyPlan
from cnnlab.records import Provenance, RunKey, RunResult, RunSummary, StudyResult
from cnnlab.store import RunFilter, Store


def study_result(
    store: Store, study: int, plan: StudyPlan, origin: Provenance | None = None, *, at_end: bool = False
) -> StudyResult:
    """Gather all runs of a study that have begun, in the order of the table and of their seeds.

    Args:
        store: That keeps them.
        study: Its number.
        plan: The study; seeds that came later stand behind its own.
        origin: Who trains where, now; None for what stands beside the run that began last.
        at_end: Whether to leave out runs that have not come to their end.
    """
    architectures = {one.name: one for one in plan.architectures}
    runs = begun_runs(store, study, at_end=at_end)
    seeds = tuple(dict.fromkeys([*plan.seeds, *sorted({key.seed for key in runs})]))
    order = [RunKey(name, seed) for seed in seeds for name in architectures]
    return StudyResult(
        name=plan.name,
        runs=tuple(run_result(store, runs[key].id, architectures) for key in order if key in runs),
        provenance=origin or trained_where(store, study),
        architectures=tuple(architectures),
        published={one.name: one.published.final for one in plan.architectures if one.published is not None},
        seeds=seeds,
        validated_on_test=plan.hold_out is None or plan.spare_test,
    )


def begun_runs(store: Store, study: int, *, at_end: bool = False) -> dict[RunKey, RunSummary]:
    """Find the runs of a study that have begun, or only those of them that have come to their end."""
    found = [one for one in store.runs(RunFilter(study_id=study)) if one.status != "planned"]
    counted = [one for one in found if one.status in {"finished", "failed"}] if at_end else found
    return {RunKey(one.architecture, one.seed): one for one in counted}


def trained_where(store: Store, study: int) -> Provenance:
    """Say where the runs of a study were trained, as it stands beside the one that began last.

    Raises:
        CnnlabError: If the study has no run, or an older version wrote down less than one needs.
    """
    runs = list(store.runs(RunFilter(study_id=study)))
    last = max(runs, key=lambda run: str(run.began or ""), default=None)
    kept = {} if last is None else store.run(last.id).provenance
    found = read_provenance(kept)
    if found is None:
        got = "no run" if last is None else "less than that"
        fix = "Run the study again."
        raise CnnlabError(
            explain(expected="a run with where it was trained", got=got, where=str(store.parent), fix=fix)
        )
    return found


def read_provenance(kept: Mapping[str, Any]) -> Provenance | None:
    """Read what stands beside a run; None where an older version wrote down less, or a newer one more."""
    needed = {field.name for field in fields(Provenance) if field.default is MISSING}
    known = {field.name for field in fields(Provenance)}
    return Provenance(**kept) if needed <= set(kept) <= known else None


def run_result(store: Store, identifier: str, architectures: Mapping[str, Architecture]) -> RunResult:
    """Gather what a store knows of a run that has begun.

    Args:
        store: That keeps it.
        identifier: The run's id, a whole one.
        architectures: Of its study, by name: they say how it is trained.

    Returns:
        Without weights. A run that is not finished has the test of its last whole epoch, if that was validated with the
        test images.
    """
    run = store.run(identifier)
    history = store.epochs(identifier)
    # Where the test images validate, the last epoch of a run that is not at its end is its test so far.
    so_far = run.validation_images is None and run.status != "finished"
    last = history[-1] if history and so_far else None
    return RunResult(
        key=run.key,
        status="failed" if run.status == "failed" else "finished" if run.status == "finished" else "interrupted",
        recipe=architectures[run.key.architecture].recipe,
        total_params=run.total_params,
        trainable_params=run.trainable_params,
        history=history,
        test_loss=last.val_loss if last else run.summary.test_loss,
        test_accuracy=last.val_accuracy if last else run.summary.test_accuracy,
        seconds=run.summary.seconds or 0.0,
        weights_sha256=run.summary.weights_sha256,
        ended=run.error or run.reason,
        resumes_exactly=run.resumes_exactly,
    )

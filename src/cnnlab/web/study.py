"""A study as the page shows it: its runs with their epochs, its table, what follows, and how it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from cnnlab.arch import from_keras_config
from cnnlab.lab.background import known, last_words, standing
from cnnlab.lab.outcome import StudyOutcome
from cnnlab.lab.stored_outcome import stored_outcome
from cnnlab.lab.stored_plan import stored_plan
from cnnlab.lab.time_left import LATEST, epoch_cost, left_of_course
from cnnlab.records import EpochRow, RunCourse, StoredStudy, StudyCourse
from cnnlab.report.observation_table import observation_numbers
from cnnlab.store.export import summary_as_dict
from cnnlab.store.values import finite
from cnnlab.web.desk import Desk

_BUSY = ("training", "writing")

_EPOCH = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds")


def epoch_document(row: EpochRow) -> dict[str, Any]:
    """Return an EPOCH."""
    return {name: finite(getattr(row, name)) for name in _EPOCH}


def pulse(desk: Desk, number: int) -> dict[str, Any]:
    """Return how a study stands, how long it will take, and whether it has a page."""
    study = known(desk.store, number)
    course = desk.kept(("course", number), desk.stamp(number), partial(desk.store.course, number, LATEST))
    if any(one.run.status == "running" for one in course.runs) and not desk.store.trainers(number):
        # Whoever trained has been killed, which is no event.
        course = desk.store.course(number, LATEST)
    return _pulse(desk, study, course)


def study_document(desk: Desk, number: int) -> dict[str, Any]:
    """Return a STUDY: all of it is of one moment, and the events after ``last_event`` tell how it goes on.

    Raises:
        LookupError: If there is none of that number.
    """
    study = known(desk.store, number)
    course = desk.store.course(number)
    stands = _pulse(desk, study, course)
    outcome, absent = _outcome(desk, study, course, training=stands["status"] in _BUSY)
    table = None if outcome is None else observation_numbers(outcome.result, comparison=outcome.comparison)
    return {
        "id": study.id,
        "name": study.name,
        "folder": study.folder,
        "began": study.created,
        "definition": study.definition,
        **stands,
        "log": list(last_words(desk.store, study)) if stands["status"] == "failed" else [],
        "runs": [_run(one) for one in in_order(course.runs)],
        "table": {"heads": [], "rows": []} if table is None else asdict(table),
        "observations": [*([] if outcome is None else [one.text for one in outcome.observations]), *absent],
        "last_event": course.last_event,
    }


def has_report(desk: Desk, study: StoredStudy) -> bool:
    """Say whether a study has a saved page."""
    return (desk.store.parent / study.folder / "report.html").is_file()


def in_order(runs: Sequence[RunCourse]) -> list[RunCourse]:
    """Put runs into the order of their architectures and seeds."""
    return sorted(runs, key=lambda one: (one.run.architecture, one.run.seed))


def _run(one: RunCourse) -> dict[str, Any]:
    return {**summary_as_dict(one.run), "history": [epoch_document(row) for row in one.epochs]}


def _pulse(desk: Desk, study: StoredStudy, course: StudyCourse) -> dict[str, Any]:
    status = standing(desk.store, study, [one.run for one in course.runs])
    left = left_of_course(course, _costs(desk, study.id, course)) if status == "training" else None
    return {"status": status, "time_left": left, "report": has_report(desk, study)}


def _costs(desk: Desk, number: int, course: StudyCourse) -> Mapping[str, int]:
    """Return what an epoch of each architecture costs; descriptions of runs never change."""
    examples = {one.run.architecture: one.run.id for one in course.runs}
    return {name: desk.kept(("cost", number, name), run, partial(_cost, desk, run)) for name, run in examples.items()}


def _cost(desk: Desk, identifier: str) -> int:
    run = desk.store.run(identifier)
    return epoch_cost(from_keras_config(run.network), run.train_images)


def _outcome(
    desk: Desk, study: StoredStudy, course: StudyCourse, *, training: bool
) -> tuple[StudyOutcome | None, tuple[str, ...]]:
    """Gather table and observations; while training goes on of runs at their end, and without the slow comparison.

    Returns:
        The outcome, and a sentence where the user's own data are not at hand any more.
    """
    name = next((desk.store.run(one.run.id).data_name for one in course.runs), None)
    plan = stored_plan(study)
    whole, why = (None, "") if training or name is None else desk.split_of(name, plan)
    gathered = partial(stored_outcome, desk.store, study, plan, whole, at_end=training)
    there = tuple(one.run.id for one in course.runs)  # that a run was removed is no event
    outcome = desk.kept(("outcome", study.id), (course.last_event, there, training, whole is None), gathered)
    return outcome, (
        f"The answers are not compared image by image, since the data are not at hand. {why}",
    ) if why else ()

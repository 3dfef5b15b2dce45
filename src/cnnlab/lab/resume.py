"""What a store has that is not at its end, ready to be gone on with."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cnnlab.errors import UsageError, explain
from cnnlab.lab.plan import StudyPlan
from cnnlab.lab.stored_plan import own_callbacks
from cnnlab.lab.stored_studies import StudyPart
from cnnlab.lab.study_file import plan_from_text
from cnnlab.records import RunKey, RunSummary, StoredStatus, StoredStudy
from cnnlab.store import RunFilter, Store, open_store

_OPEN: tuple[StoredStatus, ...] = ("interrupted", "planned")


@dataclass(frozen=True)
class Resumable:
    """A study with runs to go on with.

    Attributes:
        plan: The study, with all seeds that the store has of it.
        part: Which runs.
        backend: Who trained them: another one would give other numbers.
    """

    plan: StudyPlan
    part: StudyPart
    backend: str


@dataclass(frozen=True)
class Found:
    """What a store has that is not at its end.

    Attributes:
        studies: The oldest first.
        left: Why others are left alone, a sentence each.
    """

    studies: tuple[Resumable, ...]
    left: tuple[str, ...]


def resumable(out: Path, words: Sequence[str] = ()) -> Found:
    """Find interrupted and planned runs.

    Args:
        out: The folder that holds the store.
        words: Ids of runs, or beginnings of them; none for all that are not at their end.

    Raises:
        UsageError: If there is no store or no such run, or one that is named is at its end, in training, or has a
            callback of the user's own.
    """
    with open_store(out, create=False) as store:
        if words:
            chosen = [_named(store, word) for word in dict.fromkeys(store.find(word) for word in words)]
        else:
            chosen = [run for status in _OPEN for run in store.runs(RunFilter(status=status))]
        by_study: dict[int, set[str]] = {}
        for run in chosen:
            by_study.setdefault(store.run(run.id).study_id, set()).add(run.id)
        studies = [(study, by_study[study.id]) for study in reversed(store.studies()) if study.id in by_study]
        own = {study.id: sentence for study, _ in studies if (sentence := _own_callback(study))}
        if own and words:
            raise UsageError(next(iter(own.values())))
        found = tuple(_resumable(store, study, ids) for study, ids in studies if study.id not in own)
        return Found(found, tuple(own.values()))


def _named(store: Store, identifier: str) -> RunSummary:
    run = store.run(identifier).summary
    if run.status not in _OPEN:
        fix = "cnnlab runs list --status interrupted lists those that can be gone on with."
        raise UsageError(
            explain(expected="a run that is interrupted or planned", got=f"{run.id}: {run.status}", fix=fix)
        )
    return run


def _own_callback(study: StoredStudy) -> str | None:
    """Say why a study cannot be gone on with from here: the code of a callback is not in the store."""
    for architecture in tomllib.loads(study.definition).get("architecture", []):
        for name in own_callbacks(architecture):
            fix = "It is in your Python code: run the same Study(...).run() again, which goes on."
            return explain(expected="callbacks that cnnlab has", got=name, where=study.folder, fix=fix)
    return None


def _resumable(store: Store, study: StoredStudy, ids: set[str]) -> Resumable:
    runs = list(store.runs(RunFilter(study_id=study.id)))
    keys = frozenset(RunKey(run.architecture, run.seed) for run in runs if run.id in ids)
    plan = plan_from_text(study.definition, f"the study of {study.folder}")
    # More seeds than it was begun with may have come to a study.
    plan = replace(plan, seeds=tuple(dict.fromkeys([*plan.seeds, *sorted({run.seed for run in runs})])))
    example = store.run(min(ids))
    return Resumable(plan, StudyPart(study, keys, example), str(example.provenance["backend"]).partition(" ")[0])

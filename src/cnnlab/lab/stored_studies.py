"""Which study of a store a plan is: found by all that decides its numbers, begun, or a part of one gone on with."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from cnnlab.errors import CnnlabError, DataError, explain
from cnnlab.lab.plan import StudyPlan
from cnnlab.lab.study_toml import plan_as_toml
from cnnlab.records import Provenance, Published, RunKey, StoredRun, StoredStudy
from cnnlab.report.words import image_counts
from cnnlab.store import RunFolder, Store, create_run_folder
from cnnlab.store.run_folder import folder_names


@dataclass(frozen=True)
class StudyPart:
    """Some runs of a study that a store has, to be gone on with.

    Attributes:
        study: As the store has it.
        keys: Which of its runs.
        example: One of them, to hold today's data against.
    """

    study: StoredStudy
    keys: frozenset[RunKey]
    example: StoredRun


def study_key(plan: StudyPlan, origin: Provenance) -> str:
    """Return the SHA-256 of all that decides what a study's runs are, the seeds left out: more of them belong to it.

    What somebody published decides no number: a study to which it is added later keeps its runs.
    """
    return _key(plan, origin, {one.name: None for one in plan.architectures})


def older_key(plan: StudyPlan, origin: Provenance) -> str:
    """Return the key that stores of before have for a study: published values took part, and were exact and final."""
    finals = {one.name: one.published and Published(*one.published.final) for one in plan.architectures}
    return _key(plan, origin, finals)


def stored_study(store: Store, plan: StudyPlan, origin: Provenance) -> StoredStudy | None:
    """Find the newest study of a store that a plan is, also one that was begun by an older version."""
    return store.latest_study(study_key(plan, origin)) or store.latest_study(older_key(plan, origin))


def _key(plan: StudyPlan, origin: Provenance, published: Mapping[str, Published | None]) -> str:
    architectures = tuple(replace(one, published=published[one.name]) for one in plan.architectures)
    bare = replace(plan, architectures=architectures, seeds=(0,), notes=(), data_path=None, own=None, backend=None)
    facts = [plan_as_toml(bare), origin.data_sums, origin.train_images, origin.test_images, origin.backend_name]
    return sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def found_or_begun(store: Store, plan: StudyPlan, origin: Provenance, *, fresh: bool) -> tuple[int, RunFolder]:
    """Find the study or begin it; return its number and its folder."""
    names: Sequence[str] = [one.name for one in plan.architectures]
    known = None if fresh else stored_study(store, plan, origin)
    if known is not None and (store.parent / known.folder).is_dir():
        return known.id, RunFolder(store.parent / known.folder, folder_names(names))
    folder = create_run_folder(store.parent, plan.name, names)
    key = study_key(plan, origin)
    begun = store.study(key, plan.name, folder.path.name, plan_as_toml(plan), fresh=fresh or known is not None)
    if begun.folder != folder.path.name:  # another process was quicker
        folder.path.rmdir()
        folder = RunFolder(store.parent / Path(begun.folder), folder_names(names))
    return begun.id, folder


def known(store: Store, plan: StudyPlan, part: StudyPart) -> tuple[int, RunFolder]:
    """Return the number and the folder of a study that is there."""
    path = store.parent / part.study.folder
    if not path.is_dir():
        fix = "If it was moved, move it back; else run the study again."
        raise CnnlabError(explain(expected="the study's folder", got="none", where=str(path), fix=fix))
    return part.study.id, RunFolder(path, folder_names([one.name for one in plan.architectures]))


def check_same(part: StudyPart, plan: StudyPlan, origin: Provenance) -> None:
    """Refuse to go on with other data, or with a study that reads otherwise than it was written."""
    if part.study.key in {study_key(plan, origin), older_key(plan, origin)}:
        return
    run = part.example
    begun, now = (
        (run.data_sums, run.train_images, run.test_images),
        (origin.data_sums, origin.train_images, origin.test_images),
    )
    if begun != now:
        got = "others" if run.data_sums != origin.data_sums else image_counts(origin.train_images, origin.test_images)
        wanted = f"the data that the study was begun with, {image_counts(run.train_images, run.test_images)}"
        fix = "Bring the data back, or run the study anew."
        raise DataError(explain(expected=wanted, got=got, where=part.study.folder, fix=fix))
    got = f"cnnlab {origin.cnnlab_version}, which reads it otherwise than {run.provenance.get('cnnlab_version')} did"
    fix = "Run the study again: the command or the Study(...).run() that began it."
    raise CnnlabError(explain(expected="a study as it was begun", got=got, where=part.study.folder, fix=fix))

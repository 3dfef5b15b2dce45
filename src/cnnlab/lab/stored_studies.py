"""Which study of a store a plan is: found by all that decides its numbers, begun, or a part of one gone on with."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from cnnlab.errors import CnnlabError, DataError, explain
from cnnlab.lab.plan import StudyPlan
from cnnlab.lab.study_toml import plan_as_toml
from cnnlab.records import Provenance, RunKey, StoredRun, StoredStudy
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
    """Return the SHA-256 of all that decides what a study's runs are, the seeds left out: more of them belong to it."""
    bare = replace(plan, seeds=(0,), notes=(), data_path=None)
    facts = [plan_as_toml(bare), origin.data_sums, origin.train_images, origin.test_images, origin.backend]
    return sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def found_or_begun(store: Store, plan: StudyPlan, key: str, *, fresh: bool) -> tuple[int, RunFolder]:
    """Find the study or begin it; return its number and its folder."""
    names: Sequence[str] = [one.name for one in plan.architectures]
    known = None if fresh else store.latest_study(key)
    if known is not None and (store.parent / known.folder).is_dir():
        return known.id, RunFolder(store.parent / known.folder, folder_names(names))
    folder = create_run_folder(store.parent, plan.name, names)
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


def check_same(part: StudyPart, key: str, origin: Provenance) -> None:
    """Refuse to go on with other data, or with a study that reads otherwise than it was written."""
    if key == part.study.key:
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

"""Diagnoses kept as JSON, each in the folder of the study that looked at the network, and found again for a page.

The document is written once the gains are measured, and says what was found then: nothing of it is computed again. It
belongs to a network under a recipe, so a page shows it only beside the same network with the same recipe and data set.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cnnlab.analysis.diagnosis import DiagnosisFinding
from cnnlab.arch.keras_config import to_keras_config
from cnnlab.experiments import Architecture
from cnnlab.files import write_text
from cnnlab.lab.plan import StudyPlan
from cnnlab.lab.tested_on import spares_test
from cnnlab.records import StoredStudy
from cnnlab.report.diagnosis_text import diagnosis_document
from cnnlab.report.kept_diagnosis import KeptDiagnosis, kept_diagnosis
from cnnlab.store import RunFilter, Store
from cnnlab.store.recipe_json import recipe_as_dict

FILE: Final = "diagnosis.json"
_LOOKING: Final = "diagnosis-of-"
_STAGES: Final = (_LOOKING, "ranking-for-", "measuring-")


def looking_name(architecture: str) -> str:
    """Name the study in which a diagnosis looks at a network."""
    return f"{_LOOKING}{architecture}"


def ranking_name(architecture: str) -> str:
    """Name the study in which its changes are ranked."""
    return f"{_STAGES[1]}{architecture}"


def measuring_name(architecture: str) -> str:
    """Name the study in which their gains are measured."""
    return f"{_STAGES[2]}{architecture}"


def is_of_a_diagnosis(study: StoredStudy) -> bool:
    """Tell whether a study was made by a diagnosis: it is named like one, and never looked at the test images."""
    return study.name.startswith(_STAGES) and spares_test(study)


def keep_diagnosis(folder: Path, found: DiagnosisFinding) -> Path:
    """Write a diagnosis down.

    Args:
        folder: Of the study that looked at the network.
        found: The diagnosis; it takes the place of one made earlier by the same study.
    """
    path = folder / FILE
    write_text(path, json.dumps(diagnosis_document(found), indent=2) + "\n")
    return path


def kept_diagnoses(store: Store, plan: StudyPlan) -> tuple[tuple[KeptDiagnosis, ...], tuple[str, ...]]:
    """Find the newest diagnosis of each architecture of a study.

    Args:
        store: That may have their studies.
        plan: Whose architectures.

    Returns:
        The diagnoses, in the order of the architectures; and why others are not among them, a sentence each.
    """
    found, left = [], []
    for architecture in plan.architectures:
        for path in _documents(store, plan, architecture):
            try:
                found.append(kept_diagnosis(json.loads(path.read_text(encoding="utf-8"))))
            except (OSError, ValueError):
                left.append(f"The diagnosis of {architecture.name} in {path.parent.name}/{FILE} cannot be read.")
                continue
            break
    return tuple(found), tuple(left)


def _documents(store: Store, plan: StudyPlan, architecture: Architecture) -> Iterator[Path]:
    """Find the documents of an architecture as it is in a plan, the newest study first."""
    for study in store.studies():
        path = store.parent / study.folder / FILE
        if study.name == looking_name(architecture.name) and path.is_file() and _same(store, study, plan, architecture):
            yield path


def _same(store: Store, study: StoredStudy, plan: StudyPlan, architecture: Architecture) -> bool:
    """Tell whether a study looked at the same network with the same recipe and data set."""
    for summary in store.runs(RunFilter(study_id=study.id), limit=1):
        run = store.run(summary.id)
        here = json.loads(json.dumps([to_keras_config(architecture.network), recipe_as_dict(architecture.recipe)]))
        # Two folders of a user's may have one name; of a known data set there is one.
        same_data = run.data_name == plan.data and (plan.own is None or run.data_sums == dict(plan.own.sums))
        return [run.network, run.recipe] == here and same_data
    return False

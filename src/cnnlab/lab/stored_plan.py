"""A study's plan as its store has it, to tell of it and not to train it again."""

import tomllib
from dataclasses import replace
from typing import Any, Final

from cnnlab.experiments import Architecture
from cnnlab.lab.callback_paths import paths_outside
from cnnlab.lab.plan import StudyPlan
from cnnlab.lab.study_file import plan_from_tables
from cnnlab.records import CallbackRecipe, StoredStudy
from cnnlab.report.words import listing

_OWN: Final = ":"
"""A callback of the user's is named "module:Class"."""


def stored_plan(study: StoredStudy) -> StudyPlan:
    """Read how a study was defined.

    Callbacks of the user's stand in it by their names: their code is not in the store.

    Raises:
        StudyFileError: If another version of cnnlab has written it in a way that this one cannot read.
    """
    raw = tomllib.loads(study.definition)
    own = {one["name"]: one.pop("callbacks") for one in raw.get("architecture", []) if own_callbacks(one)}
    plan = plan_from_tables(raw, f"the study of {study.folder}")
    return replace(plan, architectures=tuple(_with_callbacks(one, own.get(one.name)) for one in plan.architectures))


def own_callbacks(architecture: dict[str, Any]) -> list[str]:
    """Name the callbacks of the user's in an architecture's table, as their classes are called."""
    names = [str(one["name"]) for one in architecture.get("callbacks", [])]
    return [name.rpartition(_OWN)[2] for name in names if _OWN in name]


def not_repeatable(plan: StudyPlan) -> str:
    """Say which callbacks keep a study's definition from being run as a file; empty where none does."""
    names = [one.name for architecture in plan.architectures for one in architecture.recipe.callbacks]
    own = sorted({name.rpartition(_OWN)[2] for name in names if _OWN in name})
    outside = sorted({one.callback for one in paths_outside(plan)})
    if not own and not outside:
        return ""
    lacks = f"the Python code of {listing(own)} is not in it"
    may_not = f"as a file it may not write where {listing(outside)} did"
    return f"The definition alone does not make the runs again: {lacks if own else may_not}."


def _with_callbacks(one: Architecture, tables: list[dict[str, Any]] | None) -> Architecture:
    if tables is None:
        return one
    listed = tuple(
        CallbackRecipe(table["name"], tuple((key, value) for key, value in table.items() if key != "name"))
        for table in tables
    )
    return replace(one, recipe=replace(one.recipe, callbacks=listed))

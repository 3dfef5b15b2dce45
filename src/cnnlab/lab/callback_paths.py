"""Where the callbacks of a study file write: into their run's own folder.

A study file may come from anybody, and whoever runs it does not expect that it replaces another of their files. A Study
in Python is the user's own program, and so is what its store keeps: there a path leads wherever it says.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PureWindowsPath

from cnnlab.errors import StudyFileError, explain
from cnnlab.lab.plan import StudyPlan
from cnnlab.training.callbacks import CSVLogger, why_not_inside, written_paths


@dataclass(frozen=True)
class PathOutside:
    """A path that may lead out of its run's folder.

    Attributes:
        architecture: Whose callback it is.
        callback: By Keras' name.
        argument: That has the path.
        path: It.
        reason: What is wrong with it.
    """

    architecture: str
    callback: str
    argument: str
    path: str
    reason: str


def paths_outside(plan: StudyPlan) -> Iterator[PathOutside]:
    """List the paths of a plan's callbacks that may lead out of their run's folder."""
    for architecture in plan.architectures:
        for one in architecture.recipe.callbacks:
            for argument, path in written_paths(one):
                if reason := why_not_inside(path):
                    yield PathOutside(architecture.name, one.name, argument, path, reason)


def kept_inside(plan: StudyPlan, file: str) -> StudyPlan:
    """Return a plan whose callbacks write into their runs' folders alone.

    Args:
        plan: As a file has it.
        file: What messages call that.

    Raises:
        StudyFileError: If a callback might write elsewhere.
    """
    for one in paths_outside(plan):
        name = PureWindowsPath(one.path).name
        example = "log.csv" if one.callback == CSVLogger.__name__ else "weights.npz"
        whole = bool(name) and name.count("{") == name.count("}")
        inside = name if whole and not why_not_inside(name) else example
        fix = f"Write {one.argument} = {inside!r}; in Python a Study may write anywhere."
        raise StudyFileError(
            explain(
                expected="a path inside the run's own folder",
                got=f"{one.path!r} ({one.reason})",
                where=f"{file}, architecture {one.architecture!r}: {one.callback}, {one.argument}",
                fix=fix,
            )
        )
    return plan

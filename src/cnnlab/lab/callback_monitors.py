"""Which numbers the callbacks of a study file can watch: those that a study has, and no others."""

from typing import Final

from cnnlab.errors import StudyFileError, did_you_mean, explain
from cnnlab.lab.plan import StudyPlan

# A study validates after every epoch, and a recipe has no metrics.
_NUMBERS: Final = ("loss", "accuracy", "val_loss", "val_accuracy")


def watching_what_is_there(plan: StudyPlan, file: str) -> StudyPlan:
    """Return a plan each of whose callbacks watches a number that a study has.

    Any other would never do anything. A Study in Python may hold callbacks of the user's that put numbers of their own
    beside these.

    Args:
        plan: As a file has it.
        file: What messages call that.

    Raises:
        StudyFileError: If a callback watches another number.
    """
    for architecture in plan.architectures:
        for one in architecture.recipe.callbacks:
            monitor = dict(one.arguments).get("monitor", _NUMBERS[0])
            if monitor not in _NUMBERS:
                raise StudyFileError(
                    explain(
                        expected="a number that a study has",
                        got=repr(monitor),
                        where=f"{file}, architecture {architecture.name!r}: {one.name}, monitor",
                        fix=did_you_mean(str(monitor), _NUMBERS),
                    )
                )
    return plan

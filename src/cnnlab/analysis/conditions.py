"""Observations on the conditions of a study: unequal recipes, validation on the test set, interrupted runs."""

from cnnlab.analysis.observation import Observation, listing, run_name
from cnnlab.analysis.outcomes import outcomes
from cnnlab.records import Recipe, RunResult, StudyResult


def interruptions(result: StudyResult) -> list[Observation]:
    """Name the runs that were stopped early and the architectures that were never trained."""
    found = [
        Observation(run.key.architecture, _interruption(run, result), "interruption")
        for run in result.runs
        if run.status == "interrupted"
    ]
    untrained = [outcome.architecture for outcome in outcomes(result) if not outcome.runs]
    if untrained:
        found.append(Observation("study", f"Not trained: {listing(untrained)}.", "interruption"))
    missing = _missing_seeds(result)
    if missing:
        found.append(Observation("study", f"Seeds not trained: {missing}.", "interruption"))
    return found


def _missing_seeds(result: StudyResult) -> str:
    """Name the planned seeds that an architecture which was begun still lacks."""
    parts = []
    for outcome in outcomes(result):
        trained = {run.key.seed for run in outcome.runs}
        lacking = [str(seed) for seed in result.seeds if seed not in trained]
        if trained and lacking:
            parts.append(f"{listing(lacking)} of {outcome.architecture}")
    return listing(parts)


def _interruption(run: RunResult, result: StudyResult) -> str:
    """Say how far a run came."""
    done = len(run.history)
    if not done:
        return f"{run_name(run, result)} was interrupted before its first epoch ended; it has no numbers."
    far = f"after {done} of {run.recipe.epochs} epochs"
    return f"{run_name(run, result)} was interrupted {far}; its numbers are those after epoch {done}."


def unequal_recipes(result: StudyResult) -> list[Observation]:
    """Say in what the architectures were not trained alike."""
    recipes = [outcome.runs[0].recipe for outcome in outcomes(result) if outcome.runs]
    unequal = [text for name in _COMPARED if (text := _unequal(recipes, name))]
    if not unequal:
        return []
    text = f"Not trained alike: {'; '.join(unequal)}. A difference in accuracy may come from that as well."
    return [Observation("study", text, "recipe")]


_COMPARED = {"epochs": "epochs", "batch_size": "batch size", "optimizer": "optimizer", "loss": "loss"}


def _unequal(recipes: list[Recipe], name: str) -> str:
    """List the values of one setting, or nothing where all are the same."""
    values = list(dict.fromkeys(getattr(recipe, name) for recipe in recipes))
    if len(values) < 2:  # noqa: PLR2004 - two are needed to differ
        return ""
    if isinstance(values[0], int):
        return f"{_COMPARED[name]} {listing([str(value) for value in sorted(values)], 'or')}"
    return f"{len(values)} settings of the {_COMPARED[name]}"


def validated_on_test(result: StudyResult) -> list[Observation]:
    """Say what it means that the validation images were the test images."""
    if not result.validated_on_test or not any(row.val_loss is not None for run in result.runs for row in run.history):
        return []
    text = (
        "The test set served as validation set. Whoever chooses an architecture, an epoch or a setting by these "
        "numbers chooses on the test set, and the accuracy of the chosen one is too good on average."
    )
    return [Observation("study", text, "validation")]

"""Observations on the conditions of a study: interrupted runs, images held out for validation, losses of two kinds."""

from collections.abc import Collection

from cnnlab.analysis.observation import Observation, listing, run_name
from cnnlab.analysis.outcomes import outcomes
from cnnlab.analysis.telling import Telling
from cnnlab.records import RunResult, StudyResult


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
    far = f"{run_name(run, result)} was interrupted after {done} of {run.recipe.epochs} epochs"
    if not result.validated_on_test:
        return f"{far}; it has no test numbers, since the test comes after the last epoch, and is left out."
    return f"{far}; its numbers are those after epoch {done}."


def held_out(result: StudyResult) -> list[Observation]:
    """Say what it means that the validation images were none of the test images."""
    images = result.provenance.validation_images
    validated = any(row.val_loss is not None for run in result.runs for row in run.history)
    if result.validated_on_test or images is None or not validated:
        return []
    text = (
        f"Validation was done with {images:,} training images that were held out. The test images are looked at once "
        "in each run, after training, so that no epoch is chosen by them; whoever chooses an architecture by its test "
        "accuracy still chooses on the test set."
    )
    return [Observation("study", text, "validation")]


def penalties(result: StudyResult, regularized: Collection[str]) -> list[Observation]:
    """Say whose losses contain what regularizers add, where others stand beside them in the table whose do not."""
    trained = [outcome.architecture for outcome in outcomes(result) if outcome.runs]
    some, others = ([name for name in trained if (name in regularized) == penalized] for penalized in (True, False))
    if not some or not others:
        return []
    told = Telling("study", "recipe")
    text = (
        f"The losses of {told.names(some)} contain what regularizers add, those of {told.names(others)} nothing of "
        "that kind: hold their accuracies against each other, not their losses."
    )
    return [told.observation(text)]

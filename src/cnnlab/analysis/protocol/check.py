"""The check itself, and what it says of a study: what was chosen by its result, what was not alike."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Final, Literal

from cnnlab.analysis.observation import listing, number
from cnnlab.analysis.outcomes import outcomes
from cnnlab.analysis.protocol.callbacks import callback_findings
from cnnlab.analysis.protocol.data_facts import DataFacts
from cnnlab.analysis.protocol.data_findings import data_findings
from cnnlab.analysis.protocol.finding import ORDER, ProtocolFinding
from cnnlab.records import Recipe, RunResult, StudyResult

Picked = Literal["epoch", "seed"]

_SETTINGS: Final = {
    "epochs": "epochs",
    "batch_size": "batch size",
    "optimizer": "optimizer",
    "loss": "loss",
    "callbacks": "callbacks",
    "class_weight": "class weights",
}


CONSEQUENCE: Final = "A difference in accuracy may come from that as well."
"""What follows from anything that was not alike."""


def protocol(
    result: StudyResult,
    data: DataFacts | Sequence[DataFacts] | None = None,
    *,
    picked: Collection[Picked] = (),
    held_out: Collection[str] = (),
) -> tuple[ProtocolFinding, ...]:
    """Check how a study was made.

    Args:
        result: The study, finished or not.
        data: What its data are made of, as `data_facts` finds it; several where not all architectures were trained on
            the same images, each with its users. None leaves them unchecked.
        picked: What is chosen by its result where the study's numbers are shown: "epoch" for the best epoch of each
            run in place of the last, "seed" for the best seed in place of the mean.
        held_out: Architectures that have validation images of their own though others are validated with the test
            images, as in a comparison of several studies.

    Returns:
        The gravest first. None at all where nothing speaks against the numbers.
    """
    found = [
        *_validation_is_test(result, held_out),
        *callback_findings(result, held_out),
        *_picked(result, picked),
        *_unequal_settings(result),
        *_seeds(result),
        *_data([data] if isinstance(data, DataFacts) else data or (), weighted=_all_weighted(result)),
    ]
    return tuple(sorted(found, key=lambda one: ORDER.index(one.severity)))


def _validation_is_test(result: StudyResult, held_out: Collection[str]) -> Iterator[ProtocolFinding]:
    if not result.validated_on_test:
        return
    validated = {run.key.architecture for run in result.runs if any(row.val_loss is not None for row in run.history)}
    names = [outcome.architecture for outcome in outcomes(result) if outcome.architecture in validated]
    on_test = [name for name in names if name not in held_out]
    if not on_test:
        return
    images = result.provenance.test_images
    whose = "" if len(on_test) == len(names) else f" of {listing(on_test)}"
    fact = f"The {images:,} test images are also the validation images{whose}."
    text = (
        f"{fact} Whoever chooses an epoch, a setting or an architecture by these numbers chooses on the test set, and "
        "the accuracy of what is chosen is too good on average. Hold training images out for validation: --hold-out N."
    )
    yield ProtocolFinding("validation-is-test", "warning", "study", text, (("test_images", images),), fact)


def _all_weighted(result: StudyResult) -> bool:
    return bool(result.runs) and all(run.recipe.class_weight is not None for run in result.runs)


def _data(facts: Sequence[DataFacts], *, weighted: bool) -> Iterator[ProtocolFinding]:
    """Say what data are not fit for; of whose, where it is not true of all that are known."""
    users: dict[ProtocolFinding, list[str]] = {}
    for one in facts:
        for finding in data_findings(one, weighted=weighted):
            users.setdefault(finding, []).extend(one.users)
    everyone = {user for one in facts for user in one.users}
    for finding, whose in users.items():
        yield finding if set(whose) == everyone else replace(finding, text=f"Of {listing(whose)}: {finding.text}")


# What was picked by its result.


def _picked(result: StudyResult, picked: Collection[Picked]) -> Iterator[ProtocolFinding]:
    tested = [outcome for outcome in outcomes(result) if outcome.accuracies]
    if "epoch" in picked and result.validated_on_test:
        gains = [_gain(run) for outcome in tested for run in outcome.counted if _validated(run)]
        if gains:
            gain = sum(gains) / len(gains)
            text = (
                "The epoch is picked by its accuracy on the test images. The best epoch of a run lies "
                f"{number(gain)} above its last one on average, and luck is part of that."
            )
            yield ProtocolFinding("picked-epoch", "error", "study", text, (("gain", gain), ("runs", len(gains))))
    several = [outcome for outcome in tested if len(outcome.accuracies) > 1]
    if "seed" in picked and several:
        gains = [max(outcome.accuracies) - sum(outcome.accuracies) / len(outcome.accuracies) for outcome in several]
        gain = max(gains)
        text = (
            "The seed is picked by its accuracy on the test images. The best seed lies up to "
            f"{number(gain)} above the mean of its architecture, and another training would not repeat that."
        )
        yield ProtocolFinding("picked-seed", "error", "study", text, (("gain", gain),))


def _validated(run: RunResult) -> bool:
    return any(row.val_accuracy is not None for row in run.history)


def _gain(run: RunResult) -> float:
    """Return how much better the best epoch is than the last."""
    reached = [row.val_accuracy for row in run.history if row.val_accuracy is not None]
    return max(reached) - reached[-1]


# What was not alike.


def _unequal_settings(result: StudyResult) -> Iterator[ProtocolFinding]:
    """Say in what the architectures were not trained alike, a finding for each setting."""
    recipes = {outcome.architecture: outcome.runs[0].recipe for outcome in outcomes(result) if outcome.runs}
    for name, words in _SETTINGS.items():
        groups = _groups(recipes, name)
        if len(groups) < 2:  # noqa: PLR2004 - two are needed to differ
            continue
        values = [getattr(recipes[group[0]], name) for group in groups]
        evidence: tuple[tuple[str, float], ...] = (("settings", len(groups)),)
        if all(isinstance(value, int) for value in values):
            told = "; ".join(f"{value} for {listing(group)}" for value, group in zip(values, groups, strict=True))
            evidence = (("least", min(values)), ("most", max(values)))
        else:
            told = "; ".join(f"the same for {listing(group)}" if group[1:] else group[0] for group in groups)
            told = f"{len(groups)} different ones ({told})"
        fact = f"Unequal {words}: {told}."
        kind = f"unequal-{name.replace('_', '-')}"
        yield ProtocolFinding(kind, "warning", "study", f"{fact} {CONSEQUENCE}", evidence, fact)


def _groups(recipes: dict[str, Recipe], name: str) -> list[list[str]]:
    """Put architectures together that share a setting."""
    groups: list[list[str]] = []
    for architecture, recipe in recipes.items():
        value = getattr(recipe, name)
        for group in groups:
            if getattr(recipes[group[0]], name) == value:
                group.append(architecture)
                break
        else:
            groups.append([architecture])
    return groups


def _seeds(result: StudyResult) -> Iterator[ProtocolFinding]:
    counted = {outcome.architecture: len(outcome.accuracies) for outcome in outcomes(result) if outcome.accuracies}
    single = [name for name, count in counted.items() if count == 1]
    if single:
        fact = f"One seed: {listing(single)}."
        text = (
            f"{fact} How much another seed would change is not known, so nothing can be "
            f"said of {'that architecture' if len(single) == 1 else 'these architectures'} beyond the networks that "
            "were trained. Three seeds are the least."
        )
        yield ProtocolFinding("one-seed", "warning", _subject(single), text, (("architectures", len(single)),), fact)
    if len(set(counted.values())) > 1:
        told = listing([f"{count} of {name}" for name, count in counted.items()])
        least, most = min(counted.values()), max(counted.values())
        text = f"Not as many seeds of each: {told}. The means are not equally certain."
        evidence = (("least", least), ("most", most))
        yield ProtocolFinding("unequal-seeds", "note", "study", text, evidence, f"Not as many seeds of each: {told}.")


def _subject(architectures: Sequence[str]) -> str:
    return architectures[0] if len(architectures) == 1 else "study"

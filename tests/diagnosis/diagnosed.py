"""Diagnose drawn networks, and judge whether the diagnosis names what was broken."""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

from faults import Case

from cnnlab.analysis.diagnosis import DiagnosisFinding, Edit, InsertLayer, Measured, RemoveLayer, SetArgument, SetRecipe
from cnnlab.experiments import Architecture, Task, Trial, run_task
from cnnlab.experiments.prepare import prepared_for
from cnnlab.lab.conduct import Means
from cnnlab.lab.counterfactuals import Laboratory
from cnnlab.lab.diagnosing import Effort, diagnose
from cnnlab.lab.plan import StudyPlan
from cnnlab.records import Examples, RunKey, Split

TRAIN, HELD_OUT = 6_000, 4_000
COSTS = 2.0
"""A fault must cost so many points; what costs less is no fault."""

EFFORT = Effort(
    ranking_images=TRAIN, ranking_seeds=3, images=TRAIN, seeds=6, base_seeds=12, most_changes=8, most_measured=4
)


@dataclass(frozen=True)
class Verdict:
    """What a diagnosis of a drawn network came to.

    Attributes:
        name: Of the case.
        kind: Of its fault; None for a healthy network.
        cost: What the fault costs in points, measured with seeds of its own; 0 for a healthy network.
        causes: The changes that were named, in their order, with their gains.
        place: Where among them the planted fault is, from 1; None where it is not named.
        suspects: How many there were, and how many changes were tried.
        tried: How many changes were tried.
    """

    name: str
    kind: str | None
    cost: float
    causes: tuple[tuple[str, float, float, float], ...]
    place: int | None
    suspects: tuple[str, ...]
    tried: tuple[tuple[str, float], ...]


def part_of(whole: Split, train: int = TRAIN, held_out: int = HELD_OUT) -> Split:
    """Keep the first images, so that the last of them can be held out."""
    return replace(whole, train=whole.train.head(train + held_out), test=whole.test.head(1_000))


def verdict(case: Case, split: Split, effort: Effort = EFFORT) -> Verdict | None:
    """Diagnose a case; None where its fault costs too little to be one."""
    cost = 0.0
    if case.kind is not None:
        cost = 100 * (_accuracy(case.unbroken, split) - _accuracy(case.architecture, split))
        if cost < COSTS:
            return None
    found = diagnosis(case.architecture, split, effort)
    causes = [one for one in found.measured if one.judgement == "cause"]
    places = [place for place, one in enumerate(causes, start=1) if mends(one, case)]
    return Verdict(
        case.name,
        case.kind,
        cost,
        tuple((one.candidate.change.text, one.gain.points, *_ends(one)) for one in causes),
        places[0] if places else None,
        tuple(f"{one.name} {one.weight:.2f}" for one in found.suspects),
        tuple((one.candidate.change.text, one.gain.points) for one in found.ranked),
    )


def diagnosis(one: Architecture, split: Split, effort: Effort) -> DiagnosisFinding:
    """Diagnose a network on these images, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        plan = StudyPlan("study", (one,), "mnist")
        held_out = len(split.train) - (effort.images or TRAIN)
        return diagnose(one, Laboratory(split, plan, held_out, Means(threads=1), Path(folder)), effort)


def _ends(one: Measured) -> tuple[float, float]:
    return one.gain.interval.low, one.gain.interval.high


def mends(one: Measured, case: Case) -> bool:
    """Tell whether a change undoes what was broken."""
    return any(touched in case.touches for edit in one.candidate.change.edits for touched in _touched(edit))


def _touched(edit: Edit) -> list[tuple[str, str]]:
    match edit:
        case RemoveLayer(layer):
            return [(layer, "")]
        case SetArgument(layer, argument, _):
            return [(layer, argument)]
        case SetRecipe(field, _):
            return [("recipe", field)]
        case InsertLayer(after, _):
            return [(after, "behind")]


def _accuracy(one: Architecture, split: Split, seeds: tuple[int, ...] = (900, 901)) -> float:
    """Train with seeds that no diagnosis uses, and return the accuracy on the images held out."""
    train, there = split.train.head(TRAIN), split.train
    held = Examples(there.images[-HELD_OUT:], there.labels[-HELD_OUT:], there.divisor)
    prepared = prepared_for(one.network, one.recipe.loss, replace(split, train=train, test=held))
    tasks = [Task(Trial(RunKey(one.name, seed), one), "compiled", 1) for seed in seeds]
    results = [run_task(task, prepared, lambda _: None, lambda: False).result for task in tasks]
    return fmean((one.test_accuracy or 0.0) if one and one.status == "finished" else 0.0 for one in results)

"""Find out why a network is no better: suspects, retraining without each, and the gains estimated anew."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from cnnlab.analysis.diagnosis import (
    Candidate,
    Conditions,
    DiagnosisFinding,
    Joint,
    Measured,
    Ranked,
    Suspect,
    apply,
    candidates,
    finalists,
    gain,
    ranked,
    suspects_in_description,
    suspects_in_runs,
    together,
)
from cnnlab.analysis.diagnosis.objects import object_size
from cnnlab.experiments import Architecture
from cnnlab.lab.counterfactuals import Laboratory
from cnnlab.lab.kept_diagnoses import keep_diagnosis, looking_name, measuring_name, ranking_name
from cnnlab.lab.looking import answers_in_training, probes_of
from cnnlab.records import Split, Tested

Stage = Literal["looking", "ranking", "measuring"]

_JUDGES: Final = 10_000
_SHARE: Final = 5


@dataclass(frozen=True)
class Effort:
    """How much is trained for a diagnosis.

    Attributes:
        ranking_images: Training images for the ranking.
        ranking_seeds: How many runs of each change there, at least 2.
        images: Training images when the gains are estimated anew; None for all that are not held out.
        seeds: How many runs of each change there, at least 2.
        base_seeds: How many of the network as it is, at least 2: every gain rests on them.
        most_changes: How many changes are tried at most.
        most_measured: How many of them are measured anew at most.
        least_weight: Suspects with less behind them are told of, and nothing is retrained for them.
    """

    ranking_images: int = 12_000
    ranking_seeds: int = 3
    images: int | None = None
    seeds: int = 6
    base_seeds: int = 12
    most_changes: int = 24
    most_measured: int = 8
    least_weight: float = 0.25


def judges(whole: Split) -> int:
    """Say how many training images judge the networks unless somebody says: 10,000, or a fifth where there are few."""
    return max(1, min(_JUDGES, len(whole.train) // _SHARE))


@dataclass(frozen=True)
class Progress:
    """Where a diagnosis is.

    Attributes:
        stage: Which of its three steps begins.
        suspects: What has been seen so far.
        order: The ranking, as soon as it is there.
        changes: How many changes are trained now.
    """

    stage: Stage
    suspects: tuple[Suspect, ...] = ()
    order: tuple[Ranked, ...] = ()
    changes: int = 0


Told = Callable[[Progress], None]


def diagnose(
    base: Architecture, laboratory: Laboratory, effort: Effort = Effort(), told: Told = lambda _: None
) -> DiagnosisFinding:
    """Diagnose a network.

    The ranking and the measurement after it use different seeds: a change that was lucky in the one is not so in the
    other. Both judge by images that were held out of the training set; the test set is never looked at. What was found
    is kept beside the runs, for a page of the network.

    Args:
        base: The network with its recipe.
        laboratory: On which data, by what means.
        effort: How much is trained.
        told: Called as each step begins.

    Raises:
        InterruptedRunError: If the user stopped it; the same call goes on.
        DataError: If the data do not fit the network, or too few are left beside those held out.
    """
    steps = _Steps(base, laboratory, effort)
    told(Progress("looking"))
    as_is, suspects, folder = steps.look()
    listed = candidates(suspects, base.network, base.recipe, most=effort.most_changes, least_weight=effort.least_weight)
    told(Progress("ranking", suspects, changes=len(listed)))
    order = steps.rank(listed, as_is)
    chosen = finalists(order, effort.most_measured)
    pair = together(chosen, base.network, base.recipe)
    told(Progress("measuring", suspects, order, len(chosen) + (pair is not None)))
    accuracies, measured, joint = steps.measure(chosen, order, pair)
    found = DiagnosisFinding(base.name, accuracies, suspects, order, measured, joint, steps.conditions)
    keep_diagnosis(folder, found)
    return found


_Pair = tuple[Candidate, Candidate, Candidate]


@dataclass(frozen=True)
class _Steps:
    """What the steps of a diagnosis share."""

    base: Architecture
    laboratory: Laboratory
    effort: Effort

    @property
    def conditions(self) -> Conditions:
        """Say how the gains are measured."""
        effort, there = self.effort, len(self.laboratory.whole.train) - self.laboratory.held_out
        images = there if effort.images is None else min(effort.images, there)
        fresh = range(effort.ranking_seeds, effort.ranking_seeds + effort.base_seeds)
        return Conditions(
            ranking_images=min(effort.ranking_images, images),
            ranking_seeds=tuple(range(effort.ranking_seeds)),
            images=images,
            seeds=tuple(fresh),
            held_out=self.laboratory.held_out,
            epochs=self.base.recipe.epochs,
        )

    def look(self) -> tuple[Tested, tuple[Suspect, ...], Path]:
        """Train the network as it is, look at its description and its runs; return the folder of these as well."""
        base, conditions = self.base, self.conditions
        runs = self.laboratory.train(
            looking_name(base.name), [base], conditions.ranking_seeds, conditions.ranking_images
        )
        tested = self.laboratory.judged(runs, conditions.ranking_seeds)[base.name]
        split = runs.split or self.laboratory.whole
        probes = probes_of(runs, base, split)
        classes = len(split.class_names)
        starts = [one.loss for one in probes if one.moment == "start"]
        seen = suspects_in_description(
            base.network,
            base.recipe,
            object_size=object_size(split.train.images[:512]),
            classes=classes,
            train_images=conditions.images,
            initial_loss=sum(starts) / len(starts) if starts else None,
        )
        training = answers_in_training(runs, base, split, self.laboratory.means)
        found = suspects_in_runs(
            base.network, base.recipe, runs.runs, probes, tested, classes=classes, training=training
        )
        return tested, tuple(sorted((*seen, *found), key=lambda one: -one.weight)), runs.folder

    def rank(self, listed: Sequence[Candidate], as_is: Tested) -> tuple[Ranked, ...]:
        """Train each change for the ranking."""
        if not listed:
            return ()
        conditions = self.conditions
        changed = [self._changed(one) for one in listed]
        runs = self.laboratory.train(
            ranking_name(self.base.name), changed, conditions.ranking_seeds, conditions.ranking_images
        )
        tested = self.laboratory.judged(runs, conditions.ranking_seeds)
        return ranked({name: gain(as_is, one, 1) for name, one in tested.items()}, listed)

    def measure(
        self, chosen: Sequence[Candidate], order: Sequence[Ranked], pair: _Pair | None
    ) -> tuple[tuple[float, ...], tuple[Measured, ...], Joint | None]:
        """Train the network as it is, the chosen changes and the two best together, all with seeds of their own."""
        if not chosen:
            return (), (), None
        few = self.conditions.seeds[: self.effort.seeds]
        name, images = measuring_name(self.base.name), self.conditions.images
        base = self.laboratory.train(f"{name}-as-it-is", [self.base], self.conditions.seeds, images)
        as_is = self.laboratory.judged(base, self.conditions.seeds)[self.base.name]
        listed = [*chosen, *([pair[2]] if pair is not None else [])]
        runs = self.laboratory.train(name, [self._changed(one) for one in listed], few, images)
        tested = self.laboratory.judged(runs, few)
        gains = {text: gain(as_is, one, len(listed)) for text, one in tested.items()}
        ranking = {one.candidate.change.text: one.gain for one in order}
        measured = tuple(Measured(one, ranking[one.change.text], gains[one.change.text]) for one in chosen)
        joint = None if pair is None else Joint(pair[:2], pair[2].change, gains[pair[2].change.text])
        return tuple(map(float, as_is.accuracies)), measured, joint

    def _changed(self, candidate: Candidate) -> Architecture:
        """Make a competitor of a change, called by its text."""
        network, recipe = apply(candidate.change, self.base.network, self.base.recipe)
        text = candidate.change.text
        return Architecture(text, network.renamed(text), recipe)

"""All that was seen of one architecture's runs, and the questions that several signs ask of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import isfinite, sqrt
from statistics import fmean

import numpy as np

from cnnlab.analysis.diagnosis.signs.thresholds import Thresholds
from cnnlab.analysis.even_accuracy import even_accuracy
from cnnlab.arch import Network
from cnnlab.records import LayerProbe, LearningRateSchedule, Moment, Optimizer, Probe, Recipe, RunResult, Tested

_Z = 2.0  # standard errors that make chance unlikely


@dataclass(frozen=True, eq=False)
class Seen:
    """One architecture's runs with one recipe.

    Attributes:
        network: Its description.
        recipe: How it was trained.
        runs: One for each seed.
        probes: Of these runs, some or all, at either moment; none where nobody looked.
        tested: Answers to the held-out images; None where they were not kept.
        training: Answers to training images, likewise.
        classes: How many there are.
        thresholds: What the signs are judged by.
    """

    network: Network
    recipe: Recipe
    runs: Sequence[RunResult]
    probes: Sequence[Probe]
    tested: Tested | None
    training: Tested | None
    classes: int
    thresholds: Thresholds

    @property
    def guess(self) -> float:
        """The loss of guessing all classes alike."""
        return self.recipe.loss.of_guessing(self.classes)

    @property
    def starts_at_guess(self) -> bool:
        """Tell whether small first weights give about that loss; outputs looked at one by one begin in their middle."""
        return not self.recipe.loss.separate or self.network.output_shape[-1] == 1

    @property
    def has_schedule(self) -> bool:
        """Tell whether the learning rate changes by itself, so that no one step stands for all."""
        return isinstance(rate_of(self.recipe.optimizer), LearningRateSchedule)

    @cached_property
    def collapsed(self) -> frozenset[int]:
        """The seeds that did no better than naming one class, or whose loss was no number."""
        return frozenset(run.key.seed for run in self.runs if self._collapsed(run))

    def _collapsed(self, run: RunResult) -> bool:
        accuracy = self.test_accuracy(run)
        if run.status == "failed":
            return True
        if accuracy is None:
            return False
        share, margin = 1 / self.classes, self.thresholds.collapsed_margin
        if self.recipe.class_weight is not None and self.tested is not None and run.key.seed in self.tested.seeds:
            even = even_accuracy(self.tested.labels, self.tested.classes)
            reached = float(even.shares[self.tested.seeds.index(run.key.seed)])
            return reached <= even.chance + _Z * sqrt(even.chance * (1 - even.chance) / even.images)
        if self.tested is not None and self.tested.images:
            share = float(np.unique(self.tested.labels, return_counts=True)[1].max()) / self.tested.images
            margin = _Z * sqrt(share * (1 - share) / self.tested.images)
        return accuracy <= share + margin

    @cached_property
    def answers(self) -> Tested | None:
        """The answers to the held-out images of the seeds that learnt something; None without any."""
        return None if self.tested is None else _without(self.tested, self.collapsed)

    @cached_property
    def training_answers(self) -> Tested | None:
        """Likewise to training images."""
        return None if self.training is None else _without(self.training, self.collapsed)

    def test_accuracy(self, run: RunResult) -> float | None:
        """Return a run's accuracy on the held-out images."""
        if self.tested is not None and run.key.seed in self.tested.seeds:
            return float(self.tested.accuracies[self.tested.seeds.index(run.key.seed)])
        return run.test_accuracy

    def at(self, moment: Moment) -> list[Probe]:
        """Return the probes of one moment."""
        return [probe for probe in self.probes if probe.moment == moment]

    def by_layer(self, moment: Moment, value: Callable[[LayerProbe], float | None]) -> dict[str, list[float]]:
        """Return the finite numbers of each layer that has some, one for each probe, in the network's order."""
        found: dict[str, list[float]] = {}
        for probe in self.at(moment):
            for layer in probe.layers:
                number = value(layer)
                if number is not None and isfinite(number):
                    found.setdefault(layer.layer, []).append(number)
        return found

    def means(self, moment: Moment, value: Callable[[LayerProbe], float | None]) -> dict[str, float]:
        """Return the mean of such numbers over the seeds."""
        return {layer: fmean(numbers) for layer, numbers in self.by_layer(moment, value).items()}

    def feeding(self, layers: Iterable[str]) -> list[str]:
        """Name the layers whose weights decide what some layers put out: themselves, or what comes before them.

        Where ways join, it is what comes before on each of them.
        """
        names, nodes = set(layers), self.network.nodes
        found: dict[str, None] = {}
        for node in (one for one in nodes if one.name in names):
            waiting = [node] if node.parameters else [nodes[source] for source in node.inputs]
            while waiting:
                before = waiting.pop(0)
                if len(before.inputs) > 1:
                    waiting += [nodes[source] for source in before.inputs]
                else:
                    found[before.name] = None
        return list(found)


def rate_of(optimizer: Optimizer) -> float | LearningRateSchedule | None:
    """Return an optimizer's learning rate, a number or a schedule."""
    rate: float | LearningRateSchedule | None = getattr(optimizer, "learning_rate", None)
    return rate


def finite_losses(run: RunResult) -> list[float]:
    """Return the training losses of a run's epochs, those that are numbers."""
    return [row.loss for row in run.history if isfinite(row.loss)]


def _without(tested: Tested, seeds: frozenset[int]) -> Tested | None:
    """Leave seeds out; None if none is left."""
    kept = [row for row, seed in enumerate(tested.seeds) if seed not in seeds]
    if not kept:
        return None
    names = tuple(tested.seeds[row] for row in kept)
    return replace(tested, seeds=names, classes=tested.classes[kept], losses=tested.losses[kept])

"""Real short trainings for the signs: the made-up strokes, drawn larger, and what runs and probes say of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from cnnlab.analysis.diagnosis import Suspect
from cnnlab.analysis.diagnosis.signs import suspects_in_runs
from cnnlab.arch import Layer, Network, chain, initial_weights, zoo
from cnnlab.arch.layers import Dense, Flatten, Input
from cnnlab.backends import Model, get_backend
from cnnlab.data import made_up
from cnnlab.experiments.prepare import prepared_for
from cnnlab.experiments.task import Task, run_task
from cnnlab.experiments.trials import Architecture, Trial
from cnnlab.records import Examples, Moment, Probe, Recipe, RunKey, RunResult, Split, Tested
from cnnlab.training.probing import probe

CLASSES = 4


@dataclass(frozen=True, eq=False)
class Trained:
    """A network trained with a few seeds, and all that was seen of it."""

    network: Network
    recipe: Recipe
    runs: tuple[RunResult, ...]
    probes: tuple[Probe, ...]
    tested: Tested
    training: Tested

    def suspects(self, *, training: bool = True) -> dict[str, Suspect]:
        """Look for suspects, by name."""
        found = suspects_in_runs(
            self.network,
            self.recipe,
            self.runs,
            self.probes,
            self.tested,
            classes=CLASSES,
            training=self.training if training else None,
        )
        return {one.name: one for one in found}


@cache
def strokes(images: int = 2000, size: int = 28) -> Split:
    """The made-up data set; 28 cells to a side, as the zoo wants them, or its own 12."""
    split = made_up.load(images, 500)
    if size == made_up.SIZE:
        return split

    def larger(part: Examples) -> Examples:
        return replace(
            part, images=np.pad(np.kron(part.images, np.ones((1, 2, 2), np.uint8)), ((0, 0), (2, 2), (2, 2)))
        )

    return replace(split, train=larger(split.train), test=larger(split.test))


def with_labels_drawn_anew(split: Split, share: float) -> Split:
    """Give a share of the training images the next class."""
    labels = split.train.labels.copy()
    wrong = np.random.default_rng(0).random(len(labels)) < share
    labels[wrong] = (labels[wrong] + 1) % CLASSES
    return replace(split, train=replace(split.train, labels=labels))


def without_class(split: Split, number: int) -> Split:
    """Take a class out of the training images."""
    kept = split.train.labels != number
    return replace(split, train=Examples(split.train.images[kept], split.train.labels[kept]))


def small(*layers: Layer, name: str = "small") -> Network:
    """A network for images of 12 x 12 that ends in four classes."""
    return chain(name, [Input((12, 12, 1)), *layers, Dense(CLASSES, activation="softmax")])


def dense(*layers: Layer) -> Network:
    """The same for layers that take a row of pixels."""
    return small(Flatten(), *layers, name="dense")


def of_the_zoo(name: str) -> Network:
    """A network of the zoo with four classes in place of ten."""
    return chain(name, [*zoo.entry(name).layers()[:-1], Dense(CLASSES, activation="softmax")])


def train(network: Network, recipe: Recipe, split: Split, seeds: Sequence[int] = (0, 1)) -> Trained:
    """Train a network with each seed, and look at the first and the last weights."""
    prepared = prepared_for(network, recipe.loss, split)
    assert prepared.validation is not None
    runs, probes = [], []
    for seed in seeds:
        key = RunKey(network.name, seed)
        trial = Trial(key, Architecture(network.name, network, recipe))
        done = run_task(Task(trial, "compiled", threads=1), prepared, lambda event: None, lambda: False)
        assert done.result is not None
        runs.append(done.result)
        moments: tuple[tuple[Moment, Any], ...] = (
            ("start", initial_weights(network, seed)),
            ("end", done.result.weights),
        )
        for moment, weights in moments:
            found = probe(
                network,
                weights,
                prepared.train,
                key=key,
                moment=moment,
                loss=recipe.loss,
                optimizer=recipe.optimizer,
                seed=seed,
                batch_size=recipe.batch_size,
            )
            probes.append(found)
    tested, training = (_answers(network, recipe, runs, part) for part in (prepared.validation, prepared.train))
    return Trained(network, recipe, tuple(runs), tuple(probes), tested, training)


def _answers(network: Network, recipe: Recipe, runs: Sequence[RunResult], examples: Examples) -> Tested:
    models: list[Model] = [get_backend("compiled").load(network, run.weights, loss=recipe.loss) for run in runs]
    said = [model.evaluate(examples, 250).predictions for model in models]
    with np.errstate(divide="ignore"):
        losses = np.array([-np.log(one.true_class_probability.astype(np.float64)) for one in said])
    return Tested(
        network.name,
        tuple(run.key.seed for run in runs),
        examples.labels.argmax(axis=-1),
        np.array([one.classes for one in said]),
        losses,
    )

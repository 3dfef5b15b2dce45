"""Runs, probes and answers made up by hand or drawn by hypothesis, for the signs."""

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from cnnlab.analysis.diagnosis import Suspect
from cnnlab.analysis.diagnosis.signs import Thresholds, suspects_in_runs
from cnnlab.analysis.diagnosis.signs.seen import Seen
from cnnlab.arch import Network, chain
from cnnlab.arch.initializers import Constant
from cnnlab.arch.layers import BatchNormalization, Conv2D, Dense, Dropout, Flatten
from cnnlab.records import (
    SGD,
    Adam,
    CallbackRecipe,
    CosineDecay,
    EpochRow,
    LayerProbe,
    Moment,
    PiecewiseConstantDecay,
    Probe,
    Recipe,
    RunKey,
    RunResult,
    RunStatus,
    SparseCategoricalCrossentropy,
    Tested,
)

CLASSES = 3
NETWORK = chain(
    "net",
    [
        Conv2D(4, 3, activation="relu", bias_initializer=Constant(0.1)),
        Dropout(0.2),
        BatchNormalization(),
        Flatten(),
        Dense(8, activation="tanh", kernel_initializer="random_normal"),
        Dense(CLASSES, activation="softmax"),
    ],
    input_shape=(6, 6, 1),
)
PLAIN = chain("plain", [Dense(5, activation="relu"), Dense(CLASSES, activation="softmax")], input_shape=(4,))
RECIPE = Recipe(epochs=5)
SOUND = (0.9, 0.5, 0.3, 0.2, 0.15)


def run(
    losses: Sequence[float] = SOUND,
    *,
    seed: int = 0,
    test: float | None = 0.9,
    validation: Sequence[float] | None = None,
    status: RunStatus = "finished",
) -> RunResult:
    """A run with these training losses, and validation losses where they are given."""
    later = [None] * len(losses) if validation is None else validation
    rows = [
        EpochRow(at, loss, 0.9, val, None, 1.0) for at, (loss, val) in enumerate(zip(losses, later, strict=True), 1)
    ]
    return RunResult(
        key=RunKey("net", seed),
        status=status,
        recipe=RECIPE,
        total_params=1,
        trainable_params=1,
        history=tuple(rows),
        test_loss=None if test is None else 0.3,
        test_accuracy=test,
        seconds=1.0,
    )


def layer(
    name: str,
    *,
    dead: float | None = None,
    saturated: float | None = None,
    gradient: float | None = 0.01,
    update: float | None = 5e-3,
    drift: float | None = None,
    stretch: float | None = None,
) -> LayerProbe:
    """A layer at one moment; sound where nothing else is said."""
    return LayerProbe(name, "Dense", 8, dead, saturated, 1.0, gradient, update, drift, stretch)


def probe(
    *layers: LayerProbe,
    seed: int = 0,
    moment: Moment = "end",
    loss: float = 0.2,
    accuracy: float = 0.92,
    training_loss: float = 0.2,
    images: int = 512,
    penalty: float = 0.0,
) -> Probe:
    """A probe of these layers."""
    said = (0.3, 0.3, 0.4)
    return Probe(RunKey("net", seed), moment, images, loss, accuracy, training_loss, said, layers, penalty)


def answers_of(classes: Sequence[Sequence[int]], labels: Sequence[int], losses: float = 0.1) -> Tested:
    """Answers, each with the same loss."""
    said = np.array(classes)
    return Tested("net", tuple(range(len(said))), np.array(labels), said, np.full(said.shape, losses))


def seen(
    runs: Sequence[RunResult],
    probes: Sequence[Probe] = (),
    answers: Tested | None = None,
    *,
    training: Tested | None = None,
    network: Network = NETWORK,
    recipe: Recipe = RECIPE,
    thresholds: Thresholds | None = None,
) -> Seen:
    """All of it together."""
    return Seen(network, recipe, runs, probes, answers, training, CLASSES, thresholds or Thresholds())


def suspects(
    runs: Sequence[RunResult],
    probes: Sequence[Probe] = (),
    answers: Tested | None = None,
    *,
    training: Tested | None = None,
    network: Network = NETWORK,
    recipe: Recipe = RECIPE,
    thresholds: Thresholds | None = None,
) -> dict[str, Suspect]:
    """The suspects by name, in their order."""
    found = suspects_in_runs(
        network, recipe, runs, probes, answers, classes=CLASSES, training=training, thresholds=thresholds
    )
    return {one.name: one for one in found}


# Anything that runs and probes can hold, the impossible for a number included.

_SIZES = st.sampled_from([0.0, 1e-30, 1e-7, 3e-5, 1e-3, 0.05, 0.3, 2.0, 40.0, 1e9, float("inf"), float("nan")])
_SHARES = st.integers(0, 8).map(lambda eighths: eighths / 8)
_LOSSES = st.sampled_from([0.0, 1e-6, 0.02, 0.3, 0.9, 1.0986, 1.2, 3.0, 250.0, 1e12, float("inf"), float("nan")])


@st.composite
def _layers(draw: st.DrawFn) -> tuple[LayerProbe, ...]:
    found = []
    for node in NETWORK.nodes[1:]:
        kernel = any(one.name == "kernel" for one in node.parameters)
        normalizing = isinstance(node.layer, BatchNormalization)
        number = LayerProbe(
            node.name,
            type(node.layer).__name__,
            node.output_shape[-1],
            dead=draw(_SHARES) if getattr(node.layer, "activation", None) == "relu" else None,
            saturated=draw(_SHARES) if getattr(node.layer, "activation", None) == "tanh" else None,
            spread=draw(_SIZES),
            gradient=draw(_SIZES) if kernel else None,
            update=draw(_SIZES) if kernel else None,
            drift=draw(_SIZES) if normalizing else None,
            stretch=draw(_SIZES) if normalizing else None,
        )
        found.append(number)
    return tuple(found)


@st.composite
def _probes(draw: st.DrawFn, seed: int) -> list[Probe]:
    found = []
    for moment in draw(st.sampled_from([(), ("start",), ("end",), ("start", "end")])):
        loss, accuracy, training = draw(_LOSSES), draw(_SHARES), draw(_LOSSES)
        images = draw(st.sampled_from([1, 40, 512]))
        key = RunKey("net", seed)
        found.append(Probe(key, moment, images, loss, accuracy, training, (1.0, 0.0, 0.0), draw(_layers())))
    return found


@st.composite
def _runs(draw: st.DrawFn, seed: int) -> RunResult:
    epochs = draw(st.integers(0, 6))
    losses = draw(st.lists(_LOSSES, min_size=epochs, max_size=epochs))
    if draw(st.booleans()):
        losses.sort(reverse=True)
    validation = draw(st.none() | st.lists(_LOSSES, min_size=epochs, max_size=epochs))
    status = draw(st.sampled_from(["finished", "interrupted", "failed"]))
    test = None if status == "failed" else draw(st.none() | _SHARES)
    return run(losses, seed=seed, test=test, validation=validation, status=status)


@st.composite
def _answers(draw: st.DrawFn, seeds: int) -> Tested:
    images = draw(st.integers(1, 30))
    numbers = np.random.default_rng(draw(st.integers(0, 99)))
    labels = numbers.integers(0, CLASSES, images)
    wrong = numbers.random((seeds, images)) < draw(_SHARES)
    classes = np.where(wrong, numbers.integers(0, CLASSES, (seeds, images)), labels)
    if draw(st.booleans()):
        classes[:] = np.where(classes == 2, 0, classes)
    return Tested(
        "net", tuple(range(seeds)), labels, classes, numbers.exponential(draw(st.floats(0.1, 5)), classes.shape)
    )


@st.composite
def anything_seen(draw: st.DrawFn) -> Seen:
    """Draw one to three runs of `NETWORK` with whatever was seen of them."""
    seeds = draw(st.integers(1, 3))
    runs = [draw(_runs(seed)) for seed in range(seeds)]
    probes = [one for seed in range(seeds) for one in draw(_probes(seed))]
    rate = st.sampled_from([0.0, 1e-6, 1e-3, 0.3, 1e5, CosineDecay(0.1, 10), PiecewiseConstantDecay((3,), (0.1, 0.02))])
    recipe = Recipe(
        epochs=draw(st.integers(1, 8)),
        optimizer=draw(st.sampled_from([Adam, SGD]))(draw(rate)),
        loss=draw(st.sampled_from([SparseCategoricalCrossentropy(), RECIPE.loss])),
        callbacks=draw(st.sampled_from([(), (CallbackRecipe("LearningRateScheduler"),)])),
    )
    answers = draw(st.none() | _answers(seeds))
    return seen(runs, probes, answers, training=draw(st.none() | _answers(seeds)), recipe=recipe)

"""Trainings whose numbers must be the same bits everywhere, and how two of them are held against each other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import random_branches
import random_networks

from cnnlab.arch import Network, initial_weights, zoo
from cnnlab.backends.compiled import CompiledBackend, CompiledModel
from cnnlab.compiler.target import Target
from cnnlab.data import made_up
from cnnlab.errors import NonFiniteLossError
from cnnlab.randomness import permutation
from cnnlab.records import Adam, CategoricalCrossentropy, Examples, Loss, Optimizer

# The notebook's three, and one with so many channels that its convolutions are Winograd's.
NETWORKS = ("architecture-1", "architecture-2", "architecture-3", "mnist-convnet")
SEED = 7
_NOISE = 64  # strokes of the made-up images are brighter

Bits = dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Training:
    """What is trained, from what on, and on which rows.

    Attributes:
        network: Its description.
        loss: With what.
        optimizer: And how.
        weights: Before the first step.
        examples: Images and labels.
        orders: For each epoch the rows, in their order; the last batch of each may be smaller.
        batch_size: Images in a step.
        seed: Decides the dropout masks.
    """

    network: Network
    loss: Loss
    optimizer: Optimizer
    weights: Sequence[np.ndarray]
    examples: Examples
    orders: Sequence[np.ndarray]
    batch_size: int
    seed: int

    def model(self, target: Target | None = None, threads: int = 1, dtype: str = "float32") -> CompiledModel:
        """Load the network, for a processor and so many threads."""
        return CompiledBackend(dtype, target).load(
            self.network,
            self.weights,
            loss=self.loss,
            optimizer=self.optimizer,
            seed=self.seed,
            threads=threads,
        )


def made_up_digits(count: int) -> Examples:
    """Return 28 x 28 images by a fixed formula: strokes twice as large as made-up's, on black as MNIST's are."""
    small = made_up.load(count, 0).train
    bright = np.where(small.images < _NOISE, 0, small.images)
    large = bright.repeat(2, axis=1).repeat(2, axis=2)
    return Examples(np.pad(large, ((0, 0), (2, 2), (2, 2)))[..., None], small.labels, divisor=255.0)


def of_the_zoo(name: str, steps: int, batch_size: int = 128, examples: Examples | None = None) -> Training:
    """Return a training of one epoch with Adam; its last batch has about a third of the images of the others."""
    network = zoo.network(name)
    rows = (steps - 1) * batch_size + batch_size // 3
    known = examples or made_up_digits(min(rows, 1024))
    return Training(
        network=network,
        loss=CategoricalCrossentropy(),
        optimizer=Adam(),
        weights=initial_weights(network, SEED),
        examples=known,
        orders=[np.resize(permutation(SEED, 0, len(known)), rows)],
        batch_size=batch_size,
        seed=SEED,
    )


def of_a_random_network(number: int, batch_size: int = 120, *, branched: bool = False) -> Training:
    """Return a training of the random network of that number, on enough images for eight tiles in a batch."""
    case = (random_branches.branched_case_of_seed if branched else random_networks.case_of_seed)(number)
    numbers = np.random.default_rng(number)
    count = 2 * batch_size + batch_size // 2
    examples = random_networks._examples(Random(number), case.network, case.loss, count, numbers)
    orders = [numbers.permutation(count) for _ in range(2)]
    return Training(case.network, case.loss, case.optimizer, case.weights, examples, orders, batch_size, case.seed)


def train(training: Training, model: CompiledModel, chunks: Sequence[int] = ()) -> Bits:
    """Train, and return all that came of it: each step's result, the weights, what the optimizer remembers, outputs.

    Args:
        training: What to do.
        model: Freshly loaded.
        chunks: How many steps to ask for at a time, over and over; empty to leave that to the model.
    """
    bits: Bits = {}
    try:
        for epoch, order in enumerate(training.orders):
            bits[f"results of epoch {epoch}"] = np.array([*_steps(training, model, order, epoch, chunks)])
    except NonFiniteLossError as error:
        bits["end"] = np.array(str(error))
    bits |= {
        f"weights {weight.index}, {weight.name}": value
        for weight, value in zip(training.network.weights, model.get_weights(), strict=True)
    }
    bits |= {f"state {name}": value for name, value in model.get_state().items()}
    return bits | evaluate(training, model)


def _steps(
    training: Training, model: CompiledModel, order: np.ndarray, epoch: int, chunks: Sequence[int]
) -> Iterator[tuple[float, int, int]]:
    done, turn, size = 0, 0, training.batch_size
    while done < len(order):
        if chunks:
            rows = order[done : done + chunks[turn % len(chunks)] * size]
            results = model._train(training.examples, rows, size, epoch)
        else:
            results = model.train_batches(training.examples, order[done:], size, epoch)
        for result in results:
            yield result.loss, result.correct, result.count
        done, turn = done + size * len(results), turn + 1


def evaluate(training: Training, model: CompiledModel) -> Bits:
    """Return what evaluation and prediction give on the first few images."""
    few = training.examples.head(40)
    found = model.evaluate(few, 32)
    return {
        "evaluation": np.array([found.loss, found.accuracy]),
        "classes": found.predictions.classes,
        "probabilities": found.predictions.true_class_probability,
        "outputs": model.predict(few.images.astype(np.float32) / np.float32(255), 32),
    }


def difference(ours: Mapping[str, np.ndarray], theirs: Mapping[str, np.ndarray]) -> str:
    """Name the first array whose bits are not the same; nothing if all are."""
    if ours.keys() != theirs.keys():
        return f"not the same arrays: {sorted(ours.keys() ^ theirs.keys())}"
    for name, one in ours.items():
        other = theirs[name]
        if one.dtype != other.dtype or one.shape != other.shape:
            return f"{name}: {one.dtype} {one.shape} and {other.dtype} {other.shape}"
        if one.tobytes() != other.tobytes():
            return f"{name}: {_where(one.ravel(), other.ravel())}"
    return ""


def _where(one: np.ndarray, other: np.ndarray) -> str:
    unlike = one.view(np.uint8) != other.view(np.uint8)
    places = np.flatnonzero(unlike.reshape(one.size, -1).any(axis=1))
    first = places[0]
    return f"{len(places)} of {one.size} numbers differ, the first at {first}: {one[first]!r} and {other[first]!r}"

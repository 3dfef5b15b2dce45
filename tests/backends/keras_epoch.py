"""The notebook's networks, compiled, against real Keras, batch by batch: the same weights, images and dropout masks."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
from keras_oracle import KerasOracle, dropout_masks

from cnnlab.arch import initial_weights, zoo
from cnnlab.arch.keras_config import to_keras_config
from cnnlab.backends.compiled import CompiledBackend
from cnnlab.randomness import permutation
from cnnlab.records import CategoricalCrossentropy, Examples

NAMES: Final = ("architecture-1", "architecture-2", "architecture-3")
PEERS: Final = Path(__file__).parent.parent.parent / ".venv-peers" / "bin" / "python"
TOLERANCES: Final = {"float64": 1e-6, "float32": 1e-4}
SEED: Final = 5
HALF_A_UNIT: Final = 2.0**-24


@dataclass(frozen=True)
class Batch:
    """What both said of one batch.

    Attributes:
        number: From 0.
        ours: Our loss.
        keras: Keras' loss.
        apart: Largest difference of a weight after the batch, relative to the largest of that array.
    """

    number: int
    ours: float
    keras: float
    apart: float

    @property
    def difference(self) -> float:
        """Return how far the losses are apart, relative to Keras'."""
        return abs(self.ours - self.keras) / abs(self.keras)


def one_hot(images: np.ndarray, classes: np.ndarray) -> Examples:
    """Return images of bytes with labels as the notebook has them."""
    return Examples(images.reshape(-1, 28, 28, 1), np.eye(10, dtype=np.float32)[classes], divisor=255.0)


def made_up(count: int) -> Examples:
    """Draw images of which a tenth of the pixels is not black, as with digits."""
    numbers = np.random.default_rng(SEED)
    images = numbers.integers(0, 256, (count, 28, 28), dtype=np.uint8) * (numbers.random((count, 28, 28)) < 0.1)
    return one_hot(images.astype(np.uint8), numbers.integers(0, 10, count))


def train_both(
    name: str,
    examples: Examples,
    dtype: str,
    batch_size: int | None = None,
    *,
    keras_dtype: str = "",
    weights_too: bool = False,
    seed: int = SEED,
) -> Iterator[Batch]:
    """Train an architecture of the zoo for one epoch in both, and yield what they say of each batch.

    Args:
        name: Of the network.
        examples: To train on, in the order of epoch 0.
        dtype: "float32" or "float64".
        batch_size: None for the recipe's.
        keras_dtype: That Keras trains in, if it is another one.
        weights_too: Whether to compare the weights after each batch too.
        seed: Of the initial weights, the order and the masks.
    """
    described = zoo.entry(name)
    network, recipe, loss = described.network(), described.recipe, CategoricalCrossentropy()
    size = batch_size or recipe.batch_size
    weights = initial_weights(network, seed)
    oracle = KerasOracle(network, weights, loss, recipe.optimizer, keras_dtype or dtype)
    ours = CompiledBackend(np.dtype(dtype)).load(network, weights, loss=loss, optimizer=recipe.optimizer, seed=seed)
    order = permutation(seed, 0, len(examples))
    for number, start in enumerate(range(0, len(order), size)):
        rows = order[start : start + size]
        said = oracle.train_step(examples, rows, dropout_masks(network, seed, 0, rows)).loss
        own = ours.train_step(examples, rows, 0).loss
        apart = largest_difference(ours.get_weights(), oracle.get_weights()) if weights_too else 0.0
        yield Batch(number, own, said, apart)


def largest_difference(ours: list[np.ndarray], theirs: list[np.ndarray]) -> float:
    """Return the largest difference of two lists of arrays, each relative to its largest value."""
    pairs = zip(ours, theirs, strict=True)
    return max(float(np.abs(one - other).max() / np.abs(other).max().clip(1e-3)) for one, other in pairs)


def our_losses(
    name: str, examples: Examples, batches: int, seed: int, dtype: str = "float64", *, shake: int | None = None
) -> list[float]:
    """Train an architecture of the zoo, compiled; return the losses.

    Args:
        name: Of the network.
        examples: To train on, in the order of epoch 0.
        batches: How many.
        seed: As in `train_both`.
        dtype: "float32" or "float64".
        shake: Move the weights before each step by half a unit of float32's last place; the number says which go up and
            which down. How far such losses part from one another is how far any two programs may part that compute in
            float32. None leaves the weights where they are.
    """
    described = zoo.entry(name)
    network, size = described.network(), described.recipe.batch_size
    model = CompiledBackend(np.dtype(dtype)).load(
        network,
        initial_weights(network, seed),
        loss=CategoricalCrossentropy(),
        optimizer=described.recipe.optimizer,
        seed=seed,
    )
    order, signs, losses = permutation(seed, 0, len(examples)), np.random.default_rng(shake), []
    for number in range(batches):
        if shake is not None:
            moved = [each * (1 + HALF_A_UNIT * signs.choice([-1, 1], each.shape)) for each in model.get_weights()]
            model.set_weights(moved)
        losses.append(model.train_step(examples, order[number * size : (number + 1) * size], 0).loss)
    return losses


def tensorflow_losses(
    name: str, examples: Examples, batches: int, seed: int = SEED, dtype: str = "float32"
) -> list[float]:
    """Train an architecture of the zoo in Keras on TensorFlow, as `train_both` does; return the losses.

    Args:
        name: Of the network.
        examples: To train on, in the order of epoch 0.
        batches: How many.
        seed: As in `train_both`.
        dtype: "float32" or "float64", that Keras trains in.
    """
    described = zoo.entry(name)
    network, size = described.network(), described.recipe.batch_size
    task: dict[str, Any] = {"network": json.dumps(_for_tensorflow(to_keras_config(network), dtype))}
    task |= {f"weight{index}": weight for index, weight in enumerate(initial_weights(network, seed))}
    order = permutation(seed, 0, len(examples))[: batches * size]
    for number, start in enumerate(range(0, len(order), size)):
        rows = order[start : start + size]
        task |= {f"images{number}": examples.batch(rows, dtype), f"labels{number}": examples.labels[rows]}
        for place, mask in enumerate(dropout_masks(network, seed, 0, rows)):
            task[f"masks{number}_{place}"] = mask
    task |= {"batches": -(-len(order) // size), "dtype": dtype}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "task.npz"
        np.savez(path, **task)
        command = [str(PEERS), str(Path(__file__).with_name("tensorflow_peer.py")), str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return [float(loss) for loss in json.loads(done.stdout.splitlines()[-1])]


def _for_tensorflow(config: dict[str, Any], dtype: str) -> dict[str, Any]:
    """Set the type, and let Keras look dropout up among the objects that it is given, and not among its own."""
    config["config"]["dtype"] = dtype
    for layer in config["config"]["layers"]:
        layer["config"]["dtype"] = dtype
        if layer["class_name"] == "Dropout":
            layer |= {"module": None, "registered_name": "Dropout"}
    return config

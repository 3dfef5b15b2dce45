"""The networks that cnnlab brings with it: those of the notebook it starts from, and two that everyone knows."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cnnlab.arch.layer import Layer
from cnnlab.arch.layers import (
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Input,
    MaxPooling2D,
)
from cnnlab.arch.network import Network, chain
from cnnlab.errors import NetworkError, did_you_mean, explain
from cnnlab.records import Published, Recipe, notebook


@dataclass(frozen=True)
class ZooEntry:
    """A network of the zoo and what is known about it.

    Attributes:
        name: What one types.
        title: What it is, in a line.
        layers: Makes its layers, in order.
        recipe: How its author trained it.
        published: What its author reported; None where there is nothing.
        notes: What a reader should know, a sentence each.
    """

    name: str
    title: str
    layers: Callable[[], list[Layer]]
    recipe: Recipe
    published: Published | None = None
    notes: tuple[str, ...] = ()

    def network(self) -> Network:
        """Describe the network."""
        return chain(self.name, self.layers())


def names() -> list[str]:
    """List the zoo.

    Example:
        >>> names()[:2]
        ['architecture-1', 'architecture-2']
    """
    return list(_ZOO)


def entry(name: str) -> ZooEntry:
    """Look a network up.

    Args:
        name: One of :func:`names`; "Architecture 1" and "architecture_1" are read as well.

    Raises:
        NetworkError: If the zoo has no such network; the message proposes the nearest.

    Example:
        >>> entry("Architecture 1").recipe.epochs
        12
    """
    key = re.sub(r"[\s_-]+", "-", str(name).strip()).lower()
    if key not in _ZOO:
        raise NetworkError(explain(expected="a network of the zoo", got=repr(name), fix=did_you_mean(key, _ZOO)))
    return _ZOO[key]


def network(name: str) -> Network:
    """Describe a network of the zoo.

    Raises:
        NetworkError: If the zoo has no such network.

    Example:
        >>> network("architecture-1").total_params
        69135
    """
    return entry(name).network()


def _architecture_1() -> list[Layer]:
    return [
        Input((28, 28, 1)),
        Conv2D(20, (3, 3), activation="relu"),
        Conv2D(10, (3, 3), activation="relu"),
        Conv2D(20, (2, 2), activation="relu"),
        MaxPooling2D((2, 2)),
        Dropout(0.5),
        BatchNormalization(),
        Conv2D(5, (3, 3), activation="relu"),
        Conv2D(10, (2, 2), activation="relu"),
        Dropout(0.5),
        Flatten(),
        Dense(100, activation="relu"),
        Dense(10, activation="softmax"),
    ]


def _architecture_2() -> list[Layer]:
    return [
        Input((28, 28, 1)),
        *_padded_stage(5, strides=1),
        *_padded_stage(10, strides=1),
        *_padded_stage(5, strides=1),
        Flatten(),
        Dense(100, activation="relu"),
        Dense(10, activation="softmax"),
    ]


def _architecture_2_as_intended() -> list[Layer]:
    return [
        Input((28, 28, 1)),
        *_padded_stage(5, strides=1),
        Dropout(0.5),
        *_padded_stage(10, strides=1),
        *_padded_stage(5, strides=1),
        BatchNormalization(),
        Dropout(0.5),
        Flatten(),
        Dense(100, activation="relu"),
        Dense(10, activation="softmax"),
    ]


def _architecture_3() -> list[Layer]:
    return [
        Input((28, 28, 1)),
        *_padded_stage(5, strides=2),
        Dropout(0.5),
        *_padded_stage(10, strides=2),
        Dropout(0.5),
        *_padded_stage(5, strides=2),
        BatchNormalization(),
        Dropout(0.5),
        Flatten(),
        BatchNormalization(),
        Dropout(0.5),
        Dense(100, activation="relu"),
        Dense(10, activation="softmax"),
    ]


def _padded_stage(filters: int, *, strides: int) -> list[Layer]:
    """Return a convolution and a pool as architectures 2 and 3 have them three times."""
    return [
        Conv2D(filters, 3, strides=strides, padding="same", activation="relu"),
        MaxPooling2D(2, strides=2, padding="same"),
    ]


def _mnist_convnet() -> list[Layer]:
    return [
        Input((28, 28, 1)),
        Conv2D(32, (3, 3), activation="relu"),
        MaxPooling2D((2, 2)),
        Conv2D(64, (3, 3), activation="relu"),
        MaxPooling2D((2, 2)),
        Flatten(),
        Dropout(0.5),
        Dense(10, activation="softmax"),
    ]


def _lenet_5() -> list[Layer]:
    return [
        Input((28, 28, 1)),
        Conv2D(6, 5, padding="same", activation="tanh"),
        AveragePooling2D(2),
        Conv2D(16, 5, activation="tanh"),
        AveragePooling2D(2),
        Flatten(),
        Dense(120, activation="tanh"),
        Dense(84, activation="tanh"),
        Dense(10, activation="softmax"),
    ]


_NOTEBOOK: Final = notebook().runs
_ZOO: Final = {
    described.name: described
    for described in (
        ZooEntry(
            "architecture-1",
            "The notebook's first network: five convolutions, one pool",
            _architecture_1,
            Recipe(batch_size=128, epochs=12),
            _NOTEBOOK["architecture-1"],
        ),
        ZooEntry(
            "architecture-2",
            "The notebook's second network as trained: three padded convolutions, each with a pool",
            _architecture_2,
            Recipe(batch_size=200, epochs=10),
            _NOTEBOOK["architecture-2"],
            (
                "The cell that builds it adds two dropouts and a batch normalization to model1, behind its softmax.",
                "Its printed summary has none of the three, and so neither has the network that was trained.",
            ),
        ),
        ZooEntry(
            "architecture-2-as-intended",
            "The notebook's second network with the dropout and batch normalization meant for it",
            _architecture_2_as_intended,
            Recipe(batch_size=200, epochs=10),
            notes=("Nobody trained it: in the notebook these three layers went to model1 by mistake.",),
        ),
        ZooEntry(
            "architecture-3",
            "The notebook's third network: stride 2 and a pool at each stage, down to one pixel",
            _architecture_3,
            Recipe(batch_size=200, epochs=15),
            _NOTEBOOK["architecture-3"],
        ),
        ZooEntry(
            "mnist-convnet",
            "Keras' own example for MNIST: two convolutions, two pools, one dense layer",
            _mnist_convnet,
            Recipe(batch_size=128, epochs=15),
            notes=(
                "Its author holds back a tenth of the training images for validation.",
                "Its author reports about 99% of the test images classified correctly.",
            ),
        ),
        ZooEntry(
            "lenet-5",
            "LeNet-5 as it is written today: tanh, average pools without weights, softmax",
            _lenet_5,
            Recipe(batch_size=128, epochs=10),
            notes=(
                "After LeCun et al., 'Gradient-based learning applied to document recognition' (1998).",
                "The original has trained pools, a sparse second convolution and radial outputs.",
                "The recipe is ours: the original was trained by another method.",
            ),
        ),
    )
}

"""A built model: a network, its weights, and the backend that has them loaded."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab.arch import Layer, Network, graph
from cnnlab.arch.initial import initial_weights
from cnnlab.arch.layers import Input
from cnnlab.backends import Model, get_backend
from cnnlab.errors import UsageError, explain
from cnnlab.records import Counted, Counts, Loss, Optimizer
from cnnlab.records.metrics import share_of

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Compiled:
    """What ``compile`` fixed.

    Attributes:
        loss: With all its arguments.
        optimizer: With all its arguments.
        metrics: The names under which numbers beside the loss are told, in their order; none for the loss alone.
        counted: What is counted behind those that are not the accuracy's, in the same order.
    """

    loss: Loss
    optimizer: Optimizer
    metrics: tuple[str, ...]
    counted: Mapping[str, Counted] = field(default_factory=dict)

    @property
    def accuracies(self) -> tuple[str, ...]:
        """Return the names under which the accuracy was asked for."""
        return tuple(name for name in self.metrics if name not in self.counted)

    def numbers(self, loss: float, accuracy: float, counts: Sequence[Counts]) -> dict[str, float]:
        """Name the numbers of an evaluation or a batch, in Keras' order."""
        counted = dict(zip(self.counted, map(share_of, counts), strict=True))
        return {"loss": loss, **{name: counted.get(name, accuracy) for name in self.metrics}}


class Engine:
    """A network with its weights; it is loaded into the backend when somebody needs it computed.

    Attributes:
        network: Its description.
        seed: Of the initial weights, the order of the images and the dropout masks.
        epochs_trained: The next epoch's place in the sequence of orders and masks, which goes on from fit to fit.
    """

    def __init__(self, network: Network, seed: int, before: "Engine | None" = None) -> None:
        self.network = network
        self.seed = seed
        self.epochs_trained: int = before.epochs_trained if before else 0
        self._weights: Sequence[Array] = _kept(initial_weights(network, seed), network, before)
        self._compiled: Compiled | None = None
        self._loaded: Model | None = None
        self._memory: dict[str, Array] | None = None

    @property
    def model(self) -> Model:
        """Return the loaded network."""
        if self._loaded is None:
            self._loaded = self._load(self.network)
        return self._loaded

    def _load(self, network: Network) -> Model:
        """Load a network of the same weights, with what the optimizer remembers."""
        loaded = get_backend().load(
            network,
            self._weights,
            loss=self._compiled.loss if self._compiled else None,
            optimizer=self._compiled.optimizer if self._compiled else None,
            seed=self.seed,
            metrics=tuple(self._compiled.counted.values()) if self._compiled else (),
        )
        if self._memory is not None:
            loaded.set_state(self._memory)
        return loaded

    @contextmanager
    def behind(self, front: Sequence[Layer]) -> Iterator[None]:
        """Let layers without weights stand before the network: what is trained meanwhile is trained behind them.

        Args:
            front: Each with a name of its own; none to leave all as it is.
        """
        if not front:
            yield
            return
        self._put_down()
        self._loaded = self._load(_behind(front, self.network))
        try:
            yield
        finally:
            self._put_down()

    def _put_down(self) -> None:
        """Keep weights and memory of what is loaded; whoever asks next loads the network itself."""
        if self._loaded is not None:
            self._weights, self._memory = self._loaded.get_weights(), self._loaded.get_state() or None
            self._loaded = None

    def compile(self, compiled: Compiled) -> None:
        """Take a loss and a new optimizer without a memory; the weights stay."""
        self._weights = self.get_weights()
        self._compiled = compiled
        self._loaded = self._memory = None

    def get_weights(self) -> list[Array]:
        """Return copies of the weights, in Keras' order."""
        return self._loaded.get_weights() if self._loaded else [weight.copy() for weight in self._weights]

    def set_weights(self, weights: Sequence[npt.ArrayLike]) -> None:
        """Replace the weights, given in Keras' order; the optimizer keeps its memory.

        Raises:
            UsageError: If a number of weights or a shape does not fit; the message names the weight.
        """
        arrays = checked_weights(self.network, weights)
        if self._loaded:
            self._loaded.set_weights(arrays)
        else:
            self._weights = arrays


def _behind(front: Sequence[Layer], network: Network) -> Network:
    """Put layers between a network's input and whatever takes from it; its own layers keep their names."""
    count = len(front)
    steps: list[tuple[Layer, tuple[int, ...]]] = [(layer, (place,)) for place, layer in enumerate(front)]
    steps += [
        (replace(node.layer, name=node.name), tuple(source + count for source in node.inputs))
        for node in network.nodes[1:]
    ]
    first = Input(network.shown(network.input_shape), name=network.nodes[0].name)
    return graph(network.name, first, steps, data_format=network.data_format)


def weight_names(network: Network) -> list[str]:
    """Name the weights in Keras' order.

    Example:
        >>> from cnnlab.arch import zoo
        >>> weight_names(zoo.network("lenet-5"))[:2]
        ['conv2d/kernel', 'conv2d/bias']
    """
    return [weight.name for weight in network.weights]


def checked_weights(network: Network, weights: Sequence[npt.ArrayLike]) -> list[npt.NDArray[np.float32]]:
    """Bring weights into arrays of the network's shapes, or refuse them by name."""
    wanted = network.weights
    if len(weights) != len(wanted):
        raise UsageError(
            explain(
                expected=f"{len(wanted)} arrays of weights", got=str(len(weights)), where=f"{network.name}, weights"
            )
        )
    arrays = [np.array(weight, np.float32) for weight in weights]
    for name, array, weight in zip(weight_names(network), arrays, wanted, strict=True):
        if array.shape != weight.parameter.shape:
            raise UsageError(
                explain(
                    expected=f"shape {weight.parameter.shape}", got=f"{array.shape}", where=f"{network.name}, {name}"
                )
            )
    return arrays


def _kept(fresh: list[npt.NDArray[np.float32]], network: Network, before: Engine | None) -> Sequence[Array]:
    """Keep the weights of the layers that were there before a layer was added or taken away."""
    if before is None:
        return fresh
    old = {(w.node.index, id(w.node.layer), w.parameter.name): w.index for w in before.network.weights}
    held = before.get_weights()
    for weight in network.weights:
        index = old.get((weight.node.index, id(weight.node.layer), weight.parameter.name))
        if index is not None and held[index].shape == fresh[weight.index].shape:
            fresh[weight.index] = held[index]
    return fresh

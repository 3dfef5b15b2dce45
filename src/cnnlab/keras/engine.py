"""A built model: a network, its weights, and the backend that has them loaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab.arch import Network
from cnnlab.arch.initial import initial_weights
from cnnlab.backends import Model, get_backend
from cnnlab.errors import UsageError, explain
from cnnlab.records import Loss, Optimizer

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Compiled:
    """What ``compile`` fixed.

    Attributes:
        loss: With all its arguments.
        optimizer: With all its arguments.
        metrics: The names under which the accuracy was asked for; none for the loss alone.
    """

    loss: Loss
    optimizer: Optimizer
    metrics: tuple[str, ...]


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

    @property
    def model(self) -> Model:
        """Return the loaded network."""
        if self._loaded is None:
            self._loaded = get_backend().load(
                self.network,
                self._weights,
                loss=self._compiled.loss if self._compiled else None,
                optimizer=self._compiled.optimizer if self._compiled else None,
                seed=self.seed,
            )
        return self._loaded

    def compile(self, compiled: Compiled) -> None:
        """Take a loss and a new optimizer without a memory; the weights stay."""
        self._weights = self.get_weights()
        self._compiled = compiled
        self._loaded = None

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

"""What Keras is handed where a layer draws: masks, noise, and images as augmentation leaves them, all made here."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnnlab.arch import Layer, Network, Node
from cnnlab.arch.layers import Dropping, GaussianNoise, RandomMap
from cnnlab.backends.drawn import kept_by, noise_of
from cnnlab.backends.interface import Array
from cnnlab.backends.reference.arena import Arena
from cnnlab.backends.reference.call import Call, Pass
from cnnlab.backends.reference.operations import operation_of
from cnnlab.backends.reference.workers import Workers
from cnnlab.errors import NotSupportedError, explain


@dataclass(frozen=True)
class Handing:
    """What to hand over, batch by batch.

    Attributes:
        nodes: The layers that draw anything, in the network's order.
        front: Augmentation and all that lies before it, in that order.
    """

    nodes: tuple[Node, ...]
    front: tuple[Node, ...]

    def drawn(self, images: Array, seed: int, epoch: int, rows: npt.NDArray[np.integer]) -> list[Array]:
        """Return what each of `nodes` is handed: the numbers of every backend.

        Args:
            images: Shape (n, *input_shape), as a batch hands them over.
            seed: The run's, for layers without one of their own.
            epoch: Counted from 0.
            rows: Shape (n,): their indices in their data set.

        Returns:
            Of a dropout its mask, of noise what is added, of augmentation what comes out.
        """
        batch = Pass(Workers(1), Arena(), training=True, rows=rows, seed=seed, epoch=epoch)
        values = {0: images}
        for node in self.front:
            call = Call(node.layer, node, {}, needs_input_gradient=False, batch=batch)
            taken = (values[source] for source in node.inputs)
            values[node.index], _saved = operation_of(node.layer).forward(call, *taken)
        found: list[Array] = []
        for node in self.nodes:
            match node.layer:
                case RandomMap():
                    found.append(values[node.index])
                case GaussianNoise():
                    found.append(noise_of(node, seed, epoch, rows).astype(np.float32))
                case _:
                    found.append(kept_by(node, seed, epoch, rows))
        return found


def is_drawn(layer: Layer) -> bool:
    """Tell whether a layer is of a kind that draws in training, and does nothing otherwise."""
    return isinstance(layer, Dropping | GaussianNoise | RandomMap)


def handing(network: Network) -> Handing:
    """Find what is to be handed over for a network.

    Raises:
        NotSupportedError: If a layer with weights, even with such as no step trains, stands before augmentation.
    """
    before = {node.index for node in network.nodes if isinstance(node.layer, RandomMap)}
    for node in reversed(network.nodes):
        before.update(node.inputs if node.index in before else ())
    front = tuple(node for node in network.nodes[1:] if node.index in before)
    for node in front:
        if node.parameters:
            expected = "augmentation layers before the first layer with weights, for Keras to train"
            got, fix = f"one behind {node.name}", "Put it at the front, or train with the compiled backend."
            raise NotSupportedError(explain(expected=expected, got=got, where=network.name, fix=fix))
    return Handing(tuple(node for node in network.nodes if _draws_anything(node.layer)), front)


def _draws_anything(layer: Layer) -> bool:
    match layer:
        case Dropping(rate):
            return rate > 0
        case GaussianNoise(stddev):
            return stddev > 0
    return isinstance(layer, RandomMap)

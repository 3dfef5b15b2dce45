"""Keras' own order of the layers of a network with branches, in which weights are listed and kept in files."""

from collections.abc import Sequence
from dataclasses import replace

from cnnlab.arch.layers import Input
from cnnlab.arch.network import Network, Node, graph


def keras_order(inputs: Sequence[Sequence[int]]) -> list[int]:
    """Put layers in the order that Keras gives them: by their longest way to the output, ties as they are met.

    They are met on a walk from the output back to the inputs, depth first, a layer's inputs in their order; so does
    ``map_graph`` in ``keras/src/ops/function.py``. What does not lead to the output is left out.

    Args:
        inputs: For each layer the places of those it takes from, all before its own; the last layer is the output.

    Example:
        >>> keras_order([(), (0,), (1,), (0,), (3, 2)])
        [0, 1, 3, 2, 4]
    """
    last = len(inputs) - 1
    met: dict[int, int] = {}
    waiting = [last]
    while waiting:
        place = waiting.pop()
        if place not in met:
            met[place] = len(met)
            waiting.extend(reversed(inputs[place]))
    depth = dict.fromkeys(met, 0)
    for place in sorted(met, reverse=True):
        for source in inputs[place]:
            depth[source] = max(depth[source], depth[place] + 1)
    return sorted(met, key=lambda place: (-depth[place], met[place]))


def nodes_in_keras_order(network: Network) -> list[Node]:
    """List a network's nodes as Keras lists its layers, the input first."""
    return [network.nodes[place] for place in keras_order([node.inputs for node in network.nodes])]


def in_keras_order(network: Network) -> Network:
    """Return a network with its layers in Keras' order, each under the name it had; a chain comes back as it is.

    Raises:
        NetworkError: If it does not fit together.
    """
    if network.is_chain:
        return network
    first, *nodes = nodes_in_keras_order(network)
    place = {node.index: new for new, node in enumerate([first, *nodes])}
    steps = [(replace(node.layer, name=node.name), tuple(place[source] for source in node.inputs)) for node in nodes]
    shape = network.shown(first.output_shape)
    return graph(network.name, Input(shape, name=first.name), steps, data_format=network.data_format)

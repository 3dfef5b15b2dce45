"""The ways through a network: what lies before and behind, what everything passes, where the logits are."""

from math import prod

from cnnlab.analysis.diagnosis.kinds import weighs
from cnnlab.arch import Network, Node


def numbers(node: Node) -> int:
    """Count the numbers that a layer hands on for one image."""
    return prod(node.output_shape)


def activation(node: Node) -> str:
    """Name the activation that a layer applies; "linear" for most layers."""
    return str(getattr(node.layer, "activation", "linear"))


def live(network: Network) -> tuple[Node, ...]:
    """List the nodes that the output depends on, the input left out."""
    needed = {len(network.nodes) - 1}
    for node in reversed(network.nodes):
        if node.index in needed:
            needed.update(node.inputs)
    return tuple(node for node in network.nodes[1:] if node.index in needed)


def takers(network: Network, node: Node) -> tuple[Node, ...]:
    """List the live nodes that take from a node."""
    return tuple(other for other in live(network) if node.index in other.inputs)


def on_every_way(network: Network) -> tuple[Node, ...]:
    """List the nodes that every way from the input to the output passes, the input left out.

    A node is passed by (ways that lead to it) x (ways that lead on from it) of all ways.
    """
    ways_to = [1]
    for node in network.nodes[1:]:
        ways_to.append(sum(ways_to[source] for source in node.inputs))
    ways_on = [0] * len(network.nodes)
    ways_on[-1] = 1
    for node in reversed(network.nodes):
        for source in node.inputs:
            ways_on[source] += ways_on[node.index]
    return tuple(node for node in network.nodes[1:] if ways_to[node.index] * ways_on[node.index] == ways_to[-1])


def back(network: Network, node: Node, kinds: tuple[type, ...]) -> tuple[Node, ...]:
    """Walk back from a node, itself left out, as long as there is one way and the layers are of some kinds.

    Returns:
        The nodes in the order of the walk, nearest first.
    """
    walked = []
    while len(node.inputs) == 1:
        node = network.nodes[node.inputs[0]]
        if not isinstance(node.layer, kinds):
            break
        walked.append(node)
    return tuple(walked)


def ending(network: Network) -> tuple[Node, ...]:
    """List the nodes from the last layer with weights to the output; none where ways join behind it."""
    node = network.nodes[-1]
    walked = [node]
    while not weighs(node.layer):
        if len(node.inputs) != 1:
            return ()
        node = network.nodes[node.inputs[0]]
        walked.append(node)
    return tuple(reversed(walked))


def hidden(network: Network) -> tuple[Node, ...]:
    """List the live nodes before the last layer with weights."""
    end = ending(network) or network.nodes[-1:]
    return tuple(node for node in live(network) if node.index < end[0].index)


def weights_before(network: Network, node: Node) -> int:
    """Count the layers with weights that lie before a node, on any way."""
    before: set[int] = set(node.inputs)
    for other in reversed(network.nodes[: node.index]):
        if other.index in before:
            before.update(other.inputs)
    return sum(weighs(network.nodes[index].layer) for index in before)

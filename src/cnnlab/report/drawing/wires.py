"""The lines of a graph that is drawn as a list: where a layer takes from another one than the one above it."""

from dataclasses import dataclass

from cnnlab.arch.network import Network


@dataclass(frozen=True)
class Wire:
    """A line that leaps over layers.

    Attributes:
        source: The index of the node that it comes from.
        target: The index of the node that it goes to.
        lane: Beside the list, 0 the farthest from it; two lines in a lane never meet.
    """

    source: int
    target: int
    lane: int


def wires(network: Network) -> list[Wire]:
    """Lay the lines of a network that leap over layers into as few lanes as there are lines side by side.

    Example:
        >>> from cnnlab.arch.layers import Dense, Input
        >>> from cnnlab.arch.network import graph
        >>> wires(graph("forked", Input((4,)), [(Dense(2), (0,)), (Dense(2), (0,)), (Dense(2), (2,))]))
        [Wire(source=0, target=2, lane=0)]
    """
    leaps = sorted(
        (source, node.index) for node in network.nodes for source in set(node.inputs) if source < node.index - 1
    )
    ends: list[int] = []
    found = []
    for source, target in leaps:
        lane = next((number for number, end in enumerate(ends) if end < source), len(ends))
        ends[lane : lane + 1] = [target]
        found.append(Wire(source, target, lane))
    return found

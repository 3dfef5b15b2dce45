"""A walk over a network's nodes: forward in their order, backward against it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnlab.arch import Network
from cnnlab.backends.interface import Array
from cnnlab.backends.reference.call import Call, Operation, Pass
from cnnlab.backends.reference.operations import operation_of


@dataclass(frozen=True, eq=False)
class Tape:
    """What a forward pass left for the backward pass: of each node its call and what it saved."""

    calls: list[Call[Any]]
    saved: list[Any]


class Graph:
    """A network with the operations that compute it.

    Args:
        network: Its description.
    """

    def __init__(self, network: Network) -> None:
        self.nodes = network.nodes
        self.operations: list[Operation] = [operation_of(node.layer) for node in network.nodes[1:]]
        trained = [False]
        for node in network.nodes[1:]:
            own = any(parameter.trainable for parameter in node.parameters)
            trained.append(own or any(trained[source] for source in node.inputs))
        self._trained = trained

    def forward(self, x: Array, weights: Sequence[Mapping[str, Array]], batch: Pass) -> tuple[Array, Tape]:
        """Compute the network's output.

        Args:
            x: Images, shape (n, *input_shape).
            weights: For each node its arrays by name.
            batch: The pass.

        Returns:
            Shape (n, *output_shape), and the tape for `backward`.
        """
        values, tape = self.walk(x, weights, batch)
        return values[-1], tape

    def walk(self, x: Array, weights: Sequence[Mapping[str, Array]], batch: Pass) -> tuple[list[Array], Tape]:
        """Compute what every node puts out, as `forward` does, and keep it all.

        Returns:
            The outputs in the nodes' order, the images themselves first, and the tape. A layer that only rearranges
            hands on a view of what it took.
        """
        values, tape = [np.ascontiguousarray(x)], Tape([], [])
        for node, operation in zip(self.nodes[1:], self.operations, strict=True):
            needs = any(self._trained[source] for source in node.inputs)
            call = Call(node.layer, node, weights[node.index], needs, batch)
            value, saved = operation.forward(call, *(values[source] for source in node.inputs))
            values.append(value)
            tape.calls.append(call)
            tape.saved.append(saved)
        return values, tape

    def backward(self, gradient: Array, tape: Tape) -> list[Mapping[str, Array]]:
        """Compute the gradients by the weights.

        Args:
            gradient: By the network's output.
            tape: Of the forward pass.

        Returns:
            For each node the gradients by its trained weights, by name.
        """
        by_output: dict[int, Array] = {self.nodes[-1].index: gradient}
        by_weight: list[Mapping[str, Array]] = [{} for _ in self.nodes]
        for node in reversed(self.nodes[1:]):
            if not self._trained[node.index] or node.index not in by_output:
                continue
            place = node.index - 1
            call, operation = tape.calls[place], self.operations[place]
            gradients = operation.backward(call, tape.saved[place], by_output.pop(node.index))
            by_weight[node.index] = gradients.by_weight
            if gradients.by_input is not None:
                for source, by_input in zip(node.inputs, (gradients.by_input, *gradients.by_others), strict=True):
                    _add(by_output, source, by_input)
        return by_weight


def _add(by_output: dict[int, Array], index: int, gradient: Array) -> None:
    """Add a gradient to what other takers of the same output have handed back."""
    by_output[index] = by_output[index] + gradient if index in by_output else gradient

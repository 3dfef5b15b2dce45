"""What an emitter writes with: values that know where their channels stand, and a graph that grows.

ONNX computes on images with channels first. A network of ours says nothing of the order; so each value carries it, and
an emitter asks for the one that it needs: what is there is handed out, what is not is transposed once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from cnnlab.arch import Layer, Network, Node, Shape
from cnnlab.arch.network import DataFormat
from cnnlab.formats.onnx.messages import Attribute, Operator

Array = npt.NDArray[Any]
AnyLayer_co = TypeVar("AnyLayer_co", bound=Layer, covariant=True)

INPUT: Final = "input"
OUTPUT: Final = "output"

_IMAGE: Final = 3
_TO_FIRST: Final = (0, 3, 1, 2)
_TO_LAST: Final = (0, 2, 3, 1)


@dataclass(frozen=True)
class Value:
    """Something that the graph computes.

    Attributes:
        name: In the graph.
        shape: Of one image, (h, w, c) or (features,): channels last, whatever the order in the graph is.
        order: Where the channels stand in the graph; what is no image counts as "channels_last".
    """

    name: str
    shape: Shape
    order: DataFormat = "channels_last"

    @property
    def is_image(self) -> bool:
        """Tell whether it has height, width and channels."""
        return len(self.shape) == _IMAGE


@dataclass
class Builder:
    """A graph that grows.

    Attributes:
        operators: In their order.
        constants: By name.
    """

    operators: list[Operator] = field(default_factory=list)
    constants: dict[str, Array] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=lambda: {INPUT, OUTPUT})
    _turned: dict[tuple[str, DataFormat], Value] = field(default_factory=dict)

    def constant(self, name: str, array: npt.ArrayLike, dtype: npt.DTypeLike = np.float32) -> str:
        """Add a fixed array; return its name."""
        free = self._free(name)
        self.constants[free] = np.asarray(array, dtype)
        return free

    def apply(self, kind: str, name: str, *inputs: str, **attributes: Attribute) -> str:
        """Add an operator of one output; return the output's name.

        Args:
            kind: The operator's name in ONNX.
            name: Its own, and its output's, as far as it is free.
            inputs: Names of values.
            attributes: Of the operator.
        """
        free = self._free(name)
        self.operators.append(Operator(kind, inputs, (free,), free, attributes))
        return free

    def ordered(self, value: Value, order: DataFormat) -> Value:
        """Return a value with its channels where they are wanted; what is no image stays as it is."""
        if not value.is_image or value.order == order:
            return value
        key = (value.name, order)
        if key not in self._turned:
            turn = _TO_FIRST if order == "channels_first" else _TO_LAST
            name = self.apply("Transpose", f"{value.name}/{order}", value.name, perm=turn)
            self._turned[key] = Value(name, value.shape, order)
        return self._turned[key]

    def renamed(self, old: str, new: str) -> list[Operator]:
        """Return the operators with another name for one of the values that they compute."""

        def names(of: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(new if name == old else name for name in of)

        return [Operator(o.kind, names(o.inputs), names(o.outputs), o.name, o.attributes) for o in self.operators]

    def _free(self, name: str) -> str:
        free, number = name, 1
        while free in self._taken:
            free, number = f"{name}_{number}", number + 1
        self._taken.add(free)
        return free


@dataclass(frozen=True, eq=False)
class Turn(Generic[AnyLayer_co]):
    """One layer's turn.

    Attributes:
        layer: Its description.
        node: Its place in the network.
        inputs: What it takes, in the order of `Node.inputs`.
        weights: Its arrays by their names.
        builder: What it is written into.
    """

    layer: AnyLayer_co
    node: Node
    inputs: tuple[Value, ...]
    weights: Mapping[str, Array]
    builder: Builder

    def first(self) -> str:
        """Return the name of the only input with its channels first; a row of features is as it is."""
        return self.builder.ordered(self.inputs[0], "channels_first").name

    def last(self) -> str:
        """Return the name of the only input with its channels last."""
        return self.builder.ordered(self.inputs[0], "channels_last").name

    def weight(self, name: str) -> str:
        """Add a weight as it is; return its name."""
        return self.builder.constant(f"{self.node.name}/{name}", self.weights[name])

    def named(self, what: str, array: npt.ArrayLike, dtype: npt.DTypeLike = np.float32) -> str:
        """Add another fixed array of the layer's; return its name."""
        return self.builder.constant(f"{self.node.name}/{what}", array, dtype)

    def apply(self, kind: str, *inputs: str, **attributes: Attribute) -> str:
        """Add an operator that bears the layer's name; return its output's."""
        return self.builder.apply(kind, self.node.name, *inputs, **attributes)

    def image(self, name: str) -> Value:
        """Return the layer's output with its channels first."""
        return Value(name, self.node.output_shape, "channels_first")

    def row(self, name: str) -> Value:
        """Return the layer's output with its channels last, or as features."""
        return Value(name, self.node.output_shape)

    def like_input(self, name: str) -> Value:
        """Return the layer's output, its channels where they stood before."""
        return Value(name, self.node.output_shape, self.inputs[0].order)


def node_weights(network: Network, weights: "list[Array] | tuple[Array, ...]") -> list[dict[str, Array]]:
    """Give each node its arrays by their names."""
    by_node: list[dict[str, Array]] = [{} for _ in network.nodes]
    for weight, array in zip(network.weights, weights, strict=True):
        by_node[weight.node.index][weight.parameter.name] = array
    return by_node

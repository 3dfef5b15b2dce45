"""A network: a graph of layers whose shapes fit. A chain is its common case."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from cnnlab.arch.arguments import DATA_FORMATS, one_of
from cnnlab.arch.layer import Layer, Parameter, Shape, Window
from cnnlab.arch.layers import LAYERS, BatchNormalization, Dense, Input
from cnnlab.errors import NetworkError, explain

DataFormat = Literal["channels_last", "channels_first"]


@dataclass(frozen=True)
class Node:
    """A layer at its place in a network.

    Attributes:
        index: Its place in `Network.nodes`.
        name: The layer's own name, or Keras' automatic one.
        layer: What it does.
        inputs: Indices of the nodes it takes from, all smaller than its own.
        input_shape: Of the first of them, (h, w, c) or (features,).
        output_shape: Likewise.
        parameters: Its arrays of weights, in Keras' order.
    """

    index: int
    name: str
    layer: Layer
    inputs: tuple[int, ...]
    input_shape: Shape
    output_shape: Shape
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True)
class Weight:
    """One array of a network's weights: whose it is, and its place in Keras' order of them all."""

    index: int
    node: Node
    parameter: Parameter

    @property
    def name(self) -> str:
        """Name it as files and messages do: "conv2d/kernel"."""
        return f"{self.node.name}/{self.parameter.name}"


@dataclass(frozen=True)
class Network:
    """A description of a network: plain data, no weights.

    Shapes in it are channels-last whatever the data format; `shown` gives them as the user wrote them.

    Attributes:
        name: What users call it.
        nodes: In an order in which they can be computed; node 0 is the input, the last one the output.
        data_format: How images are handed to it.
    """

    name: str
    nodes: tuple[Node, ...]
    data_format: DataFormat = "channels_last"

    @property
    def input_shape(self) -> Shape:
        """Return the shape of one image, channels last."""
        return self.nodes[0].output_shape

    @property
    def output_shape(self) -> Shape:
        """Return the shape of the output for one image."""
        return self.nodes[-1].output_shape

    @property
    def weights(self) -> tuple[Weight, ...]:
        """List all arrays of weights in the order of Keras' ``get_weights``."""
        pairs = [(node, parameter) for node in self.nodes for parameter in node.parameters]
        return tuple(Weight(index, node, parameter) for index, (node, parameter) in enumerate(pairs))

    @property
    def total_params(self) -> int:
        """Count all parameters."""
        return sum(weight.parameter.size for weight in self.weights)

    @property
    def trainable_params(self) -> int:
        """Count the parameters that training moves."""
        return sum(weight.parameter.size for weight in self.weights if weight.parameter.trainable)

    def shown(self, shape: Shape) -> Shape:
        """Return a shape in the network's own data format."""
        if self.data_format == "channels_first" and len(shape) == 3:  # noqa: PLR2004 - height, width, channels
            return (shape[2], shape[0], shape[1])
        return shape

    def renamed(self, name: str) -> "Network":
        """Return the same network under another name."""
        return replace(self, name=name)


def chain(
    name: str,
    layers: Sequence[Layer],
    *,
    input_shape: Shape | None = None,
    data_format: DataFormat = "channels_last",
) -> Network:
    """Put layers one after the other.

    Args:
        name: What users call the network.
        layers: In order; the first may be an `Input`.
        input_shape: Of one image, where neither an `Input` nor the first layer's own ``input_shape`` says it.
        data_format: What layers without a data format of their own take.

    Raises:
        NetworkError: If a layer does not fit; the message names it and its place.

    Example:
        >>> from cnnlab.arch.layers import Conv2D, Dense, Flatten
        >>> net = chain("tiny", [Conv2D(2, 3, input_shape=(8, 8, 1)), Flatten(), Dense(3)])
        >>> net.output_shape, net.total_params
        ((3,), 239)
    """
    first, rest = _split_input(name, layers, input_shape)
    return graph(name, first, [(layer, (index,)) for index, layer in enumerate(rest)], data_format=data_format)


def graph(
    name: str,
    first: Input,
    steps: Sequence[tuple[Layer, tuple[int, ...]]],
    *,
    data_format: DataFormat = "channels_last",
) -> Network:
    """Put layers together by the indices of the nodes each takes from; the input is node 0, the first step node 1.

    Args:
        name: What users call the network.
        first: The input.
        steps: Each layer with the indices of its inputs.
        data_format: What layers without a data format of their own take.

    Raises:
        NetworkError: If a layer does not fit; the message names it and its place.
    """
    layout = _one_data_format(name, [layer for layer, _ in steps], data_format)
    names = _unique_names(name, [layer for layer, _ in steps])
    shape = first.shape
    if layout == "channels_first" and len(shape) == 3:  # noqa: PLR2004 - channels, height, width
        shape = (shape[1], shape[2], shape[0])
    nodes = [Node(0, first.name or "input_layer", Input(shape), (), shape, shape, ())]
    for index, (layer, inputs) in enumerate(steps, start=1):
        place = f"{name}, layer {index} {names[index - 1]!r} ({type(layer).__name__})"
        nodes.append(_node(place, index, names[index - 1], layer, inputs, nodes, layout))
    return Network(name, tuple(nodes), layout)


def _node(
    place: str,
    index: int,
    name: str,
    layer: Layer,
    inputs: tuple[int, ...],
    before: list[Node],
    layout: DataFormat,
) -> Node:
    """Infer the shapes of one layer, and name its place where it does not fit."""
    if not inputs or not all(0 <= source < index for source in inputs):
        raise NetworkError(explain(expected=f"inputs from nodes 0 to {index - 1}", got=str(inputs), where=place))
    shape = before[inputs[0]].output_shape
    try:
        _check_axis(layer, shape, layout)
        return Node(index, name, layer, inputs, shape, layer.output_shape(shape), layer.parameters(shape))
    except NetworkError as error:
        raise NetworkError(f"{place}: {error}") from None


def _check_axis(layer: Layer, shape: Shape, layout: DataFormat) -> None:
    """Refuse what would work along another axis than the channels: it is nearly always a mistake."""
    if isinstance(layer, BatchNormalization):
        _check_normalized_axis(layer.axis, len(shape) + 1, layout)
    last_is_channels = layout == "channels_last" or len(shape) != 3  # noqa: PLR2004 - channels, height, width
    along_last = isinstance(layer, Dense) or getattr(layer, "activation", None) == "softmax"
    if along_last and not last_is_channels:
        raise NetworkError(
            explain(
                expected="a row of features before what works along the last axis",
                got="channels_first images, whose last axis is the width",
                fix="Put Flatten() or GlobalAveragePooling2D() before it.",
            )
        )


def _check_normalized_axis(axis: int, rank: int, layout: DataFormat) -> None:
    channels = 1 if layout == "channels_first" and rank > 2 else rank - 1  # noqa: PLR2004 - images and features
    if axis not in {channels, channels - rank}:
        raise NetworkError(
            explain(
                expected=f"axis={channels} or axis={channels - rank}, the channels of {layout} data",
                got=f"axis={axis}",
                fix=f"Write BatchNormalization(axis={channels}).",
            )
        )


def _split_input(name: str, layers: Sequence[Layer], input_shape: Shape | None) -> tuple[Input, Sequence[Layer]]:
    """Find the input's shape: an `Input`, the first layer's ``input_shape``, or the argument."""
    for index, layer in enumerate(layers, start=1):
        _check_is_layer(layer, f"{name}, layer {index}")
        if index > 1 and isinstance(layer, Input):
            raise NetworkError(explain(expected="Input as the first layer only", where=f"{name}, layer {index}"))
    if layers and isinstance(layers[0], Input):
        return layers[0], layers[1:]
    shape = layers[0].input_shape if layers and layers[0].input_shape is not None else input_shape
    if shape is None:
        raise NetworkError(
            explain(
                expected="the shape of one image",
                got="none",
                where=name,
                fix="Begin with Input((28, 28, 1)) or give the first layer input_shape=(28, 28, 1).",
            )
        )
    return Input(shape), layers


def _check_is_layer(layer: object, place: str) -> None:
    """Refuse what is no layer; a class without its brackets is the usual case."""
    if isinstance(layer, Layer):
        return
    got, fix = repr(layer), ""
    if isinstance(layer, type):
        got, fix = f"the class {layer.__name__}", f"Write {layer.__name__}(...)."
    raise NetworkError(explain(expected=f"one of {', '.join(LAYERS)}", got=got, where=place, fix=fix))


def _one_data_format(name: str, layers: Sequence[Layer], default: DataFormat) -> DataFormat:
    """Return the one data format that all layers agree on."""
    named = {value for layer in layers if (value := getattr(layer, "data_format", None)) is not None}
    if len(named) > 1:
        raise NetworkError(explain(expected="one data_format for all layers", got=", ".join(sorted(named)), where=name))
    return cast(DataFormat, named.pop() if named else one_of(default, DATA_FORMATS, "data_format", where=name))


def _unique_names(network: str, layers: Sequence[Layer]) -> list[str]:
    """Give each layer its own name or Keras' automatic one, and refuse a name used twice."""
    counts: Counter[str] = Counter()
    names = []
    for layer in layers:
        stem = snake_case(type(layer).__name__)
        names.append(layer.name or (f"{stem}_{counts[stem]}" if counts[stem] else stem))
        counts[stem] += layer.name is None
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise NetworkError(
            explain(expected="a name of its own for each layer", got=f"{twice[0]!r} twice", where=network)
        )
    return names


def snake_case(name: str) -> str:
    """Spell a class name as Keras' automatic layer names do: Conv2D is conv2d, MaxPooling2D max_pooling2d."""
    spaced = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", spaced).lower()


__all__ = ["DataFormat", "Network", "Node", "Weight", "Window", "chain", "graph", "snake_case"]

"""A network: a graph of layers whose shapes fit. A chain is its common case."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from cnnlab.arch.arguments import DATA_FORMATS, one_of
from cnnlab.arch.layer import Layer, Parameter, Shape, Window
from cnnlab.arch.layers import (
    LAYERS,
    BatchNormalization,
    Concatenate,
    Dense,
    Input,
    LayerNormalization,
    PReLU,
    Reshape,
    Softmax,
)
from cnnlab.arch.layers.merging import refuse_mixed_ranks
from cnnlab.arch.size import check_size
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
        other_shapes: Of its further inputs.
    """

    index: int
    name: str
    layer: Layer
    inputs: tuple[int, ...]
    input_shape: Shape
    output_shape: Shape
    parameters: tuple[Parameter, ...]
    other_shapes: tuple[Shape, ...] = ()


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
    def is_chain(self) -> bool:
        """Tell whether each layer takes from the one before it, and from nothing else."""
        return all(node.inputs == (node.index - 1,) for node in self.nodes[1:])

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
    first, rest = split_input(name, layers, input_shape)
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
    names = layer_names(name, [layer for layer, _ in steps])
    shape = first.shape
    if layout == "channels_first" and len(shape) == 3:  # noqa: PLR2004 - channels, height, width
        shape = (shape[1], shape[2], shape[0])
    nodes = [Node(0, first.name or "input_layer", Input(shape), (), shape, shape, ())]
    for index, (layer, inputs) in enumerate(steps, start=1):
        place = f"{name}, layer {index} {names[index - 1]!r} ({type(layer).__name__})"
        nodes.append(_node(place, index, names[index - 1], layer, inputs, nodes, layout))
    network = Network(name, tuple(nodes), layout)
    check_size(network)
    return network


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
    shape, *others = shapes = [before[source].output_shape for source in inputs]
    try:
        _check_count(layer, len(inputs))
        _check_axis(layer, shape, layout)
        if layout == "channels_first":
            refuse_mixed_ranks(layer, shapes)
        out = layer.output_shape(*shapes)
        return Node(index, name, layer, inputs, shape, out, layer.parameters(shape), tuple(others))
    except NetworkError as error:
        sources = " and ".join(repr(before[source].name) for source in inputs)
        raise NetworkError(f"{place}{f' of {sources}' if others else ''}: {error}") from None


def _check_count(layer: Layer, count: int) -> None:
    """Refuse more or fewer inputs than a layer takes."""
    least, most = layer.input_count
    if count < least or (most is not None and count > most):
        wanted = "one input" if most == 1 else "two inputs" if most == least else f"at least {least} inputs"
        fix = "Join them first: Add()([x, y])." if count > least else "Give it a list: Add()([x, y])."
        raise NetworkError(explain(expected=f"{wanted} for {type(layer).__name__}", got=str(count), fix=fix))


def _check_axis(layer: Layer, shape: Shape, layout: DataFormat) -> None:
    """Refuse what would work along another axis than the channels: it is nearly always a mistake."""
    if isinstance(layer, BatchNormalization | Concatenate | LayerNormalization):
        _check_channel_axis(layer, layer.axis, len(shape) + 1, layout)
    last_is_channels = layout == "channels_last" or len(shape) != 3  # noqa: PLR2004 - channels, height, width
    if isinstance(layer, Reshape):
        _check_reshape(layer, last_is_channels, layout)
    if isinstance(layer, Softmax):
        _check_softmax_axis(layer.axis, len(shape) + 1, last_is_channels)
        return
    along_last = isinstance(layer, Dense) or getattr(layer, "activation", None) == "softmax"
    if along_last and not last_is_channels:
        raise NetworkError(
            explain(
                expected="a row of features before what works along the last axis",
                got="channels_first images, whose last axis is the width",
                fix="Put Flatten() or GlobalAveragePooling2D() before it.",
            )
        )
    if isinstance(layer, PReLU) and not last_is_channels:
        raise NetworkError(
            explain(
                expected="channels_last images before PReLU, whose alpha has their shape",
                got="channels_first images",
                fix="Write Activation('leaky_relu'), or PReLU behind Flatten().",
            )
        )


def _check_softmax_axis(axis: int, rank: int, last_is_channels: bool) -> None:
    channels = rank - 1 if last_is_channels else 1
    if axis not in {channels, channels - rank}:
        raise NetworkError(
            explain(
                expected=f"axis={channels} or axis={channels - rank}, that of the channels",
                got=f"axis={axis}",
                fix=f"Write Softmax(axis={channels - rank}).",
            )
        )


def _check_reshape(layer: Reshape, last_is_channels: bool, layout: DataFormat) -> None:
    """Refuse to read images whose channels come first in another shape: their numbers lie in another order here."""
    to_images = layout == "channels_first" and len(layer.target_shape) == 3  # noqa: PLR2004 - channels, height, width
    if to_images or not last_is_channels:
        raise NetworkError(
            explain(
                expected="channels_last images to be reshaped",
                got="channels_first ones",
                fix="Use Flatten(), or hand the images over with the channels last.",
            )
        )


def _check_channel_axis(layer: Layer, axis: int, rank: int, layout: DataFormat) -> None:
    channels = 1 if layout == "channels_first" and rank > 2 else rank - 1  # noqa: PLR2004 - images and features
    if axis not in {channels, channels - rank}:
        raise NetworkError(
            explain(
                expected=f"axis={channels} or axis={channels - rank}, the channels of {layout} data",
                got=f"axis={axis}",
                fix=f"Write {type(layer).__name__}(axis={channels}).",
            )
        )


def split_input(name: str, layers: Sequence[Layer], input_shape: Shape | None) -> tuple[Input, Sequence[Layer]]:
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


def layer_names(network: str, layers: Sequence[Layer]) -> list[str]:
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


__all__ = [
    "DataFormat",
    "Network",
    "Node",
    "Weight",
    "Window",
    "chain",
    "graph",
    "layer_names",
    "snake_case",
    "split_input",
]

"""What a network costs and what it sees: multiply-adds, activation bytes, receptive field."""

from dataclasses import dataclass
from math import prod

from cnnlab.arch.layers import Flatten, Reshape
from cnnlab.arch.network import Network, Node

_BYTES_PER_VALUE = 4  # float32


@dataclass(frozen=True)
class ReceptiveField:
    """Which part of the input one output of a layer depends on.

    Attributes:
        size: Rows and columns of the input, at most all of them. Where padding stands at the border, an output there
            sees less.
        strides: How far apart in the input two neighbouring outputs look.
    """

    size: tuple[int, int]
    strides: tuple[int, int]


def multiply_adds(network: Network) -> int:
    """Count the multiplications with a weight for one image, forward.

    Convolutions and dense layers count, padding included; biases, activations, pools and batch normalization do not.

    Example:
        >>> from cnnlab.arch import zoo
        >>> multiply_adds(zoo.network("architecture-3"))
        17970
    """
    return sum(node_multiply_adds(node) for node in network.nodes)


def node_multiply_adds(node: Node) -> int:
    """Count the multiplications with a weight of one layer for one image, forward."""
    return node.layer.multiply_adds(node.input_shape)


def activation_bytes(network: Network) -> int:
    """Count the bytes of all layers' outputs for one image.

    Each layer's output counts once, as float32, after its activation. The input does not count, and neither does
    Flatten and Reshape, whose output is their input read in another shape.

    Example:
        >>> from cnnlab.arch import zoo
        >>> activation_bytes(zoo.network("architecture-3"))
        7400
    """
    counted = [node for node in network.nodes[1:] if not isinstance(node.layer, Flatten | Reshape)]
    return sum(prod(node.output_shape) for node in counted) * _BYTES_PER_VALUE


def is_regularized(network: Network) -> bool:
    """Tell whether regularizers add something to the network's losses.

    Example:
        >>> from cnnlab.arch import zoo
        >>> is_regularized(zoo.network("architecture-3"))
        False
    """
    regularizers = (weight.parameter.regularizer for weight in network.weights)
    return any(one is not None and any(one.factors) for one in regularizers)


def class_count(network: Network) -> int:
    """Count the classes that a network tells apart: one for each output, and two for a single one.

    A single output speaks for class 1 against class 0.

    Example:
        >>> from cnnlab.arch import zoo
        >>> class_count(zoo.network("architecture-3"))
        10
    """
    outputs = network.output_shape[-1]
    return outputs if outputs > 1 else 2


def image_size(network: Network) -> tuple[int, int] | None:
    """Return the rows and columns of the input; None if it has no height, width and channels."""
    shape = network.input_shape
    return (shape[0], shape[1]) if len(shape) == 3 else None  # noqa: PLR2004 - height, width, channels


def receptive_fields(network: Network) -> tuple[ReceptiveField | None, ...]:
    """Follow the receptive field from the input to each node.

    A window of reach r (kernel and dilation) after a field of size s, whose neighbours lie t apart, sees
    s + (r - 1) * t and multiplies t by its own strides (Araujo, Norris and Sim, "Computing receptive fields of
    convolutional neural networks", 2019). From Flatten, Reshape and global pools on every output sees the whole image.
    Where a layer has several inputs the largest field counts.

    Returns:
        One for each node; None where the input is no image.

    Example:
        >>> from cnnlab.arch import zoo
        >>> [field.size for field in receptive_fields(zoo.network("architecture-2"))[:6]]
        [(1, 1), (3, 3), (4, 4), (8, 8), (10, 10), (18, 18)]
    """
    image = image_size(network)
    if image is None:
        return (None,) * len(network.nodes)
    fields = [ReceptiveField((1, 1), (1, 1))]
    for node in network.nodes[1:]:
        fields.append(_after(node, _largest([fields[source] for source in node.inputs]), image))
    return tuple(fields)


def receptive_field(network: Network) -> tuple[int, int] | None:
    """Return the rows and columns of the input that one output of the network depends on; None if it is no image."""
    field = receptive_fields(network)[-1]
    return None if field is None else field.size


def _after(node: Node, before: ReceptiveField, image: tuple[int, int]) -> ReceptiveField:
    """Widen a field by one layer."""
    if isinstance(node.layer, Reshape) and node.input_shape == node.output_shape:
        return before
    if node.layer.sees_whole_image:
        return ReceptiveField(image, image)
    window = node.layer.window
    if window is None:
        return before
    sizes = [
        min(limit, size + (reach - 1) * step)
        for size, reach, step, limit in zip(before.size, window.reach, before.strides, image, strict=True)
    ]
    steps = [step * stride for step, stride in zip(before.strides, window.strides, strict=True)]
    return ReceptiveField((sizes[0], sizes[1]), (steps[0], steps[1]))


def _largest(fields: list[ReceptiveField]) -> ReceptiveField:
    """Join the fields of a layer's inputs, axis by axis."""
    heights, widths = zip(*(field.size for field in fields), strict=True)
    rows, columns = zip(*(field.strides for field in fields), strict=True)
    return ReceptiveField((max(heights), max(widths)), (max(rows), max(columns)))

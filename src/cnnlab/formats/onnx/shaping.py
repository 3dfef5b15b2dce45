"""Layers that change shapes or single values and have no weights."""

from typing import Any

import numpy as np

from cnnlab.formats.onnx.activations import activated
from cnnlab.formats.onnx.building import Turn, Value


def zero_padding(turn: Turn[Any]) -> Value:
    """Write zeros around images: ONNX lists what stands before each axis, then what stands behind it."""
    (top, bottom), (left, right) = turn.layer.rows, turn.layer.columns
    pads = turn.named("pads", (0, 0, top, left, 0, 0, bottom, right), np.int64)
    return turn.image(turn.apply("Pad", turn.first(), pads))


def reshape(turn: Turn[Any]) -> Value:
    """Write the same numbers, channels fastest, in another shape; 0 keeps the number of images."""
    shape = turn.named("shape", (0, *turn.node.output_shape), np.int64)
    return turn.row(turn.apply("Reshape", turn.last(), shape))


def softmax(turn: Turn[Any]) -> Value:
    """Write a softmax over the channels, whatever the axis is called."""
    return activated(turn.builder, turn.node.name, "softmax", turn.inputs[0])


def leaky_relu(turn: Turn[Any]) -> Value:
    """Write a slope for what is negative."""
    slope = float(turn.layer.negative_slope)
    return turn.like_input(turn.apply("LeakyRelu", turn.inputs[0].name, alpha=slope))


def relu(turn: Turn[Any]) -> Value:
    """Write ReLU with limit, slope and threshold: x above the threshold, slope * (x - threshold) at and below it."""
    layer, builder, name, x = turn.layer, turn.builder, turn.node.name, turn.inputs[0].name
    if layer.is_plain:
        return turn.like_input(turn.apply("Relu", x))
    threshold = turn.named("threshold", layer.threshold)
    if layer.negative_slope:
        distance = builder.apply("Sub", f"{name}/distance", x, threshold)
        below = builder.apply("Mul", f"{name}/below", distance, turn.named("slope", layer.negative_slope))
    else:  # no product: 0 times infinity is no number
        below = turn.named("zero", 0.0)
    is_below = builder.apply("LessOrEqual", f"{name}/is_below", x, threshold)
    out = turn.apply("Where", is_below, below, x)
    if layer.max_value is not None:
        out = builder.apply("Min", f"{name}/limited", out, turn.named("max_value", layer.max_value))
    return turn.like_input(out)

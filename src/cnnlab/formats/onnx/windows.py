"""Layers with a window over height and width: convolution and pooling."""

import numpy as np

from cnnlab.arch.layer import Shape, Window, pad_before_after
from cnnlab.arch.layers import (
    AveragePooling2D,
    Conv2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling2D,
)
from cnnlab.formats.onnx.activations import activated
from cnnlab.formats.onnx.building import Turn, Value


def conv2d(turn: Turn[Conv2D]) -> Value:
    """Write a convolution; ONNX wants kernels (f, c, y, x), Keras has (y, x, c, f)."""
    layer, shape = turn.layer, turn.node.input_shape
    kernel = turn.named("kernel", np.transpose(turn.weights["kernel"], (3, 2, 0, 1)))
    out = turn.apply(
        "Conv",
        turn.first(),
        kernel,
        *([turn.weight("bias")] if layer.use_bias else []),
        kernel_shape=layer.window.size,
        strides=layer.window.strides,
        dilations=layer.window.dilation,
        pads=pads(layer.window, shape),
    )
    return activated(turn.builder, turn.node.name, str(layer.activation), turn.image(out))


def max_pooling(turn: Turn[MaxPooling2D]) -> Value:
    """Write the largest value under each window; ONNX' padding is minus infinity too."""
    return turn.image(_pooled(turn, "MaxPool", turn.layer.window))


def average_pooling(turn: Turn[AveragePooling2D]) -> Value:
    """Write the mean under each window; cells of padding are not counted."""
    return turn.image(_pooled(turn, "AveragePool", turn.layer.window, count_include_pad=0))


def _pooled(turn: Turn[MaxPooling2D] | Turn[AveragePooling2D], kind: str, window: Window, **more: int) -> str:
    where = pads(window, turn.node.input_shape)
    return turn.apply(kind, turn.first(), kernel_shape=window.size, strides=window.strides, pads=where, **more)


def global_average_pooling(turn: Turn[GlobalAveragePooling2D]) -> Value:
    """Write the mean of each channel."""
    return _whole(turn, "GlobalAveragePool", keepdims=turn.layer.keepdims)


def global_max_pooling(turn: Turn[GlobalMaxPooling2D]) -> Value:
    """Write the largest value of each channel."""
    return _whole(turn, "GlobalMaxPool", keepdims=turn.layer.keepdims)


def _whole(turn: Turn[GlobalAveragePooling2D] | Turn[GlobalMaxPooling2D], kind: str, *, keepdims: bool) -> Value:
    out = turn.apply(kind, turn.first())
    if keepdims:
        return turn.image(out)
    return turn.row(turn.builder.apply("Flatten", f"{turn.node.name}/features", out, axis=1))


def pads(window: Window, shape: Shape) -> tuple[int, int, int, int]:
    """Say how many cells of padding stand above, left, below and right, in ONNX' order; the odd one at the end."""
    (top, bottom), (left, right) = (
        pad_before_after(shape[axis], window.reach[axis], window.strides[axis], window.padding) for axis in (0, 1)
    )
    return top, left, bottom, right

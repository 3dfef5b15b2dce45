"""Convolutions of each channel alone."""

from typing import Any

import numpy as np

from cnnlab.arch.layer import Window
from cnnlab.formats.onnx.activations import activated
from cnnlab.formats.onnx.building import Array, Turn, Value
from cnnlab.formats.onnx.windows import pads


def depthwise_conv2d(turn: Turn[Any]) -> Value:
    """Write a convolution with a group for each channel; as in Keras the outputs of one channel stand together."""
    bias = [turn.weight("bias")] if turn.layer.use_bias else []
    out = _each_alone(turn, turn.layer.window, turn.node.name, turn.weights["kernel"], bias)
    return activated(turn.builder, turn.node.name, str(turn.layer.activation), turn.image(out))


def separable_conv2d(turn: Turn[Any]) -> Value:
    """Write both steps: each channel alone, then the channels alone."""
    name = turn.node.name
    between = _each_alone(turn, turn.layer.window, f"{name}/depthwise", turn.weights["depthwise_kernel"], [])
    mixed = turn.named("pointwise_kernel", np.transpose(turn.weights["pointwise_kernel"], (3, 2, 0, 1)))
    out = turn.apply("Conv", between, mixed, *([turn.weight("bias")] if turn.layer.use_bias else []))
    return activated(turn.builder, name, str(turn.layer.activation), turn.image(out))


def _each_alone(
    turn: Turn[Any],
    window: Window,
    name: str,
    kernel: Array,
    bias: list[str],
) -> str:
    """Write a depthwise convolution; Keras' kernel (y, x, c, m) is (c * m, 1, y, x) in ONNX."""
    height, width, channels, multiplier = kernel.shape
    turned = np.transpose(kernel, (2, 3, 0, 1)).reshape(channels * multiplier, 1, height, width)
    return turn.builder.apply(
        "Conv",
        name,
        turn.first(),
        turn.named("depthwise_kernel", turned),
        *bias,
        group=channels,
        kernel_shape=window.size,
        strides=window.strides,
        dilations=window.dilation,
        pads=pads(window, turn.node.input_shape),
    )

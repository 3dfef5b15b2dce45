"""Layers of several inputs: where branches meet."""

from functools import reduce
from typing import Any

import numpy as np

from cnnlab.arch.network import DataFormat
from cnnlab.formats.onnx.building import Turn, Value


def add(turn: Turn[Any]) -> Value:
    """Write a sum of all inputs."""
    return _in_pairs(turn, "Add")


def multiply(turn: Turn[Any]) -> Value:
    """Write a product of all inputs."""
    return _in_pairs(turn, "Mul")


def subtract(turn: Turn[Any]) -> Value:
    """Write the difference of two inputs."""
    return _in_pairs(turn, "Sub")


def average(turn: Turn[Any]) -> Value:
    """Write the mean of all inputs."""
    return _at_once(turn, "Mean")


def maximum(turn: Turn[Any]) -> Value:
    """Write the largest of all inputs."""
    return _at_once(turn, "Max")


def minimum(turn: Turn[Any]) -> Value:
    """Write the smallest of all inputs."""
    return _at_once(turn, "Min")


def concatenate(turn: Turn[Any]) -> Value:
    """Write the channels of all inputs one after the other."""
    order = _order(turn)
    names = [turn.builder.ordered(value, order).name for value in turn.inputs]
    return Value(
        turn.apply("Concat", *names, axis=1 if order == "channels_first" else -1), turn.node.output_shape, order
    )


def _in_pairs(turn: Turn[Any], kind: str) -> Value:
    order = _order(turn)
    out = reduce(lambda left, right: turn.apply(kind, left, right), _spread(turn, order))
    return Value(out, turn.node.output_shape, order)


def _at_once(turn: Turn[Any], kind: str) -> Value:
    order = _order(turn)
    return Value(turn.apply(kind, *_spread(turn, order)), turn.node.output_shape, order)


def _order(turn: Turn[Any]) -> DataFormat:
    """Choose where the channels stand: first where some image has them so already."""
    first = any(value.order == "channels_first" for value in turn.inputs)
    return "channels_first" if first else "channels_last"


def _spread(turn: Turn[Any], order: DataFormat) -> list[str]:
    """Bring all inputs into one order; a row beside images becomes one number for each channel."""
    is_image = len(turn.node.output_shape) == 3  # noqa: PLR2004 - height, width, channels
    names = []
    for value in turn.inputs:
        if value.is_image or not is_image:
            names.append(turn.builder.ordered(value, order).name)
            continue
        channels = value.shape[-1]
        shape = (0, channels, 1, 1) if order == "channels_first" else (0, 1, 1, channels)  # 0 keeps the images
        wanted = turn.named("by_channel", shape, np.int64)
        names.append(turn.builder.apply("Reshape", f"{turn.node.name}/spread", value.name, wanted))
    return names

"""Layers with weights that look at each place alone."""

from typing import Any

import numpy as np

from cnnlab.formats.onnx.building import Turn, Value


def layer_normalization(turn: Turn[Any]) -> Value:
    """Write the normalization of each place's channels."""
    channels = turn.node.input_shape[-1]
    gamma = turn.named("gamma", turn.weights.get("gamma", np.ones(channels)))
    beta = [turn.weight("beta")] if turn.layer.center else []
    out = turn.apply("LayerNormalization", turn.last(), gamma, *beta, axis=-1, epsilon=float(turn.layer.epsilon))
    return turn.row(out)


def prelu(turn: Turn[Any]) -> Value:
    """Write learnt slopes for what is negative, in the order in which the channels stand."""
    value, alpha = turn.inputs[0], turn.weights["alpha"]
    if value.order == "channels_first":
        alpha = np.moveaxis(alpha, -1, 0)
    return turn.like_input(turn.apply("PRelu", value.name, turn.named("alpha", alpha)))

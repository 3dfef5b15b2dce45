"""Layers without a window: on features, on each value alone, or on nothing at all once training is over."""

import numpy as np

from cnnlab.arch import Layer
from cnnlab.arch.layers import Activation, BatchNormalization, Dense, Flatten, Rescaling
from cnnlab.formats.onnx.activations import activated
from cnnlab.formats.onnx.building import Turn, Value


def dense(turn: Turn[Dense]) -> Value:
    """Write a product with a matrix; on an image at each position alone, its channels last."""
    if len(turn.node.input_shape) == 1:
        bias = [turn.weight("bias")] if turn.layer.use_bias else []
        out = turn.apply("Gemm", turn.last(), turn.weight("kernel"), *bias)
    else:
        out = turn.apply("MatMul", turn.last(), turn.weight("kernel"))
        if turn.layer.use_bias:
            out = turn.builder.apply("Add", f"{turn.node.name}/biased", out, turn.weight("bias"))
    return activated(turn.builder, turn.node.name, str(turn.layer.activation), turn.row(out))


def flatten(turn: Turn[Flatten]) -> Value:
    """Write all values of an image in a row, channels fastest, in either data format."""
    return turn.row(turn.apply("Flatten", turn.last(), axis=1))


def activation(turn: Turn[Activation]) -> Value:
    """Write an activation alone."""
    return activated(turn.builder, turn.node.name, str(turn.layer.activation), turn.inputs[0])


def rescaling(turn: Turn[Rescaling]) -> Value:
    """Write a factor and a summand for all values."""
    scaled = turn.apply("Mul", turn.inputs[0].name, turn.named("scale", turn.layer.scale))
    if turn.layer.offset == 0:
        return turn.like_input(scaled)
    shifted = turn.builder.apply("Add", f"{turn.node.name}/shifted", scaled, turn.named("offset", turn.layer.offset))
    return turn.like_input(shifted)


def batch_normalization(turn: Turn[BatchNormalization]) -> Value:
    """Write the normalization by the moving statistics; channels are ONNX' second axis, whatever there is more."""
    channels = turn.node.input_shape[-1]
    gamma = turn.named("gamma", turn.weights.get("gamma", np.ones(channels)))
    beta = turn.named("beta", turn.weights.get("beta", np.zeros(channels)))
    mean, variance = turn.weight("moving_mean"), turn.weight("moving_variance")
    if len(turn.node.input_shape) == 2:  # noqa: PLR2004 - rows and columns: normalized along the last, no image
        return _over_columns(turn, gamma, beta, mean, variance)
    out = turn.apply("BatchNormalization", turn.first(), gamma, beta, mean, variance, epsilon=float(turn.layer.epsilon))
    return turn.image(out) if turn.inputs[0].is_image else turn.row(out)


def _over_columns(turn: Turn[BatchNormalization], gamma: str, beta: str, mean: str, variance: str) -> Value:
    name, builder = turn.node.name, turn.builder
    raised = builder.apply("Add", f"{name}/raised", variance, turn.named("epsilon", turn.layer.epsilon))
    centred = builder.apply("Sub", f"{name}/centred", turn.last(), mean)
    scaled = builder.apply("Div", f"{name}/scaled", centred, builder.apply("Sqrt", f"{name}/deviation", raised))
    return turn.row(turn.apply("Add", builder.apply("Mul", f"{name}/widened", scaled, gamma), beta))


def nothing(turn: Turn[Layer]) -> Value:
    """Write nothing: dropout, noise and augmentation only act in training."""
    return turn.inputs[0]

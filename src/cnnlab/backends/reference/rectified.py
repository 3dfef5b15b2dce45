"""ReLU and LeakyReLU with arguments of their own; both are derived by what came in."""

import numpy as np

from cnnlab.arch.layers import LeakyReLU, ReLU
from cnnlab.backends.interface import Array
from cnnlab.backends.reference.call import Call, Gradients, Operation


def relu_forward(call: Call[ReLU], x: Array) -> tuple[Array, Array]:
    """Keep what is above the threshold, up to the largest value."""
    layer = call.layer
    # without a slope no product: 0 times minus infinity is no number
    below = (x - layer.threshold) * layer.negative_slope if layer.negative_slope else np.zeros_like(x)
    out = np.where(x <= layer.threshold, below, x)
    if layer.max_value is not None:
        np.minimum(out, layer.max_value, out=out)
    return out, x


def relu_backward(call: Call[ReLU], x: Array, gradient: Array) -> Gradients:
    """Multiply by the slope at each value; the places where it jumps have slopes of their own."""
    layer, one = call.layer, x.dtype.type
    slopes = np.where(x > layer.threshold, one(1), one(layer.negative_slope))
    slopes[x == layer.threshold] = layer.slope_at_threshold
    if layer.max_value is not None:
        above = x > layer.threshold
        slopes[above & (x == layer.max_value)] = layer.slope_at_max
        slopes[above & (x > layer.max_value)] = 0
    return Gradients(gradient * slopes)


def leaky_forward(call: Call[LeakyReLU], x: Array) -> tuple[Array, Array]:
    """Multiply what is negative by the slope."""
    return np.where(x >= 0, x, x * call.layer.negative_slope), x


def leaky_backward(call: Call[LeakyReLU], x: Array, gradient: Array) -> Gradients:
    """Multiply the gradient alike; at 0 the slope is 1."""
    return Gradients(np.where(x >= 0, gradient, gradient * call.layer.negative_slope))


RELU = Operation(relu_forward, relu_backward)
LEAKY_RELU = Operation(leaky_forward, leaky_backward)

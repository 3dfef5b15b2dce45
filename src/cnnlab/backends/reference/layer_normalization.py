"""Layer normalization: each position's channels (the last axis) by their own mean and biased variance."""

from typing import NamedTuple

import numpy as np

from cnnlab.arch.layers import LayerNormalization
from cnnlab.backends.interface import Array
from cnnlab.backends.reference.call import Call, Gradients, Operation


class _Saved(NamedTuple):
    normal: Array
    inverse_deviation: Array


def forward(call: Call[LayerNormalization], x: Array) -> tuple[Array, _Saved]:
    """Normalize the last axis, and scale and shift it; the same in training and in evaluation."""
    centred = x - x.mean(axis=-1, keepdims=True)
    variance = (centred * centred).mean(axis=-1, keepdims=True)
    inverse_deviation = 1 / np.sqrt(variance + call.layer.epsilon)
    normal = centred * inverse_deviation
    out = normal * call.weights["gamma"] if call.layer.scale else normal.copy()
    if call.layer.center:
        out += call.weights["beta"]
    return out, _Saved(normal, inverse_deviation)


def backward(call: Call[LayerNormalization], saved: _Saved, gradient: Array) -> Gradients:
    """Return the gradients by input, gamma and beta; a position's mean and variance depend on the input too."""
    by_weight = {}
    if call.layer.scale:
        by_weight["gamma"] = _sums(gradient * saved.normal)
    if call.layer.center:
        by_weight["beta"] = _sums(gradient)
    if not call.needs_input_gradient:
        return Gradients(None, by_weight)
    by_normal = gradient * call.weights["gamma"] if call.layer.scale else gradient
    along = (by_normal * saved.normal).mean(axis=-1, keepdims=True)
    by_input = by_normal - by_normal.mean(axis=-1, keepdims=True) - saved.normal * along
    by_input *= saved.inverse_deviation
    return Gradients(by_input, by_weight)


def _sums(values: Array) -> Array:
    """Sum each channel, first within each image and then over them: float32 loses less than in one long sum."""
    sums: Array = values.reshape(len(values), -1, values.shape[-1]).sum(axis=1).sum(axis=0)
    return sums


LAYER_NORMALIZATION = Operation(forward, backward)

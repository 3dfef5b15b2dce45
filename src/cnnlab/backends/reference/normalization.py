"""Batch normalization, by Keras 3's rules: the biased variance also enters the moving average."""

from math import prod
from typing import NamedTuple

import numpy as np

from cnnlab.arch.layers import BatchNormalization
from cnnlab.backends.interface import Array
from cnnlab.backends.reference.call import Call, Gradients, Operation


class _Saved(NamedTuple):
    centred: Array
    inverse_deviation: Array


def forward(call: Call[BatchNormalization], x: Array) -> tuple[Array, _Saved]:
    """Normalize each channel (the last axis) and scale and shift it.

    In training by the batch's own mean and variance, which then enter the moving averages in place; in evaluation by
    the moving averages.
    """
    layer, weights = call.layer, call.weights
    mean, variance = weights["moving_mean"], weights["moving_variance"]
    if call.batch.training:
        mean = _channel_sums(x) / _places(x)
        centred = x - mean
        variance = _channel_sums(centred * centred) / _places(x)
        for name, value in (("moving_mean", mean), ("moving_variance", variance)):
            weights[name][...] = weights[name] * layer.momentum + value * (1 - layer.momentum)
    else:
        centred = x - mean
    inverse_deviation = 1 / np.sqrt(variance + layer.epsilon)
    out = centred * (inverse_deviation * weights["gamma"] if layer.scale else inverse_deviation)
    if layer.center:
        out += weights["beta"]
    return out, _Saved(centred, inverse_deviation)


def backward(call: Call[BatchNormalization], saved: _Saved, gradient: Array) -> Gradients:
    """Return the gradients by input, gamma and beta; the batch's mean and variance depend on the input too."""
    normal = saved.centred * saved.inverse_deviation
    by_beta = _channel_sums(gradient)
    by_gamma = _channel_sums(gradient * normal)
    by_weight = {}
    if call.layer.scale:
        by_weight["gamma"] = by_gamma
    if call.layer.center:
        by_weight["beta"] = by_beta
    if not call.needs_input_gradient:
        return Gradients(None, by_weight)
    normal *= by_gamma / _places(gradient)
    by_input = gradient - by_beta / _places(gradient)
    by_input -= normal
    by_input *= saved.inverse_deviation * call.weights["gamma"] if call.layer.scale else saved.inverse_deviation
    return Gradients(by_input, by_weight)


def _places(x: Array) -> int:
    """Count the values of each channel."""
    return prod(x.shape[:-1])


def _channel_sums(x: Array) -> Array:
    """Sum each channel, first within each image and then over them: float32 loses less than in one long sum."""
    places = x.reshape(len(x), -1, x.shape[-1])
    sums: Array = (np.ones(places.shape[1], x.dtype) @ places).sum(axis=0)
    return sums


BATCH_NORMALIZATION = Operation(forward, backward)

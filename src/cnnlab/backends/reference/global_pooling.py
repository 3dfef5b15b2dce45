"""Pooling of each channel over the whole image."""

from typing import NamedTuple

import numpy as np

from cnnlab.arch.layers import GlobalAveragePooling2D, GlobalMaxPooling2D
from cnnlab.backends.interface import Array
from cnnlab.backends.reference.call import Call, Gradients, Operation

_PLACES = (1, 2)  # the axes of height and width


class _Saved(NamedTuple):
    x: Array
    out: Array


def max_forward(call: Call[GlobalMaxPooling2D], x: Array) -> tuple[Array, _Saved]:
    """Keep the largest value of each channel: (n, h, w, c) to (n, c)."""
    out = x.max(axis=_PLACES, keepdims=True)
    return out.reshape(len(x), *call.node.output_shape), _Saved(x, out)


def max_backward(call: Call[GlobalMaxPooling2D], saved: _Saved, gradient: Array) -> Gradients:
    """Share the gradient evenly among all cells that hold the largest value: so do TensorFlow and JAX here."""
    if not call.needs_input_gradient:
        return Gradients(None)
    largest = saved.x == saved.out
    share = gradient.reshape(saved.out.shape) / largest.sum(axis=_PLACES, keepdims=True, dtype=gradient.dtype)
    return Gradients(largest * share)


def average_forward(call: Call[GlobalAveragePooling2D], x: Array) -> tuple[Array, tuple[int, ...]]:
    """Average each channel: (n, h, w, c) to (n, c)."""
    out: Array = x.mean(axis=_PLACES)
    return out.reshape(len(x), *call.node.output_shape), x.shape


def average_backward(call: Call[GlobalAveragePooling2D], saved: tuple[int, ...], gradient: Array) -> Gradients:
    """Share the gradient evenly among all cells."""
    if not call.needs_input_gradient:
        return Gradients(None)
    n, height, width, channels = saved
    share = gradient.reshape(n, 1, 1, channels) / (height * width)
    return Gradients(np.broadcast_to(share, saved))


GLOBAL_MAX_POOLING = Operation(max_forward, max_backward)
GLOBAL_AVERAGE_POOLING = Operation(average_forward, average_backward)

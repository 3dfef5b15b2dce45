"""Inverted dropout, of values and of channels, with masks that are functions of position."""

from math import prod
from typing import Final

import numpy as np

from cnnlab.arch.layers import Dropout, SpatialDropout2D
from cnnlab.backends.drawn import kept_by, mask_shape
from cnnlab.backends.interface import Array
from cnnlab.backends.reference.call import Call, Gradients, Operation

# Bytes that drawing one value's word and using it need: a handful of arrays of 32-bit words.
_SCRATCH_PER_VALUE: Final = 32


def forward(call: Call[Dropout | SpatialDropout2D], x: Array) -> tuple[Array, Array | None]:
    """In training drop a share of the values and divide the others by the share kept; else change nothing.

    Where whole channels are dropped there is one word for each channel of an image, and one for each value otherwise.
    """
    rate, batch = call.layer.rate, call.batch
    if not batch.training or rate == 0:
        return x, None
    kept = batch.arena.empty((len(x), *mask_shape(call.node)), np.bool_)
    out = batch.arena.empty(x.shape, x.dtype)

    def compute(images: slice) -> None:
        kept[images] = kept_by(call.node, batch.seed, batch.epoch, batch.rows[images])
        out[images] = _scaled(x[images], kept[images], rate)

    batch.workers.over_images(len(x), prod(x.shape[1:]) * _SCRATCH_PER_VALUE, compute)
    return out, kept


def backward(call: Call[Dropout | SpatialDropout2D], saved: Array | None, gradient: Array) -> Gradients:
    """Pass on the gradient of what was kept, scaled alike."""
    return Gradients(gradient if saved is None else _scaled(gradient, saved, call.layer.rate))


def _scaled(values: Array, kept: Array, rate: float) -> Array:
    """Divide by the share kept, and 0 where dropped."""
    scaled: Array = values / (1 - rate)
    scaled *= kept
    return scaled


DROPOUT = Operation(forward, backward)

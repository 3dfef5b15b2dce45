"""Inverted dropout with masks that are functions of position."""

from math import prod
from typing import Final

import numpy as np

from cnnlab.arch.layers import Dropout
from cnnlab.backends.interface import Array
from cnnlab.backends.reference.call import Call, Gradients, Operation
from cnnlab.randomness import Stream, keep_mask, stream_key

# Bytes that drawing one value's word and using it need: a handful of arrays of 32-bit words.
_SCRATCH_PER_VALUE: Final = 32


def forward(call: Call[Dropout], x: Array) -> tuple[Array, Array | None]:
    """In training drop a share of the values and divide the others by the share kept; else change nothing."""
    rate, batch = call.layer.rate, call.batch
    if not batch.training or rate == 0:
        return x, None
    seed = batch.seed if call.layer.seed is None else call.layer.seed
    key = stream_key(seed, Stream.DROPOUT, call.node.index, batch.epoch)
    kept = batch.arena.empty(x.shape, np.bool_)
    out = batch.arena.empty(x.shape, x.dtype)

    def compute(images: slice) -> None:
        mask = keep_mask(key, batch.rows[images], prod(x.shape[1:]), rate)
        kept[images] = mask.reshape(kept[images].shape)
        out[images] = _scaled(x[images], kept[images], rate)

    batch.workers.over_images(len(x), prod(x.shape[1:]) * _SCRATCH_PER_VALUE, compute)
    return out, kept


def backward(call: Call[Dropout], saved: Array | None, gradient: Array) -> Gradients:
    """Pass on the gradient of what was kept, scaled alike."""
    return Gradients(gradient if saved is None else _scaled(gradient, saved, call.layer.rate))


def _scaled(values: Array, kept: Array, rate: float) -> Array:
    """Divide by the share kept, and 0 where dropped."""
    scaled: Array = values / (1 - rate)
    scaled *= kept
    return scaled


DROPOUT = Operation(forward, backward)

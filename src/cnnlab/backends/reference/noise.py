"""Gaussian noise, each number a function of its position."""

from math import prod
from typing import Final

import numpy as np

from cnnlab.arch.layers import GaussianNoise
from cnnlab.arch.normal import normals_at
from cnnlab.backends.interface import Array
from cnnlab.backends.reference.call import Call, Gradients, Operation
from cnnlab.randomness import Stream, stream_key

# Bytes that drawing one value's number needs: a dozen arrays of float64.
_SCRATCH_PER_VALUE: Final = 96


def forward(call: Call[GaussianNoise], x: Array) -> tuple[Array, None]:
    """In training add noise, rounded to the kind of numbers that the network has; else change nothing."""
    stddev, batch = call.layer.stddev, call.batch
    if not batch.training or stddev == 0:
        return x, None
    seed = batch.seed if call.layer.seed is None else call.layer.seed
    key = stream_key(seed, Stream.DROPOUT, call.node.index, batch.epoch)
    out = batch.arena.empty(x.shape, x.dtype)

    def compute(images: slice) -> None:
        drawn = normals_at(key, batch.rows[images], prod(x.shape[1:])) * stddev
        np.add(x[images], drawn.reshape(out[images].shape).astype(x.dtype), out=out[images])

    batch.workers.over_images(len(x), prod(x.shape[1:]) * _SCRATCH_PER_VALUE, compute)
    return out, None


def backward(call: Call[GaussianNoise], saved: None, gradient: Array) -> Gradients:
    """Pass the gradient on."""
    del call, saved
    return Gradients(gradient)


GAUSSIAN_NOISE = Operation(forward, backward)

"""Gaussian noise, each number a function of its position."""

from math import prod
from typing import Final

import numpy as np

from cnnlab.arch.layers import GaussianNoise
from cnnlab.backends.drawn import noise_of
from cnnlab.backends.interface import Array
from cnnlab.backends.reference.call import Call, Gradients, Operation

# Bytes that drawing one value's number needs: a dozen arrays of float64.
_SCRATCH_PER_VALUE: Final = 96


def forward(call: Call[GaussianNoise], x: Array) -> tuple[Array, None]:
    """In training add noise, rounded to the kind of numbers that the network has; else change nothing."""
    batch = call.batch
    if not batch.training or call.layer.stddev == 0:
        return x, None
    out = batch.arena.empty(x.shape, x.dtype)

    def compute(images: slice) -> None:
        drawn = noise_of(call.node, batch.seed, batch.epoch, batch.rows[images])
        np.add(x[images], drawn.astype(x.dtype), out=out[images])

    batch.workers.over_images(len(x), prod(x.shape[1:]) * _SCRATCH_PER_VALUE, compute)
    return out, None


def backward(call: Call[GaussianNoise], saved: None, gradient: Array) -> Gradients:
    """Pass the gradient on."""
    del call, saved
    return Gradients(gradient)


GAUSSIAN_NOISE = Operation(forward, backward)

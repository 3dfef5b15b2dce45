"""Fully connected layers: one matrix product for the whole batch."""

from typing import NamedTuple

import numpy as np

from cnnlab.arch.layers import Dense
from cnnlab.backends.interface import Array
from cnnlab.backends.reference.activations import NEED_INPUT, activate, derive
from cnnlab.backends.reference.call import Call, Gradients, Operation


class _Saved(NamedTuple):
    x: Array
    kept: Array


def forward(call: Call[Dense], x: Array) -> tuple[Array, _Saved]:
    """Multiply by the kernel, add the bias, activate: (n, ..., inputs) to (n, ..., units)."""
    name = str(call.layer.activation)
    out = x @ call.weights["kernel"]
    if "bias" in call.weights:
        out += call.weights["bias"]
    kept = out.copy() if name in NEED_INPUT else out
    activate(name, out)
    return out, _Saved(x, kept)


def backward(call: Call[Dense], saved: _Saved, gradient: Array) -> Gradients:
    """Return the gradients by input, kernel and bias."""
    dz = derive(str(call.layer.activation), saved.kept, gradient)
    flat = dz.reshape(-1, dz.shape[-1])
    by_weight = {"kernel": saved.x.reshape(-1, saved.x.shape[-1]).T @ flat}
    if "bias" in call.weights:
        by_weight["bias"] = np.ones(len(flat), flat.dtype) @ flat
    return Gradients(dz @ call.weights["kernel"].T if call.needs_input_gradient else None, by_weight)


DENSE = Operation(forward, backward)

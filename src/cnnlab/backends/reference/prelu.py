"""PReLU: what is below 0 times alpha, which is learnt."""

import numpy as np

from cnnlab.arch.layers import PReLU
from cnnlab.backends.interface import Array
from cnnlab.backends.reference.call import Call, Gradients, Operation


def forward(call: Call[PReLU], x: Array) -> tuple[Array, Array]:
    """Multiply what is below 0."""
    return np.where(x > 0, x, x * call.weights["alpha"]), x


def backward(call: Call[PReLU], saved: Array, gradient: Array) -> Gradients:
    """Return the gradients by input and alpha; at 0 itself both are 0, as Keras has them."""
    below = gradient * (saved < 0)
    alpha = call.weights["alpha"]
    by_alpha = (below * saved).sum(axis=0)
    shared = tuple(axis for axis, size in enumerate(alpha.shape) if size == 1)
    by_weight = {"alpha": by_alpha.sum(axis=shared, keepdims=True)}
    if not call.needs_input_gradient:
        return Gradients(None, by_weight)
    return Gradients(gradient * (saved > 0) + below * alpha, by_weight)


PRELU = Operation(forward, backward)

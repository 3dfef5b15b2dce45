"""Losses that look at each output by itself and take the mean over the outputs, with their gradients.

Each takes outputs and targets of shape (n, outputs), and returns the loss of each image, shape (n,), with the gradient
of their sum by the outputs, shape (n, outputs).
"""

from typing import Final

import numpy as np

from cnnlab.backends.interface import Array
from cnnlab.backends.reference.activations import sigmoid

_CLIP: Final = 1e-7  # Keras' epsilon()


def binary_from_logits(logits: Array, targets: Array) -> tuple[Array, Array]:
    """Compute binary cross-entropy of the logits' sigmoids, exact for logits of any size.

    max(x, 0) - x t + log(1 + exp(-abs(x))) is -t log(s) - (1 - t) log(1 - s) with s = sigmoid(x).
    """
    each = np.maximum(logits, 0) - logits * targets + np.log1p(np.exp(-np.abs(logits)))
    return each.mean(axis=-1), (sigmoid(logits) - targets) / logits.shape[-1]


def binary_from_probabilities(outputs: Array, targets: Array) -> tuple[Array, Array]:
    """Compute binary cross-entropy of outputs that are first clipped to [1e-7, 1 - 1e-7]."""
    clipped = outputs.clip(_CLIP, 1 - _CLIP)
    each = -(targets * np.log(clipped) + (1 - targets) * np.log(1 - clipped))
    by_output = (1 - targets) / (1 - clipped) - targets / clipped
    gradient = np.where(outputs == clipped, by_output, outputs.dtype.type(0)) / outputs.shape[-1]
    return each.mean(axis=-1), gradient


def squared_errors(outputs: Array, targets: Array) -> tuple[Array, Array]:
    """Compute the mean of the squared differences."""
    apart = outputs - targets
    return (apart * apart).mean(axis=-1), apart * 2 / outputs.shape[-1]

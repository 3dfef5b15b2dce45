"""Zeros around images."""

import numpy as np

from cnnlab.arch.layers import ZeroPadding2D
from cnnlab.backends.interface import Array
from cnnlab.backends.reference.call import Call, Gradients, Operation


def forward(call: Call[ZeroPadding2D], x: Array) -> tuple[Array, None]:
    """Copy each image into the middle of zeros: (n, h, w, c) to (n, h + top + bottom, w + left + right, c)."""
    return np.pad(x, ((0, 0), call.layer.rows, call.layer.columns, (0, 0))), None


def backward(call: Call[ZeroPadding2D], saved: None, gradient: Array) -> Gradients:
    """Cut the middle out of the gradient."""
    del saved
    height, width, _ = call.node.input_shape
    top, left = call.layer.rows[0], call.layer.columns[0]
    return Gradients(gradient[:, top : top + height, left : left + width])


ZERO_PADDING = Operation(forward, backward)

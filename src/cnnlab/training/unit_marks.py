"""What can be read off a layer's outputs: units that are dead, outputs at the end of a bounded activation."""

from typing import Final

import numpy as np

from cnnlab.arch import Layer
from cnnlab.backends.interface import Array

_ENDS: Final = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}
_NEAR: Final = 0.01  # of the distance between both ends; the slope there is 4 % of the steepest, for both


def dead_share(layer: Layer, out: Array) -> float | None:
    """Return the share of units that gave exactly 0 at every place of every image.

    Args:
        layer: Whose.
        out: What it put out, shape (n, ..., units).

    Returns:
        From 0 to 1; None where the activation is not relu, for no other one has a side on which it neither gives nor
        learns anything.
    """
    if getattr(layer, "activation", None) != "relu":
        return None
    silent = (out == 0).reshape(-1, out.shape[-1]).all(axis=0)
    return float(silent.mean())


def saturated_share(layer: Layer, out: Array) -> float | None:
    """Return the share of outputs within 1 % of an end of a bounded activation, where little can be learnt.

    Of a softmax all outputs of a place count where one of them is within 1 % of 1: then all others are 0 as well.

    Args:
        layer: Whose.
        out: What it put out, shape (n, ..., units).

    Returns:
        From 0 to 1; None where the activation has no two ends.
    """
    activation = getattr(layer, "activation", None)
    if activation == "softmax":
        return float((out.max(axis=-1) > 1 - _NEAR).mean())
    if activation not in _ENDS:
        return None
    low, high = _ENDS[activation]
    near = _NEAR * (high - low)
    return float(np.mean((out < low + near) | (out > high - near)))

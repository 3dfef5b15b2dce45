"""Activations and their derivatives.

Each is applied in place, and its gradient is taken from what it put out; only gelu and silu need what came in.
"""

from collections.abc import Callable
from math import pi, sqrt
from typing import Final

import numpy as np

from cnnlab.backends.interface import Array

_LEAK: Final = 0.2  # Keras' negative_slope of leaky_relu
NEED_INPUT: Final = frozenset({"gelu", "silu"})


def activate(name: str, z: Array) -> None:
    """Replace values by their activation, in place.

    Args:
        name: One of `cnnlab.arch.activations.ACTIVATIONS`.
        z: Any shape; softmax runs over the last axis.
    """
    _FORWARD[name](z)


def derive(name: str, kept: Array, gradient: Array) -> Array:
    """Return the gradient by an activation's input, given the gradient by its output.

    Args:
        name: As for :func:`activate`.
        kept: The activation's output; its input for those in `NEED_INPUT`.
        gradient: Of the same shape; left as it is.
    """
    return _BACKWARD[name](kept, gradient)


def sigmoid(z: Array) -> Array:
    """Compute 1 / (1 + exp(-z)) without an overflow on either side."""
    small = np.exp(-np.abs(z))
    numerator = np.where(z >= 0, 1, small).astype(z.dtype, copy=False)
    share: Array = numerator / (1 + small)
    return share


def softmax(z: Array) -> None:
    """Replace logits by probabilities over the last axis, in place."""
    z -= z.max(axis=-1, keepdims=True)
    np.exp(z, out=z)
    z /= z.sum(axis=-1, keepdims=True)


def _keep(z: Array) -> None:
    del z


def _relu(z: Array) -> None:
    np.maximum(z, 0, out=z)


def _sigmoid(z: Array) -> None:
    z[...] = sigmoid(z)


def _tanh(z: Array) -> None:
    np.tanh(z, out=z)


def _elu(z: Array) -> None:
    np.copyto(z, np.expm1(np.minimum(z, 0)), where=z <= 0)


def _leaky_relu(z: Array) -> None:
    np.maximum(z, z * _LEAK, out=z)


def _normal_below(z: Array) -> Array:
    """Return the standard normal distribution function."""
    from scipy.special import ndtr  # noqa: PLC0415 - start-up time: few networks use gelu

    return np.asarray(ndtr(z))


def _gelu(z: Array) -> None:
    z *= _normal_below(z)


def _silu(z: Array) -> None:
    z *= sigmoid(z)


def _derive_linear(kept: Array, gradient: Array) -> Array:
    del kept
    return gradient


def _derive_relu(kept: Array, gradient: Array) -> Array:
    by_input: Array = gradient * (kept > 0)
    return by_input


def _derive_softmax(kept: Array, gradient: Array) -> Array:
    inner: Array = (gradient * kept).sum(axis=-1, keepdims=True)
    by_input: Array = kept * (gradient - inner)
    return by_input


def _derive_sigmoid(kept: Array, gradient: Array) -> Array:
    by_input: Array = gradient * kept * (1 - kept)
    return by_input


def _derive_tanh(kept: Array, gradient: Array) -> Array:
    by_input: Array = gradient * (1 - kept * kept)
    return by_input


def _derive_elu(kept: Array, gradient: Array) -> Array:
    by_input: Array = gradient * np.where(kept > 0, 1, kept + 1)
    return by_input


def _derive_leaky_relu(kept: Array, gradient: Array) -> Array:
    return np.where(kept >= 0, gradient, gradient * _LEAK)


def _derive_gelu(kept: Array, gradient: Array) -> Array:
    density = np.exp(kept * kept * -0.5) * (1 / sqrt(2 * pi))
    by_input: Array = gradient * (_normal_below(kept) + kept * density)
    return by_input


def _derive_silu(kept: Array, gradient: Array) -> Array:
    share = sigmoid(kept)
    by_input: Array = gradient * share * (1 + kept * (1 - share))
    return by_input


_FORWARD: Final[dict[str, Callable[[Array], None]]] = {
    "linear": _keep,
    "relu": _relu,
    "softmax": softmax,
    "sigmoid": _sigmoid,
    "tanh": _tanh,
    "elu": _elu,
    "leaky_relu": _leaky_relu,
    "gelu": _gelu,
    "silu": _silu,
}
_BACKWARD: Final[dict[str, Callable[[Array, Array], Array]]] = {
    "linear": _derive_linear,
    "relu": _derive_relu,
    "softmax": _derive_softmax,
    "sigmoid": _derive_sigmoid,
    "tanh": _derive_tanh,
    "elu": _derive_elu,
    "leaky_relu": _derive_leaky_relu,
    "gelu": _derive_gelu,
    "silu": _derive_silu,
}

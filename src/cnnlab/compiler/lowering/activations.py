"""Activations within one place: what they compute, and their derivative, from the output where that is enough."""

from collections.abc import Callable
from math import pi, sqrt
from typing import Final

from cnnlab.compiler.ir import Builder, Value
from cnnlab.compiler.lowering.mathematics import exp, expm1, normal_below, sigmoid, tanh

_LEAK: Final = 0.2  # Keras' negative_slope of leaky_relu
_DENSITY: Final = 1 / sqrt(2 * pi)

Forward = Callable[[Builder, Value], Value]
Backward = Callable[[Builder, Value, Value], Value]


def activate(b: Builder, name: str, x: Value) -> Value:
    """Apply an activation (not softmax, which looks at several places)."""
    return _FORWARD[name](b, x)


def derive(b: Builder, name: str, kept: Value, gradient: Value) -> Value:
    """Return the gradient by an activation's input.

    Args:
        b: Where to.
        name: Of the activation.
        kept: Its output; its input for those in `BY_INPUT`.
        gradient: By its output.
    """
    return _BACKWARD[name](b, kept, gradient)


def _relu(b: Builder, x: Value) -> Value:
    return b.larger(0.0, x)  # in this order NaN stays NaN


def _elu(b: Builder, x: Value) -> Value:
    return b.select(b.compare("ogt", x, 0.0), x, expm1(b, b.smaller(0.0, x)))


def _leaky_relu(b: Builder, x: Value) -> Value:
    return b.select(b.compare("oge", x, 0.0), x, b.mul(x, _LEAK))


def _gelu(b: Builder, x: Value) -> Value:
    return b.mul(x, normal_below(b, x))


def _silu(b: Builder, x: Value) -> Value:
    return b.mul(x, sigmoid(b, x))


def _derive_relu(b: Builder, kept: Value, gradient: Value) -> Value:
    return b.select(b.compare("ogt", kept, 0.0), gradient, 0.0)


def _derive_sigmoid(b: Builder, kept: Value, gradient: Value) -> Value:
    return b.mul(b.mul(gradient, kept), b.sub(b.const(kept.type, 1.0), kept))


def _derive_tanh(b: Builder, kept: Value, gradient: Value) -> Value:
    return b.mul(gradient, b.sub(b.const(kept.type, 1.0), b.mul(kept, kept)))


def _derive_elu(b: Builder, kept: Value, gradient: Value) -> Value:
    return b.select(b.compare("ogt", kept, 0.0), gradient, b.mul(gradient, b.add(kept, 1.0)))


def _derive_leaky_relu(b: Builder, kept: Value, gradient: Value) -> Value:
    return b.select(b.compare("oge", kept, 0.0), gradient, b.mul(gradient, _LEAK))


def _derive_gelu(b: Builder, kept: Value, gradient: Value) -> Value:
    density = b.mul(exp(b, b.mul(b.mul(kept, kept), -0.5)), _DENSITY)
    return b.mul(gradient, b.add(normal_below(b, kept), b.mul(kept, density)))


def _derive_silu(b: Builder, kept: Value, gradient: Value) -> Value:
    share = sigmoid(b, kept)
    inner = b.add(b.mul(kept, b.sub(b.const(kept.type, 1.0), share)), 1.0)
    return b.mul(b.mul(gradient, share), inner)


_FORWARD: Final[dict[str, Forward]] = {
    "linear": lambda _, x: x,
    "relu": _relu,
    "sigmoid": sigmoid,
    "tanh": tanh,
    "elu": _elu,
    "leaky_relu": _leaky_relu,
    "gelu": _gelu,
    "silu": _silu,
}
_BACKWARD: Final[dict[str, Backward]] = {
    "linear": lambda _b, _kept, gradient: gradient,
    "relu": _derive_relu,
    "sigmoid": _derive_sigmoid,
    "tanh": _derive_tanh,
    "elu": _derive_elu,
    "leaky_relu": _derive_leaky_relu,
    "gelu": _derive_gelu,
    "silu": _derive_silu,
}
BY_INPUT: Final = frozenset({"gelu", "silu"})
# What a layer can apply to its own output and the next one can derive by that output.
BY_OUTPUT: Final = frozenset(_FORWARD) - BY_INPUT

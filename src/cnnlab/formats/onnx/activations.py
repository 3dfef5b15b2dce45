"""Activations as ONNX' operators."""

from collections.abc import Callable
from math import sqrt
from typing import Final

from cnnlab.formats.onnx.building import Builder, Value

_LEAK: Final = 0.2  # Keras' negative_slope of the activation leaky_relu


def activated(builder: Builder, name: str, activation: str, value: Value) -> Value:
    """Apply an activation.

    Args:
        builder: What it is written into.
        name: Of the layer.
        activation: One of `cnnlab.arch.activations.ACTIVATIONS`.
        value: Any; softmax runs over its last axis, an image's channels.
    """
    if activation == "linear":
        return value
    if activation == "softmax":
        value = builder.ordered(value, "channels_last")
    stem = f"{name}/{activation}"
    return Value(_EMITTERS[activation](builder, stem, value.name), value.shape, value.order)


def _relu(builder: Builder, stem: str, x: str) -> str:
    return builder.apply("Relu", stem, x)


def _softmax(builder: Builder, stem: str, x: str) -> str:
    return builder.apply("Softmax", stem, x, axis=-1)


def _sigmoid(builder: Builder, stem: str, x: str) -> str:
    return builder.apply("Sigmoid", stem, x)


def _tanh(builder: Builder, stem: str, x: str) -> str:
    return builder.apply("Tanh", stem, x)


def _elu(builder: Builder, stem: str, x: str) -> str:
    return builder.apply("Elu", stem, x, alpha=1.0)


def _leaky_relu(builder: Builder, stem: str, x: str) -> str:
    return builder.apply("LeakyRelu", stem, x, alpha=_LEAK)


def _gelu(builder: Builder, stem: str, x: str) -> str:
    """Write x * (1 + erf(x / sqrt(2))) / 2: ONNX has an operator of its own only since version 20."""
    scaled = builder.apply("Div", f"{stem}/scaled", x, builder.constant(f"{stem}/root", sqrt(2)))
    erf = builder.apply("Erf", f"{stem}/erf", scaled)
    doubled = builder.apply("Add", f"{stem}/doubled", erf, builder.constant(f"{stem}/one", 1.0))
    share = builder.apply("Mul", f"{stem}/share", doubled, builder.constant(f"{stem}/half", 0.5))
    return builder.apply("Mul", stem, x, share)


def _silu(builder: Builder, stem: str, x: str) -> str:
    return builder.apply("Mul", stem, x, builder.apply("Sigmoid", f"{stem}/share", x))


_EMITTERS: Final[dict[str, Callable[[Builder, str, str], str]]] = {
    "elu": _elu,
    "gelu": _gelu,
    "leaky_relu": _leaky_relu,
    "relu": _relu,
    "sigmoid": _sigmoid,
    "silu": _silu,
    "softmax": _softmax,
    "tanh": _tanh,
}

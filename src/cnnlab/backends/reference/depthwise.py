"""Depthwise convolution: tap after tap, each channel times its own weights and nothing over channels.

A separable convolution is one, and a convolution of kernel size 1 behind it.
"""

from collections.abc import Iterator
from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np

from cnnlab.arch import Window
from cnnlab.arch.layers import Conv2D, DepthwiseConv2D, SeparableConv2D
from cnnlab.backends.interface import Array
from cnnlab.backends.reference import convolution
from cnnlab.backends.reference.activations import NEED_INPUT, activate, derive
from cnnlab.backends.reference.call import Call, Gradients, Operation
from cnnlab.backends.reference.windows import inside, pad, view_windows


class _Saved(NamedTuple):
    input_shape: tuple[int, ...]
    padded: Array
    kept: Array


def forward(call: Call[DepthwiseConv2D], x: Array) -> tuple[Array, _Saved]:
    """Convolve each channel alone, add the bias, activate.

    Args:
        call: The layer and its weights; the kernel has shape (y, x, c, m).
        x: Shape (n, h, w, c).

    Returns:
        Shape (n, h, w, c * m), and what `backward` needs.
    """
    name, window, kernel = str(call.layer.activation), call.layer.window, call.weights["kernel"]
    padded = pad(x, window)
    view = view_windows(padded, window.size, window.strides, window.dilation)
    out = call.batch.arena.empty((*view.shape[:3], prod(kernel.shape[2:])), x.dtype)
    kept = call.batch.arena.empty(out.shape, x.dtype) if name in NEED_INPUT else out

    def compute(images: slice) -> None:
        sums = out[images].reshape(*out[images].shape[:3], *kernel.shape[2:])
        sums[...] = call.weights["bias"].reshape(kernel.shape[2:]) if "bias" in call.weights else 0
        for tap, weights in _taps(view[images], kernel):
            sums += tap[..., None] * weights
        if kept is not out:
            kept[images] = out[images]
        activate(name, out[images])

    call.batch.workers.over_images(len(x), _image_bytes(out), compute)
    return out, _Saved(x.shape, padded, kept)


def backward(call: Call[DepthwiseConv2D], saved: _Saved, gradient: Array) -> Gradients:
    """Return the gradients by input, kernel and bias, given that by the output, shape (n, h, w, c * m)."""
    window, kernel = call.layer.window, call.weights["kernel"]
    view = view_windows(saved.padded, window.size, window.strides, window.dilation)
    by_padded = np.zeros(saved.padded.shape, gradient.dtype) if call.needs_input_gradient else None

    def compute(images: slice) -> tuple[Array, Array]:
        dz = derive(str(call.layer.activation), saved.kept[images], gradient[images])
        dz = dz.reshape(*dz.shape[:3], *kernel.shape[2:])
        if by_padded is not None:
            _give_back(dz, kernel, window, by_padded[images])
        by_tap = [np.einsum("nhwc,nhwcm->cm", tap, dz) for tap, _ in _taps(view[images], kernel)]
        return np.array(by_tap), dz.sum(axis=(0, 1, 2))

    parts = call.batch.workers.over_images(len(gradient), _image_bytes(gradient), compute)
    by_weight = {"kernel": np.sum([part[0] for part in parts], axis=0).reshape(kernel.shape)}
    if "bias" in call.weights:
        by_weight["bias"] = np.sum([part[1] for part in parts], axis=0).ravel()
    return Gradients(None if by_padded is None else inside(by_padded, window, saved.input_shape), by_weight)


def _give_back(dz: Array, kernel: Array, window: Window, by_padded: Array) -> None:
    """Add to each cell of the padded input what every window over it hands back."""
    by_view = view_windows(by_padded, window.size, window.strides, window.dilation)
    for by_tap, weights in _taps(by_view, kernel):
        np.add(by_tap, (dz * weights).sum(axis=-1), out=by_tap)


def _taps(view: Array, kernel: Array) -> Iterator[tuple[Array, Array]]:
    """Yield of each tap the view [n, h, w, c] of what it sees, and its weights [c, m]."""
    for y, x in product(range(kernel.shape[0]), range(kernel.shape[1])):
        yield view[:, :, :, y, x], kernel[y, x]


def _image_bytes(images: Array) -> int:
    return prod(images.shape[1:]) * images.itemsize


def separable_forward(call: Call[SeparableConv2D], x: Array) -> tuple[Array, tuple[Any, Any]]:
    """Convolve each channel alone, then mix the channels."""
    between, first = forward(_first(call), x)
    out, second = convolution.forward(_second(call), between)
    return out, (first, second)


def separable_backward(call: Call[SeparableConv2D], saved: tuple[Any, Any], gradient: Array) -> Gradients:
    """Return the gradients by input, both kernels and the bias."""
    second = convolution.backward(_second(call), saved[1], gradient)
    assert second.by_input is not None, "asked for below"
    first = backward(_first(call), saved[0], second.by_input)
    kernels = {"depthwise_kernel": first.by_weight["kernel"], "pointwise_kernel": second.by_weight["kernel"]}
    bias = {"bias": second.by_weight["bias"]} if "bias" in second.by_weight else {}
    return Gradients(first.by_input, {**kernels, **bias})


def _first(call: Call[SeparableConv2D]) -> Call[DepthwiseConv2D]:
    weights = {"kernel": call.weights["depthwise_kernel"]}
    return Call(call.layer.depthwise, call.node, weights, call.needs_input_gradient, call.batch)


def _second(call: Call[SeparableConv2D]) -> Call[Conv2D]:
    bias = {"bias": call.weights["bias"]} if "bias" in call.weights else {}
    weights = {"kernel": call.weights["pointwise_kernel"], **bias}
    return Call(call.layer.pointwise, call.node, weights, True, call.batch)


DEPTHWISE = Operation(forward, backward)
SEPARABLE = Operation(separable_forward, separable_backward)

"""Convolution: windows copied into the rows of a matrix, a few images at a time, and one matrix product for each chunk.

The chunks' matrices stay in cache. The input's gradient is a convolution too: of the output's gradient, bordered with
zeros (and spread out by the strides), with the kernel flipped and its channels and filters exchanged.
"""

from typing import NamedTuple

import numpy as np

from cnnlab.arch import Window
from cnnlab.arch.layers import Conv2D
from cnnlab.backends.interface import Array
from cnnlab.backends.reference.activations import NEED_INPUT, activate, derive
from cnnlab.backends.reference.call import Call, Gradients, Operation
from cnnlab.backends.reference.windows import pad, padding_of, view_windows


class _Saved(NamedTuple):
    input_shape: tuple[int, ...]
    padded: Array
    kept: Array


def forward(call: Call[Conv2D], x: Array) -> tuple[Array, _Saved]:
    """Convolve, add the bias, activate.

    Args:
        call: The layer and its weights.
        x: Shape (n, h, w, c).

    Returns:
        Shape (n, h, w, f), and what `backward` needs.
    """
    name, window, kernel = str(call.layer.activation), call.layer.window, call.weights["kernel"]
    padded = pad(x, window)
    view = view_windows(padded, window.size, window.strides, window.dilation)
    out = call.batch.arena.empty((*view.shape[:3], kernel.shape[-1]), x.dtype)
    kept = call.batch.arena.empty(out.shape, x.dtype) if name in NEED_INPUT else out
    matrix = kernel.reshape(-1, kernel.shape[-1])
    # A whole row of the image at once: adding to a few channels at a time is mostly overhead.
    bias = np.tile(call.weights["bias"], out.shape[2]) if "bias" in call.weights else None

    def compute(images: slice) -> None:
        np.matmul(_columns(view[images]), matrix, out=out[images].reshape(-1, out.shape[-1]))
        if bias is not None:
            rows = out[images].reshape(-1, len(bias))
            rows += bias
        if kept is not out:
            kept[images] = out[images]
        activate(name, out[images])

    call.batch.workers.over_images(len(x), _column_bytes(view), compute)
    return out, _Saved(x.shape, padded, kept)


def backward(call: Call[Conv2D], saved: _Saved, gradient: Array) -> Gradients:
    """Return the gradients by input, kernel and bias, given that by the output, shape (n, h, w, f)."""
    window, kernel = call.layer.window, call.weights["kernel"]
    view = view_windows(saved.padded, window.size, window.strides, window.dilation)
    by_input = call.batch.arena.empty(saved.input_shape, gradient.dtype) if call.needs_input_gradient else None
    flipped = np.ascontiguousarray(kernel[::-1, ::-1].swapaxes(2, 3)).reshape(-1, kernel.shape[2])

    def compute(images: slice) -> tuple[Array, Array]:
        dz = derive(str(call.layer.activation), saved.kept[images], gradient[images])
        if by_input is not None:
            _convolve_back(dz, flipped, window, by_input[images])
        flat = np.ascontiguousarray(dz).reshape(-1, dz.shape[-1])
        return _columns(view[images]).T @ flat, np.ones(len(flat), flat.dtype) @ flat

    parts = call.batch.workers.over_images(len(gradient), _column_bytes(view), compute)
    by_weight = {"kernel": _total([part[0] for part in parts]).reshape(kernel.shape)}
    if "bias" in call.weights:
        by_weight["bias"] = _total([part[1] for part in parts])
    return Gradients(by_input, by_weight)


def _convolve_back(dz: Array, flipped: Array, window: Window, out: Array) -> None:
    """Write the input's gradient of a few images, given that of what the convolution gave before activation."""
    n, height, width, channels = out.shape
    (top, _), (left, _) = padding_of(window, height, width)
    reach, strides = window.reach, window.strides
    border = np.zeros((n, height + reach[0] - 1, width + reach[1] - 1, dz.shape[-1]), dz.dtype)
    border[:, reach[0] - 1 - top :: strides[0], reach[1] - 1 - left :: strides[1]][:, : dz.shape[1], : dz.shape[2]] = dz
    view = view_windows(border, window.size, dilation=window.dilation)
    np.matmul(_columns(view), flipped, out=out.reshape(-1, channels))


def _total(parts: list[Array]) -> Array:
    """Sum the chunks' parts in the images' order."""
    total = parts[0]
    for part in parts[1:]:
        total += part
    return total


def _columns(view: Array) -> Array:
    """Copy windows [n, h, w, y, x, c] into a matrix, one window a row."""
    return np.ascontiguousarray(view).reshape(-1, view.shape[3] * view.shape[4] * view.shape[5])


def _column_bytes(view: Array) -> int:
    """Return the size of the matrix of one image."""
    return int(np.prod(view.shape[1:])) * view.itemsize


CONVOLUTION = Operation(forward, backward)

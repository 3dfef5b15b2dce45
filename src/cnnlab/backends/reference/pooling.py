"""Max and average pooling under a sliding window."""

from itertools import product
from math import prod
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cnnlab.arch import Window
from cnnlab.arch.layers import AveragePooling2D, MaxPooling2D
from cnnlab.backends.interface import Array
from cnnlab.backends.reference.call import Call, Gradients, Operation
from cnnlab.backends.reference.windows import inside, pad, view_windows


class _Saved(NamedTuple):
    input_shape: tuple[int, ...]
    padded: Array
    out: Array


def max_forward(call: Call[MaxPooling2D], x: Array) -> tuple[Array, _Saved]:
    """Keep the largest value under each window; padding is minus infinity."""
    window = call.layer.window
    padded = pad(x, window, -np.inf)
    view = view_windows(padded, window.size, window.strides)
    out = call.batch.arena.empty((*view.shape[:3], x.shape[3]), x.dtype)

    def compute(images: slice) -> None:
        first, *others = _taps(view[images], window)
        largest = out[images]
        largest[...] = first
        for tap in others:
            np.maximum(largest, tap, out=largest)

    call.batch.workers.over_images(len(x), _image_bytes(x), compute)
    return out, _Saved(x.shape, padded, out)


def max_backward(call: Call[MaxPooling2D], saved: _Saved, gradient: Array) -> Gradients:
    """Give each window's gradient to its largest cell; of several equal ones to the first in row order."""
    if not call.needs_input_gradient:
        return Gradients(None)
    window = call.layer.window
    view = view_windows(saved.padded, window.size, window.strides)
    by_padded = call.batch.arena.empty(saved.padded.shape, gradient.dtype)
    by_view = view_windows(by_padded, window.size, window.strides)

    def compute(images: slice) -> None:
        largest, incoming = saved.out[images], gradient[images].copy()
        by_padded[images] = 0
        for tap, by_tap in zip(_taps(view[images], window), _taps(by_view[images], window), strict=True):
            share = incoming * (tap == largest)
            by_tap[...] += share
            incoming -= share  # what is given is gone: a second equal cell gets nothing

    call.batch.workers.over_images(len(gradient), _image_bytes(saved.padded), compute)
    return Gradients(inside(by_padded, window, saved.input_shape))


def average_forward(call: Call[AveragePooling2D], x: Array) -> tuple[Array, tuple[int, ...]]:
    """Average what is under each window; padding does not count."""
    window = call.layer.window
    view = view_windows(pad(x, window), window.size, window.strides)
    out = call.batch.arena.empty((*view.shape[:3], x.shape[3]), x.dtype)
    cells = _cells_under(window, x.shape, x.dtype)

    def compute(images: slice) -> None:
        first, *others = _taps(view[images], window)
        total = out[images]
        total[...] = first
        for tap in others:
            total += tap
        total /= cells

    call.batch.workers.over_images(len(x), _image_bytes(x), compute)
    return out, x.shape


def average_backward(call: Call[AveragePooling2D], saved: tuple[int, ...], gradient: Array) -> Gradients:
    """Share each window's gradient evenly among its cells."""
    if not call.needs_input_gradient:
        return Gradients(None)
    window = call.layer.window
    by_padded = pad(np.zeros(saved, gradient.dtype), window)
    by_view = view_windows(by_padded, window.size, window.strides)
    cells = _cells_under(window, saved, gradient.dtype)

    def compute(images: slice) -> None:
        share = gradient[images] / cells
        for by_tap in _taps(by_view[images], window):
            by_tap[...] += share

    call.batch.workers.over_images(len(gradient), _image_bytes(by_padded), compute)
    return Gradients(inside(by_padded, window, saved))


def _taps(view: Array, window: Window) -> list[Array]:
    """List the views [n, h, w, c] of each cell of the window, in row order."""
    return [view[:, :, :, y, x] for y, x in product(range(window.size[0]), range(window.size[1]))]


def _cells_under(window: Window, shape: tuple[int, ...], dtype: npt.DTypeLike) -> Array:
    """Count the cells of an image that are under each window, shape (h, w, 1)."""
    ones = pad(np.ones((1, *shape[1:3], 1), dtype), window)
    counts: Array = view_windows(ones, window.size, window.strides)[0].sum(axis=(2, 3))
    return counts


def _image_bytes(images: Array) -> int:
    return prod(images.shape[1:]) * images.itemsize


MAX_POOLING = Operation(max_forward, max_backward)
AVERAGE_POOLING = Operation(average_forward, average_backward)

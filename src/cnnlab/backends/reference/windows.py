"""Views of an image batch through a sliding window: what convolution and pooling have in common."""

import numpy as np

from cnnlab.arch import Window
from cnnlab.arch.layer import pad_before_after
from cnnlab.backends.interface import Array


def padding_of(window: Window, height: int, width: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the cells of padding (before, after) along the height and along the width."""
    reach, strides = window.reach, window.strides
    return (
        pad_before_after(height, reach[0], strides[0], window.padding),
        pad_before_after(width, reach[1], strides[1], window.padding),
    )


def pad(x: Array, window: Window, value: float = 0) -> Array:
    """Put the padding of a window around images; without padding, return them as they are.

    Args:
        x: Shape (n, h, w, c).
        window: Whose padding.
        value: What padding holds.
    """
    rows, columns = padding_of(window, x.shape[1], x.shape[2])
    if rows == columns == (0, 0):
        return x
    n, height, width, channels = x.shape
    padded = np.full((n, height + sum(rows), width + sum(columns), channels), value, x.dtype)
    inside(padded, window, x.shape)[...] = x
    return padded


def inside(padded: Array, window: Window, shape: tuple[int, ...]) -> Array:
    """Return the view of padded images that leaves the padding out: shape (n, h, w, c)."""
    (top, _), (left, _) = padding_of(window, shape[1], shape[2])
    return padded[:, top : top + shape[1], left : left + shape[2]]


def view_windows(
    padded: Array, size: tuple[int, int], strides: tuple[int, int] = (1, 1), dilation: tuple[int, int] = (1, 1)
) -> Array:
    """Return the strided view [n, h, w, y, x, c] of what each window sees; nothing is copied.

    Element [n, h, w, y, x, c] is padded[n, h * strides[0] + y * dilation[0], w * strides[1] + x * dilation[1], c]. A
    write through one fixed (y, x) is safe; windows may overlap each other.
    """
    n, height, width, channels = padded.shape
    reach = [(cells - 1) * gap + 1 for cells, gap in zip(size, dilation, strict=True)]
    counts = (height - reach[0]) // strides[0] + 1, (width - reach[1]) // strides[1] + 1
    by_image, by_row, by_column, by_channel = padded.strides
    return np.ndarray(
        (n, *counts, *size, channels),
        padded.dtype,
        padded,
        strides=(
            by_image,
            by_row * strides[0],
            by_column * strides[1],
            by_row * dilation[0],
            by_column * dilation[1],
            by_channel,
        ),
    )

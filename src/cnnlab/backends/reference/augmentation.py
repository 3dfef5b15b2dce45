"""Each image through its own map: shifts, turns, zooms and flips."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnlab.arch.layers import RandomMap
from cnnlab.arch.layers.augmentation import Sampling
from cnnlab.backends.augmentation import maps_of
from cnnlab.backends.interface import Array
from cnnlab.backends.reference.call import Call, Gradients, Operation

# Bytes that finding one value needs: its place, its neighbours and their weights.
_SCRATCH_PER_VALUE: Final = 64


class Neighbour(NamedTuple):
    """A pixel along one axis: its place, whether it lies in the image, and what it counts; shape (n, h, w) each."""

    at: npt.NDArray[np.int64]
    inside: npt.NDArray[np.bool_]
    weight: Array


def forward(call: Call[RandomMap], x: Array) -> tuple[Array, None]:
    """In training take each image through its map; else change nothing."""
    batch = call.batch
    if not batch.training:
        return x, None
    maps = maps_of(call.node, batch.seed, batch.epoch, batch.rows)
    out = batch.arena.empty(x.shape, x.dtype)

    def compute(images: slice) -> None:
        out[images] = mapped(x[images], maps[images], call.layer.sampling)

    batch.workers.over_images(len(x), out[:1].size * _SCRATCH_PER_VALUE, compute)
    return out, None


def backward(call: Call[RandomMap], saved: None, gradient: Array) -> Gradients:
    """Hand nothing back: `refuse_behind_weights` has seen to it that nobody asks."""
    del saved, gradient
    assert not call.needs_input_gradient, "refused before"
    return Gradients(None)


def mapped(x: Array, maps: Array, sampling: Sampling) -> Array:
    """Find every value of the output at its place in the input.

    Places are computed in the type of the images, in the order (a x + b y) + c: the compiled backend does the same, so
    that both find the same neighbours.

    Args:
        x: Images, shape (n, h, w, c).
        maps: Shape (n, 6), float32: see `cnnlab.arch.layers.augmentation`.
        sampling: How values are found.

    Returns:
        That shape.
    """
    count, height, width, _ = x.shape
    a, b, c, d, e, f = maps.astype(x.dtype).T[:, :, None, None]
    column, row = np.arange(width, dtype=x.dtype)[None, None, :], np.arange(height, dtype=x.dtype)[None, :, None]
    across = _neighbours((a * column + b * row) + c, width, sampling)
    down = _neighbours((d * column + e * row) + f, height, sampling)
    images = np.arange(count)[:, None, None]
    total = None
    for vertical in down:
        for horizontal in across:
            value = x[images, vertical.at, horizontal.at]
            inside = vertical.inside & horizontal.inside
            value = np.where(inside[..., None], value, x.dtype.type(sampling.fill_value))
            part = (vertical.weight * horizontal.weight)[..., None] * value
            total = part if total is None else total + part
    assert total is not None, "there is a neighbour along each axis"
    return total


def _neighbours(place: Array, size: int, sampling: Sampling) -> list[Neighbour]:
    """Return the pixels that a place along one axis lies between; for "nearest" the only one."""
    if sampling.interpolation == "nearest":
        return [_neighbour(_nearest(place), np.ones_like(place), size, sampling.fill_mode)]
    lower = np.floor(place)
    share = place - lower
    one = place.dtype.type(1)
    return [
        _neighbour(lower, one - share, size, sampling.fill_mode),
        _neighbour(lower + one, share, size, sampling.fill_mode),
    ]


def _nearest(place: Array) -> Array:
    """Round to the nearest whole number, halves away from 0."""
    below = np.floor(np.abs(place))
    rounded: Array = np.copysign(below + (np.abs(place) - below >= 0.5), place)  # noqa: PLR2004 - a half
    return rounded


def _neighbour(index: Array, weight: Array, size: int, fill_mode: str) -> Neighbour:
    """Bring an index into the image as the fill mode says."""
    whole = index.astype(np.int64)
    inside = (whole >= 0) & (whole < size) if fill_mode == "constant" else np.ones(whole.shape, np.bool_)
    if fill_mode == "wrap":
        whole %= size
    elif fill_mode == "reflect":
        whole %= 2 * size
        whole = np.minimum(whole, 2 * size - 1 - whole)
    return Neighbour(whole.clip(0, size - 1), inside, weight)


AUGMENTATION = Operation(forward, backward)

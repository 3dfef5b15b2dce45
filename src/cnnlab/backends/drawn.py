"""What dropouts keep and what noise adds, as functions of position: all who compute with arrays take them from here."""

from math import prod

import numpy as np
import numpy.typing as npt

from cnnlab.arch import Node
from cnnlab.arch.layers import Dropout, GaussianNoise, SpatialDropout2D
from cnnlab.arch.normal import normals_at
from cnnlab.randomness import Stream, keep_mask, stream_key


def mask_shape(node: Node) -> tuple[int, ...]:
    """Return the shape of a dropout's mask for one image: that of the image, or (1, 1, c) for whole channels."""
    shape = node.output_shape
    return (1, 1, shape[2]) if isinstance(node.layer, SpatialDropout2D) else shape


def kept_by(node: Node, seed: int, epoch: int, rows: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
    """Say what a dropout keeps of some images.

    Args:
        node: Of the dropout.
        seed: The run's, for a layer without one of its own.
        epoch: Counted from 0.
        rows: Shape (n,): the images' indices in their data set.

    Returns:
        Shape (n, *mask_shape).
    """
    layer, shape = node.layer, mask_shape(node)
    assert isinstance(layer, Dropout | SpatialDropout2D), "who asks has looked"
    return keep_mask(_key(node, layer.seed, seed, epoch), rows, prod(shape), layer.rate).reshape(len(rows), *shape)


def noise_of(node: Node, seed: int, epoch: int, rows: npt.NDArray[np.integer]) -> npt.NDArray[np.float64]:
    """Draw what a layer of noise adds to some images; the arguments are those of `kept_by`.

    Returns:
        Shape (n, *output_shape).
    """
    layer, shape = node.layer, node.output_shape
    assert isinstance(layer, GaussianNoise), "who asks has looked"
    drawn = normals_at(_key(node, layer.seed, seed, epoch), rows, prod(shape)) * layer.stddev
    return drawn.reshape(len(rows), *shape)


def _key(node: Node, own: int | None, seed: int, epoch: int) -> tuple[int, int]:
    return stream_key(seed if own is None else own, Stream.DROPOUT, node.index, epoch)

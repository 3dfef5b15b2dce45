"""The maps of augmentation layers, as functions of position: both backends take them from here."""

import numpy as np
import numpy.typing as npt

from cnnlab.arch import Node
from cnnlab.arch.layers import RandomMap
from cnnlab.randomness import Stream, stream_key, uniforms_at


def maps_of(node: Node, seed: int, epoch: int, rows: npt.NDArray[np.integer]) -> npt.NDArray[np.float32]:
    """Return the map of each image in one epoch.

    They are computed in float64 by arithmetic of our own and rounded once: the same on every processor.

    Args:
        node: Of an augmentation layer.
        seed: The run's.
        epoch: Counted from 0.
        rows: Shape (n,): the images' indices in their data set.

    Returns:
        Shape (n, 6): see `cnnlab.arch.layers.augmentation`.
    """
    layer = node.layer
    assert isinstance(layer, RandomMap), "who asks has looked"
    own = seed if layer.own_seed is None else layer.own_seed
    key = stream_key(own, Stream.AUGMENTATION, node.index, epoch)
    height, width, _channels = node.input_shape
    values = layer.values(uniforms_at(key, rows, layer.uniforms))
    return layer.maps(values, height, width).astype(np.float32)

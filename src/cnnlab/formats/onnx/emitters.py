"""Which emitter writes which layer."""

from collections.abc import Callable
from typing import Any, Final

from cnnlab.arch import Layer
from cnnlab.errors import NotSupportedError, explain
from cnnlab.formats.onnx import depthwise, each_place, merging, plain, shaping, windows
from cnnlab.formats.onnx.building import Turn, Value

Emitter = Callable[[Turn[Any]], Value]

EMITTERS: Final[dict[str, Emitter]] = {
    "Activation": plain.activation,
    "Add": merging.add,
    "Average": merging.average,
    "AveragePooling2D": windows.average_pooling,
    "BatchNormalization": plain.batch_normalization,
    "Concatenate": merging.concatenate,
    "Conv2D": windows.conv2d,
    "Dense": plain.dense,
    "DepthwiseConv2D": depthwise.depthwise_conv2d,
    "Dropout": plain.nothing,
    "Flatten": plain.flatten,
    "GaussianNoise": plain.nothing,
    "GlobalAveragePooling2D": windows.global_average_pooling,
    "GlobalMaxPooling2D": windows.global_max_pooling,
    "LayerNormalization": each_place.layer_normalization,
    "LeakyReLU": shaping.leaky_relu,
    "MaxPooling2D": windows.max_pooling,
    "Maximum": merging.maximum,
    "Minimum": merging.minimum,
    "Multiply": merging.multiply,
    "PReLU": each_place.prelu,
    "RandomFlip": plain.nothing,
    "RandomRotation": plain.nothing,
    "RandomTranslation": plain.nothing,
    "RandomZoom": plain.nothing,
    "ReLU": shaping.relu,
    "Rescaling": plain.rescaling,
    "Reshape": shaping.reshape,
    "SeparableConv2D": depthwise.separable_conv2d,
    "Softmax": shaping.softmax,
    "SpatialDropout2D": plain.nothing,
    "Subtract": merging.subtract,
    "ZeroPadding2D": shaping.zero_padding,
}
"""By the names of the layers' classes, which are Keras'."""


def emitter_of(layer: Layer, where: str) -> Emitter:
    """Return who writes a layer.

    Raises:
        NotSupportedError: If nobody does.
    """
    name = type(layer).__name__
    if name not in EMITTERS:
        known, fix = ", ".join(EMITTERS), "Export to keras or npz."
        raise NotSupportedError(explain(expected=f"one of {known}", got=name, where=where, fix=fix))
    return EMITTERS[name]

"""Where old Keras kept convolutions, and Keras 1 poolings as well."""

from cnnlab.keras.layers import (
    AveragePooling2D,
    Conv2D,
    Convolution2D,
    DepthwiseConv2D,
    MaxPooling2D,
    SeparableConv2D,
    SeparableConvolution2D,
    ZeroPadding2D,
)
from cnnlab.keras.old_spellings import moved

__all__ = [
    "AveragePooling2D",
    "Conv2D",
    "Convolution2D",
    "DepthwiseConv2D",
    "MaxPooling2D",
    "SeparableConv2D",
    "SeparableConvolution2D",
    "ZeroPadding2D",
]

moved(__name__, "cnnlab.keras.layers")

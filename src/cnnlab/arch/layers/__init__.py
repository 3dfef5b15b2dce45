"""The layers, one file for each kind."""

from cnnlab.arch.layers.activation import Activation
from cnnlab.arch.layers.convolution import Conv2D
from cnnlab.arch.layers.dense import Dense
from cnnlab.arch.layers.dropout import Dropout
from cnnlab.arch.layers.flatten import Flatten
from cnnlab.arch.layers.input import Input
from cnnlab.arch.layers.normalization import BatchNormalization
from cnnlab.arch.layers.pooling import AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D
from cnnlab.arch.layers.rescaling import Rescaling

LAYERS = {
    layer.__name__: layer
    for layer in (
        Activation,
        AveragePooling2D,
        BatchNormalization,
        Conv2D,
        Dense,
        Dropout,
        Flatten,
        GlobalAveragePooling2D,
        GlobalMaxPooling2D,
        MaxPooling2D,
        Rescaling,
    )
}

# Keras' second names for some of them.
ALIASES = {
    "AvgPool2D": AveragePooling2D,
    "Convolution2D": Conv2D,
    "GlobalAvgPool2D": GlobalAveragePooling2D,
    "GlobalMaxPool2D": GlobalMaxPooling2D,
    "MaxPool2D": MaxPooling2D,
}

__all__ = [
    "ALIASES",
    "LAYERS",
    "Activation",
    "AveragePooling2D",
    "BatchNormalization",
    "Conv2D",
    "Dense",
    "Dropout",
    "Flatten",
    "GlobalAveragePooling2D",
    "GlobalMaxPooling2D",
    "Input",
    "MaxPooling2D",
    "Rescaling",
]

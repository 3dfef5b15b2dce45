"""The layers, one file for each kind."""

from cnnlab.arch.layers.activation import Activation
from cnnlab.arch.layers.augmentation import RandomFlip, RandomMap, RandomRotation, RandomTranslation, RandomZoom
from cnnlab.arch.layers.convolution import Conv2D
from cnnlab.arch.layers.dense import Dense
from cnnlab.arch.layers.depthwise import DepthwiseConv2D
from cnnlab.arch.layers.dropout import Dropout, Dropping, SpatialDropout2D
from cnnlab.arch.layers.flatten import Flatten
from cnnlab.arch.layers.input import Input
from cnnlab.arch.layers.layer_normalization import LayerNormalization
from cnnlab.arch.layers.merging import Add, Average, Concatenate, Maximum, Minimum, Multiply, Subtract
from cnnlab.arch.layers.noise import GaussianNoise
from cnnlab.arch.layers.normalization import BatchNormalization
from cnnlab.arch.layers.padding import ZeroPadding2D
from cnnlab.arch.layers.pooling import AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D
from cnnlab.arch.layers.prelu import PReLU
from cnnlab.arch.layers.rectified import LeakyReLU, ReLU
from cnnlab.arch.layers.rescaling import Rescaling
from cnnlab.arch.layers.reshape import Reshape
from cnnlab.arch.layers.separable import SeparableConv2D
from cnnlab.arch.layers.softmax import Softmax

LAYERS = {
    layer.__name__: layer
    for layer in (
        Activation,
        Add,
        Average,
        AveragePooling2D,
        BatchNormalization,
        Concatenate,
        Conv2D,
        Dense,
        DepthwiseConv2D,
        Dropout,
        Flatten,
        GaussianNoise,
        GlobalAveragePooling2D,
        GlobalMaxPooling2D,
        LayerNormalization,
        LeakyReLU,
        MaxPooling2D,
        PReLU,
        Maximum,
        Minimum,
        Multiply,
        ReLU,
        RandomFlip,
        RandomRotation,
        RandomTranslation,
        RandomZoom,
        Rescaling,
        SeparableConv2D,
        Subtract,
        Reshape,
        Softmax,
        SpatialDropout2D,
        ZeroPadding2D,
    )
}

# Keras' second names for some of them.
ALIASES = {
    "AvgPool2D": AveragePooling2D,
    "Convolution2D": Conv2D,
    "GlobalAvgPool2D": GlobalAveragePooling2D,
    "GlobalMaxPool2D": GlobalMaxPooling2D,
    "MaxPool2D": MaxPooling2D,
    "SeparableConvolution2D": SeparableConv2D,
}

__all__ = [
    "ALIASES",
    "LAYERS",
    "Activation",
    "Add",
    "Average",
    "AveragePooling2D",
    "BatchNormalization",
    "Concatenate",
    "Conv2D",
    "Dense",
    "DepthwiseConv2D",
    "Dropout",
    "Dropping",
    "Flatten",
    "GaussianNoise",
    "GlobalAveragePooling2D",
    "GlobalMaxPooling2D",
    "Input",
    "LayerNormalization",
    "LeakyReLU",
    "MaxPooling2D",
    "Maximum",
    "Minimum",
    "Multiply",
    "PReLU",
    "RandomFlip",
    "RandomMap",
    "RandomRotation",
    "RandomTranslation",
    "RandomZoom",
    "ReLU",
    "Rescaling",
    "Reshape",
    "SeparableConv2D",
    "Softmax",
    "SpatialDropout2D",
    "Subtract",
    "ZeroPadding2D",
]

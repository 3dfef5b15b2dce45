"""Which operation computes which layer."""

from typing import Final

from cnnlab.arch import Layer
from cnnlab.arch.layers import (
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
    Maximum,
    MaxPooling2D,
    Minimum,
    Multiply,
    PReLU,
    RandomFlip,
    RandomRotation,
    RandomTranslation,
    RandomZoom,
    ReLU,
    Rescaling,
    Reshape,
    SeparableConv2D,
    Softmax,
    SpatialDropout2D,
    Subtract,
    ZeroPadding2D,
)
from cnnlab.backends.reference.augmentation import AUGMENTATION
from cnnlab.backends.reference.call import Operation
from cnnlab.backends.reference.convolution import CONVOLUTION
from cnnlab.backends.reference.dense import DENSE
from cnnlab.backends.reference.depthwise import DEPTHWISE, SEPARABLE
from cnnlab.backends.reference.dropout import DROPOUT
from cnnlab.backends.reference.global_pooling import GLOBAL_AVERAGE_POOLING, GLOBAL_MAX_POOLING
from cnnlab.backends.reference.layer_normalization import LAYER_NORMALIZATION
from cnnlab.backends.reference.merging import ADD, AVERAGE, CONCATENATE, MAXIMUM, MINIMUM, MULTIPLY, SUBTRACT
from cnnlab.backends.reference.noise import GAUSSIAN_NOISE
from cnnlab.backends.reference.normalization import BATCH_NORMALIZATION
from cnnlab.backends.reference.padding import ZERO_PADDING
from cnnlab.backends.reference.pooling import AVERAGE_POOLING, MAX_POOLING
from cnnlab.backends.reference.prelu import PRELU
from cnnlab.backends.reference.rectified import LEAKY_RELU, RELU
from cnnlab.backends.reference.simple import ACTIVATION, RESCALING, SAME_NUMBERS
from cnnlab.errors import NotSupportedError, explain

OPERATIONS: Final[dict[type[Layer], Operation]] = {
    Activation: ACTIVATION,
    Add: ADD,
    Average: AVERAGE,
    AveragePooling2D: AVERAGE_POOLING,
    BatchNormalization: BATCH_NORMALIZATION,
    Concatenate: CONCATENATE,
    Conv2D: CONVOLUTION,
    Dense: DENSE,
    DepthwiseConv2D: DEPTHWISE,
    Dropout: DROPOUT,
    Flatten: SAME_NUMBERS,
    GaussianNoise: GAUSSIAN_NOISE,
    GlobalAveragePooling2D: GLOBAL_AVERAGE_POOLING,
    GlobalMaxPooling2D: GLOBAL_MAX_POOLING,
    LayerNormalization: LAYER_NORMALIZATION,
    Maximum: MAXIMUM,
    LeakyReLU: LEAKY_RELU,
    MaxPooling2D: MAX_POOLING,
    PReLU: PRELU,
    Minimum: MINIMUM,
    Multiply: MULTIPLY,
    ReLU: RELU,
    RandomFlip: AUGMENTATION,
    RandomRotation: AUGMENTATION,
    RandomTranslation: AUGMENTATION,
    RandomZoom: AUGMENTATION,
    Rescaling: RESCALING,
    SeparableConv2D: SEPARABLE,
    Subtract: SUBTRACT,
    Reshape: SAME_NUMBERS,
    Softmax: ACTIVATION,
    SpatialDropout2D: DROPOUT,
    ZeroPadding2D: ZERO_PADDING,
}


def operation_of(layer: Layer) -> Operation:
    """Return how a layer is computed.

    Raises:
        NotSupportedError: If this backend does not have the layer.
    """
    if type(layer) not in OPERATIONS:
        known = ", ".join(kind.__name__ for kind in OPERATIONS)
        raise NotSupportedError(
            explain(expected=f"one of {known}", got=type(layer).__name__, where="the numpy backend")
        )
    return OPERATIONS[type(layer)]

"""Which operation computes which layer."""

from typing import Final

from cnnlab.arch import Layer
from cnnlab.arch.layers import (
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
from cnnlab.backends.reference.call import Operation
from cnnlab.backends.reference.convolution import CONVOLUTION
from cnnlab.backends.reference.dense import DENSE
from cnnlab.backends.reference.dropout import DROPOUT
from cnnlab.backends.reference.global_pooling import GLOBAL_AVERAGE_POOLING, GLOBAL_MAX_POOLING
from cnnlab.backends.reference.normalization import BATCH_NORMALIZATION
from cnnlab.backends.reference.pooling import AVERAGE_POOLING, MAX_POOLING
from cnnlab.backends.reference.simple import ACTIVATION, FLATTEN, RESCALING
from cnnlab.errors import NotSupportedError, explain

OPERATIONS: Final[dict[type[Layer], Operation]] = {
    Activation: ACTIVATION,
    AveragePooling2D: AVERAGE_POOLING,
    BatchNormalization: BATCH_NORMALIZATION,
    Conv2D: CONVOLUTION,
    Dense: DENSE,
    Dropout: DROPOUT,
    Flatten: FLATTEN,
    GlobalAveragePooling2D: GLOBAL_AVERAGE_POOLING,
    GlobalMaxPooling2D: GLOBAL_MAX_POOLING,
    MaxPooling2D: MAX_POOLING,
    Rescaling: RESCALING,
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

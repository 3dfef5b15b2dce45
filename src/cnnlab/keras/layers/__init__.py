"""Keras' ``layers``: plain descriptions with Keras' names, argument names and defaults."""

from typing import Any

from cnnlab.arch.layer import Layer, Shape
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
    Input,
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
from cnnlab.errors import NotSupportedError, explain
from cnnlab.keras.absent import absent_names
from cnnlab.keras.layers.merging import add, average, concatenate, maximum, minimum, multiply, subtract

__all__ = [
    "Activation",
    "Add",
    "Average",
    "AveragePooling2D",
    "AvgPool2D",
    "BatchNormalization",
    "Concatenate",
    "Conv2D",
    "Convolution2D",
    "Dense",
    "DepthwiseConv2D",
    "Dropout",
    "Flatten",
    "GaussianNoise",
    "GlobalAveragePooling2D",
    "GlobalAvgPool2D",
    "GlobalMaxPool2D",
    "GlobalMaxPooling2D",
    "Input",
    "InputLayer",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "MaxPool2D",
    "MaxPooling2D",
    "Maximum",
    "Minimum",
    "Multiply",
    "PReLU",
    "RandomFlip",
    "RandomRotation",
    "RandomTranslation",
    "RandomZoom",
    "ReLU",
    "Rescaling",
    "Reshape",
    "SeparableConv2D",
    "SeparableConvolution2D",
    "Softmax",
    "SpatialDropout2D",
    "Subtract",
    "ZeroPadding2D",
    "add",
    "average",
    "concatenate",
    "maximum",
    "minimum",
    "multiply",
    "subtract",
]

AvgPool2D = AveragePooling2D
GlobalAvgPool2D = GlobalAveragePooling2D
GlobalMaxPool2D = GlobalMaxPooling2D
MaxPool2D = MaxPooling2D
SeparableConvolution2D = SeparableConv2D

_OLD_ARGUMENTS = {
    "nb_filter": "filters",
    "nb_row": "kernel_size",
    "nb_col": "kernel_size",
    "border_mode": "padding",
    "subsample": "strides",
    "dim_ordering": "data_format",
    "init": "kernel_initializer",
    "bias": "use_bias",
}
_FILTERS_ROWS_COLUMNS = 3


def InputLayer(  # noqa: N802 - Keras' name
    shape: Shape | None = None,
    *,
    input_shape: Shape | None = None,
    batch_shape: tuple[Any, ...] | None = None,
    name: str | None = None,
) -> Input:
    """Return an Input, by the name and in the spellings that Keras has for its layer.

    Args:
        shape: Of one image.
        input_shape: The same, as older versions of Keras wrote it.
        batch_shape: The same with the number of images first, as (None, 28, 28, 1).
        name: Of the layer.

    Raises:
        NetworkError: If none of the three is a shape.

    Example:
        >>> InputLayer(input_shape=(28, 28, 1)).shape
        (28, 28, 1)
    """
    return Input(shape or input_shape or tuple(batch_shape or ())[1:], name=name)


def Convolution2D(*args: Any, **kwargs: Any) -> Conv2D:  # noqa: ANN401, N802 - Keras' name and arguments
    """Return a Conv2D, by the name that Keras 1 had for it.

    Keras 1 wrote rows and columns as two arguments; Keras 3 reads the second of them as the strides, in silence. Here
    it is refused.

    Args:
        args: As Conv2D's.
        kwargs: As Conv2D's.

    Raises:
        NotSupportedError: If the arguments are those of Keras 1; the message has today's.

    Example:
        >>> Convolution2D(32, (3, 3)).kernel_size
        (3, 3)
    """
    if len(args) >= _FILTERS_ROWS_COLUMNS and all(isinstance(size, int) for size in args[1:3]):
        raise NotSupportedError(
            explain(
                expected="kernel_size as one pair",
                got=f"Keras 1's rows and columns, {args[1]}, {args[2]}",
                where="Convolution2D",
                fix=f"Write Conv2D({args[0]}, ({args[1]}, {args[2]})).",
            )
        )
    for old, today in _OLD_ARGUMENTS.items():
        if old in kwargs:
            raise NotSupportedError(
                explain(
                    expected="today's arguments",
                    got=f"{old}= of Keras 1",
                    where="Convolution2D",
                    fix=f"It is {today}= today.",
                )
            )
    return Conv2D(*args, **kwargs)


__getattr__ = absent_names(__name__, __all__)

"""Layers of several inputs: where branches meet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from cnnlab.arch.arguments import set_field, whole
from cnnlab.arch.layer import Layer, Shape
from cnnlab.errors import NetworkError, explain

_IMAGE = 3  # height, width, channels


@dataclass(frozen=True)
class Merge(Layer):
    """Join inputs of one shape, value by value.

    Beside images an input may have one number for each channel, as a squeeze-and-excite block has it: (c,) or
    (1, 1, c) meets every place of (h, w, c).
    """

    input_count: ClassVar[tuple[int, int | None]] = (2, None)

    def output_shape(self, input_shape: Shape, *others: Shape) -> Shape:
        """Return the shape of the largest input, which all others have or fit.

        Raises:
            NetworkError: If one has another; the message names both.
        """
        shapes = (input_shape, *others)
        largest = max(shapes, key=lambda shape: (len(shape), shape))
        for shape in shapes:
            if shape != largest and not is_by_channel(shape, largest):
                fix = "padding='same' keeps height and width, Conv2D(filters, 1) changes the channels."
                got = f"{largest} and {shape}"
                expected = "inputs of one shape, or one number for each channel beside images"
                raise NetworkError(explain(expected=expected, got=got, fix=fix))
        return largest


def is_by_channel(shape: Shape, largest: Shape) -> bool:
    """Tell whether a shape is one number for each channel of images."""
    return len(largest) == _IMAGE and shape in {largest[-1:], (1, 1, largest[-1])}


@dataclass(frozen=True)
class Add(Merge):
    """Add all inputs up, as the end of a residual block does."""


@dataclass(frozen=True)
class Subtract(Merge):
    """Take the second input from the first."""

    input_count: ClassVar[tuple[int, int | None]] = (2, 2)


@dataclass(frozen=True)
class Multiply(Merge):
    """Multiply all inputs, value by value."""


@dataclass(frozen=True)
class Average(Merge):
    """Take the mean of all inputs, value by value."""


@dataclass(frozen=True)
class Maximum(Merge):
    """Keep the largest of all inputs, value by value. Where several are, they share the gradient, as on JAX."""


@dataclass(frozen=True)
class Minimum(Merge):
    """Keep the smallest of all inputs, value by value. Where several are, they share the gradient, as on JAX."""


@dataclass(frozen=True)
class Concatenate(Layer):
    """Put the channels of all inputs (or the features of rows) one after the other.

    Attributes:
        axis: The channels', counted with the images' axis; the network checks it.
    """

    axis: int = -1

    input_count: ClassVar[tuple[int, int | None]] = (2, None)

    def __post_init__(self) -> None:
        """Check the axis."""
        super().__post_init__()
        set_field(self, axis=whole(self.axis, "axis", least=-_IMAGE - 1))

    def output_shape(self, input_shape: Shape, *others: Shape) -> Shape:
        """Return the inputs' shape with all their channels.

        Raises:
            NetworkError: If heights or widths differ; the message names both inputs' shapes.
        """
        for shape in others:
            if shape[:-1] != input_shape[:-1]:
                fix = "padding='same' keeps height and width."
                got = f"{input_shape} and {shape}"
                expected = "inputs that differ in their channels only"
                raise NetworkError(explain(expected=expected, got=got, fix=fix))
        return (*input_shape[:-1], sum(shape[-1] for shape in (input_shape, *others)))


def refuse_mixed_ranks(layer: Layer, shapes: Sequence[Shape]) -> None:
    """Refuse rows beside channels_first images: Keras would lay a row along the width."""
    if isinstance(layer, Merge) and len(set(map(len, shapes))) > 1:
        expected = "inputs of as many axes beside channels_first images"
        got = " and ".join(map(str, shapes))
        fix = "Give the pool keepdims=True, which keeps the axes of one number for each channel."
        raise NetworkError(explain(expected=expected, got=got, fix=fix))

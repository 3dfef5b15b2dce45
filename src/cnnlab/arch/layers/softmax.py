"""Softmax as a layer of its own."""

import operator
from dataclasses import dataclass
from typing import ClassVar, SupportsIndex, cast

from cnnlab.arch.arguments import set_field
from cnnlab.arch.layer import Layer, Shape
from cnnlab.errors import NotSupportedError, explain


@dataclass(frozen=True)
class Softmax(Layer):
    """Turn the channels at each position into shares of 1.

    Attributes:
        axis: That of the channels, counted from 0 for the images, or from -1 for the last; a list of it alone will do.
    """

    axis: int = -1

    activation: ClassVar[str] = "softmax"

    def __post_init__(self) -> None:
        """Read the axis; the network knows which one has the channels."""
        super().__post_init__()
        axis = self.axis[0] if isinstance(self.axis, list | tuple) and len(self.axis) == 1 else self.axis
        try:
            set_field(self, axis=operator.index(cast(SupportsIndex, axis)))
        except TypeError:
            expected, fix = "axis to be one whole number, that of the channels", "Write Softmax()."
            raise NotSupportedError(explain(expected=expected, got=repr(self.axis), fix=fix)) from None

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape."""
        return input_shape

"""The same numbers in another shape."""

import operator
from dataclasses import dataclass
from math import prod
from typing import SupportsIndex, cast

from cnnlab.arch.arguments import set_field
from cnnlab.arch.layer import Layer, Shape
from cnnlab.errors import NetworkError, explain

_MOST_AXES = 3  # height, width, channels: no layer takes more


@dataclass(frozen=True)
class Reshape(Layer):
    """Read the values of an image, channels fastest, in another shape.

    Attributes:
        target_shape: Of one image; one axis may be -1, and is what is left for it.
    """

    target_shape: Shape

    def __post_init__(self) -> None:
        """Check the shape."""
        super().__post_init__()
        if not isinstance(self.target_shape, list | tuple) or not 1 <= len(self.target_shape) <= _MOST_AXES:
            raise _refused(self.target_shape)
        axes = tuple(_axis(axis, self.target_shape) for axis in self.target_shape)
        if axes.count(-1) > 1:
            raise _refused(self.target_shape)
        set_field(self, target_shape=axes)

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the target with -1 worked out."""
        count, known = prod(input_shape), prod(axis for axis in self.target_shape if axis > 0)
        if count % known or (-1 not in self.target_shape and count != known):
            raise NetworkError(
                explain(
                    expected=f"a target_shape for {count} numbers",
                    got=repr(self.target_shape),
                    fix=f"The input's shape is {input_shape}; one axis may be -1.",
                )
            )
        return tuple(count // known if axis == -1 else axis for axis in self.target_shape)

    @property
    def sees_whole_image(self) -> bool:
        """Rows and columns are not what they were: any output may be of any position."""
        return True


def _axis(axis: object, given: object) -> int:
    try:
        index = operator.index(cast(SupportsIndex, axis))
    except TypeError:
        index = 0
    if isinstance(axis, bool) or (index < 1 and index != -1):
        raise _refused(given)
    return index


def _refused(given: object) -> NetworkError:
    expected = "target_shape to be one to three whole numbers, at least 1, of which one may be -1"
    return NetworkError(explain(expected=expected, got=repr(given)))

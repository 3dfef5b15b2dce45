"""From an image to a row of features."""

from dataclasses import dataclass
from math import prod

from cnnlab.arch.arguments import data_format, set_field
from cnnlab.arch.layer import Layer, Shape


@dataclass(frozen=True)
class Flatten(Layer):
    """Lay all values of an image in a row, channels fastest (as Keras does in either data format)."""

    data_format: str | None = None

    def __post_init__(self) -> None:
        """Check the data format."""
        super().__post_init__()
        set_field(self, data_format=data_format(self.data_format))

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return (h * w * c,)."""
        return (prod(input_shape),)

    @property
    def sees_whole_image(self) -> bool:
        """Every feature after it may depend on every position."""
        return True

"""Rescaling of pixels inside the network."""

from dataclasses import dataclass

from cnnlab.arch.arguments import number, set_field
from cnnlab.arch.layer import Layer, Shape


@dataclass(frozen=True)
class Rescaling(Layer):
    """Multiply every value by ``scale`` and add ``offset``: Rescaling(1/255) takes raw pixels."""

    scale: float
    offset: float = 0.0

    def __post_init__(self) -> None:
        """Check both numbers."""
        super().__post_init__()
        set_field(self, scale=number(self.scale, "scale"), offset=number(self.offset, "offset"))

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape."""
        return input_shape

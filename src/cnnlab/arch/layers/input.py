"""Where the images come in."""

from dataclasses import dataclass, field

from cnnlab.arch.arguments import set_field
from cnnlab.arch.layer import Layer, Shape, read_input_shape


@dataclass(frozen=True)
class Input(Layer):
    """The shape of one image; node 0 of every network.

    Attributes:
        shape: (h, w, c) or (features,), without the number of images.
    """

    shape: Shape = ()
    batch_size: int | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        """Check the shape."""
        super().__post_init__()
        set_field(self, shape=read_input_shape(self.shape, "shape"))

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape itself."""
        del input_shape
        return self.shape

"""An activation as a layer of its own."""

from dataclasses import dataclass

from cnnlab.arch.activations import canonical_activation
from cnnlab.arch.arguments import set_field
from cnnlab.arch.layer import Layer, Shape


@dataclass(frozen=True)
class Activation(Layer):
    """Apply an activation to every value (softmax: over the last axis).

    Attributes:
        activation: A name of `ACTIVATIONS`.
    """

    activation: str

    def __post_init__(self) -> None:
        """Bring every accepted spelling into one."""
        super().__post_init__()
        set_field(self, activation=canonical_activation(self.activation))

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape."""
        return input_shape

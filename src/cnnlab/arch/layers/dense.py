"""A fully connected layer."""

from dataclasses import dataclass
from math import prod
from typing import ClassVar

from cnnlab.arch.activations import canonical_activation
from cnnlab.arch.arguments import flag, set_field, whole
from cnnlab.arch.initializers import Initializer
from cnnlab.arch.initializers import get as get_initializer
from cnnlab.arch.layer import Layer, Parameter, Shape, without


@dataclass(frozen=True)
class Dense(Layer):
    """Multiply by a matrix, add a bias, apply an activation; on an image, at each position alone, as Keras does.

    Attributes:
        units: Features out.
        activation: A name of `ACTIVATIONS`.
        use_bias: Whether there is a bias.
        kernel_initializer: Glorot uniform, as in Keras.
        bias_initializer: Zeros, as in Keras.
    """

    units: int
    activation: str | None = None
    use_bias: bool = True
    kernel_initializer: str | Initializer = "glorot_uniform"
    bias_initializer: str | Initializer = "zeros"

    neutral: ClassVar = without(
        "kernel_regularizer",
        "bias_regularizer",
        "kernel_constraint",
        "bias_constraint",
        "lora_rank",
        "lora_alpha",
        "quantization_config",
    )

    def __post_init__(self) -> None:
        """Bring every accepted spelling into one."""
        super().__post_init__()
        set_field(
            self,
            units=whole(self.units, "units"),
            use_bias=flag(self.use_bias, "use_bias"),
            activation=canonical_activation(self.activation),
            kernel_initializer=get_initializer(self.kernel_initializer),
            bias_initializer=get_initializer(self.bias_initializer),
        )

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape with ``units`` as its last axis."""
        return (*input_shape[:-1], self.units)

    def parameters(self, input_shape: Shape) -> tuple[Parameter, ...]:
        """Return the kernel (inputs, units) and the bias (units,)."""
        kernel = Parameter("kernel", (input_shape[-1], self.units), get_initializer(self.kernel_initializer))
        bias = Parameter("bias", (self.units,), get_initializer(self.bias_initializer))
        return (kernel, bias) if self.use_bias else (kernel,)

    def multiply_adds(self, input_shape: Shape) -> int:
        """Count the multiplications with the kernel."""
        return prod(input_shape) * self.units

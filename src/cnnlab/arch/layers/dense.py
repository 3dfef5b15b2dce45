"""A fully connected layer."""

from dataclasses import dataclass, field
from math import prod
from typing import ClassVar

from cnnlab.arch.activations import canonical_activation
from cnnlab.arch.arguments import flag, set_field, whole
from cnnlab.arch.constraints import Constraint
from cnnlab.arch.initializers import Initializer
from cnnlab.arch.initializers import get as get_initializer
from cnnlab.arch.layer import Layer, Parameter, Shape, without
from cnnlab.arch.regularizers import Regularizer


@dataclass(frozen=True)
class Dense(Layer):
    """Multiply by a matrix, add a bias, apply an activation; on an image, at each position alone, as Keras does.

    Attributes:
        units: Features out.
        activation: A name of `ACTIVATIONS`.
        use_bias: Whether there is a bias.
        kernel_initializer: Glorot uniform, as in Keras.
        bias_initializer: Zeros, as in Keras.
        kernel_regularizer: What large values of it cost; None for nothing.
        bias_regularizer: What large values of it cost; None for nothing.
        kernel_constraint: What is done to it after each step; None for nothing.
        bias_constraint: What is done to it after each step; None for nothing.
    """

    units: int
    activation: str | None = None
    use_bias: bool = True
    kernel_initializer: str | Initializer = "glorot_uniform"
    bias_initializer: str | Initializer = "zeros"
    kernel_regularizer: str | Regularizer | None = field(default=None, kw_only=True)
    bias_regularizer: str | Regularizer | None = field(default=None, kw_only=True)
    kernel_constraint: str | Constraint | None = field(default=None, kw_only=True)
    bias_constraint: str | Constraint | None = field(default=None, kw_only=True)

    neutral: ClassVar = without("lora_rank", "lora_alpha", "quantization_config")

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
        kernel = self.trained("kernel", (input_shape[-1], self.units))
        return (kernel, self.trained("bias", (self.units,))) if self.use_bias else (kernel,)

    def multiply_adds(self, input_shape: Shape) -> int:
        """Count the multiplications with the kernel."""
        return prod(input_shape) * self.units

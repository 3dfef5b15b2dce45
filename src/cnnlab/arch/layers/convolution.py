"""Convolution over height and width."""

from dataclasses import dataclass, field
from typing import ClassVar

from cnnlab.arch.arguments import set_field, whole
from cnnlab.arch.constraints import Constraint
from cnnlab.arch.initializers import Initializer
from cnnlab.arch.layer import Parameter, Shape, without
from cnnlab.arch.layers.sliding import Sliding
from cnnlab.arch.regularizers import Regularizer
from cnnlab.errors import NotSupportedError, explain


@dataclass(frozen=True)
class Conv2D(Sliding):
    """Slide ``filters`` kernels over the image, add a bias, apply an activation.

    Attributes:
        filters: Channels out.
        kernel_size: One number, or (height, width).
        strides: Steps between two outputs, likewise.
        padding: "valid" (none) or "same" (TensorFlow's: the odd cell at the end).
        data_format: None for the network's own; "channels_last" or "channels_first".
        dilation_rate: Distance between two taps of the kernel.
        activation: A name of `ACTIVATIONS`.
        use_bias: Whether there is a bias.
        kernel_initializer: Glorot uniform, as in Keras.
        bias_initializer: Zeros, as in Keras.
        kernel_regularizer: What large values of it cost; None for nothing.
        bias_regularizer: What large values of it cost; None for nothing.
        kernel_constraint: What is done to it after each step; None for nothing.
        bias_constraint: What is done to it after each step; None for nothing.
    """

    filters: int
    kernel_size: int | tuple[int, int]
    strides: int | tuple[int, int] = (1, 1)
    padding: str = "valid"
    data_format: str | None = None
    dilation_rate: int | tuple[int, int] = (1, 1)
    groups: int = 1
    activation: str | None = None
    use_bias: bool = True
    kernel_initializer: str | Initializer = "glorot_uniform"
    bias_initializer: str | Initializer = "zeros"
    kernel_regularizer: str | Regularizer | None = field(default=None, kw_only=True)
    bias_regularizer: str | Regularizer | None = field(default=None, kw_only=True)
    kernel_constraint: str | Constraint | None = field(default=None, kw_only=True)
    bias_constraint: str | Constraint | None = field(default=None, kw_only=True)

    neutral: ClassVar = without("lora_rank")

    def __post_init__(self) -> None:
        """Bring every accepted spelling into one."""
        super().__post_init__()
        set_field(self, filters=whole(self.filters, "filters"))
        if self.groups != 1:
            raise NotSupportedError(explain(expected="groups=1, the only value cnnlab has", got=repr(self.groups)))

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return (h, w, f)."""
        return (*self.slid(input_shape), self.filters)

    def parameters(self, input_shape: Shape) -> tuple[Parameter, ...]:
        """Return the kernel (y, x, c, f) and the bias (f,)."""
        kernel = self.trained("kernel", (*self.window.size, input_shape[-1], self.filters))
        return (kernel, self.trained("bias", (self.filters,))) if self.use_bias else (kernel,)

    def multiply_adds(self, input_shape: Shape) -> int:
        """Count the multiplications with the kernel, padding included."""
        height, width, filters = self.output_shape(input_shape)
        return height * width * filters * self.window.size[0] * self.window.size[1] * input_shape[-1]

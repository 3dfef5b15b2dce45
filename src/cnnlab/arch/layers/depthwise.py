"""Convolution of each channel alone."""

from dataclasses import dataclass, field
from typing import ClassVar

from cnnlab.arch.arguments import set_field, whole
from cnnlab.arch.constraints import Constraint
from cnnlab.arch.initializers import Initializer
from cnnlab.arch.layer import NEUTRAL, Parameter, Shape
from cnnlab.arch.layers.sliding import Sliding
from cnnlab.arch.regularizers import Regularizer


@dataclass(frozen=True)
class DepthwiseConv2D(Sliding):
    """Slide ``depth_multiplier`` kernels over each channel alone, add a bias, apply an activation.

    Channel ``c`` of the input makes those from ``c * depth_multiplier`` on of the output; channels are never mixed.

    Attributes:
        kernel_size: One number, or (height, width).
        strides: Steps between two outputs, likewise.
        padding: "valid" (none) or "same" (TensorFlow's: the odd cell at the end).
        depth_multiplier: Channels out for each channel in.
        data_format: None for the network's own; "channels_last" or "channels_first".
        dilation_rate: Distance between two taps of the kernel.
        activation: A name of `ACTIVATIONS`.
        use_bias: Whether there is a bias.
        depthwise_initializer: Glorot uniform, as in Keras. Keras takes the fans off the kernel's shape (y, x, c, m),
            y * x * c in and y * x * m out, although each output sees y * x numbers.
        bias_initializer: Zeros, as in Keras.
        depthwise_regularizer: What large values of it cost; None for nothing.
        bias_regularizer: What large values of it cost; None for nothing.
        depthwise_constraint: What is done to it after each step; None for nothing.
        bias_constraint: What is done to it after each step; None for nothing.
    """

    kernel_size: int | tuple[int, int]
    strides: int | tuple[int, int] = (1, 1)
    padding: str = "valid"
    depth_multiplier: int = 1
    data_format: str | None = None
    dilation_rate: int | tuple[int, int] = (1, 1)
    activation: str | None = None
    use_bias: bool = True
    depthwise_initializer: str | Initializer = "glorot_uniform"
    bias_initializer: str | Initializer = "zeros"
    depthwise_regularizer: str | Regularizer | None = field(default=None, kw_only=True)
    bias_regularizer: str | Regularizer | None = field(default=None, kw_only=True)
    depthwise_constraint: str | Constraint | None = field(default=None, kw_only=True)
    bias_constraint: str | Constraint | None = field(default=None, kw_only=True)

    # Configurations of Keras 2 carry one of Conv2D's arguments, which does nothing there.
    neutral: ClassVar = {**NEUTRAL, "groups": (1,)}

    def __post_init__(self) -> None:
        """Bring every accepted spelling into one."""
        super().__post_init__()
        set_field(self, depth_multiplier=whole(self.depth_multiplier, "depth_multiplier"))

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return (h, w, c * depth_multiplier)."""
        return (*self.slid(input_shape), input_shape[-1] * self.depth_multiplier)

    def parameters(self, input_shape: Shape) -> tuple[Parameter, ...]:
        """Return the kernel (y, x, c, depth_multiplier) and the bias (c * depth_multiplier,)."""
        shape = (*self.window.size, input_shape[-1], self.depth_multiplier)
        kernel = self.trained("kernel", shape, "depthwise")
        bias = self.trained("bias", (input_shape[-1] * self.depth_multiplier,))
        return (kernel, bias) if self.use_bias else (kernel,)

    def multiply_adds(self, input_shape: Shape) -> int:
        """Count the multiplications with the kernel, padding included."""
        height, width, channels = self.output_shape(input_shape)
        return height * width * channels * self.window.size[0] * self.window.size[1]

"""Convolution of each channel alone, then of the channels alone."""

from dataclasses import dataclass, field, replace
from typing import ClassVar

from cnnlab.arch.arguments import set_field, whole
from cnnlab.arch.constraints import Constraint
from cnnlab.arch.initializers import Initializer
from cnnlab.arch.layer import Parameter, Shape, without
from cnnlab.arch.layers.convolution import Conv2D
from cnnlab.arch.layers.depthwise import DepthwiseConv2D
from cnnlab.arch.layers.sliding import Sliding
from cnnlab.arch.regularizers import Regularizer

# Configurations of Keras 2 carry this argument of Conv2D's, which does nothing there.
_KERAS_2 = {"class_name": "GlorotUniform", "config": {"seed": None}}


@dataclass(frozen=True)
class SeparableConv2D(Sliding):
    """Slide ``depth_multiplier`` kernels over each channel alone, then mix the channels at each position.

    It is a `DepthwiseConv2D` without bias and activation, and a `Conv2D` of kernel size 1 behind it, which has both:
    `depthwise` and `pointwise` give the two, and each backend computes it as them (Chollet, "Xception", 2017).

    Attributes:
        filters: Channels out.
        kernel_size: One number, or (height, width).
        strides: Steps between two outputs, likewise.
        padding: "valid" (none) or "same" (TensorFlow's: the odd cell at the end).
        data_format: None for the network's own; "channels_last" or "channels_first".
        dilation_rate: Distance between two taps of the kernel.
        depth_multiplier: Channels between both steps for each channel in.
        activation: A name of `ACTIVATIONS`.
        use_bias: Whether there is a bias.
        depthwise_initializer: Of the kernels of each channel alone.
        pointwise_initializer: Of the kernel over the channels.
        bias_initializer: Zeros, as in Keras.
        depthwise_regularizer: What large values of it cost; None for nothing.
        pointwise_regularizer: What large values of it cost; None for nothing.
        bias_regularizer: What large values of it cost; None for nothing.
        depthwise_constraint: What is done to it after each step; None for nothing.
        pointwise_constraint: What is done to it after each step; None for nothing.
        bias_constraint: What is done to it after each step; None for nothing.
    """

    filters: int
    kernel_size: int | tuple[int, int]
    strides: int | tuple[int, int] = (1, 1)
    padding: str = "valid"
    data_format: str | None = None
    dilation_rate: int | tuple[int, int] = (1, 1)
    depth_multiplier: int = 1
    activation: str | None = None
    use_bias: bool = True
    depthwise_initializer: str | Initializer = "glorot_uniform"
    pointwise_initializer: str | Initializer = "glorot_uniform"
    bias_initializer: str | Initializer = "zeros"
    depthwise_regularizer: str | Regularizer | None = field(default=None, kw_only=True)
    pointwise_regularizer: str | Regularizer | None = field(default=None, kw_only=True)
    bias_regularizer: str | Regularizer | None = field(default=None, kw_only=True)
    depthwise_constraint: str | Constraint | None = field(default=None, kw_only=True)
    pointwise_constraint: str | Constraint | None = field(default=None, kw_only=True)
    bias_constraint: str | Constraint | None = field(default=None, kw_only=True)

    neutral: ClassVar = {
        **without("kernel_regularizer", "kernel_constraint"),
        "groups": (1,),
        "kernel_initializer": ("glorot_uniform", _KERAS_2),
    }

    def __post_init__(self) -> None:
        """Bring every accepted spelling into one."""
        super().__post_init__()
        set_field(
            self,
            filters=whole(self.filters, "filters"),
            depth_multiplier=whole(self.depth_multiplier, "depth_multiplier"),
        )

    @property
    def depthwise(self) -> DepthwiseConv2D:
        """Return its first step."""
        return DepthwiseConv2D(
            self.kernel_size,
            self.strides,
            self.padding,
            self.depth_multiplier,
            dilation_rate=self.dilation_rate,
            use_bias=False,
            depthwise_initializer=self.depthwise_initializer,
            depthwise_regularizer=self.depthwise_regularizer,
            depthwise_constraint=self.depthwise_constraint,
        )

    @property
    def pointwise(self) -> Conv2D:
        """Return its second step."""
        return Conv2D(
            self.filters,
            1,
            activation=self.activation,
            use_bias=self.use_bias,
            kernel_initializer=self.pointwise_initializer,
            bias_initializer=self.bias_initializer,
            kernel_regularizer=self.pointwise_regularizer,
            bias_regularizer=self.bias_regularizer,
            kernel_constraint=self.pointwise_constraint,
            bias_constraint=self.bias_constraint,
        )

    def between(self, input_shape: Shape) -> Shape:
        """Return the shape between both steps, (h, w, c * depth_multiplier)."""
        return self.depthwise.output_shape(input_shape)

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return (h, w, f)."""
        return self.pointwise.output_shape(self.between(input_shape))

    def parameters(self, input_shape: Shape) -> tuple[Parameter, ...]:
        """Return depthwise_kernel (y, x, c, m), pointwise_kernel (1, 1, c * m, f) and the bias (f,)."""
        (first,) = self.depthwise.parameters(input_shape)
        second, *bias = self.pointwise.parameters(self.between(input_shape))
        return (replace(first, name="depthwise_kernel"), replace(second, name="pointwise_kernel"), *bias)

    def multiply_adds(self, input_shape: Shape) -> int:
        """Count the multiplications with both kernels, padding included."""
        second = self.pointwise.multiply_adds(self.between(input_shape))
        return self.depthwise.multiply_adds(input_shape) + second

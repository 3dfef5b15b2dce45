"""Convolution over height and width."""

from dataclasses import dataclass, field
from typing import ClassVar

from cnnlab.arch.activations import canonical_activation
from cnnlab.arch.arguments import data_format, flag, one_of, pair, set_field, whole
from cnnlab.arch.constraints import Constraint
from cnnlab.arch.initializers import Initializer
from cnnlab.arch.initializers import get as get_initializer
from cnnlab.arch.layer import Layer, Parameter, Shape, Window, spatial, windowed_size, without
from cnnlab.arch.regularizers import Regularizer
from cnnlab.errors import NetworkError, NotSupportedError, explain


@dataclass(frozen=True)
class Conv2D(Layer):
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
        set_field(
            self,
            filters=whole(self.filters, "filters"),
            kernel_size=pair(self.kernel_size, "kernel_size"),
            strides=pair(self.strides, "strides"),
            padding=one_of(self.padding, ("valid", "same"), "padding"),
            data_format=data_format(self.data_format),
            dilation_rate=pair(self.dilation_rate, "dilation_rate"),
            use_bias=flag(self.use_bias, "use_bias"),
            activation=canonical_activation(self.activation),
            kernel_initializer=get_initializer(self.kernel_initializer),
            bias_initializer=get_initializer(self.bias_initializer),
        )
        if self.groups != 1:
            raise NotSupportedError(explain(expected="groups=1, the only value cnnlab has", got=repr(self.groups)))
        refuse_strides_with_dilation(self.window)

    @property
    def window(self) -> Window:
        """Say how the kernel reaches over height and width."""
        return Window(
            pair(self.kernel_size, "kernel_size"),
            pair(self.strides, "strides"),
            pair(self.dilation_rate, "dilation_rate"),
            self.padding,
        )

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return (h, w, f)."""
        height, width, _ = spatial(input_shape, "Conv2D")
        reach, strides = self.window.reach, self.window.strides
        return (
            windowed_size(height, reach[0], strides[0], self.padding, "height"),
            windowed_size(width, reach[1], strides[1], self.padding, "width"),
            self.filters,
        )

    def parameters(self, input_shape: Shape) -> tuple[Parameter, ...]:
        """Return the kernel (y, x, c, f) and the bias (f,)."""
        kernel = self.trained("kernel", (*self.window.size, input_shape[-1], self.filters))
        return (kernel, self.trained("bias", (self.filters,))) if self.use_bias else (kernel,)

    def multiply_adds(self, input_shape: Shape) -> int:
        """Count the multiplications with the kernel, padding included."""
        height, width, filters = self.output_shape(input_shape)
        return height * width * filters * self.window.size[0] * self.window.size[1] * input_shape[-1]


def refuse_strides_with_dilation(window: Window) -> None:
    """Refuse a window that leaps and has gaps: no version of Keras promises one.

    Raises:
        NetworkError: If a stride and a dilation are above 1.
    """
    if max(window.strides) > 1 and max(window.dilation) > 1:
        raise NetworkError(
            explain(
                expected="strides above 1 or a dilation_rate above 1, not both",
                got=f"strides={window.strides}, dilation_rate={window.dilation}",
                fix="TensorFlow has no such convolution either.",
            )
        )

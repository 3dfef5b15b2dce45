"""What all layers share that slide kernels over height and width."""

from cnnlab.arch.activations import canonical_activation
from cnnlab.arch.arguments import argument_names, data_format, flag, one_of, pair, set_field
from cnnlab.arch.initializers import get as get_initializer
from cnnlab.arch.layer import Layer, Shape, Window, spatial, windowed_size
from cnnlab.errors import NetworkError, explain


class Sliding(Layer):
    """A layer of kernels: it reads the arguments that all of them have, and knows how far they reach.

    The arguments are fields of each layer itself, in Keras' order.
    """

    kernel_size: int | tuple[int, int]
    strides: int | tuple[int, int]
    padding: str
    data_format: str | None
    dilation_rate: int | tuple[int, int]
    activation: str | None
    use_bias: bool

    def __post_init__(self) -> None:
        """Bring every accepted spelling into one."""
        super().__post_init__()
        initializers = [name for name in argument_names(type(self)) if name.endswith("_initializer")]
        set_field(
            self,
            kernel_size=pair(self.kernel_size, "kernel_size"),
            strides=pair(self.strides, "strides"),
            padding=one_of(self.padding, ("valid", "same"), "padding"),
            data_format=data_format(self.data_format),
            dilation_rate=pair(self.dilation_rate, "dilation_rate"),
            use_bias=flag(self.use_bias, "use_bias"),
            activation=canonical_activation(self.activation),
            **{name: get_initializer(getattr(self, name)) for name in initializers},
        )
        _refuse_strides_with_dilation(self.window)

    @property
    def window(self) -> Window:
        """Say how the kernels reach over height and width."""
        return Window(
            pair(self.kernel_size, "kernel_size"),
            pair(self.strides, "strides"),
            pair(self.dilation_rate, "dilation_rate"),
            self.padding,
        )

    def slid(self, input_shape: Shape) -> tuple[int, int]:
        """Return the height and the width of what comes out for one image."""
        height, width, _ = spatial(input_shape, type(self).__name__)
        reach, strides = self.window.reach, self.window.strides
        return (
            windowed_size(height, reach[0], strides[0], self.padding, "height"),
            windowed_size(width, reach[1], strides[1], self.padding, "width"),
        )


def _refuse_strides_with_dilation(window: Window) -> None:
    """Refuse a window that leaps and has gaps: no version of Keras promises one."""
    if max(window.strides) > 1 and max(window.dilation) > 1:
        raise NetworkError(
            explain(
                expected="strides above 1 or a dilation_rate above 1, not both",
                got=f"strides={window.strides}, dilation_rate={window.dilation}",
                fix="TensorFlow has no such convolution either.",
            )
        )

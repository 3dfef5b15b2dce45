"""What every layer is: a frozen dataclass that knows its own shapes, weights and arithmetic.

Glossary of axis letters, used in the whole project: n images, h height, w width, c channels (in), f filters (channels
out), y and x a kernel's rows and columns. A layer sees one image, so shapes here have no n: (h, w, c) or (features,).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any, ClassVar, Final

from cnnlab.arch.arguments import ArgumentType, OldSpelling, set_field, whole
from cnnlab.arch.constraints import Constraint
from cnnlab.arch.initializers import Initializer
from cnnlab.arch.initializers import get as get_initializer
from cnnlab.arch.regularizers import Regularizer
from cnnlab.arch.rules import read_rules, rules_of
from cnnlab.errors import NetworkError, explain

Shape = tuple[int, ...]

_LONGEST_NAME: Final = 200


@dataclass(frozen=True)
class Parameter:
    """One array of weights.

    Attributes:
        name: Keras' name: "kernel", "bias", "gamma", "moving_mean"; every kernel's ends in "kernel".
        shape: As Keras stores it; a kernel of Conv2D is (y, x, c, f), a depthwise one (y, x, c, m), one of Dense
            (inputs, units).
        initializer: What it holds before training.
        trainable: Whether the optimizer moves it.
        regularizer: What large values of it cost, once for each batch.
        constraint: What is done to it after each step.

    Raises:
        NetworkError: If the constraint names axes that it has not.
    """

    name: str
    shape: Shape
    initializer: Initializer
    trainable: bool = True
    regularizer: Regularizer | None = None
    constraint: Constraint | None = None

    def __post_init__(self) -> None:
        """Check the constraint."""
        if self.constraint is not None:
            self.constraint.check(self.shape)

    @property
    def size(self) -> int:
        """Count the numbers in it."""
        return prod(self.shape)


@dataclass(frozen=True)
class Window:
    """How far a layer reaches along the height and the width.

    Attributes:
        size: Kernel or pool size, (height, width).
        strides: Steps between two outputs.
        dilation: Distance between two taps of the kernel.
        padding: "valid" or "same".
    """

    size: tuple[int, int]
    strides: tuple[int, int]
    dilation: tuple[int, int] = (1, 1)
    padding: str = "valid"

    @property
    def reach(self) -> tuple[int, int]:
        """Say how many pixels the kernel covers with its dilation."""
        return (
            (self.size[0] - 1) * self.dilation[0] + 1,
            (self.size[1] - 1) * self.dilation[1] + 1,
        )


# Arguments of Keras' layers that change nothing at these values; at any other they are refused by name.
NEUTRAL: Final[Mapping[str, tuple[Any, ...]]] = {
    "trainable": (True, None),
    "dtype": ("float32", None),
    "autocast": (True, None),
    "activity_regularizer": (None,),
}


def without(*names: str) -> Mapping[str, tuple[Any, ...]]:
    """Return what every layer accepts at a neutral value, and these further arguments, neutral at None."""
    return {**NEUTRAL, **dict.fromkeys(names, (None,))}


def _without_batch(shape: object) -> Shape:
    """Drop the number of images from a shape."""
    if not isinstance(shape, list | tuple):
        expected = "batch_input_shape to be a list that begins with the number of images"
        raise NetworkError(explain(expected=expected, got=repr(shape)))
    return tuple(shape[1:])


def _is_name(name: object) -> bool:
    """Tell whether a layer can be called so in tables, messages and files."""
    return isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME and name.isprintable() and "/" not in name


@dataclass(frozen=True)
class Layer(metaclass=ArgumentType):
    """A step of a network.

    Attributes:
        name: Unique within its network; None lets the network choose "conv2d", "conv2d_1" as Keras does.
        input_shape: Only on the first layer of a chain: (h, w, c) or (features,), without the number of images. A
            shape of two axes, (h, w), is for networks that begin with Flatten.
    """

    name: str | None = field(default=None, kw_only=True)
    input_shape: Shape | None = field(default=None, kw_only=True, repr=False)

    # Whether it draws random numbers in training: each such layer has a key of its own in every epoch.
    draws: ClassVar[bool] = False
    neutral: ClassVar[Mapping[str, tuple[Any, ...]]] = NEUTRAL
    # How many inputs it takes, at least and at most (None: any number); with several, `output_shape` gets all shapes.
    input_count: ClassVar[tuple[int, int | None]] = (1, 1)
    old_spellings: ClassVar[Mapping[str, OldSpelling]] = {
        "input_dim": ("input_shape", lambda features: (features,)),
        "batch_input_shape": ("input_shape", _without_batch),
    }

    def __post_init__(self) -> None:
        """Bring every accepted spelling into one."""
        if self.name is not None and not _is_name(self.name):
            raise NetworkError(explain(expected="name to be a word without '/'", got=repr(self.name)))
        if self.input_shape is not None:
            set_field(self, input_shape=read_input_shape(self.input_shape, "input_shape"))
        read_rules(self)

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of what comes out for one image.

        Raises:
            NetworkError: If the input does not fit; the message has no place yet, the network adds it.
        """
        raise NotImplementedError

    def __call__(self, inputs: object, **others: object) -> Any:  # noqa: ANN401 - an Output, which is made of layers
        """Take from other layers, in a network with branches; see `wiring.called`."""
        from cnnlab.arch.wiring import called  # noqa: PLC0415 - it is made of layers

        return called(self, inputs, **others)

    def parameters(self, input_shape: Shape) -> tuple[Parameter, ...]:
        """Return the layer's arrays of weights in Keras' order; none for most layers."""
        del input_shape
        return ()

    def trained(self, name: str, shape: Shape, argument: str | None = None) -> Parameter:
        """Return an array that is trained, as the layer's arguments say.

        Args:
            name: Of the array: "kernel".
            shape: Its shape.
            argument: What its arguments begin with, where that is not its name: "depthwise".
        """
        word = argument or name
        initializer = get_initializer(getattr(self, f"{word}_initializer"))
        regularizer, constraint = rules_of(self, word)
        return Parameter(name, shape, initializer, True, regularizer, constraint)

    def multiply_adds(self, input_shape: Shape) -> int:
        """Count the multiplications with a weight for one image, forward."""
        del input_shape
        return 0

    @property
    def window(self) -> Window | None:
        """Say how the layer reaches over height and width; None where it looks at each position alone."""
        return None

    @property
    def sees_whole_image(self) -> bool:
        """Tell whether each output depends on every position of the input."""
        return False


def read_input_shape(shape: object, what: str) -> Shape:
    """Read the shape of one image, or refuse it by name."""
    if isinstance(shape, list | tuple) and 1 <= len(shape) <= 3:  # noqa: PLR2004 - height, width, channels
        return tuple(whole(axis, f"each axis of {what}") for axis in shape)
    raise NetworkError(
        explain(
            expected=f"{what} to be (height, width, channels) or (features,)",
            got=repr(shape),
            fix="Grey images of 28 x 28 pixels are (28, 28, 1).",
        )
    )


def spatial(input_shape: Shape, what: str) -> tuple[int, int, int]:
    """Return (h, w, c), or refuse an input that is no image."""
    if len(input_shape) != 3:  # noqa: PLR2004 - height, width and channels
        raise NetworkError(
            explain(
                expected=f"an input of height, width and channels for {what}",
                got=f"shape {input_shape}",
                fix="It cannot follow Flatten or Dense; an image without a channel axis needs one, as in (28, 28, 1).",
            )
        )
    return input_shape[0], input_shape[1], input_shape[2]


def windowed_size(size: int, reach: int, stride: int, padding: str, axis: str) -> int:
    """Return how many outputs fit along one axis, by TensorFlow's rules.

    'same' gives ceil(size / stride), 'valid' gives ceil((size - reach + 1) / stride).
    """
    outputs = -(-size // stride) if padding == "same" else -(-(size - reach + 1) // stride)
    if outputs < 1:
        raise NetworkError(
            explain(
                expected=f"an input of {axis} at least {reach} for a window that reaches over {reach}",
                got=f"{axis} {size}",
                fix="Use a smaller window, padding='same', or fewer pools and strides before it.",
            )
        )
    return outputs


def pad_before_after(size: int, reach: int, stride: int, padding: str) -> tuple[int, int]:
    """Say how many cells of padding stand before and after one axis.

    TensorFlow's 'same': as many in total as make ceil(size / stride) outputs, the odd cell at the end.
    """
    if padding == "valid":
        return 0, 0
    total = max(0, (-(-size // stride) - 1) * stride + reach - size)
    return total // 2, total - total // 2

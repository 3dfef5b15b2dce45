"""ReLU and LeakyReLU as layers of their own, with the arguments that the activations by name do not have."""

from dataclasses import dataclass
from typing import ClassVar, Final

from cnnlab.arch.arguments import number, set_field
from cnnlab.arch.layer import Layer, Shape
from cnnlab.errors import NetworkError, explain

_SIX: Final = 6.0  # Keras hands a ReLU that ends here to a function that knows this number alone


@dataclass(frozen=True)
class ReLU(Layer):
    """Keep what is above the threshold, up to a largest value; below it, a slope times the distance to it.

    Attributes:
        max_value: The largest output; None for no limit.
        negative_slope: At and below the threshold the output is ``negative_slope * (x - threshold)``.
        threshold: From where on values are kept.
    """

    max_value: float | None = None
    negative_slope: float = 0.0
    threshold: float = 0.0

    def __post_init__(self) -> None:
        """Check the numbers."""
        super().__post_init__()
        set_field(
            self,
            max_value=None if self.max_value is None else _not_negative(self.max_value, "max_value"),
            negative_slope=_not_negative(self.negative_slope, "negative_slope"),
            threshold=_not_negative(self.threshold, "threshold"),
        )

    @property
    def activation(self) -> str:
        """Name the activation whose kin it is: with a slope below the threshold no unit can die."""
        return "leaky_relu" if self.negative_slope else "relu"

    @property
    def is_plain(self) -> bool:
        """Say whether it is the activation of the same name."""
        return self.max_value is None and self.negative_slope == self.threshold == 0

    @property
    def slope_at_threshold(self) -> float:
        """Return the slope exactly at the threshold, as Keras on JAX has it: 1 for a leaky one alone, else 0."""
        return 1.0 if self.negative_slope and self.max_value is None and self.threshold == 0 else 0.0

    @property
    def slope_at_max(self) -> float:
        """Return the slope exactly at the largest value, as Keras on JAX has it: the mean of both sides, 0 at 6."""
        return 0.0 if self.max_value == _SIX and self.threshold == 0 else 0.5

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape."""
        return input_shape


@dataclass(frozen=True)
class LeakyReLU(Layer):
    """Keep what is not negative, and multiply by a slope what is.

    Attributes:
        negative_slope: Keras' default is 0.3, that of the activation of the same name 0.2.
    """

    negative_slope: float = 0.3

    activation: ClassVar[str] = "leaky_relu"
    old_spellings: ClassVar = {**Layer.old_spellings, "alpha": ("negative_slope", lambda slope: slope)}

    def __post_init__(self) -> None:
        """Check the slope."""
        super().__post_init__()
        set_field(self, negative_slope=_not_negative(self.negative_slope, "negative_slope"))

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape."""
        return input_shape


def _not_negative(value: object, what: str) -> float:
    """Return a number from 0 up, or refuse it by name."""
    found = number(value, what)
    if found < 0:
        raise NetworkError(explain(expected=f"{what} to be a number that is not negative", got=repr(value)))
    return found

"""Dropout, of single values and of whole channels."""

from dataclasses import dataclass
from typing import ClassVar

from cnnlab.arch.arguments import data_format, number, set_field
from cnnlab.arch.layer import Layer, Shape, spatial, without
from cnnlab.errors import NetworkError, explain
from cnnlab.randomness import check_seed


@dataclass(frozen=True)
class Dropping(Layer):
    """What all dropouts share: in training, set a share to 0 and divide the rest by 1 - rate (inverted dropout)."""

    rate: float

    draws: ClassVar[bool] = True
    neutral: ClassVar = without("noise_shape")

    def __post_init__(self) -> None:
        """Check the rate."""
        super().__post_init__()
        set_field(self, rate=number(self.rate, "rate"))
        if not 0 <= self.rate < 1:
            raise NetworkError(explain(expected="rate to be a number from 0 to below 1", got=repr(self.rate)))

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape."""
        return input_shape


@dataclass(frozen=True)
class Dropout(Dropping):
    """In training, set a share of the activations to 0 and divide the others by 1 - rate (inverted dropout).

    Attributes:
        rate: Share to drop, from 0 to below 1.
        seed: Of this layer's masks; None takes the run's.
    """

    seed: int | None = None

    def __post_init__(self) -> None:
        """Check the rate and the seed."""
        super().__post_init__()
        if self.seed is not None:
            set_field(self, seed=check_seed(self.seed, "Dropout seed"))


@dataclass(frozen=True)
class SpatialDropout2D(Dropping):
    """In training, set a share of each image's channels to 0 as a whole and divide the others by 1 - rate.

    Tompson, Goroshin, Jain, LeCun and Bregler, "Efficient Object Localization Using Convolutional Networks" (2015).

    Attributes:
        rate: Share to drop, from 0 to below 1.
        data_format: None for the network's own.
        seed: Of this layer's masks; None takes the run's.
    """

    data_format: str | None = None
    seed: int | None = None

    neutral: ClassVar = Layer.neutral

    def __post_init__(self) -> None:
        """Check the arguments."""
        super().__post_init__()
        set_field(self, data_format=data_format(self.data_format))
        if self.seed is not None:
            set_field(self, seed=check_seed(self.seed, "SpatialDropout2D seed"))

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return (h, w, c), the input's shape."""
        return spatial(input_shape, "SpatialDropout2D")

"""Dropout."""

from dataclasses import dataclass
from typing import ClassVar

from cnnlab.arch.arguments import number, set_field
from cnnlab.arch.layer import Layer, Shape, without
from cnnlab.errors import NetworkError, explain
from cnnlab.randomness import check_seed


@dataclass(frozen=True)
class Dropout(Layer):
    """In training, set a share of the activations to 0 and divide the others by 1 - rate (inverted dropout).

    Attributes:
        rate: Share to drop, from 0 to below 1.
        seed: Of this layer's masks; None takes the run's.
    """

    rate: float
    seed: int | None = None

    neutral: ClassVar = without("noise_shape")

    def __post_init__(self) -> None:
        """Check the rate and the seed."""
        super().__post_init__()
        set_field(self, rate=number(self.rate, "rate"))
        if not 0 <= self.rate < 1:
            raise NetworkError(explain(expected="rate to be a number from 0 to below 1", got=repr(self.rate)))
        if self.seed is not None:
            set_field(self, seed=check_seed(self.seed, "Dropout seed"))

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape."""
        return input_shape

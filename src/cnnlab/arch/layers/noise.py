"""Noise in training."""

from dataclasses import dataclass
from typing import ClassVar

from cnnlab.arch.arguments import number, set_field
from cnnlab.arch.layer import Layer, Shape
from cnnlab.errors import NetworkError, explain
from cnnlab.randomness import check_seed


@dataclass(frozen=True)
class GaussianNoise(Layer):
    """In training, add to each value a number from a normal distribution around 0.

    Attributes:
        stddev: Of that distribution, from 0 to 1.
        seed: Of this layer's noise; None takes the run's.
    """

    stddev: float
    seed: int | None = None

    draws: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Check the deviation and the seed."""
        super().__post_init__()
        set_field(self, stddev=number(self.stddev, "stddev"))
        if not 0 <= self.stddev <= 1:
            raise NetworkError(explain(expected="stddev to be a number from 0 to 1", got=repr(self.stddev)))
        if self.seed is not None:
            set_field(self, seed=check_seed(self.seed, "GaussianNoise seed"))

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape."""
        return input_shape

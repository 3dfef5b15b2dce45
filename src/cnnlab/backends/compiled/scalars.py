"""What the optimizer is told of each step: learning rate, Adam's corrections, when to apply and to average.

Powers of beta are running products, and a product has one rounding everywhere; a mathematics library's power has not.
"""

from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab.backends.learning_rates import LearningRate
from cnnlab.compiler.frame import Scalar
from cnnlab.records import Adam, Adamax, Nadam, Optimizer
from cnnlab.records.nadam import NadamMomenta


class Scalars:
    """Counts steps.

    Args:
        optimizer: Whose.

    Attributes:
        rate: Its learning rate, which may be set between steps.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer: Any = optimizer
        self.rate = LearningRate(optimizer)
        self._number = 0  # how many factors the powers have
        self._powers = [1.0, 1.0]
        self._nadam = NadamMomenta(optimizer) if isinstance(optimizer, Nadam) else None

    def of_steps(self, first: int, count: int) -> npt.NDArray[np.float64]:
        """Return a row of scalars for each of ``count`` steps, the first being number ``first`` from 0."""
        rows = np.zeros((count, Scalar.SIZE))
        for index in range(count):
            rows[index, : len(Scalar) - 1] = self._of_step(first + index)
        return rows

    def _of_step(self, step: int) -> tuple[float, ...]:
        optimizer = self.optimizer
        together = optimizer.gradient_accumulation_steps or 1
        updates = step // together
        rate = self.rate.at(step)
        size, gradient, spread = self._corrected(rate, updates + 1)
        momentum = optimizer.ema_momentum if updates else 0.0
        frequency = optimizer.ema_overwrite_frequency
        overwrite = bool(frequency) and (updates + 1) % frequency == 0
        apply = float((step + 1) % together == 0)
        return apply, rate, size, momentum, float(overwrite), gradient, spread

    def _corrected(self, rate: float, number: int) -> tuple[float, float, float]:
        """Return the size of a step of update ``number``, and Nadam's two further factors."""
        if self._nadam is not None:
            factors = self._nadam.of(number, rate)
            return factors.momentum, factors.gradient, factors.spread
        if isinstance(self.optimizer, Adam | Adamax):
            return self._adam_size(rate, number), 0.0, 0.0
        return 0.0, 0.0, 0.0

    def _adam_size(self, rate: float, number: int) -> float:
        """Return rate * sqrt(1 - beta_2**t) / (1 - beta_1**t) of update t; Adamax has no root."""
        if number < self._number:
            self._number, self._powers = 0, [1.0, 1.0]
        for _ in range(number - self._number):
            self._powers = [self._powers[0] * self.optimizer.beta_1, self._powers[1] * self.optimizer.beta_2]
        self._number = number
        root = 1.0 if isinstance(self.optimizer, Adamax) else sqrt(1 - self._powers[1])
        return float(rate * root / (1 - self._powers[0]))

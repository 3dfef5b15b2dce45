"""What Nadam multiplies by in each update: its momentum grows from half of beta_1 towards beta_1."""

from dataclasses import dataclass
from typing import Final

from cnnlab.records.optimizers import Nadam

_PACE: Final = 0.96


@dataclass(frozen=True)
class NadamFactors:
    """The factors of one update, which is mean * momentum + gradient * gradient_share over sqrt(square * spread)."""

    momentum: float
    gradient: float
    spread: float


class NadamMomenta:
    """Counts updates; every power is a running product, so that it has the same bits on every machine.

    Args:
        optimizer: Whose.
    """

    def __init__(self, optimizer: Nadam) -> None:
        self._optimizer = optimizer
        self._begin()

    def _begin(self) -> None:
        self._number = 0
        self._pace = self._all = self._beta_2 = 1.0

    def _share(self, pace: float) -> float:
        """Return Dozat's mu of an update."""
        return self._optimizer.beta_1 * (1 - 0.5 * pace)

    def product(self, number: int) -> float:
        """Return the product of all momenta up to update ``number``, from 1; 1 for 0."""
        if number < self._number:
            self._begin()
        for _ in range(number - self._number):
            self._pace *= _PACE
            self._all *= self._share(self._pace)
            self._beta_2 *= self._optimizer.beta_2
        self._number = number
        return self._all

    def of(self, number: int, rate: float) -> NadamFactors:
        """Return the factors of update ``number``, from 1, at a learning rate."""
        product = self.product(number)
        now, after = self._share(self._pace), self._share(self._pace * _PACE)
        return NadamFactors(
            momentum=rate * after / (1 - product * after),
            gradient=rate * (1 - now) / (1 - product),
            spread=1 / (1 - self._beta_2),
        )


def momenta_until(optimizer: Nadam, step: int) -> float:
    """Return the product of the momenta of so many batches, which Keras keeps behind everything else it remembers."""
    return NadamMomenta(optimizer).product(step // (optimizer.gradient_accumulation_steps or 1))

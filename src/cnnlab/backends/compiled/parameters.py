"""All weights of a network in one array, in the order that its plan gives them, and what the optimizer remembers."""

from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from cnnlab.arch import Network
from cnnlab.backends.checks import check_weights
from cnnlab.backends.compiled.memory import aligned
from cnnlab.backends.interface import Array
from cnnlab.compiler.plan import Place, Plan


class Parameters:
    """See the module.

    Args:
        network: Whose.
        plan: Says where each array lies, and what the optimizer's memory starts with.
        dtype: Of the numbers.
    """

    def __init__(self, network: Network, plan: Plan, dtype: npt.DTypeLike) -> None:
        self._network = network
        self._plan = plan
        self.values = aligned(max(plan.parameters, 1), dtype)
        self.by_weight = aligned(max(plan.trained, 1), dtype)
        self.slots = aligned(max(plan.trained * len(plan.slots), 1), dtype)
        if plan.optimizer is not None:
            for number, slot in enumerate(plan.slots):
                self.slots[number * plan.trained : (number + 1) * plan.trained] = plan.optimizer.start_of(slot)

    def _view(self, array: Array, place: Place, start: int = 0) -> npt.NDArray[Any]:
        first = start + place.first
        return array[first : first + place.size].reshape(place.shape)

    def get_weights(self) -> list[Array]:
        """Return copies, in Keras' order."""
        return [self._view(self.values, place).copy() for place in self._plan.places]

    def set_weights(self, weights: Sequence[Array]) -> None:
        """Replace them all, or none where one does not fit.

        Raises:
            UsageError: If their number or a shape does not fit.
        """
        check_weights(self._network, weights)
        for place, value in zip(self._plan.places, weights, strict=True):
            self._view(self.values, place)[...] = value

    def gradients(self) -> list[Array]:
        """Return copies of the last batch's gradients by the trained weights, in Keras' order."""
        return [self._view(self.by_weight, place).copy() for place in self._trained()]

    def get_slots(self) -> dict[str, Array]:
        """Return copies of the optimizer's slots as "layer/weight/slot"."""
        return {name: array.copy() for name, array in self._slots()}

    def set_slots(self, state: dict[str, Array]) -> None:
        """Replace the optimizer's slots."""
        for name, array in self._slots():
            array[...] = state[name]

    def take_averages(self) -> None:
        """Let the weights' moving averages take their place, where the optimizer keeps some."""
        if "average" in self._plan.slots:
            start = self._plan.slots.index("average") * self._plan.trained
            for place in self._trained():
                self._view(self.values, place)[...] = self._view(self.slots, place, start)

    def _trained(self) -> list[Place]:
        return [place for place in self._plan.places if place.trainable]

    def _slots(self) -> list[tuple[str, Array]]:
        return [
            (f"{place.name}/{slot}", self._view(self.slots, place, number * self._plan.trained))
            for place in self._trained()
            for number, slot in enumerate(self._plan.slots)
        ]

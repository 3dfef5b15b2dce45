"""Memory for one training step, used again by the next: fresh pages cost a step a tenth of its time and more."""

from collections import defaultdict

import numpy as np
import numpy.typing as npt

from cnnlab.backends.interface import Array


class Arena:
    """Arrays that live from one `reuse` to the next.

    Nothing taken from an arena may leave the step that took it.
    """

    def __init__(self) -> None:
        self._free: defaultdict[tuple[tuple[int, ...], np.dtype], list[Array]] = defaultdict(list)
        self._taken: list[Array] = []

    def empty(self, shape: tuple[int, ...], dtype: npt.DTypeLike) -> Array:
        """Return an array of that shape with anything in it."""
        free = self._free[shape, np.dtype(dtype)]
        array = free.pop() if free else np.empty(shape, dtype)
        self._taken.append(array)
        return array

    def reuse(self) -> None:
        """Take back all arrays handed out so far."""
        for array in self._taken:
            self._free[array.shape, array.dtype].append(array)
        self._taken.clear()

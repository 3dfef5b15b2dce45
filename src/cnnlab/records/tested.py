"""What the runs of one architecture said of the same images: all that a comparison needs."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Tested:
    """The answers of several seeds of one architecture, image by image.

    Attributes:
        architecture: Its name.
        seeds: Of the runs, in the order of the rows below.
        labels: The true classes, shape (images,), integers.
        classes: What each run said, shape (seeds, images), integers.
        losses: Cross-entropy of each answer, shape (seeds, images), float64; infinite where the true class was given
            the probability 0.
        weighed: Whether training weighed classes, so that right answers alone do not say what was learnt.
    """

    __test__ = False  # the name is not a test for pytest

    architecture: str
    seeds: tuple[int, ...]
    labels: npt.NDArray[Any]
    classes: npt.NDArray[Any]
    losses: npt.NDArray[np.float64]
    weighed: bool = False

    @property
    def correct(self) -> npt.NDArray[np.bool_]:
        """Tell which answers were right, shape (seeds, images)."""
        return np.asarray(self.classes == self.labels)

    @property
    def images(self) -> int:
        """Count the images."""
        return len(self.labels)

    @property
    def accuracies(self) -> npt.NDArray[np.float64]:
        """Return the share of right answers of each seed, from 0 to 1."""
        return np.asarray(self.correct.mean(axis=1), dtype=np.float64)

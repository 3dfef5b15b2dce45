"""Answers of made-up networks whose true accuracy is known."""

import numpy as np
import numpy.typing as npt

from cnnlab.records import Tested

IMAGES = 2_000


def answers(
    random: np.random.Generator,
    accuracy: float,
    *,
    spread: float = 0.0,
    seeds: int = 6,
    hard: npt.NDArray[np.float64] | None = None,
) -> Tested:
    """Draw what some seeds say: each seed has an accuracy of its own, and each image a difficulty that all share.

    Args:
        random: Where from.
        accuracy: Mean over all seeds that could be.
        spread: Standard deviation of the seeds' accuracies.
        seeds: How many.
        hard: Added to each image's chance of being right, mean 0; None for images that are alike.
    """
    of_seed = accuracy + spread * random.standard_normal((seeds, 1))
    chance = of_seed + (np.zeros(IMAGES) if hard is None else hard)
    right = random.random((seeds, IMAGES)) < np.clip(chance, 0, 1)
    labels = np.zeros(IMAGES, np.int64)
    return Tested("made-up", tuple(range(seeds)), labels, np.where(right, 0, 1), np.zeros((seeds, IMAGES)))

"""Right answers with every class counted alike: what a training with class weights is about."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt


class EvenAccuracy(NamedTuple):
    """Accuracies in which each class has the same say, however many images it has.

    Attributes:
        shares: Of each run the mean over the classes of the share of a class that was named right, shape (runs,).
        images: So many images of classes of one size would say as much.
        chance: What always naming one class gets.
    """

    shares: npt.NDArray[np.float64]
    images: int
    chance: float


def even_accuracy(labels: npt.NDArray[Any], said: npt.NDArray[Any]) -> EvenAccuracy:
    """Count every class alike.

    The mean over K classes of shares of n_c images each has the variance p (1 - p) times the sum of 1 / n_c over K^2
    where all shares are p: that of one share of K^2 / sum(1 / n_c) images.

    Args:
        labels: The true classes, shape (images,).
        said: What each run named, shape (runs, images).

    Example:
        >>> even_accuracy(np.array([0, 0, 0, 1]), np.array([[0, 0, 0, 0], [0, 1, 1, 1]]))
        EvenAccuracy(shares=array([0.5       , 0.66666667]), images=3, chance=0.5)
    """
    classes, counts = np.unique(labels, return_counts=True)
    shares = np.mean([(said[:, labels == one] == one).mean(axis=1) for one in classes], axis=0)
    images = max(1, int(len(classes) ** 2 / (1 / counts).sum()))
    return EvenAccuracy(np.asarray(shares, np.float64), images, 1 / len(classes))

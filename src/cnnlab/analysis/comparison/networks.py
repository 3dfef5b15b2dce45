"""Trained networks as they are, on the same images: all that can be compared where an architecture has one seed."""

from math import sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from cnnlab.analysis.proportions import Interval


def paired(apart: npt.NDArray[np.float64], tail: float, times: float = 1.0) -> Interval:
    """Compute the interval of a difference of accuracies over another choice of images, for these very networks.

    Args:
        apart: For each image how much more often the first one was right, from -1 to 1; of two single networks -1, 0
            or 1.
        tail: Chance beyond each end.
        times: As if each image were there so many times.

    Returns:
        Both ends, from -1 to 1. Images on which both agree say nothing about the sign, but count.

    Reference:
        Bonett and Price, "Adjusted Wald confidence interval for a difference of binomial proportions based on paired
        data" (2012): one image more that only the first gets right, and one that only the second does.
    """
    images = apart.size * times + 2
    middle = float(apart.sum()) * times / images
    square = (float(np.square(apart).sum()) * times + 2) / images
    reach = -NormalDist().inv_cdf(tail) * sqrt(max(0.0, square - middle**2) / images)
    return Interval(max(-1.0, middle - reach), min(1.0, middle + reach))

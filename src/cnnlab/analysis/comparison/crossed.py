"""Seeds crossed with images: what the answers of several seeds to the same images say of their mean's chances."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab.errors import UsageError, explain


@dataclass(frozen=True, eq=False)
class Crossed:
    """The mean of a table of seeds by images, and the three parts of its variance.

    An answer is the mean, plus what its seed does, plus what its image does, plus what this seed does with this image.
    The last part is counted twice by the two variances below; ``shared`` is what to take off once.

    Attributes:
        mean: Of the whole table.
        seeds: How many rows.
        images: How many columns.
        each_seed: Mean of each row, shape (seeds,).
        each_image: Mean of each column, shape (images,).
        seed_part: Variance of the mean over another choice of seeds, tested on the same images; 0 with one seed.
        image_part: Variance of the mean over another choice of images, answered by the same seeds.
        shared: What both of them count; 0 with one seed, whose whole variance is the images'.
    """

    mean: float
    seeds: int
    images: int
    each_seed: npt.NDArray[np.float64]
    each_image: npt.NDArray[np.float64]
    seed_part: float
    image_part: float
    shared: float

    @property
    def images_alone(self) -> float:
        """Return the variance that no number of seeds takes away."""
        return max(0.0, self.image_part - self.shared)

    @property
    def variance(self) -> float:
        """Return the variance of the mean over another choice of seeds and of images."""
        return self.seed_part + self.images_alone

    @property
    def seed_spread(self) -> float:
        """Return the standard deviation of seeds on endlessly many images; 0 where the images explain all of it."""
        return float(np.sqrt(self.seeds * max(0.0, self.seed_part - self.shared)))


def crossed(values: npt.NDArray[Any]) -> Crossed:
    """Take a table apart.

    Args:
        values: One number or truth value for each answer, shape (seeds, images), all finite.

    Returns:
        Its mean and the parts of that mean's variance, each in the square of the values' unit. Their expectations are
        seed variance / seeds, image variance / images and, in each of both and in ``shared``, the variance of the
        answers around those two, divided by seeds and images.

    Raises:
        UsageError: If there is no seed or no image.

    Reference:
        The two-way layout with random effects: Searle, Casella and McCulloch, "Variance components" (1992), ch. 4.
    """
    if values.ndim != 2 or 0 in values.shape:  # noqa: PLR2004 - seeds by images
        raise UsageError(explain(expected="answers, seeds by images", got=f"shape {values.shape}", where="comparison"))
    seeds, images = values.shape
    each_seed = np.asarray(values.mean(axis=1), dtype=np.float64)
    each_image = np.asarray(values.mean(axis=0), dtype=np.float64)
    mean = float(values.mean())  # a mean of means would round, and equal accuracies differ
    of_images = float(np.square(each_image - mean).sum())
    if seeds == 1:
        return Crossed(mean, seeds, images, each_seed, each_image, 0.0, of_images / images**2, 0.0)
    of_seeds = float(np.square(each_seed - mean).sum())
    rest = max(0.0, _squares(values, mean) - images * of_seeds - seeds * of_images)
    shared = rest / ((seeds - 1) * max(1, images - 1) * seeds * images)
    seed_part = of_seeds / ((seeds - 1) * seeds)
    return Crossed(mean, seeds, images, each_seed, each_image, seed_part, of_images / images**2, shared)


def _squares(values: npt.NDArray[Any], mean: float) -> float:
    """Sum the squared distances from the mean; of truth values the mean says it."""
    if values.dtype == np.bool_:
        return values.size * mean * (1 - mean)
    return float(np.square(np.asarray(values, dtype=np.float64) - mean).sum())

"""Images with their labels, as they lie in memory before a batch is taken from them."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Examples:
    """Images and labels that a network can be trained on or tested with.

    Attributes:
        images: Shape (n, height, width, channels), or (n, features) for a network of Dense layers alone; uint8 or a
            float type. May be memory-mapped.
        labels: Class numbers, integers of shape (n,); or probabilities, floats of shape (n, classes): one-hot or soft.
        divisor: What each pixel is divided by, in float32, when a batch is taken; None to use pixels as they are.
        weights: What the loss of each image is multiplied by, floats of shape (n,); None where all count alike.
    """

    images: npt.NDArray[Any]
    labels: npt.NDArray[Any]
    divisor: float | None = None
    weights: npt.NDArray[np.floating] | None = None

    def __len__(self) -> int:
        """Count the images."""
        return len(self.images)

    def batch(self, rows: npt.NDArray[np.integer] | slice, dtype: npt.DTypeLike = np.float32) -> npt.NDArray[Any]:
        """Take some images as the network sees them.

        Args:
            rows: Which images, in which order.
            dtype: float32, or float64 for checking; the division itself is always done in float32.

        Returns:
            Shape (rows, height, width, channels), of ``dtype``.
        """
        images = self.images[rows]
        if self.divisor is None:
            return images.astype(dtype)
        scaled = images.astype(np.float32)
        scaled /= np.float32(self.divisor)
        return scaled.astype(dtype, copy=False)

    def head(self, count: int) -> "Examples":
        """Return the first ``count`` examples, without a copy."""
        return self._part(slice(count))

    def behind(self, count: int) -> "Examples":
        """Return all but the first ``count`` examples, without a copy."""
        return self._part(slice(count, None))

    def weights_of(self, rows: npt.NDArray[np.integer] | slice) -> npt.NDArray[np.floating] | None:
        """Return the weights of some images, shape (rows,); None where all count alike."""
        return None if self.weights is None else self.weights[rows]

    def _part(self, rows: slice) -> "Examples":
        return replace(self, images=self.images[rows], labels=self.labels[rows], weights=self.weights_of(rows))


@dataclass(frozen=True, eq=False)
class Split:
    """A data set in its two parts, with what is known of it.

    Attributes:
        name: What users call it: "mnist", "made-up".
        train: What networks are trained on; images as uint8 without a channel axis where the source has none.
        test: What they are tested with.
        class_names: One name for each class, in the order of the class numbers.
        source: Where this copy came from, for people: "cache", "~/.keras/datasets/mnist.npz".
        sums: SHA-256 of each raw part, by the part's name; what a run's provenance records.
        validation: Training images held out: what every epoch is validated with, so that the test images are looked at
            once, at the end. None where the test images serve for both, as in the notebook.
    """

    name: str
    train: Examples
    test: Examples
    class_names: tuple[str, ...]
    source: str
    sums: dict[str, str]
    validation: Examples | None = None

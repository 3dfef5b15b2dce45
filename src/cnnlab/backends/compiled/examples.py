"""Images and labels as compiled code takes them."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cnnlab.compiler.frame import ImageKind, LabelKind
from cnnlab.records import BinaryCrossentropy, Examples, Loss

Array = npt.NDArray[Any]
_BRIGHTEST: Final = 255
# Images that are looked at in one go: few enough to stay in the cache, and the first go says no to most that are none.
_AT_ONCE: Final = 256


@dataclass(frozen=True, eq=False)
class Pixels:
    """Images in memory, one after the other, channels fastest."""

    array: Array
    kind: ImageKind
    divisor: float


@dataclass(frozen=True, eq=False)
class Labels:
    """Labels in memory: class numbers with what a hit and a miss are worth, or probabilities."""

    array: Array
    kind: LabelKind
    hot: float
    cold: float


def pixels_of(images: Array, divisor: float | None, dtype: np.dtype[Any]) -> Pixels:
    """Bring images into the form with the fewest bytes that gives the same numbers.

    Bytes stay bytes, also where they are mapped from a file. Floats that are all k / 255 become bytes again.
    """
    if images.dtype == np.uint8:
        kind = ImageKind.BYTES if divisor is None else ImageKind.SCALED_BYTES
        return Pixels(np.ascontiguousarray(images), kind, divisor or 1.0)
    if divisor is not None:
        return Pixels(np.ascontiguousarray(images, dtype), ImageKind.SCALED_FLOATS, divisor)
    found = _bytes_again(images) if dtype == np.float32 and images.dtype.kind == "f" else None
    if found is not None:
        return Pixels(found, ImageKind.SCALED_BYTES, float(_BRIGHTEST))
    return Pixels(np.ascontiguousarray(images, dtype), ImageKind.FLOATS, 1.0)


def _bytes_again(images: Array) -> Array | None:
    """Return the bytes k of images that are k / 255 throughout; None if one is not."""
    found = np.empty(images.shape, np.uint8)
    for start in range(0, len(images), _AT_ONCE):
        part = images[start : start + _AT_ONCE].astype(np.float32, copy=False)
        scaled = part * np.float32(_BRIGHTEST)
        if not (scaled >= 0).all() or not (scaled <= _BRIGHTEST).all():  # NaN is neither
            return None
        whole = np.rint(scaled).astype(np.uint8)
        again = whole.astype(np.float32) / np.float32(_BRIGHTEST)
        # bit for bit: where a library has left this thread flushing, a subnormal number compares as 0
        if not np.array_equal(again.view(np.uint32), part.view(np.uint32)):
            return None
        found[start : start + _AT_ONCE] = whole
    return found


def labels_of(labels: Array, loss: Loss, classes: int, dtype: np.dtype[Any]) -> Labels:
    """Bring labels into the form with the fewest bytes that means the same."""
    smoothing = getattr(loss, "label_smoothing", 0.0)
    if classes == 1:
        labels = labels.reshape(len(labels))
    spread_over = 2 if isinstance(loss, BinaryCrossentropy) else classes
    if labels.ndim == 2:  # noqa: PLR2004 - one row of probabilities for each image
        numbers = _one_hot_classes(labels)
        if numbers is None:
            smoothed = _smoothed(labels.astype(dtype), smoothing, spread_over)
            return Labels(np.ascontiguousarray(smoothed), LabelKind.PROBABILITIES, 0.0, 0.0)
        labels = numbers
    cold, hot = _smoothed(np.array([0, 1], dtype), smoothing, spread_over)
    return Labels(np.ascontiguousarray(labels, np.int32), LabelKind.CLASSES, float(hot), float(cold))


def _one_hot_classes(labels: Array) -> Array | None:
    ones = labels == 1
    if not (ones | (labels == 0)).all() or not (ones.sum(axis=1) == 1).all():
        return None
    classes: Array = ones.argmax(axis=1)
    return classes


def _smoothed(targets: Array, smoothing: float, spread_over: int) -> Array:
    return targets * (1 - smoothing) + smoothing / spread_over if smoothing else targets


class Converted:
    """Remembers the last few conversions, so that a data set is looked at once and not at each step.

    They are known by their `Examples`, made anew for each call of ``fit`` and ``evaluate``, and not by their arrays,
    which a user may change in between.

    Args:
        dtype: Of the program's numbers.
    """

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self._dtype = dtype
        self._pixels: list[tuple[Examples, Pixels]] = []
        self._labels: list[tuple[Examples, Labels]] = []
        self._weights: list[tuple[Examples, Array]] = []

    def pixels(self, examples: Examples) -> Pixels:
        """Return a data set's images."""
        for known, pixels in self._pixels:
            if known is examples:
                return pixels
        made = pixels_of(examples.images, examples.divisor, self._dtype)
        self._pixels = [(examples, made), *self._pixels[:1]]
        return made

    def labels(self, examples: Examples, loss: Loss, classes: int) -> Labels:
        """Return a data set's labels."""
        for known, labels in self._labels:
            if known is examples:
                return labels
        made = labels_of(examples.labels, loss, classes, self._dtype)
        self._labels = [(examples, made), *self._labels[:1]]
        return made

    def weights(self, examples: Examples) -> Array | None:
        """Return what each image's loss is multiplied by; None where all count alike."""
        if examples.weights is None:
            return None
        for known, weights in self._weights:
            if known is examples:
                return weights
        made = np.ascontiguousarray(examples.weights, self._dtype)
        self._weights = [(examples, made), *self._weights[:1]]
        return made

"""A small made-up data set, so that a network can be shown, tried and tested in seconds and without any file.

Each image is one of four strokes in a place, a brightness and a length of its own, over noise. Everything is
integer arithmetic on counter-based random words, so the images are the same bits on every machine.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from cnnlab.data import idx
from cnnlab.randomness import Stream, stream_key, words_at
from cnnlab.records import Examples, Split

NAME: Final = "made-up"
CLASS_NAMES: Final = ("horizontal stroke", "vertical stroke", "diagonal stroke", "ring")
SIZE: Final = 12
TRAIN_IMAGES: Final = 320
TEST_IMAGES: Final = 80

# Of the default data set, on every machine; `cnnlab data verify made-up` holds this one against them.
SUMS: Final = {
    "train-images": "6f7bd6d236f74667dfcb8ae793df8f9e679e8a03408ef23480b038594e87b3df",
    "train-labels": "16a620bf673be183bdbe174c78536e2befc77a4f3b6aff452868c50302cd1f2a",
    "test-images": "2bc23537f55b0f81662daa50a738c4ea9fc628dd47f3a1aa8d0656a0461a3ed4",
    "test-labels": "b7d447c4dfc75b9323b7bc1e62cf826085da88c16f1d080fe3968b4695d94f62",
}

_SHIFTS: Final = 5  # centres lie in the middle 5 x 5 cells
_LENGTHS: Final = (3, 4)  # cells to each side of the centre
_DIMMEST: Final = 120
_BRIGHTNESSES: Final = 96
_NOISE: Final = 64  # below the dimmest stroke, so that a person can name every image
_FORM_WORDS: Final = 4

Images = npt.NDArray[np.uint8]


def load(train: int = TRAIN_IMAGES, test: int = TEST_IMAGES, seed: int = 0) -> Split:
    """Make the data set.

    Args:
        train: Training images; 320 are enough for a small network to learn from in seconds.
        test: Test images, drawn after the training images.
        seed: Another seed gives other images of the same kind.

    Returns:
        uint8 images of shape (n, 12, 12), classes in turn.

    Example:
        >>> split = load()
        >>> split.train.images.shape, split.test.images.shape, split.class_names[3]
        ((320, 12, 12), (80, 12, 12), 'ring')
    """
    indices = np.arange(train + test)
    labels = (indices % len(CLASS_NAMES)).astype(np.uint8)
    images = _draw(indices, labels, seed)
    arrays = {
        "train-images": images[:train],
        "train-labels": labels[:train],
        "test-images": images[train:],
        "test-labels": labels[train:],
    }
    return Split(
        name=NAME,
        train=Examples(arrays["train-images"], arrays["train-labels"]),
        test=Examples(arrays["test-images"], arrays["test-labels"]),
        class_names=CLASS_NAMES,
        source=f"made up from seed {seed}",
        sums={name: idx.sha256(array) for name, array in arrays.items()},
    )


def _draw(indices: npt.NDArray[np.int64], labels: Images, seed: int) -> Images:
    words = words_at(stream_key(seed, Stream.MADE_UP_DATA), indices, _FORM_WORDS + SIZE * SIZE).astype(np.int64)
    form, noise = words[:, :_FORM_WORDS], words[:, _FORM_WORDS:].reshape(-1, SIZE, SIZE) % _NOISE
    strokes = _strokes(form, labels)
    brightness = _DIMMEST + form[:, 3] % _BRIGHTNESSES
    return np.where(strokes, brightness[:, None, None], noise).astype(np.uint8)


def _strokes(form: npt.NDArray[np.int64], labels: Images) -> npt.NDArray[np.bool_]:
    """Say for each image and cell whether it belongs to the stroke."""
    first = (SIZE - _SHIFTS) // 2
    down = np.arange(SIZE)[None, :, None] - (first + form[:, 0] % _SHIFTS)[:, None, None]
    right = np.arange(SIZE)[None, None, :] - (first + form[:, 1] % _SHIFTS)[:, None, None]
    reach = (_LENGTHS[0] + form[:, 2] % len(_LENGTHS))[:, None, None]
    distance = np.maximum(abs(down), abs(right))
    near = distance <= reach
    kinds = [near & (down == 0), near & (right == 0), near & (down == right), distance == reach - 1]
    return np.choose(labels[:, None, None], kinds)

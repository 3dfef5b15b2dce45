"""Write the images as files for the workers, whose environments have no cnnlab.

python benchmarks/images.py FOLDER
"""

import sys
from pathlib import Path
from typing import Final

import numpy as np

from cnnlab import keras

_SIZE: Final = 32
_CLASSES: Final = 10
_TRAIN: Final = 2_000
_TEST: Final = 333
# Half of what is seen is noise, so that a network has something to learn, and learns it in an epoch or two.
_SIGNAL: Final = 0.5


def write_images(folder: Path) -> None:
    """Write mnist.npz and wide.npz: uint8 images and labels under the names of Keras' own file."""
    (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
    np.savez(folder / "mnist.npz", x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    images, labels = _made_up(_TRAIN + _TEST)
    np.savez(
        folder / "wide.npz",
        x_train=images[:_TRAIN],
        y_train=labels[:_TRAIN],
        x_test=images[_TRAIN:],
        y_test=labels[_TRAIN:],
    )


def _made_up(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Make images in colour: each class has a pattern of coarse squares, and each image noise of its own over it."""
    chance = np.random.default_rng(0)
    coarse = chance.random((_CLASSES, 4, 4, 3))
    patterns = coarse.repeat(_SIZE // 4, axis=1).repeat(_SIZE // 4, axis=2)
    labels = (np.arange(count) % _CLASSES).astype(np.uint8)
    noise = chance.random((count, _SIZE, _SIZE, 3))
    return (255 * (_SIGNAL * patterns[labels] + (1 - _SIGNAL) * noise)).astype(np.uint8), labels


if __name__ == "__main__":
    write_images(Path(sys.argv[1]))

"""MNIST in Keras' form."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab.data import load
from cnnlab.keras.absent import absent_names
from cnnlab.records import Examples

__all__ = ["load_data"]

_KERAS_DEFAULT = "mnist.npz"
Part = tuple[npt.NDArray[Any], npt.NDArray[Any]]


def load_data(path: str | Path = _KERAS_DEFAULT) -> tuple[Part, Part]:
    """Return the images and labels of MNIST, checked to the bit.

    Args:
        path: A folder or file that holds MNIST; Keras' default, the plain word ``"mnist.npz"``, looks in all known
            sources.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: uint8 of shapes (60000, 28, 28), (60000,), (10000, 28, 28), (10000,).

    Raises:
        DataUnavailableError: If no source has it: each with its reason.
    """
    split = load("mnist", path=None if str(path) == _KERAS_DEFAULT else path)
    return own_copy(split.train), own_copy(split.test)


def own_copy(examples: Examples) -> Part:
    """Copy what may be a read-only map of the cache: users of Keras write into these arrays."""
    return np.array(examples.images), np.array(examples.labels)


__getattr__ = absent_names(__name__, __all__)

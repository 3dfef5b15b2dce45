from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from cnnlab.data import load
from cnnlab.keras import Sequential, backend, utils
from cnnlab.keras.layers import BatchNormalization, Conv2D, Dense, Dropout, Flatten, MaxPooling2D

Data = tuple[npt.NDArray[Any], npt.NDArray[Any]]
Weights = list[npt.NDArray[Any]]


@pytest.fixture(autouse=True)
def _fresh_session() -> Iterator[None]:
    """Begin every test with the names and seeds of a new process."""
    backend.clear_session()
    utils.set_random_seed(0)
    yield
    backend.set_image_data_format("channels_last")


@pytest.fixture(scope="session")
def data() -> Data:
    """Images that a small network learns in a second, (320, 12, 12, 1) from 0 to 1, one-hot labels of 4 classes."""
    train = load("made-up").train
    return train.images[..., None].astype("float32") / 255, utils.to_categorical(train.labels, 4)


def layers() -> list[Any]:
    return [
        Conv2D(4, 3, activation="relu", input_shape=(12, 12, 1)),
        MaxPooling2D(),
        BatchNormalization(momentum=0.8),
        Dropout(0.25),
        Flatten(),
        Dense(4, activation="softmax"),
    ]


@pytest.fixture
def model() -> Sequential:
    """A small network with every kind of state: weights, moving averages, dropout masks."""
    made = Sequential(layers(), seed=3)
    made.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return made


@pytest.fixture
def same() -> Callable[[Weights, Weights], bool]:
    """Tell whether two lists of weights are the same bits."""
    return lambda a, b: len(a) == len(b) and all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))

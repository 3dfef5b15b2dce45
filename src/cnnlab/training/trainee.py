"""What a callback finds as ``self.model`` in a study: a network in training, with the part of Keras' face it needs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab.arch import Network
from cnnlab.backends import Model
from cnnlab.formats import save_weights


class TraineeOptimizer:
    """The optimizer of a model in training.

    Args:
        model: Whose learning rate it is.
    """

    def __init__(self, model: Model) -> None:
        self._model = model

    @property
    def learning_rate(self) -> float:
        """Return the rate of the next update; setting it holds from there on."""
        return self._model.learning_rate

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        self._model.learning_rate = float(rate)


class Trainee:
    """A network in training.

    Args:
        network: Its description.
        model: It, loaded.
        name: Of the architecture.
        seed: Of the run.
        folder: Where files with relative names go; None for the working directory.

    Attributes:
        optimizer: Its ``learning_rate`` can be read and set.
        stop_training: Set it to True to end after this batch or epoch.
        stop_reason: Why, in a sentence.
    """

    def __init__(self, network: Network, model: Model, name: str, seed: int, folder: Path | None = None) -> None:
        self.name = name
        self.seed = seed
        self.optimizer = TraineeOptimizer(model)
        self.stop_training = False
        self.stop_reason: str | None = None
        self.folder = folder
        self._network = network
        self._model = model

    def get_weights(self) -> list[npt.NDArray[Any]]:
        """Return copies of the weights, in Keras' order."""
        return self._model.get_weights()

    def set_weights(self, weights: Sequence[npt.NDArray[Any]]) -> None:
        """Replace the weights, given in Keras' order."""
        self._model.set_weights(weights)

    def save_weights(self, filepath: str | Path, overwrite: bool = True) -> None:
        """Write the weights into an ``.npz`` file."""
        named = {place.name: weight for place, weight in zip(self._network.weights, self.get_weights(), strict=True)}
        save_weights(filepath, named, overwrite=overwrite)

    def predict(self, x: npt.ArrayLike) -> npt.NDArray[Any]:
        """Return the outputs for images, shape (n, h, w, c), scaled."""
        images = np.asarray(x)
        return self._model.predict(images, len(images))

"""Networks of the zoo, trained on MNIST for as long as a test may take or as a proof needs."""

from dataclasses import replace

import numpy as np

from cnnlab.arch import zoo
from cnnlab.arch.initial import initial_weights
from cnnlab.backends import get_backend
from cnnlab.experiments.prepare import prepared_for
from cnnlab.records import Split
from cnnlab.training import fit


def trained(name: str, split: Split, *, epochs: int, images: int = 60_000, seed: int = 0) -> list[np.ndarray]:
    """Return the weights of a network of the zoo after training; nothing is validated with."""
    entry = zoo.entry(name)
    network, recipe = entry.network(), replace(entry.recipe, epochs=epochs)
    train = prepared_for(network, recipe.loss, split).train.head(images)
    model = get_backend().load(
        network, initial_weights(network, seed), loss=recipe.loss, optimizer=recipe.optimizer, seed=seed
    )
    done = fit(model, recipe, train, seed=seed)
    assert done.status == "finished", done.error
    return list(done.weights)


def answers(name: str, weights: list[np.ndarray], images: np.ndarray) -> np.ndarray:
    """Return the probabilities by a network of the zoo for grey images, shape (n, classes)."""
    model = get_backend().load(zoo.network(name), weights)
    return np.asarray(model.predict(images[..., None].astype(np.float32) / np.float32(255), 500))


def accuracy(name: str, weights: list[np.ndarray], images: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of images that a network of the zoo classifies correctly."""
    return float((answers(name, weights, images).argmax(axis=1) == labels).mean())

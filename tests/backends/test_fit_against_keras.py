"""Whole trainings by Keras' own ``fit``: what its history says, ours says too."""

import numpy as np
import pytest
from keras_oracle import KerasOracle
from parity import close, close_all

from cnnlab.arch import chain
from cnnlab.arch.layers import BatchNormalization, Conv2D, Dense, Flatten, MaxPooling2D
from cnnlab.backends import ReferenceBackend
from cnnlab.records import (
    SGD,
    Adam,
    CategoricalCrossentropy,
    Examples,
    Loss,
    Optimizer,
    SparseCategoricalCrossentropy,
)

pytestmark = pytest.mark.keras

RECIPES = {
    "average of the weights": (Adam(0.01, use_ema=True, ema_momentum=0.5), CategoricalCrossentropy()),
    "gradients of two batches": (SGD(0.1, gradient_accumulation_steps=2), SparseCategoricalCrossentropy()),
}


@pytest.mark.parametrize(("optimizer", "loss"), RECIPES.values(), ids=RECIPES)
def test_a_training_has_the_history_of_keras_fit(optimizer: Optimizer, loss: Loss) -> None:
    numbers = np.random.default_rng(8)
    layers = [Conv2D(3, 3, activation="relu"), MaxPooling2D(2), BatchNormalization(), Flatten()]
    network = chain("fitted", [*layers, Dense(4, activation="softmax")], input_shape=(8, 8, 1))
    weights = [np.abs(numbers.normal(0, 0.3, weight.parameter.shape)) for weight in network.weights]
    classes = numbers.integers(0, 4, 22)
    labels = np.eye(4)[classes] if isinstance(loss, CategoricalCrossentropy) else classes
    examples = Examples(numbers.normal(0, 1, (22, 8, 8, 1)), labels)

    oracle = KerasOracle(network, weights, loss, optimizer, "float64")
    history = oracle.fit(examples, batch_size=5, epochs=2)
    ours = ReferenceBackend(np.float64).load(network, weights, loss=loss, optimizer=optimizer)
    for epoch in range(2):
        batches = [np.arange(start, min(start + 5, 22)) for start in range(0, 22, 5)]
        results = [ours.train_step(examples, rows, epoch) for rows in batches]
        close(sum(result.loss * result.count for result in results) / 22, history["loss"][epoch], 1e-6, "loss")
        close(sum(result.correct for result in results) / 22, history["accuracy"][epoch], 1e-6, "accuracy")
        evaluation = ours.evaluate(examples, 5)
        close(evaluation.loss, history["val_loss"][epoch], 1e-6, "validation loss")
        close(evaluation.accuracy, history["val_accuracy"][epoch], 1e-6, "validation accuracy")
    ours.finish()
    close_all(ours.get_weights(), oracle.get_weights(), 1e-6, "weight at the end")

"""PReLU at exactly 0, where a relu before it leaves many numbers: the gradient there is Keras', in both backends."""

import numpy as np
import pytest
from keras_oracle import KerasOracle
from parity import close_all

from cnnlab.arch import chain
from cnnlab.arch.layers import Conv2D, Dense, Flatten, PReLU
from cnnlab.backends import ReferenceBackend
from cnnlab.backends.compiled import CompiledBackend
from cnnlab.records import SGD, CategoricalCrossentropy, Examples

pytestmark = pytest.mark.keras


def test_the_gradient_at_zero_is_that_of_keras() -> None:
    numbers = np.random.default_rng(3)
    network = chain("zeros", [Conv2D(2, 1, use_bias=False), PReLU(), Flatten(), Dense(3)], input_shape=(6, 5, 2))
    weights = [numbers.integers(-2, 3, weight.parameter.shape).astype(float) for weight in network.weights]
    weights[1] = numbers.normal(0.3, 0.3, weights[1].shape)
    weights[2] *= 0.1  # a softmax that is sure of itself has no gradient left
    images = numbers.integers(-1, 2, (6, 6, 5, 2)).astype(float)
    assert ((images @ weights[0][0, 0]) == 0).mean() > 0.1
    examples, rows = Examples(images, np.eye(3)[[0, 1, 2, 0, 1, 2]]), np.arange(6)
    loss = CategoricalCrossentropy(from_logits=True)
    keras = KerasOracle(network, weights, loss, None, "float64").train_step(examples, rows, []).gradients
    for backend in (ReferenceBackend(np.float64), CompiledBackend(np.float64)):
        ours = backend.load(network, weights, loss=loss, optimizer=SGD()).gradients(examples, rows, 0)[1]
        close_all(ours, keras, 1e-9, f"{backend.name}, gradient")

"""Equal values under a pool: whole numbers tie often, and the gradient goes where Keras sends it."""

import numpy as np
import pytest
from keras_oracle import KerasOracle
from parity import close_all

from cnnlab.arch import chain
from cnnlab.arch.layer import Layer
from cnnlab.arch.layers import Conv2D, Dense, Flatten, GlobalMaxPooling2D, MaxPooling2D
from cnnlab.backends import ReferenceBackend
from cnnlab.records import CategoricalCrossentropy, Examples

pytestmark = pytest.mark.keras

POOLS = [MaxPooling2D(2), MaxPooling2D(3, strides=2, padding="same"), MaxPooling2D(3, strides=1), GlobalMaxPooling2D()]


def is_tied(values: np.ndarray) -> bool:
    """Tell whether many neighbours are equal."""
    return bool((values[:, :, 1:] == values[:, :, :-1]).mean() > 0.2)


@pytest.mark.parametrize("pool", POOLS, ids=lambda pool: f"{type(pool).__name__} {getattr(pool, 'strides', '')}")
def test_the_gradient_of_equal_cells_goes_where_keras_sends_it(pool: Layer) -> None:
    numbers = np.random.default_rng(3)
    network = chain("tied", [Conv2D(2, 1), pool, Flatten(), Dense(3)], input_shape=(7, 7, 2))
    weights = [numbers.integers(-2, 3, weight.parameter.shape).astype(float) for weight in network.weights]
    weights[0] = np.array([[[[1.0, -1.0], [1.0, 1.0]]]])  # different cells give equal values
    weights[2] = weights[2] * 0.1  # a softmax that is sure of itself has no gradient left
    images = numbers.integers(0, 2, (6, 7, 7, 2)).astype(float)
    assert is_tied(images @ weights[0][0, 0])
    examples, rows = Examples(images, np.eye(3)[[0, 1, 2, 0, 1, 2]]), np.arange(6)
    loss = CategoricalCrossentropy(from_logits=True)
    ours = ReferenceBackend(np.float64).load(network, weights, loss=loss).gradients(examples, rows, 0)[1]
    keras = KerasOracle(network, weights, loss, None, "float64").train_step(examples, rows, []).gradients
    close_all(ours, keras, 1e-9, "gradient")

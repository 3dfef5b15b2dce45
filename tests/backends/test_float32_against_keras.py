"""The reference backend in float32, as it trains, against Keras in float32: one layer kind at a time.

Both round, each in its own order, so they agree to what rounding leaves. Each kind's tolerance is relative to the
largest value compared, and about ten times the largest difference that was measured over five seeds.
"""

import numpy as np
import pytest
from keras_oracle import KerasOracle, dropout_masks
from parity import close, close_all

from cnnlab.arch import Layer, chain
from cnnlab.arch.layers import (
    LAYERS,
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GaussianNoise,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    LayerNormalization,
    LeakyReLU,
    MaxPooling2D,
    PReLU,
    RandomFlip,
    RandomMap,
    RandomRotation,
    RandomTranslation,
    RandomZoom,
    ReLU,
    Rescaling,
    Reshape,
    SeparableConv2D,
    Softmax,
    SpatialDropout2D,
    ZeroPadding2D,
)
from cnnlab.backends import ReferenceBackend
from cnnlab.records import Adam, CategoricalCrossentropy, Examples

pytestmark = pytest.mark.keras

TOLERANCES = {
    Activation(activation="gelu"): 2e-5,
    AveragePooling2D(3, strides=2, padding="same"): 1e-5,
    BatchNormalization(): 3e-5,
    Conv2D(5, 3, padding="same", activation="relu"): 8e-5,
    Dense(6, activation="tanh"): 2e-5,
    DepthwiseConv2D(3, padding="same", depth_multiplier=2, activation="relu"): 3e-5,
    Dropout(0.4): 1e-5,
    Flatten(): 1e-5,
    GaussianNoise(0.3): 1e-5,
    LeakyReLU(): 1e-5,
    ReLU(1.5, 0.1, 0.2): 2e-5,
    Reshape((6, 7, 4)): 1e-5,
    Softmax(): 2e-5,
    SpatialDropout2D(0.4): 1e-5,
    ZeroPadding2D(((1, 0), (2, 3))): 1e-5,
    GlobalAveragePooling2D(): 2e-5,
    GlobalMaxPooling2D(): 5e-6,
    LayerNormalization(): 5e-5,
    MaxPooling2D(2, padding="same"): 2e-5,
    PReLU(shared_axes=(1, 2)): 2e-5,
    RandomFlip(): 1e-5,
    RandomRotation(0.3): 5e-5,
    RandomTranslation(0.4, (-0.1, 0.6), "constant", fill_value=0.5): 5e-5,
    RandomZoom(0.5, fill_mode="wrap"): 5e-5,
    Rescaling(1 / 255, 0.5): 3e-5,
    SeparableConv2D(5, 3, padding="same", activation="relu"): 5e-5,
}


def difference_of(layer: Layer, tolerance: float, seed: int = 11) -> None:
    numbers = np.random.default_rng(seed)
    begin = [layer, Conv2D(4, 3)] if isinstance(layer, RandomMap) else [Conv2D(4, 3), layer]
    network = chain("single", [*begin, Flatten(), Dense(5, activation="softmax")], input_shape=(9, 8, 2))
    weights = [np.abs(numbers.normal(0, 0.3, weight.parameter.shape)) for weight in network.weights]
    labels = np.eye(5)[numbers.integers(0, 5, 12)]
    examples = Examples(numbers.normal(0, 1, (12, 9, 8, 2)).astype(np.float32), labels)
    loss, optimizer, rows = CategoricalCrossentropy(), Adam(epsilon=1e-3), np.arange(12)
    ours = ReferenceBackend().load(network, weights, loss=loss, optimizer=optimizer, seed=seed, threads=1)
    oracle = KerasOracle(network, weights, loss, optimizer, "float32")
    value, gradients = ours.gradients(examples, rows, 0)
    ours.set_weights([np.asarray(weight, np.float32) for weight in weights])
    ours.train_step(examples, rows, 0)
    step = oracle.train_step(examples, rows, dropout_masks(network, seed, 0, rows))
    close(value, step.loss, tolerance, "loss")
    close(_flat(gradients), _flat(step.gradients), tolerance, "gradients")
    close_all(ours.get_weights(), oracle.get_weights(), tolerance, "weight after it")
    _, _, outputs = oracle.evaluate(examples)
    close(ours.predict(examples.batch(rows), 12), outputs, tolerance, "prediction")


def _flat(arrays: list[np.ndarray]) -> np.ndarray:
    """All gradients as one: some are 0 but for rounding, and that is small beside the others."""
    return np.concatenate([array.ravel() for array in arrays])


@pytest.mark.parametrize(("layer", "tolerance"), TOLERANCES.items(), ids=lambda value: type(value).__name__)
def test_a_layer_in_float32_agrees_with_keras_to_its_tolerance(layer: Layer, tolerance: float) -> None:
    difference_of(layer, tolerance)


def test_every_layer_kind_has_its_tolerance() -> None:
    alone = {layer for layer in LAYERS.values() if layer.input_count == (1, 1)}  # others: test_branches.py
    assert {type(layer) for layer in TOLERANCES} == alone

"""Every layer's and loss's gradient against central differences in float64: a proof that asks nobody else."""

import numpy as np
import pytest

from cnnlab.arch import Layer, chain
from cnnlab.arch.activations import ACTIVATIONS
from cnnlab.arch.layers import (
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
    RandomMap,
    ReLU,
    Rescaling,
    Reshape,
    SeparableConv2D,
    Softmax,
    SpatialDropout2D,
    ZeroPadding2D,
)
from cnnlab.backends import ReferenceBackend
from cnnlab.backends.reference import ReferenceModel
from cnnlab.records import CategoricalCrossentropy, Examples, Loss, SparseCategoricalCrossentropy

STEP = 1e-6
# Each stands between two layers with weights, so that its gradient by its input is seen in the first one's kernel.
LAYERS = {
    "Conv2D": Conv2D(3, 3),
    "Conv2D same": Conv2D(2, (3, 2), padding="same"),
    "Conv2D strides": Conv2D(2, (2, 3), strides=(2, 3), padding="same"),
    "Conv2D strides valid": Conv2D(2, 2, strides=3),
    "Conv2D dilation": Conv2D(2, (2, 3), dilation_rate=(3, 2)),
    "Conv2D dilation same": Conv2D(2, 3, dilation_rate=(1, 2), padding="same", use_bias=False),
    "Conv2D gelu": Conv2D(2, 2, activation="gelu"),
    "MaxPooling2D": MaxPooling2D(2),
    "MaxPooling2D overlapping": MaxPooling2D((3, 2), strides=1),
    "MaxPooling2D same": MaxPooling2D(3, strides=2, padding="same"),
    "MaxPooling2D gaps": MaxPooling2D(1, strides=(2, 3)),
    "AveragePooling2D": AveragePooling2D((2, 3)),
    "AveragePooling2D overlapping": AveragePooling2D(3, strides=(1, 2)),
    "AveragePooling2D same": AveragePooling2D(3, strides=2, padding="same"),
    "GlobalAveragePooling2D": GlobalAveragePooling2D(keepdims=True),
    "GlobalMaxPooling2D": GlobalMaxPooling2D(keepdims=True),
    "Dropout": Dropout(0.4),
    "BatchNormalization": BatchNormalization(),
    "BatchNormalization bare": BatchNormalization(center=False, scale=False),
    "DepthwiseConv2D": DepthwiseConv2D(3, depth_multiplier=2, activation="gelu"),
    "DepthwiseConv2D strides": DepthwiseConv2D((2, 3), strides=(2, 3), padding="same"),
    "DepthwiseConv2D dilation": DepthwiseConv2D((3, 2), dilation_rate=(1, 3), padding="same", use_bias=False),
    "SeparableConv2D": SeparableConv2D(3, 3, depth_multiplier=2, activation="tanh"),
    "SeparableConv2D strides": SeparableConv2D(2, 3, strides=2, padding="same", use_bias=False),
    "LayerNormalization": LayerNormalization(),
    "LayerNormalization bare": LayerNormalization(center=False, scale=False, epsilon=0.1),
    **{f"PReLU shared {axes}": PReLU(shared_axes=axes) for axes in (None, 1, (1, 2), (1, 3), 3, (1, 2, 3))},
    "Dense on images": Dense(3, activation="silu"),
    "Dense without bias": Dense(3, use_bias=False),
    "Rescaling": Rescaling(0.3, -0.2),
    "Flatten": Flatten(),
    "GaussianNoise": GaussianNoise(0.5),
    "LeakyReLU": LeakyReLU(0.1),
    "ReLU": ReLU(),
    "ReLU bent twice": ReLU(0.8, 0.1, 0.2),
    "Reshape": Reshape((5, 2, -1)),
    "Softmax": Softmax(),
    "SpatialDropout2D": SpatialDropout2D(0.4),
    "ZeroPadding2D": ZeroPadding2D(((2, 0), (1, 3))),
    **{name: Activation(name) for name in ACTIVATIONS},
}
LOSSES = {
    "logits": (None, CategoricalCrossentropy(from_logits=True)),
    "softmax": ("softmax", CategoricalCrossentropy()),
    "softmax taken for logits": ("softmax", SparseCategoricalCrossentropy(from_logits=True)),
    "smoothing": ("softmax", CategoricalCrossentropy(label_smoothing=0.2)),
    "sparse": ("softmax", SparseCategoricalCrossentropy()),
    "sigmoids": ("sigmoid", CategoricalCrossentropy()),
    "sparse sigmoids": ("sigmoid", SparseCategoricalCrossentropy()),
}


def model_of(layers: list[Layer], loss: Loss) -> tuple[ReferenceModel, list[np.ndarray], Examples]:
    """A network with weights and six images on which no two cells tie."""
    numbers = np.random.default_rng(5)
    network = chain("checked", layers, input_shape=(7, 6, 2))
    weights = [numbers.normal(0.2, 0.4, weight.parameter.shape) for weight in network.weights]
    labels = numbers.integers(0, network.output_shape[0], 6)
    if isinstance(loss, CategoricalCrossentropy):
        labels = numbers.dirichlet(np.ones(network.output_shape[0]), 6)
    examples = Examples(numbers.normal(0, 1, (6, 7, 6, 2)), labels)
    model = ReferenceBackend(np.float64).load(network, weights, loss=loss, seed=3, threads=1)
    return model, weights, examples


def check_gradients(layers: list[Layer], loss: Loss) -> None:
    model, weights, examples = model_of(layers, loss)
    rows = np.array([4, 0, 2, 5])

    def loss_with(index: int, place: tuple[int, ...], change: float) -> float:
        changed = [weight.copy() for weight in weights]
        changed[index][place] += change
        model.set_weights(changed)
        return model.gradients(examples, rows, 0)[0]

    model.set_weights(weights)
    gradients = iter(model.gradients(examples, rows, 0)[1])
    for index, weight in enumerate(model.network.weights):
        if not weight.parameter.trainable:
            continue
        gradient = next(gradients)
        assert gradient.shape == weight.parameter.shape
        for flat in {0, gradient.size // 2, gradient.size - 1}:
            place = np.unravel_index(flat, gradient.shape)
            slope = (loss_with(index, place, STEP) - loss_with(index, place, -STEP)) / (2 * STEP)
            assert gradient[place] == pytest.approx(slope, rel=1e-5, abs=1e-8), f"{weight.node.name}, {place}"


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_a_layers_gradients_are_the_slopes_of_the_loss(layer: Layer) -> None:
    check_gradients([Conv2D(2, 2), layer, Flatten(), Dense(3)], CategoricalCrossentropy(from_logits=True))


@pytest.mark.parametrize(("activation", "loss"), LOSSES.values(), ids=LOSSES)
def test_a_losss_gradient_is_its_slope(activation: str | None, loss: Loss) -> None:
    check_gradients([Flatten(), Dense(4, activation=activation)], loss)


@pytest.mark.parametrize("loss", [SparseCategoricalCrossentropy(), CategoricalCrossentropy()])
def test_a_softmax_in_a_layer_of_its_own_is_taken_together_with_the_loss(loss: Loss) -> None:
    check_gradients([Flatten(), Dense(4), Activation("softmax")], loss)


def test_every_layer_of_the_backend_is_checked() -> None:
    from cnnlab.arch.layers import LAYERS as ALL_LAYERS

    # Augmentation hands no gradient back: nothing before it is trained. Those of several inputs: test_branches.py.
    alone = {layer for layer in ALL_LAYERS.values() if layer.input_count == (1, 1)}
    handing_back = {layer for layer in alone if not issubclass(layer, RandomMap)}
    assert {type(layer) for layer in LAYERS.values()} == handing_back

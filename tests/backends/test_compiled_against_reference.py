"""Compiled code against the reference backend: same weights, batches and seeds in, same numbers out.

The cases come in blocks, so that the workers of a parallel run share them. One that fails is named by its number;
`python tools/prove_parity.py --compiled --only NUMBER` runs it alone.
"""

from collections.abc import Callable

import compiled_parity
import numpy as np
import pytest
from compiled_parity import TOLERANCES_32, close, close_all, close_together
from larger_networks import BATCH_SIZES, larger_case_of_seed, weights_of
from random_networks import LATER, Case, case_numbers, case_of_seed

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
from cnnlab.backends.compiled import CompiledBackend
from cnnlab.compiler.planning import make_plan
from cnnlab.records import Adam, CategoricalCrossentropy, Examples, SparseCategoricalCrossentropy

SMALL = case_numbers(42)
LARGER = [*range(10), *range(LATER, LATER + 5)]
BLOCK = 10


def blocks(seeds: list[int]) -> list[list[int]]:
    return [seeds[start : start + BLOCK] for start in range(0, len(seeds), BLOCK)]


def name(block: list[int]) -> str:
    return f"networks {block[0]} to {block[-1]}"


def all_agree(block: list[int], make: Callable[[int], Case], options: str, check: Callable[[Case], None]) -> None:
    for seed in block:
        try:
            check(make(seed))
        except Exception as error:
            error.add_note(f"Alone: python tools/prove_parity.py {options} --only {seed}")
            raise


@pytest.mark.parametrize("block", blocks(SMALL), ids=name)
def test_random_networks_train_as_in_the_reference(block: list[int]) -> None:
    all_agree(block, case_of_seed, "--compiled", compiled_parity.check)


@pytest.mark.thorough
@pytest.mark.parametrize("block", blocks(LARGER), ids=name)
def test_networks_of_users_sizes_train_as_in_the_reference(block: list[int]) -> None:
    def check(case: Case) -> None:
        compiled_parity.check(case, steps=2, most=4)

    all_agree(block, larger_case_of_seed, "--compiled --larger", check)


def test_the_larger_cases_have_every_batch_size_and_every_kind_of_last_batch() -> None:
    cases = [larger_case_of_seed(seed) for seed in case_numbers(50)]
    assert {case.batch_size for case in cases} == set(BATCH_SIZES)
    kinds = {
        "less than a batch"
        if len(case.examples) < case.batch_size
        else "whole batches"
        if len(case.examples) % case.batch_size == 0
        else "a smaller last one"
        for case in cases
    }
    assert len(kinds) == 3
    assert {case.examples.images.dtype.name for case in cases} == {"uint8", "float32", "float64"}
    layers = [node.layer for case in cases for node in case.network.nodes[1:]]
    windows = [layer.window for layer in layers if isinstance(layer, Conv2D)]
    assert {1, 11} <= {size for window in windows for size in window.size}
    plans = [make_plan(case.network, case.loss, case.optimizer) for case in cases]
    abouts = [piece.about for plan in plans for phase in plan.phases for piece in phase.by_tile]
    assert sum("Winograd" in about for about in abouts) > 10
    assert any(max(window.strides) > 2 for window in windows)
    assert any(max(window.dilation) > 1 for window in windows)


def test_many_steps_in_one_call_leave_the_bits_of_as_many_calls() -> None:
    for seed in (0, 3, 8, 21):
        case = case_of_seed(seed)
        arguments = {"loss": case.loss, "optimizer": case.optimizer, "seed": case.seed, "threads": 2}
        apart, together = (CompiledBackend().load(case.network, case.weights, **arguments) for _ in range(2))
        for epoch in range(3):
            batches = case.batches(epoch)
            losses = [apart.train_step(case.examples, rows, epoch).loss for rows in batches]
            order, found = np.concatenate(batches), []
            while len(found) < len(batches):
                rest = order[len(found) * case.batch_size :]
                found += together.train_batches(case.examples, rest, case.batch_size, epoch)
            assert [result.loss for result in found] == losses, f"case_of_seed({seed}), epoch {epoch}"
        for mine, other in zip(apart.get_weights(), together.get_weights(), strict=True):
            assert np.array_equal(mine, other), f"case_of_seed({seed})"


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("activation", ["relu", "leaky_relu"])
def test_where_an_image_is_black_and_biases_are_0_the_derivative_of_relu_is_that_of_0(
    size: int, padding: str, activation: str
) -> None:
    numbers = np.random.default_rng(size)
    layers = [
        Conv2D(9, 2, activation="relu", input_shape=(14, 13, 1)),
        Conv2D(10, size, activation=activation, padding=padding),
        Conv2D(8, size, activation=activation, padding=padding),
        Flatten(),
        Dense(4, activation="softmax"),
    ]
    network = chain("black", layers)
    weights = [
        np.zeros(weight.parameter.shape) if weight.parameter.name == "bias" else array
        for weight, array in zip(network.weights, weights_of(network, numbers), strict=True)
    ]
    images = numbers.integers(1, 256, (40, 14, 13, 1), dtype=np.uint8)
    images[:, :5] = images[:, 9:] = images[:, :, 8:] = 0
    case = Case(
        network,
        SparseCategoricalCrossentropy(),
        Adam(),
        weights,
        Examples(images, numbers.integers(0, 4, 40), 255.0),
        batch_size=20,
        epochs=1,
        seed=3,
    )
    compiled_parity.check(case, steps=3)


LAYERS_32 = [
    Activation(activation="gelu"),
    Activation(activation="softmax"),
    AveragePooling2D(3, strides=2, padding="same"),
    BatchNormalization(),
    Conv2D(9, 3, padding="same", activation="relu"),
    Conv2D(8, 2),
    Conv2D(17, (5, 2), strides=2, activation="tanh"),
    Dense(6, activation="sigmoid"),
    DepthwiseConv2D(3, padding="same", depth_multiplier=2, activation="relu"),
    Dropout(0.4),
    Flatten(),
    GlobalAveragePooling2D(),
    GlobalMaxPooling2D(),
    LayerNormalization(),
    MaxPooling2D(2, padding="same"),
    PReLU(shared_axes=(1, 2)),
    RandomFlip(),
    RandomRotation(0.3),
    RandomTranslation(0.4, (-0.1, 0.6), "constant", fill_value=0.5),
    RandomZoom(0.5, fill_mode="wrap"),
    Rescaling(1 / 255, 0.5),
    SeparableConv2D(9, 3, strides=2, activation="tanh"),
    GaussianNoise(0.3),
    LeakyReLU(),
    ReLU(1.5, 0.1, 0.2),
    Reshape((8, -1, 3)),
    Softmax(),
    SpatialDropout2D(0.4),
    ZeroPadding2D(((1, 0), (2, 3))),
]


def difference_of(layer: Layer, tolerance: float, seed: int = 11) -> None:
    numbers = np.random.default_rng(seed)
    # Nine channels on either side: a convolution of 3x3 goes Winograd's way.
    network = chain("single", [layer, Flatten(), Dense(5, activation="softmax")], input_shape=(9, 8, 9))
    weights = [weight.astype(np.float32) for weight in weights_of(network, numbers)]
    labels = np.eye(5)[numbers.integers(0, 5, 41)]
    examples = Examples(numbers.normal(0, 1, (41, 9, 8, 9)).astype(np.float32), labels)
    arguments = {"loss": CategoricalCrossentropy(), "optimizer": Adam(epsilon=1e-3), "seed": seed}
    reference = ReferenceBackend().load(network, weights, threads=1, **arguments)
    ours = CompiledBackend().load(network, weights, threads=2, **arguments)
    rows = np.arange(41)
    expected_loss, expected = reference.gradients(examples, rows, 0)
    reference.set_weights(weights)
    loss, gradients = ours.gradients(examples, rows, 0)
    close(loss, expected_loss, tolerance, "loss")
    close_together(gradients, expected, tolerance, "gradient")
    assert ours.train_step(examples, rows, 0).count == reference.train_step(examples, rows, 0).count
    close_all(ours.get_weights(), reference.get_weights(), tolerance, "weight after it")
    close(ours.predict(examples.images, 41), reference.predict(examples.images, 41), tolerance, "prediction")


@pytest.mark.parametrize("layer", LAYERS_32, ids=lambda layer: type(layer).__name__)
def test_a_layer_in_float32_agrees_with_the_reference_to_its_tolerance(layer: Layer) -> None:
    # Flatten and Dense end each of these networks.
    difference_of(layer, TOLERANCES_32[type(layer)] + TOLERANCES_32[Dense])


@pytest.mark.parametrize("block", blocks(case_numbers(20)), ids=name)
def test_random_networks_in_float32_agree_to_the_tolerances_of_their_layers(block: list[int]) -> None:
    all_agree(block, case_of_seed, "--compiled", compiled_parity.check_32)


def test_every_layer_kind_has_its_tolerance() -> None:
    assert set(TOLERANCES_32) == set(LAYERS.values())
    assert {type(layer) for layer in LAYERS_32} == {kind for kind in LAYERS.values() if kind.input_count == (1, 1)}

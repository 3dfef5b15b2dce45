"""The probe, against networks made by hand, finite differences and the other backend."""

from dataclasses import replace
from itertools import pairwise
from math import inf, isnan, log
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.arch import Layer, Network, chain, initial_weights
from cnnlab.arch.layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    LeakyReLU,
    MaxPooling2D,
    ReLU,
    Softmax,
    SpatialDropout2D,
)
from cnnlab.arch.regularizers import L1L2
from cnnlab.backends import get_backend
from cnnlab.errors import DataError
from cnnlab.records import (
    SGD,
    Adam,
    CosineDecay,
    Examples,
    LayerProbe,
    Optimizer,
    Probe,
    RMSprop,
    RunKey,
    SparseCategoricalCrossentropy,
)
from cnnlab.training.probing import IMAGES, STEPS, probe
from cnnlab.training.unit_marks import dead_share, saturated_share

Array = npt.NDArray[Any]
LOSS = SparseCategoricalCrossentropy()
KEY = RunKey("net", 3)
BLACK = np.zeros((20, 2), np.float32)


def examples(count: int = 40, shape: tuple[int, ...] = (6, 6, 1), classes: int = 3) -> Examples:
    numbers = np.random.default_rng(2)
    return Examples(numbers.random((count, *shape)).astype(np.float32), numbers.integers(0, classes, count))


def test_weights_of_images_change_the_steps_and_not_the_losses() -> None:
    network = chain("net", [Flatten(), Dense(3, activation="softmax")], input_shape=(6, 6, 1))
    shown, start = examples(), initial_weights(network, 3)
    heavy = replace(shown, weights=np.linspace(0, 4, len(shown)))
    plain, weighted = (look(network, start, one, SGD(0.1)) for one in (shown, heavy))
    assert (weighted.loss, weighted.training_loss) == (plain.loss, plain.training_loss)
    assert weighted.layers[-1].gradient == plain.layers[-1].gradient
    assert weighted.layers[-1].update != plain.layers[-1].update


def look(
    network: Network,
    weights: list[Array],
    shown: Examples,
    optimizer: Optimizer | None = None,
    *,
    batch_size: int = 32,
    learning_rate: float | None = None,
    threads: int = 1,
) -> Probe:
    return probe(
        network,
        weights,
        shown,
        key=KEY,
        moment="end",
        loss=LOSS,
        optimizer=SGD(0.1) if optimizer is None else optimizer,
        seed=3,
        batch_size=batch_size,
        learning_rate=learning_rate,
        threads=threads,
    )


def layer_of(found: Probe, name: str) -> LayerProbe:
    return next(one for one in found.layers if one.layer == name)


def row_network(*layers: Layer) -> Network:
    return chain("net", [*layers, Dense(3, activation="softmax")], input_shape=(2,))


def convnet() -> Network:
    layers = [
        Conv2D(3, 3, activation="tanh"),
        BatchNormalization(),
        MaxPooling2D(2),
        Dropout(0.3),
        Flatten(),
        Dense(5, activation="tanh"),
        Dense(3, activation="softmax"),
    ]
    return chain("net", layers, input_shape=(6, 6, 1))


# Units.


@given(biases=st.lists(st.sampled_from([-1e-3, 0.0, 0.5]), min_size=1, max_size=7), alone=st.booleans())
@settings(max_examples=30)
def test_a_relu_unit_is_dead_only_if_it_gives_0_on_every_image(biases: list[float], alone: bool) -> None:
    net = row_network(Dense(len(biases), activation="relu"))
    weights = initial_weights(net, 0)
    weights[0][:], weights[1][:] = 0, biases
    weights[0][0, 0] = 1  # the first unit sees the first pixel
    shown = Examples(BLACK.copy(), np.zeros(20, np.int64))
    shown.images[7, 0] = 1.0 if alone else 0.0
    speaking = sum(bias > 0 for bias in biases) + (alone and biases[0] <= 0)
    assert layer_of(look(net, weights, shown), "dense").dead == pytest.approx(1 - speaking / len(biases))


def test_a_channel_is_dead_only_if_it_gives_0_at_every_place() -> None:
    net = chain("net", [Conv2D(3, 1, activation="relu"), Flatten(), Dense(3)], input_shape=(6, 6, 1))
    weights = initial_weights(net, 0)
    weights[0][:] = [[[[-1.0, 1.0, 1.0]]]]
    weights[1][:] = [0.0, -0.99, 0.0]
    shown = examples()
    shown.images[:] = 0.5
    shown.images[5, 2, 3] = 1.0
    assert layer_of(look(net, weights, shown), "conv2d").dead == pytest.approx(1 / 3)


@pytest.mark.parametrize("name", ["tanh", "leaky_relu", "elu", "gelu", "linear", "sigmoid"])
def test_only_relu_units_die(name: str) -> None:
    net = row_network(Dense(4, activation=name))
    found = look(net, [np.zeros(one.parameter.shape) for one in net.weights], Examples(BLACK, np.zeros(20, np.int64)))
    assert layer_of(found, "dense").dead is None


@given(
    name=st.sampled_from(["tanh", "sigmoid"]),
    biases=st.lists(
        st.sampled_from([-9.0, -4.65, -4.5, -2.4, -2.2, 0.0, 1.0, 2.2, 2.4, 4.5, 4.65, 9.0]), min_size=1, max_size=6
    ),
    own_layer=st.booleans(),
)
@settings(max_examples=30)
def test_outputs_within_a_hundredth_of_an_end_are_saturated(name: str, biases: list[float], own_layer: bool) -> None:
    layers = [Dense(len(biases)), Activation(name)] if own_layer else [Dense(len(biases), activation=name)]
    net = row_network(*layers)
    weights = initial_weights(net, 0)
    weights[1][:] = biases
    found = look(net, weights, Examples(BLACK, np.zeros(20, np.int64)))
    far = log(99) / (2 if name == "tanh" else 1)  # sigmoid(ln 99) is 0.99
    assert found.layers[len(layers) - 1].saturated == pytest.approx(
        sum(abs(bias) > far for bias in biases) / len(biases)
    )


def test_a_hidden_softmax_is_saturated_where_one_unit_takes_all_and_not_where_many_are_small() -> None:
    net = row_network(Dense(200, activation="softmax"))
    weights = initial_weights(net, 0)
    weights[0][:], weights[1][:] = 0, 0
    shown = Examples(BLACK.copy(), np.zeros(20, np.int64))
    assert layer_of(look(net, weights, shown), "dense").saturated == 0
    weights[0][0, 0] = 50
    shown.images[:5, 0] = 1
    assert layer_of(look(net, weights, shown), "dense").saturated == pytest.approx(0.25)


def test_a_last_layer_may_be_as_sure_as_it_likes() -> None:
    net = row_network()
    found = look(net, [np.zeros((2, 3)), np.array([99.0, 0, 0])], Examples(BLACK, np.zeros(20, np.int64)))
    assert found.layers[-1].saturated is None
    assert found.said == (1.0, 0.0, 0.0)
    assert found.loss == pytest.approx(0, abs=1e-6)


# Gradients and steps.


def test_the_gradient_is_that_of_finite_differences_with_this_dropout_and_these_statistics() -> None:
    net, shown = convnet(), examples()
    weights = initial_weights(net, 1)
    found = look(net, weights, shown)
    for index, name in ((0, "conv2d"), (net.weights[-2].index, "dense_1")):
        slopes = []
        for place in np.ndindex(weights[index].shape):
            ends = []
            for step in (0.002, -0.002):
                moved = [weight.copy() for weight in weights]
                moved[index][place] += step
                ends.append(look(net, moved, shown).training_loss)
            slopes.append((ends[0] - ends[1]) / 0.004)
        assert layer_of(found, name).gradient == pytest.approx(np.sqrt(np.mean(np.square(slopes))), rel=1e-2)


@pytest.mark.parametrize(
    "optimizer", [SGD(0.1), SGD(0.1, momentum=0.9), Adam(0.01), RMSprop(0.003), Adam(clipnorm=0.1)]
)
def test_the_update_is_the_mean_of_the_other_backends_second_to_fifth_step(optimizer: Optimizer) -> None:
    net, shown = convnet(), examples(50)
    weights = initial_weights(net, 1)
    model = get_backend("compiled").load(net, weights, loss=LOSS, optimizer=optimizer, seed=3)
    course = [weights]
    for step in range(STEPS):
        model.train_step(shown, np.arange(step * 16, step * 16 + 16) % 50, 0)
        course.append(model.get_weights())
    found = look(net, weights, shown, optimizer, batch_size=16)
    for weight in net.weights:
        if weight.parameter.name == "kernel":
            kernels = [at[weight.index] for at in course[1:]]
            ratios = [np.sqrt(np.mean((b - a) ** 2) / np.mean(a**2)) for a, b in pairwise(kernels)]
            assert layer_of(found, weight.node.name).update == pytest.approx(np.mean(ratios), rel=2e-3)


def test_the_update_takes_the_learning_rate_of_the_moment_where_it_is_known() -> None:
    net, shown, weights = convnet(), examples(), initial_weights(convnet(), 1)
    schedule = SGD(CosineDecay(0.1, 1000))
    begun, ended = (look(net, weights, shown, schedule, learning_rate=rate) for rate in (None, 1e-4))
    as_numbers = (look(net, weights, shown, SGD(0.1)), look(net, weights, shown, SGD(1e-4)))
    for probed, plain in zip((begun, ended), as_numbers, strict=True):
        assert probed.layers[0].update == pytest.approx(plain.layers[0].update, rel=1e-3)


def test_optimizers_that_gather_or_average_are_probed_by_their_single_step() -> None:
    net, shown, weights = convnet(), examples(), initial_weights(convnet(), 1)
    plain = look(net, weights, shown, SGD(0.1))
    slow = SGD(0.1, gradient_accumulation_steps=8, use_ema=True, ema_overwrite_frequency=1)
    assert look(net, weights, shown, slow) == plain


def test_a_step_that_the_loss_does_not_survive_is_infinite_and_warns_nobody() -> None:
    net = chain("net", [Flatten(), Dense(9, activation="elu"), Dense(3)], input_shape=(6, 6, 1))
    found = look(net, initial_weights(net, 1), examples(), SGD(1e30))
    assert [one.update for one in found.layers if one.update is not None] == [inf] * 2


def test_a_rate_that_drives_the_network_into_a_corner_is_seen_though_its_last_step_moves_nothing() -> None:
    found = look(convnet(), initial_weights(convnet(), 1), examples(), SGD(1e3))
    assert layer_of(found, "dense").update > 0.5


def test_weights_that_are_no_numbers_can_be_looked_at() -> None:
    weights = initial_weights(convnet(), 1)
    weights[0][:] = np.nan
    found = look(convnet(), weights, examples())
    assert isnan(found.loss)
    assert isnan(layer_of(found, "conv2d").spread)


# Statistics, and what the whole network says.


@given(shift=st.floats(-3, 3), factor=st.sampled_from([0.25, 1.0, 4.0]))
@settings(max_examples=20)
def test_drift_and_stretch_are_the_distance_of_the_moving_averages_from_the_images(shift: float, factor: float) -> None:
    net = row_network(BatchNormalization(epsilon=1e-9))
    shown = examples(200, (2,))
    mean, variance = shown.images.mean(axis=0), shown.images.var(axis=0)
    weights = initial_weights(net, 0)
    weights[2][:], weights[3][:] = mean + shift * np.sqrt(variance), factor * variance
    found = look(net, weights, shown).layers[0]
    assert found.drift == pytest.approx(abs(shift), abs=1e-4)
    assert found.stretch == pytest.approx(max(factor, 1 / factor) ** 0.5, rel=1e-4)


def test_only_batch_normalization_drifts() -> None:
    found = look(convnet(), initial_weights(convnet(), 1), examples())
    assert {one.kind for one in found.layers if one.drift is not None or one.stretch is not None} == {
        "BatchNormalization"
    }


def test_losses_accuracy_and_classes_are_those_of_the_compiled_backend() -> None:
    net, shown, weights = convnet(), examples(), initial_weights(convnet(), 1)
    found = look(net, weights, shown)
    evaluation = get_backend("compiled").load(net, weights, loss=LOSS).evaluate(shown, 7)
    assert found.loss == pytest.approx(evaluation.loss, rel=1e-5)
    assert found.accuracy == evaluation.accuracy
    assert np.allclose(found.said, np.bincount(evaluation.predictions.classes, minlength=3) / 40)
    training = get_backend("compiled").load(net, weights, loss=LOSS, optimizer=SGD(0.1), seed=3)
    assert found.training_loss == pytest.approx(training.train_step(shown, np.arange(40), 0).loss, rel=1e-5)
    assert found.training_loss != pytest.approx(found.loss, rel=1e-3)


def test_what_a_regularizer_adds_is_told_apart_from_the_losses_and_gradients_of_the_images() -> None:
    net = convnet()
    layers = [
        replace(node.layer, kernel_regularizer=L1L2(0.1, 0.2))
        if node.parameters and "kernel" in repr(node.layer)
        else node.layer
        for node in net.nodes[1:]
    ]
    weights, shown = initial_weights(net, 1), examples()
    plain, dear = look(net, weights, shown), look(chain("net", layers, input_shape=(6, 6, 1)), weights, shown)
    kernels = [array for weight, array in zip(net.weights, weights, strict=True) if weight.parameter.name == "kernel"]
    assert dear.penalty == pytest.approx(sum(0.1 * np.abs(w).sum() + 0.2 * (w**2).sum() for w in kernels), rel=1e-5)
    assert dear.penalty > 1
    assert plain.penalty == 0
    assert dear.loss == pytest.approx(plain.loss, rel=1e-6)
    assert dear.training_loss == plain.training_loss
    assert [one.gradient for one in dear.layers] == [one.gradient for one in plain.layers]
    assert [one.update for one in dear.layers] != [one.update for one in plain.layers]


def test_the_first_images_are_looked_at_and_no_others() -> None:
    net, weights = convnet(), initial_weights(convnet(), 1)
    many = examples(IMAGES + 30)
    found = look(net, weights, many)
    many.images[IMAGES:] = 9
    assert found.images == IMAGES
    assert look(net, weights, many) == found
    assert look(net, weights, examples(12)).images == 12


def test_every_layer_is_there_by_name_and_the_weights_stay_as_they_are() -> None:
    net, weights = convnet(), initial_weights(convnet(), 1)
    before = [weight.copy() for weight in weights]
    found = look(net, weights, examples())
    assert [one.layer for one in found.layers] == [node.name for node in net.nodes[1:]]
    assert [one.units for one in found.layers] == [3, 3, 3, 3, 12, 5, 3]
    assert all(np.array_equal(one, other) for one, other in zip(before, weights, strict=True))
    assert (found.key, found.moment) == (KEY, "end")


def test_spread_is_the_deviation_over_images_places_and_units() -> None:
    net = row_network(Dense(2))
    shown = examples(30, (2,))
    weights = initial_weights(net, 0)
    out = shown.images @ weights[0] + weights[1]
    assert look(net, weights, shown).layers[0].spread == pytest.approx(out.std(), rel=1e-5)


def test_without_an_image_there_is_nothing_to_look_at() -> None:
    with pytest.raises(DataError, match=r"net, a probe: expected at least one image to look at, got none"):
        look(convnet(), initial_weights(convnet(), 1), examples(0))


def test_a_probe_is_the_same_on_one_thread_and_on_two() -> None:
    weights, shown = initial_weights(convnet(), 1), examples(600)
    assert look(convnet(), weights, shown, threads=1) == look(convnet(), weights, shown, threads=2)


def test_a_layer_that_is_an_activation_by_its_name_is_marked_as_that_activation() -> None:
    out = np.array([[0.0, 1.0], [0.0, 0.5]])
    for layer in (Activation("relu"), ReLU(), ReLU(6.0), ReLU(threshold=0.5)):
        assert dead_share(layer, out) == 0.5
    for layer in (LeakyReLU(), ReLU(negative_slope=0.1), Softmax(), SpatialDropout2D(0.5)):
        assert dead_share(layer, out) is None
    assert saturated_share(Softmax(), out) == saturated_share(Activation("softmax"), out) == 0.5

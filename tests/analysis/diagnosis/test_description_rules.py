"""Each rule against an oracle of its own: simulation, the reference backend, or counting."""

# ruff: noqa: ANN401 - an optimizer of any kind, whatever is known of a study
import doctest
from dataclasses import replace
from math import log
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from drawn_networks import networks
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from scipy import stats

from cnnlab.analysis.diagnosis import Change, SetArgument, Suspect, changes
from cnnlab.analysis.diagnosis.changes import apply
from cnnlab.analysis.diagnosis.description import Thresholds, rules, suspects_in_description, wide_field, wording
from cnnlab.analysis.diagnosis.description.start import constant, spread
from cnnlab.arch import Layer, Network, chain, graph, initial_weights, zoo
from cnnlab.arch.initializers import Constant, Initializer, RandomNormal, RandomUniform, TruncatedNormal, get
from cnnlab.arch.layers import (
    Activation,
    Add,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GaussianNoise,
    GlobalAveragePooling2D,
    Input,
    LayerNormalization,
    LeakyReLU,
    MaxPooling2D,
    PReLU,
    RandomFlip,
    RandomRotation,
    RandomTranslation,
    ReLU,
    Rescaling,
    Reshape,
    SeparableConv2D,
    Softmax,
    SpatialDropout2D,
    ZeroPadding2D,
)
from cnnlab.arch.measures import receptive_fields
from cnnlab.backends import ReferenceBackend
from cnnlab.backends.reference.optimizers import Updater
from cnnlab.records import SGD, Adadelta, Adam, CategoricalCrossentropy, CosineDecay, OneCycle, Recipe, RMSprop

PLAIN = Recipe(batch_size=100, epochs=10)
LOGITS = replace(PLAIN, loss=CategoricalCrossentropy(from_logits=True))
IMAGE = Input((28, 28, 1))
FEATURES = Input((784,))


def found(network: Network, name: str, recipe: Recipe = PLAIN, **known: Any) -> list[Suspect]:
    return [suspect for suspect in suspects_in_description(network, recipe, **known) if suspect.name == name]


def of(*layers: Layer) -> Network:
    return chain("tried", layers)


def texts(suspect: Suspect) -> list[str]:
    return [change.text for change in suspect.changes]


def classifier(*layers: Layer) -> Network:
    return of(*layers, Dense(10, activation="softmax", name="answer"))


@pytest.mark.parametrize("module", [changes, rules, wording])
def test_the_examples_in_the_docstrings_are_true(module: ModuleType) -> None:
    assert doctest.testmod(module, raise_on_error=True).attempted > 0


# Bottlenecks


def test_a_dense_layer_of_fewer_units_than_classes_is_a_bottleneck_and_more_units_remove_it() -> None:
    (suspect,) = found(classifier(FEATURES, Dense(64, activation="relu"), Dense(3, activation="relu")), "bottleneck")
    assert suspect.layers == ("dense_1",)
    assert texts(suspect) == ["units 12 in dense_1", "units 24 in dense_1"]
    assert (
        suspect.text
        == "All that is known of an image passes 3 numbers behind dense_1; 10 classes are to be told apart."
    )


def test_a_narrow_stretch_is_one_bottleneck_with_its_fewest_numbers() -> None:
    narrow = [Dense(units, activation="relu") for units in (64, 9, 4, 4, 64)]
    (suspect,) = found(classifier(FEATURES, *narrow), "bottleneck")
    assert suspect.layers == ("dense_1", "dense_2", "dense_3")
    assert suspect.text.startswith("All that is known of an image passes as few as 4 numbers from dense_1 to dense_3;")
    assert texts(suspect)[0] == "units 36 in dense_1 and units 16 in dense_2 and dense_3"


def test_a_bottleneck_made_by_a_pool_is_widened_in_the_convolution_before_it() -> None:
    network = classifier(IMAGE, Conv2D(4, 3, activation="relu"), GlobalAveragePooling2D())
    (suspect,) = found(network, "bottleneck")
    assert suspect.layers == ("global_average_pooling2d",)
    assert texts(suspect) == ["filters 16 in conv2d", "filters 32 in conv2d"]


def test_a_stride_that_alone_makes_a_bottleneck_is_proposed_alone() -> None:
    layers = [Conv2D(1, 3, strides=4, padding="same"), MaxPooling2D(4), Flatten()]
    (suspect,) = found(classifier(Input((16, 16, 1)), *layers), "bottleneck")
    assert texts(suspect)[2:] == ["strides 1 in conv2d", "without max_pooling2d"]


def test_a_narrow_layer_that_a_way_leads_around_is_no_bottleneck() -> None:
    around = graph(
        "around",
        Input((64,)),
        [(Dense(3, activation="relu"), (0,)), (Dense(64), (1,)), (Add(), (2, 0)), (Dense(10), (3,))],
    )
    assert found(around, "bottleneck", LOGITS) == []
    through = replace(around, nodes=(*around.nodes[:3], replace(around.nodes[3], inputs=(2,)), around.nodes[4]))
    assert [suspect.layers for suspect in found(through, "bottleneck", LOGITS)] == [("dense",)]


def test_no_layer_is_blamed_for_an_input_with_few_numbers() -> None:
    assert found(classifier(Input((4,)), Dense(4, activation="relu")), "bottleneck") == []
    assert found(classifier(Input((4,)), Dense(3, activation="relu")), "bottleneck") != []


@pytest.mark.parametrize(("classes", "suspected"), [(2, False), (6, False), (7, True), (100, True)])
def test_how_many_numbers_are_few_depends_on_the_classes(classes: int, suspected: bool) -> None:
    network = of(FEATURES, Dense(6, activation="relu"), Dense(classes, activation="softmax"))
    assert bool(found(network, "bottleneck", classes=classes)) == suspected


# Dropout


@given(st.integers(1, 40), st.lists(st.sampled_from([0.1, 0.3, 0.5, 0.75, 0.9]), min_size=1, max_size=3))
def test_the_chance_that_dropout_leaves_nothing_is_the_binomials(units: int, rates: list[float]) -> None:
    drops = [layer for rate in rates for layer in (Dropout(rate), BatchNormalization(), Activation("relu"))]
    network = classifier(FEATURES, Dense(units, activation="relu"), *drops)
    keep = np.prod([1 - rate for rate in rates])
    chance = stats.binom.pmf(0, units, keep)
    suspects = found(network, "dropout-leaves-nothing")
    assert [dict(suspect.evidence)["chance of nothing"] for suspect in suspects] == pytest.approx(
        [chance] if chance >= 0.05 else []
    )


def test_dropouts_with_weights_between_are_no_row_and_flatten_is_nothing_between() -> None:
    assert found(classifier(FEATURES, Dropout(0.5), Dense(90), Dropout(0.5)), "dropouts-in-a-row") == []
    network = classifier(IMAGE, Conv2D(9, 3), Dropout(0.5), BatchNormalization(), Flatten(), Dropout(0.2), Dropout(0.1))
    (suspect,) = found(network, "dropouts-in-a-row")
    assert suspect.layers == ("dropout", "dropout_1", "dropout_2")
    assert dict(suspect.evidence)["share dropped"] == pytest.approx(1 - 0.5 * 0.8 * 0.9)
    assert texts(suspect) == ["without dropout_1 and dropout_2"]


def test_a_change_that_cannot_be_applied_is_not_proposed() -> None:
    beside = graph("g", Input((64,)), [(Dense(10), (0,)), (Dense(10), (0,)), (Dropout(0.5), (1,))])
    (suspect,) = found(beside, "dropout", LOGITS)
    assert suspect.changes == ()


def test_a_row_of_dropouts_ends_where_ways_join() -> None:
    half = Dropout(0.5)
    steps = [(Dense(9, activation="relu"), (0,)), (half, (1,)), (Add(), (2, 1)), (half, (3,)), (half, (4,))]
    steps.append((Dense(10), (5,)))
    suspects = found(graph("g", Input((64,)), steps), "dropouts-in-a-row", LOGITS)
    assert [suspect.layers for suspect in suspects] == [("dropout_1", "dropout_2")]


@given(
    st.lists(st.floats(-5, 5), min_size=2, max_size=30).filter(lambda values: np.var(values) > 1e-3),
    st.sampled_from([0.1, 0.25, 0.5, 0.9]),
)
def test_dropout_before_normalization_shifts_the_variance_at_least_as_much_as_is_said(
    values: list[float], rate: float
) -> None:
    network = classifier(FEATURES, Dense(99, activation="relu"), Dropout(rate), BatchNormalization(), Dense(90))
    (suspect,) = found(network, "dropout-before-normalization")
    x, keep = np.array(values), 1 - rate
    outcomes = np.concatenate([x / keep, np.zeros_like(x)])
    odds = np.concatenate([np.full(len(x), keep), np.full(len(x), rate)]) / len(x)
    variance = odds @ outcomes**2 - (odds @ outcomes) ** 2
    assert variance / np.var(x) >= dict(suspect.evidence)["variance ratio"] * (1 - 1e-9)


def test_dropout_behind_the_last_normalization_is_not_suspected_of_shifting_it_and_can_be_moved_there() -> None:
    after = classifier(FEATURES, Dense(99, activation="relu"), BatchNormalization(), Dropout(0.5))
    assert found(after, "dropout-before-normalization") == []
    before = classifier(FEATURES, Dense(99, activation="relu"), Dropout(0.5), BatchNormalization())
    (suspect,) = found(before, "dropout-before-normalization")
    moved, _ = apply(suspect.changes[1], before, PLAIN)
    assert [node.name for node in moved.nodes[1:]] == ["dense", "batch_normalization", "dropout", "answer"]


def test_nothing_is_claimed_of_a_variance_behind_an_activation() -> None:
    network = classifier(FEATURES, Dense(99), Dropout(0.5), Activation("tanh"), BatchNormalization())
    assert found(network, "dropout-before-normalization") == []


@pytest.mark.parametrize(
    ("layers", "suspected"),
    [
        ([Dense(200, activation="relu"), Dense(100, activation="relu"), Dropout(0.5)], 0),
        ([Dense(200, activation="relu"), Dense(20, activation="relu"), Dropout(0.5)], 1),
        ([Dense(200, activation="relu"), Dense(20, activation="relu"), Dropout(0.1)], 0),
        ([Dropout(0.5), Dense(200, activation="relu")], 1),
        ([Dense(200), Dropout(0.1), Dense(200), Dropout(0.1), Dense(200), Dropout(0.1)], 3),
        ([Dense(200), Dropout(0.1), Dense(200), Dropout(0.1), Dense(200), Dropout(0.0)], 0),
    ],
)
def test_a_dropout_is_suspected_on_few_numbers_early_or_as_one_of_several(layers: list[Layer], suspected: int) -> None:
    suspects = found(classifier(FEATURES, *layers), "dropout")
    assert len(suspects) == suspected
    assert all(texts(suspect) == [f"without {suspect.layers[0]}"] for suspect in suspects)


# Shrinking


def test_a_kernel_that_reaches_over_what_is_left_is_no_collapse() -> None:
    lenet = [Conv2D(6, 5, padding="same"), AveragePooling2D(2), Conv2D(16, 5), AveragePooling2D(2), Conv2D(120, 5)]
    network = classifier(IMAGE, *lenet, Flatten())
    assert network.nodes[5].output_shape == (1, 1, 120)
    assert found(network, "spatial-collapse") == []


def test_convolutions_over_a_single_position_are_a_collapse_but_for_those_of_one_position() -> None:
    layers = [Conv2D(99, 3, strides=2), MaxPooling2D(2), MaxPooling2D(2), MaxPooling2D(2), MaxPooling2D(1)]
    assert classifier(IMAGE, *layers, Flatten()).nodes[4].output_shape == (1, 1, 99)
    for kernel, name in ((1, []), (3, ["spatial-collapse"])):
        network = classifier(IMAGE, *layers, Conv2D(99, kernel, padding="same"), Flatten())
        suspects = [s for s in found(network, "spatial-collapse") if dict(s.evidence)["windows on one position"]]
        assert [suspect.name for suspect in suspects] == name


@pytest.mark.parametrize(
    ("side", "strides", "weight"),
    [(32, 1, 0.0), (32, 2, 0.0), (16, 2, 0.2), (32, 3, 0.2), (28, 3, 0.2), (27, 3, 0.6), (20, 3, 0.6), (32, 4, 0.6)],
)
def test_strides_are_suspected_the_more_of_the_image_they_use(side: int, strides: int, weight: float) -> None:
    stages = [Conv2D(64, 3, strides=strides, padding="same", activation="relu") for _ in range(3)]
    network = classifier(Input((side, side, 1)), *stages, Flatten())
    assert [suspect.weight for suspect in found(network, "spatial-collapse")] == ([weight] if weight else [])
    assert [s.layers for s in found(network, "shrinking-layer")] == [
        (node.name,) for node in network.nodes[1:4] if weight
    ]


# Receptive fields


def test_small_fields_are_suspected_where_they_are_pooled_before_they_are_joined() -> None:
    convolutions = [Conv2D(16, 3, padding="same", activation="relu"), Conv2D(16, 3, padding="same", activation="relu")]
    (suspect,) = found(classifier(IMAGE, *convolutions, GlobalAveragePooling2D()), "narrow-field", object_size=12)
    assert suspect.text == (
        "An output of conv2d_1 sees 5 x 5 pixels, and the objects measure about 12; what each of them found alone is "
        "pooled."
    )
    assert texts(suspect) == [
        "kernel_size 7 in conv2d_1",
        "dilation_rate 3 in conv2d_1",
        "kernel_size 7 in conv2d",
        "dilation_rate 3 in conv2d",
    ]
    assert found(classifier(IMAGE, *convolutions, Flatten()), "narrow-field", object_size=12) == []
    assert found(classifier(IMAGE, *convolutions, GlobalAveragePooling2D()), "narrow-field") == []


def test_a_kernel_behind_a_pool_needs_fewer_more_taps_and_none_larger_than_the_largest_is_proposed() -> None:
    conv = Conv2D(16, 3, padding="same", activation="relu")
    network = classifier(IMAGE, conv, MaxPooling2D(2), conv, GlobalAveragePooling2D())
    (suspect,) = found(network, "narrow-field", object_size=20)
    assert texts(suspect) == ["kernel_size 7 in conv2d_1", "dilation_rate 3 in conv2d_1", "dilation_rate 5 in conv2d"]
    dilated = replace(conv, dilation_rate=2)
    (suspect,) = found(classifier(IMAGE, dilated, GlobalAveragePooling2D()), "narrow-field", object_size=12)
    assert texts(suspect) == ["kernel_size 5 in conv2d", "dilation_rate 4 in conv2d"]


def padded(*sizes: int, pool: int = 2) -> list[Layer]:
    """Stages of a convolution and a pool, all padded."""
    stages = [
        (Conv2D(8, size, padding="same", activation="relu"), MaxPooling2D(pool, padding="same")) for size in sizes
    ]
    return [layer for stage in stages for layer in stage]


@given(networks())
def test_a_field_that_outgrows_the_image_is_what_it_would_be_in_an_image_that_it_fits(network: Network) -> None:
    inside = [node for node in network.nodes[1:] if len(node.output_shape) == 3]
    if not inside:
        return
    shape = network.shown((900, 900, network.input_shape[-1]))
    roomy = chain("roomy", [Input(shape), *(node.layer for node in inside)], data_format=network.data_format)
    fields = wide_field.full_fields(network)[: len(inside) + 1]
    assert fields == receptive_fields(roomy)
    for field, seen in zip(fields, receptive_fields(network), strict=False):
        assert seen is not None
        assert seen.size == tuple(np.minimum(field.size, network.input_shape[:2]))


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(networks())
def test_no_field_is_wide_that_is_no_larger_than_two_images_or_has_no_padding(network: Network) -> None:
    windows = [node for node in network.nodes if node.layer.window]
    fields = wide_field.full_fields(network)
    times = [max(np.divide(fields[node.index].size, network.input_shape[:2])) for node in windows]
    suspects = found(network, "wide-field")
    assert [one.layers for one in suspects] == (
        [tuple(node.name for node, of_image in zip(windows, times, strict=True) if of_image > 2)]
        if any(of_image > 2 for of_image in times)
        else []
    )
    assert not suspects or any(getattr(node.layer, "padding", "") == "same" for node in windows)


def test_a_field_of_more_than_two_images_is_suspected_and_one_of_two_is_not() -> None:
    def beginning(size: int) -> Network:
        return classifier(
            Input((20, 20, 1)), Conv2D(8, size, padding="same", activation="relu"), *padded(9, 2), Flatten()
        )

    assert wide_field.full_fields(beginning(27))[5].size == (40, 40)
    assert found(beginning(27), "wide-field") == []
    (suspect,) = found(beginning(28), "wide-field")
    assert suspect.layers == ("max_pooling2d_1",)
    assert suspect.weight == 0.2


def test_large_padded_kernels_behind_pools_reach_beyond_the_image_and_smaller_ones_do_not() -> None:
    network = classifier(IMAGE, *padded(9, 9, 9), Flatten())
    (suspect,) = found(network, "wide-field")
    assert suspect.text == (
        "An output of max_pooling2d_2 reaches over 64 x 64 pixels, and the image has 28 x 28: about 81 % or more of "
        "what it reaches is padding."
    )
    assert texts(suspect) == [
        "kernel_size 7 in conv2d_2",
        "kernel_size 3 in conv2d, conv2d_1 and conv2d_2",
        "without max_pooling2d_1 and max_pooling2d_1 behind max_pooling2d_2",
        "without max_pooling2d_1",
        "without max_pooling2d",
        "without max_pooling2d, max_pooling2d_1 and max_pooling2d_2",
    ]
    assert 0.2 <= suspect.weight <= 0.3
    assert found(classifier(IMAGE, *padded(5, 5, 5), Flatten()), "wide-field") == []


@pytest.mark.parametrize(
    ("kernel", "suspected"), [((21, 1), True), ((1, 21), False), ((20, 80), False), ((1, 81), True)]
)
def test_each_axis_of_a_field_is_held_against_its_own_side(kernel: tuple[int, int], suspected: bool) -> None:
    network = classifier(Input((10, 40, 1)), Conv2D(8, kernel, padding="same", activation="relu"), Flatten())
    assert bool(found(network, "wide-field")) == suspected
    (down, across) = wide_field.full_fields(classifier(Input((10, 40, 1)), Flatten(), Dense(9)))[1].size
    assert (down, across) == (10, 40)


@pytest.mark.parametrize(
    "name", ["architecture-1", "architecture-2", "architecture-2-as-intended", "lenet-5", "mnist-convnet"]
)
def test_no_healthy_network_of_the_zoo_has_a_wide_field(name: str) -> None:
    assert found(zoo.network(name), "wide-field") == []


def test_gaps_in_kernels_count_and_are_closed() -> None:
    dilated = [Conv2D(8, 3, padding="same", dilation_rate=15, activation="relu") for _ in range(2)]
    (suspect,) = found(classifier(IMAGE, *dilated, GlobalAveragePooling2D()), "wide-field")
    assert texts(suspect) == ["kernel_size 2 in conv2d_1", "dilation_rate 1 in conv2d_1", "dilation_rate 1 in conv2d"]


def test_a_way_around_the_large_kernels_hands_on_small_fields() -> None:
    large = Conv2D(1, 33, padding="same", activation="relu")
    steps = [(large, (0,)), (large, (1,)), (Conv2D(1, 3, padding="same"), (2,)), (Flatten(), (3,)), (Dense(10), (4,))]
    (suspect,) = found(graph("g", IMAGE, steps), "wide-field", LOGITS)
    assert suspect.layers == ("conv2d_1", "conv2d_2")
    steps[2:4] = [(Add(), (2, 0)), (Conv2D(1, 3, padding="same"), (3,)), (Flatten(), (4,))]
    steps[-1] = (Dense(10), (5,))
    (suspect,) = found(graph("g", IMAGE, steps), "wide-field", LOGITS)
    assert suspect.layers == ("conv2d_1",)


# Activations


def test_two_layers_with_only_linear_ones_between_are_suspected_and_a_max_pool_is_not_linear() -> None:
    linear = [Conv2D(16, 3), BatchNormalization(), AveragePooling2D(2), Flatten(), Dropout(0.3)]
    (suspect,) = found(classifier(IMAGE, *linear), "missing-activation")
    assert suspect.layers == ("conv2d",)
    assert suspect.text.endswith("and answer. The whole network before its output is linear.")
    assert found(classifier(IMAGE, Conv2D(16, 3), MaxPooling2D(2), Flatten()), "missing-activation") == []
    assert found(classifier(IMAGE, Conv2D(16, 3), Activation("elu"), Flatten()), "missing-activation") == []
    (suspect,) = found(classifier(IMAGE, MaxPooling2D(2), Conv2D(16, 3), Flatten()), "missing-activation")
    assert "The whole network" not in suspect.text


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(networks())
def test_a_network_that_is_called_linear_is(network: Network) -> None:
    called = [s for s in found(network, "missing-activation", LOGITS) if "The whole network" in s.text]
    if not called or any(
        node.layer.activation != "linear" for node in network.nodes if isinstance(node.layer, Activation)
    ):
        return
    last = next(node for node in reversed(network.nodes) if isinstance(node.layer, Dense))
    layers = [replace(node.layer, name=node.name) for node in network.nodes[1 : last.index + 1]]
    layers[-1] = replace(layers[-1], activation="linear")
    plain = chain("plain", [Input(network.shown(network.input_shape)), *layers], data_format=network.data_format)
    x, y = np.random.default_rng(0).normal(size=(2, 3, *network.input_shape))
    at = [outputs(plain, images) for images in (x + y, x, y, 0 * x)]
    scale = max(1.0, *(float(np.abs(values).max()) for values in at))
    assert np.abs(at[0] - at[1] - at[2] + at[3]).max() <= 1e-9 * scale


def outputs(network: Network, images: np.ndarray, seed: int = 3, drawn_for: Network | None = None) -> np.ndarray:
    """Run a network on images, in evaluation mode and float64, with the weights of another one that has them all.

    Each weight's numbers depend on its place in the network, so without a layer that has weights all behind it would be
    other ones.
    """
    drawn = drawn_for or network
    values = dict(zip((weight.name for weight in drawn.weights), initial_weights(drawn, seed), strict=True))
    weights = [values[weight.name].astype(np.float64) for weight in network.weights]
    return ReferenceBackend(np.float64).load(network, weights).predict(images, 8)


def test_softmax_inside_the_network_is_suspected_and_at_its_end_it_is_not() -> None:
    network = classifier(FEATURES, Dense(20, activation="softmax"), Dense(20), Activation("softmax"))
    assert [s.layers for s in found(network, "hidden-softmax")] == [("dense",), ("activation",)]
    assert all(texts(s) == [f"activation relu in {s.layers[0]}"] for s in found(network, "hidden-softmax"))


def test_sigmoids_are_counted_along_the_longest_way_and_not_over_branches() -> None:
    sigmoid, inner = Dense(16, activation="sigmoid"), (0,)
    beside = graph("g", Input((16,)), [(sigmoid, inner), (sigmoid, inner), (Add(), (1, 2)), (Dense(10), (3,))])
    assert found(beside, "saturating-activations", LOGITS) == []
    steps = [(sigmoid, (0,)), (sigmoid, (1,)), (sigmoid, (1,)), (Add(), (2, 3)), (Dense(10), (4,))]
    behind = graph("g", Input((16,)), steps)
    (suspect,) = found(behind, "saturating-activations", LOGITS)
    assert dict(suspect.evidence) == {"layers in a row": 2, "largest slope": 1 / 16}
    assert texts(suspect) == ["activation relu in dense, dense_1 and dense_2"]


def test_no_slope_of_sigmoids_is_larger_than_what_is_said() -> None:
    x = np.linspace(-8, 8, 2001)
    once = 1 / (1 + np.exp(-x))
    assert np.max(np.gradient(1 / (1 + np.exp(-once)), x)) <= 1 / 16


def test_four_tanhs_in_a_row_are_not_suspected_and_five_are() -> None:
    for count, suspected in ((4, False), (5, True)):
        network = classifier(FEATURES, *(Dense(32, activation="tanh") for _ in range(count)))
        assert bool(found(network, "saturating-activations")) == suspected


# The start

INITIALIZERS = [
    *(get(name) for name in ("glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_normal")),
    RandomNormal(1.0, 0.5),
    RandomUniform(-0.3, 0.7),
    TruncatedNormal(0.0, 2.0),
]


@pytest.mark.parametrize("initializer", INITIALIZERS, ids=lambda initializer: type(initializer).__name__)
def test_the_spread_that_is_named_is_that_of_the_weights_that_are_drawn(initializer: Initializer) -> None:
    network = of(Input((300,)), Dense(200, kernel_initializer=initializer))
    kernel = initial_weights(network, 5)[0]
    assert spread(network.nodes[1].parameters[0]) == pytest.approx(float(kernel.std()), rel=0.01)
    assert constant(initializer) is None


@pytest.mark.parametrize(
    "initializer", [get("zeros"), get("ones"), Constant(-2.0), RandomNormal(3.0, 0.0), RandomUniform(0.5, 0.5)]
)
def test_the_one_value_that_is_named_is_that_of_all_weights(initializer: Initializer) -> None:
    network = of(Input((30,)), Dense(20, kernel_initializer=initializer))
    assert np.unique(initial_weights(network, 5)[0]).tolist() == [constant(initializer)]
    assert spread(network.nodes[1].parameters[0]) is None


def test_a_hidden_kernel_of_zeros_hands_on_the_same_for_every_image_and_the_last_may_start_so() -> None:
    network = of(Input((30,)), Dense(20, "relu", kernel_initializer="zeros"), Dense(10, kernel_initializer="zeros"))
    (suspect,) = found(network, "alike-weights", LOGITS)
    assert suspect.layers == ("dense",)
    images = np.random.default_rng(0).normal(size=(6, 30))
    assert np.ptp(outputs(of(Input((30,)), network.nodes[1].layer), images), axis=0).max() == 0
    assert texts(suspect) == ["kernel_initializer glorot_uniform in dense"]


def test_a_kernel_of_ones_makes_copies_of_one_unit() -> None:
    network = of(Input((30,)), Dense(20, "tanh", kernel_initializer="ones"), Dense(10))
    (suspect,) = found(network, "alike-weights", LOGITS)
    assert suspect.text == "Each weight of dense's kernel starts at 1, so that its units start alike."
    images = np.random.default_rng(0).normal(size=(6, 30))
    assert np.ptp(outputs(of(Input((30,)), network.nodes[1].layer), images), axis=1).max() < 1e-12


def test_units_whose_biases_differ_do_not_start_alike_but_zeros_hand_on_the_same_all_the_same() -> None:
    for kernel, suspected in (("ones", False), ("zeros", True)):
        layer = Dense(20, "tanh", kernel_initializer=kernel, bias_initializer="random_normal")
        assert bool(found(of(Input((30,)), layer, Dense(10)), "alike-weights", LOGITS)) == suspected


def test_a_normalization_whose_gamma_starts_at_0_hands_on_the_same_for_every_image() -> None:
    network = classifier(FEATURES, Dense(20, "relu"), BatchNormalization(gamma_initializer="zeros"))
    (suspect,) = found(network, "alike-weights")
    images = np.random.default_rng(0).normal(size=(6, 784))
    assert np.ptp(outputs(network, images), axis=0).max() == 0
    assert texts(suspect) == ["gamma_initializer ones in batch_normalization"]


def test_a_layer_normalization_of_one_channel_hands_on_the_same_for_every_image() -> None:
    network = classifier(IMAGE, LayerNormalization(), Conv2D(4, 3, activation="relu"), Flatten())
    (suspect,) = found(network, "alike-weights")
    assert suspect.layers == ("layer_normalization",)
    images = np.random.default_rng(0).normal(size=(6, 28, 28, 1))
    assert np.ptp(outputs(network, images), axis=0).max() == 0
    assert texts(suspect) == ["without layer_normalization"]
    assert not found(classifier(IMAGE, Conv2D(4, 3), LayerNormalization(), Flatten()), "alike-weights")


def test_kernels_of_ones_make_copies_of_one_unit_only_where_all_outputs_are_summed_from_the_same() -> None:
    images = np.random.default_rng(0).normal(size=(6, 8, 8, 3))
    for layer, argument, alike in (
        (SeparableConv2D(4, 3, pointwise_initializer="ones"), "depthwise_initializer", True),
        (SeparableConv2D(4, 3, depthwise_initializer="ones"), "depthwise_initializer", False),
        (DepthwiseConv2D(3, depthwise_initializer="ones"), "depthwise_initializer", False),
        (DepthwiseConv2D(3, depthwise_initializer="zeros"), "depthwise_initializer", True),
    ):
        network = of(Input((8, 8, 3)), layer, Flatten(), Dense(10))
        put_out = outputs(of(Input((8, 8, 3)), network.nodes[1].layer), images)
        assert (np.ptp(put_out, axis=-1).max() < 1e-6) == alike
        suspects = found(network, "alike-weights", LOGITS)
        assert bool(suspects) == alike
        assert all(argument in text for suspect in suspects for text in texts(suspect))


def test_each_kernel_of_a_separable_convolution_is_judged_and_changed_by_its_own_argument() -> None:
    layer = SeparableConv2D(8, 3, pointwise_initializer=RandomNormal(stddev=9.0), activation="relu")
    (suspect,) = found(classifier(IMAGE, layer, Flatten()), "weight-spread")
    assert suspect.text.startswith("The pointwise_kernel of separable_conv2d starts with a standard deviation of 9;")
    assert texts(suspect)[0] == "pointwise_initializer he_uniform in separable_conv2d"


def test_a_prelu_behind_a_relu_has_no_effect_and_bends_a_network_without_other_activations() -> None:
    (suspect,) = found(classifier(FEATURES, Dense(20, "relu"), PReLU()), "without-effect")
    assert suspect.layers == ("p_re_lu",)
    linear = "The whole network before its output is linear."
    without = classifier(FEATURES, Dense(20), Dense(30), Dense(20, name="bent"))
    (first, *_) = found(without, "missing-activation")
    assert linear in first.text
    (first, *_) = found(classifier(FEATURES, Dense(20), Dense(30), PReLU(), Dense(20)), "missing-activation")
    assert linear not in first.text


@pytest.mark.parametrize("name", ["glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform"])
def test_the_usual_initializers_are_never_of_unusual_spread(name: str) -> None:
    for channels, filters, size in ((1, 128, 7), (128, 1, 1), (16, 16, 3)):
        layers = [Conv2D(filters, size, activation="relu", kernel_initializer=name), Flatten()]
        assert found(classifier(Input((9, 9, channels)), *layers), "weight-spread") == []


@pytest.mark.parametrize(("deviation", "suspected"), [(1e-4, True), (0.01, False), (0.1, False), (3.0, True)])
def test_a_kernel_far_wider_or_narrower_than_usual_is_suspected(deviation: float, suspected: bool) -> None:
    network = classifier(FEATURES, Dense(64, "relu", kernel_initializer=RandomNormal(stddev=deviation)))
    suspects = found(network, "weight-spread")
    assert bool(suspects) == suspected
    assert all(
        texts(s) == ["kernel_initializer he_uniform in dense", "kernel_initializer glorot_uniform in dense"]
        for s in suspects
    )


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["linear", "relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid"]),
            st.sampled_from([1e-4, 0.01, 0.07, 0.5]),
        ),
        min_size=1,
        max_size=5,
    ),
    st.integers(0, 1000),
)
def test_the_size_of_the_logits_is_estimated_as_it_is_measured(chosen: list[tuple[str, float]], seed: int) -> None:
    hidden = [Dense(250, name, kernel_initializer=RandomNormal(stddev=deviation)) for name, deviation in chosen]
    network = of(Input((200,)), *hidden, Dense(100, kernel_initializer="lecun_normal"))
    images = np.random.default_rng(seed).normal(size=(30, 200))
    measured = float(np.sqrt((outputs(network, images, seed) ** 2).mean()))
    never = Thresholds(faint=float("inf"), loud=-1.0)
    (suspect,) = found(network, "signal-size", LOGITS, thresholds=never)
    assert dict(suspect.evidence)["size at the end"] == pytest.approx(measured, rel=0.3)


def test_signals_that_fade_or_grow_over_many_layers_are_suspected_though_no_layer_alone_is() -> None:
    for deviation, depth, suspected in ((0.05, 3, False), (0.05, 12, True), (0.3, 2, False), (0.3, 6, True)):
        layers = [Dense(64, "relu", kernel_initializer=RandomNormal(stddev=deviation)) for _ in range(depth)]
        network = classifier(Input((64,)), *layers)
        assert bool(found(network, "signal-size")) == suspected
        assert found(network, "weight-spread") == []
        normalized = classifier(Input((64,)), *layers, BatchNormalization())
        assert found(normalized, "signal-size") == []


@pytest.mark.parametrize("name", ["relu", "gelu", "silu", "tanh"])
def test_signals_beyond_all_numbers_are_no_error(name: str) -> None:
    huge = [Dense(64, name, kernel_initializer=RandomNormal(stddev=1e200)) for _ in range(3)]
    assert found(classifier(Input((64,)), *huge), "weight-spread") != []


@pytest.mark.parametrize("name", zoo.names())
def test_keras_own_initializers_keep_the_size_of_signals_in_the_zoo(name: str) -> None:
    assert found(zoo.network(name), "signal-size", thresholds=Thresholds(faint=0.05, loud=5.0)) == []


@pytest.mark.parametrize(
    ("activation", "bias", "suspected"),
    [("relu", -20, True), ("relu", 20, False), ("relu", -0.1, False), ("tanh", 20, True), ("sigmoid", -20, True),
     ("linear", -20, False)],
)  # fmt: skip
def test_biases_that_shut_a_layer_are_suspected(activation: str, bias: float, suspected: bool) -> None:
    network = classifier(FEATURES, Dense(64, activation, bias_initializer=Constant(bias)))
    suspects = found(network, "bias-start")
    assert bool(suspects) == suspected
    assert all(texts(s) == ["bias_initializer zeros in dense"] for s in suspects)


@pytest.mark.parametrize(
    ("layers", "span", "suspected"),
    [
        ([Rescaling(1 / 255)], 1, False),
        ([Rescaling(1 / 127.5, -1)], 2, False),
        ([Rescaling(1 / 255), Rescaling(1 / 255)], 1 / 255, True),
        ([Flatten(), Rescaling(1 / 255)], 1 / 255, True),
        ([Rescaling(1.0)], 255, True),
        ([Rescaling(1.0), BatchNormalization()], 255, False),
        ([RandomFlip(), RandomRotation(0.1), Rescaling(1 / 255)], 1, False),
        ([RandomFlip(), Rescaling(1.0)], 255, True),
    ],
)
def test_rescalings_that_leave_the_pixels_far_from_1_are_suspected(
    layers: list[Layer], span: float, suspected: bool
) -> None:
    suspects = found(classifier(IMAGE, *layers, Flatten()), "input-scale")
    assert [dict(suspect.evidence)["span"] for suspect in suspects] == pytest.approx([span] * suspected)
    assert all(suspect.changes for suspect in suspects)


def test_augmentation_is_taken_for_nothing_that_stands_in_the_way() -> None:
    front = [RandomTranslation(0.1, 0.1), RandomRotation(0.1), RandomFlip()]
    end = [Conv2D(16, 3, activation="relu"), MaxPooling2D(), Flatten()]
    plain, augmented = (
        suspects_in_description(classifier(*layers), PLAIN) for layers in ([IMAGE, *end], [IMAGE, *front, *end])
    )
    assert [(one.name, one.layers, one.weight) for one in augmented] == [
        (one.name, one.layers, one.weight) for one in plain
    ]


@pytest.mark.parametrize(
    ("loss", "suspected"), [(None, False), (log(10), False), (2.5, False), (9.0, True), (0.1, True)]
)
def test_a_first_loss_far_from_guessing_is_suspected(loss: float | None, suspected: bool) -> None:
    suspects = found(classifier(FEATURES, Dense(64, "relu")), "first-loss", initial_loss=loss)
    assert bool(suspects) == suspected
    assert found(classifier(FEATURES, Dense(64, "relu")), "first-loss", initial_loss=float("nan")) == []


# The recipe


@pytest.mark.parametrize("optimizer", [Adam(), SGD(), SGD(0.1), SGD(0.01, momentum=0.9), RMSprop(), Adadelta(1.0)])
def test_usual_learning_rates_are_not_suspected(optimizer: Any) -> None:
    assert found(classifier(FEATURES), "learning-rate", replace(PLAIN, optimizer=optimizer)) == []


@pytest.mark.parametrize(
    ("optimizer", "change"),
    [
        (Adam(0.01), "learning rate 0.001"),
        (Adam(1e-5), "learning rate 0.001"),
        (Adam(0.0), "learning rate 0.001"),
        (SGD(1.0), "learning rate 0.01"),
        (SGD(0.1, momentum=0.99), "learning rate 0.0001"),
        (RMSprop(1.0), "learning rate 0.001"),
        (Adadelta(), "learning rate 1"),
        (Adam(CosineDecay(0.5, 100)), "optimizer.learning_rate.initial_learning_rate 0.001"),
        (Adam(CosineDecay(0.0, 100, warmup_target=0.5, warmup_steps=9)), "optimizer.learning_rate.warmup_target 0.001"),
        (Adam(OneCycle(0.5, 100)), "optimizer.learning_rate.max_learning_rate 0.001"),
    ],
)
def test_a_learning_rate_far_from_the_usual_is_suspected_also_in_a_schedule(optimizer: Any, change: str) -> None:
    (suspect,) = found(classifier(FEATURES), "learning-rate", replace(PLAIN, optimizer=optimizer))
    assert change in texts(suspect)


def test_a_learning_rate_further_off_weighs_more() -> None:
    rates = (0.01, 0.1, 1.0, 10.0)
    found_for = [found(classifier(FEATURES), "learning-rate", replace(PLAIN, optimizer=Adam(rate))) for rate in rates]
    weights = [suspects[0].weight for suspects in found_for]
    assert weights == sorted(set(weights))


@given(st.integers(1, 3000), st.integers(1, 400), st.integers(1, 4), st.sampled_from([None, 2, 5]))
def test_updates_are_counted_as_training_makes_them(images: int, batch: int, epochs: int, every: int | None) -> None:
    recipe = Recipe(batch_size=batch, epochs=epochs, optimizer=Adam(gradient_accumulation_steps=every))
    batches = [start for _ in range(epochs) for start in range(0, images, batch)]
    updates = len(batches[every - 1 :: every]) if every else len(batches)
    suspects = found(classifier(FEATURES), "few-updates", recipe, train_images=images)
    assert [dict(suspect.evidence)["updates"] for suspect in suspects] == ([updates] if updates < 500 else [])


@pytest.mark.parametrize(("momentum", "updates"), [(0.99, 300), (0.99, 460), (0.9, 10), (0.999, 4000), (0.5, 6)])
def test_what_a_moving_average_still_holds_is_what_is_left_after_so_many_steps(momentum: float, updates: int) -> None:
    network = classifier(FEATURES, Dense(64, "relu"), BatchNormalization(momentum=momentum))
    left = 1.0
    for _ in range(updates):
        left = momentum * left + (1 - momentum) * 0.0
    recipe = Recipe(batch_size=1, epochs=updates)
    suspects = found(network, "late-moving-average", recipe, train_images=1)
    assert [dict(suspect.evidence)["share left"] for suspect in suspects] == pytest.approx(
        [left] if left > 0.01 else []
    )
    assert found(network, "late-moving-average", recipe) == []


def test_averages_that_are_too_late_are_quickened_as_little_as_needed_or_left_out() -> None:
    network = classifier(FEATURES, Dense(64, "relu"), BatchNormalization())
    for updates, momentum in ((100, "0.9"), (20, "0.5")):
        (suspect,) = found(network, "late-moving-average", Recipe(batch_size=1, epochs=updates), train_images=1)
        removed = "without batch_normalization"
        assert texts(suspect) == [f"momentum {momentum} in batch_normalization", removed]


@pytest.mark.parametrize("every", [None, 4])
def test_an_average_of_the_weights_that_still_holds_the_first_ones_is_suspected(every: int | None) -> None:
    optimizer = SGD(0.05, use_ema=True, ema_momentum=0.97, gradient_accumulation_steps=every)
    (suspect,) = found(classifier(FEATURES), "late-average", replace(PLAIN, optimizer=optimizer), train_images=1000)
    assert texts(suspect) == ["optimizer.use_ema False"]
    assert dict(suspect.evidence)["share left"] == pytest.approx(share_of_the_first_weights(optimizer, every or 1, 100))
    often = replace(PLAIN, optimizer=replace(optimizer, ema_overwrite_frequency=10))
    assert found(classifier(FEATURES), "late-average", often, train_images=1000) == []


def share_of_the_first_weights(optimizer: SGD, every: int, batches: int) -> float:
    """Let the reference's average see a weight of 1 up to the first update and of 0 from then on."""
    weights = {"w": np.array([1.0])}
    updater = Updater(optimizer, weights)
    for batch in range(batches):
        weights["w"][...] = batch < every
        updater.apply({"w": np.array([0.0])})
    return float(updater.slots["w"]["average"][0])


def test_strong_weight_decay_smooth_labels_and_a_fixed_order_are_suspected() -> None:
    recipe = Recipe(optimizer=Adam(weight_decay=1.0), loss=CategoricalCrossentropy(label_smoothing=0.5), shuffle=False)
    changes = [
        change
        for name in ("weight-decay", "label-smoothing", "no-shuffle")
        for change in texts(found(classifier(FEATURES), name, recipe)[0])
    ]
    assert changes == ["optimizer.weight_decay None", "loss.label_smoothing 0.1", "shuffle True"]
    usual = Recipe(optimizer=Adam(weight_decay=0.004), loss=CategoricalCrossentropy(label_smoothing=0.1))
    assert suspects_in_description(classifier(FEATURES), usual) == ()


# The output

ENDINGS: list[tuple[list[Layer], bool, list[str]]] = [
    ([Dense(10, "softmax")], False, []),
    ([Dense(10)], True, []),
    ([Dense(10), Activation("softmax")], False, []),
    ([Dense(10)], False, ["activation softmax in dense", "loss.from_logits True"]),
    ([Dense(10, "softmax")], True, ["activation linear in dense", "loss.from_logits False"]),
    (
        [Dense(10, "relu")],
        False,
        ["activation softmax in dense", "activation linear in dense and loss.from_logits True"],
    ),
    (
        [Dense(10, "softmax"), Activation("softmax")],
        False,
        ["activation linear in dense", "activation linear in dense, without activation and loss.from_logits True"],
    ),
    (
        [Dense(10, "softmax"), Dropout(0.5)],
        False,
        ["without dropout", "activation linear in dense, without dropout and loss.from_logits True"],
    ),
    (
        [Dense(10), Dropout(0.5)],
        True,
        ["without dropout", "without dropout, activation softmax in dense and loss.from_logits False"],
    ),
    ([Dense(10), Activation("relu")], True, ["without activation", None]),  # type: ignore[list-item]
]


@pytest.mark.parametrize(("layers", "from_logits", "wanted"), ENDINGS)
def test_an_ending_that_does_not_fit_the_loss_is_mended_on_either_side(
    layers: list[Layer], from_logits: bool, wanted: list[str | None]
) -> None:
    suspects = found(of(FEATURES, *layers), "unfit-output", LOGITS if from_logits else PLAIN)
    got = texts(suspects[0]) if suspects else []
    assert len(got) == len(wanted)
    assert all(words in {None, text} for words, text in zip(wanted, got, strict=True))


def test_a_relu_on_answers_that_are_pooled_weighs_less_than_on_the_answers_themselves() -> None:
    pooled = of(IMAGE, Conv2D(10, 3, activation="relu"), GlobalAveragePooling2D(), Activation("softmax"))
    direct = of(FEATURES, Dense(10, activation="relu"), Activation("softmax"))
    weights = [found(network, "unfit-output")[0].weight for network in (pooled, direct)]
    assert weights[0] < weights[1]


def test_the_three_layers_that_the_notebook_puts_behind_its_first_networks_softmax_are_seen() -> None:
    misplaced = [Dropout(0.5), BatchNormalization(), Dropout(0.5)]
    network = chain("slip", [*zoo.entry("architecture-1").layers(), *misplaced])
    (suspect,) = found(network, "unfit-output")
    assert suspect.layers == ("dense_1", "dropout_2", "batch_normalization_1", "dropout_3")
    assert texts(suspect)[0] == "without dropout_2, batch_normalization_1 and dropout_3"


# Layers without effect


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(networks())
@example(classifier(IMAGE, Conv2D(4, 3, activation="relu"), PReLU(), Flatten()))
def test_a_layer_without_effect_can_go_and_the_network_answers_the_same(network: Network) -> None:
    for suspect in found(network, "without-effect"):
        if "normalized" in suspect.text:
            continue
        for change in suspect.changes:
            changed, _ = apply(change, network, PLAIN)
            images = np.random.default_rng(1).uniform(0, 1, (3, *network.input_shape))
            without = outputs(changed, images, drawn_for=network)
            np.testing.assert_array_equal(without, outputs(network, images), strict=True)


@pytest.mark.parametrize(
    ("layer", "suspected"),
    [(Dropout(0.0), True), (Dropout(0.1), False), (MaxPooling2D(1), True), (MaxPooling2D(1, strides=2), False),
     (MaxPooling2D(2, strides=1, padding="same"), False), (Rescaling(1.0), True), (Rescaling(1.0, 0.5), False),
     (Activation("linear"), True), (Activation("relu"), True), (Activation("tanh"), False),
     (BatchNormalization(), False), (Flatten(), False), (SpatialDropout2D(0.0), True), (SpatialDropout2D(0.1), False),
     (GaussianNoise(0.0), True), (GaussianNoise(0.1), False), (ZeroPadding2D(0), True), (ZeroPadding2D((0, 1)), False),
     (Reshape((26, -1, 16)), True), (Reshape((13, -1, 16)), False), (ReLU(), True), (ReLU(6.0), False),
     (ReLU(threshold=0.5), False), (LeakyReLU(0.1), True), (Softmax(), False)],
    ids=repr,
)  # fmt: skip
def test_only_what_changes_nothing_is_called_without_effect(layer: Layer, suspected: bool) -> None:
    network = classifier(IMAGE, Conv2D(16, 3, activation="relu"), layer, Flatten())
    names = [suspect.layers[0] for suspect in found(network, "without-effect")]
    extra = ["flatten_1"] if isinstance(layer, Flatten) else []
    assert names == [node.name for node in network.nodes[2:3] if suspected] + extra


def test_relu_behind_anything_but_relu_has_an_effect() -> None:
    for name in ("linear", "elu"):
        for relu in (Activation("relu"), ReLU(), LeakyReLU()):
            assert found(classifier(FEATURES, Dense(99, name), relu), "without-effect") == []
    leaky = classifier(FEATURES, Dense(99), ReLU(negative_slope=0.1), LeakyReLU())
    assert found(leaky, "without-effect") == []


def test_dropped_channels_are_counted_and_not_the_numbers_in_them() -> None:
    network = classifier(IMAGE, Conv2D(3, 3, activation="relu"), SpatialDropout2D(0.5), Dropout(0.1), Flatten())
    (suspect,) = found(network, "dropout-leaves-nothing")
    assert suspect.layers == ("spatial_dropout2d",)
    assert suspect.text.startswith("In training spatial_dropout2d keeps each of 3 channels with a chance of 50 %")
    assert dict(suspect.evidence)["chance of nothing"] == pytest.approx(0.5**3)
    (alone,) = found(network, "dropout")
    assert alone.text.startswith("spatial_dropout2d drops 50 % of 3 channels behind 1 layer with weights")
    (row,) = found(network, "dropouts-in-a-row")
    assert row.layers == ("spatial_dropout2d", "dropout")


def test_dropped_channels_before_a_normalization_are_put_behind_it_as_they_are() -> None:
    network = classifier(IMAGE, Conv2D(9, 3), SpatialDropout2D(0.5, seed=3), BatchNormalization(), Flatten())
    (suspect,) = found(network, "dropout-before-normalization")
    moved = apply(suspect.changes[1], network, PLAIN)[0]
    assert [replace(node.layer, name=None) for node in moved.nodes[2:4]] == [
        BatchNormalization(),
        SpatialDropout2D(0.5, seed=3),
    ]


@pytest.mark.parametrize("layer", [Softmax(), ReLU(), LeakyReLU()], ids=str)
def test_a_layer_that_is_an_activation_by_its_name_is_seen_and_can_become_another(layer: Layer) -> None:
    hidden = classifier(FEATURES, Dense(99), layer, Dense(50, activation="relu"))
    assert bool(found(hidden, "hidden-softmax")) == isinstance(layer, Softmax)
    assert found(hidden, "missing-activation") == []
    after = classifier(FEATURES, Dense(10, name="logits"), layer)
    network = of(*(node.layer for node in after.nodes[:-1]))
    endings = found(network, "unfit-output")
    assert bool(endings) != isinstance(layer, Softmax)
    for suspect in [*found(hidden, "hidden-softmax"), *endings]:
        for change in suspect.changes:
            assert apply(change, network if suspect in endings else hidden, PLAIN)
    one = SetArgument(hidden.nodes[2].name, "activation", "tanh")
    changed = apply(Change("tanh", (one,)), hidden, PLAIN)[0]
    assert changed.nodes[2].layer == Activation("tanh", name=hidden.nodes[2].name)


def test_noise_on_the_answers_spoils_them_and_linear_layers_stay_linear_behind_it() -> None:
    (suspect,) = found(of(FEATURES, Dense(10, name="logits"), GaussianNoise(0.1), Softmax()), "unfit-output")
    assert suspect.text.startswith("gaussian_noise stands behind logits and changes the network's answers")
    mended = apply(suspect.changes[0], of(FEATURES, Dense(10, name="logits"), GaussianNoise(0.1), Softmax()), PLAIN)[0]
    assert [type(node.layer) for node in mended.nodes[1:]] == [Dense, Softmax]
    straight = [ZeroPadding2D(), SpatialDropout2D(0.1), GaussianNoise(0.1), Reshape((-1,))]
    (missing,) = found(classifier(IMAGE, Conv2D(16, 3), *straight, Dense(99, activation="relu")), "missing-activation")
    assert missing.layers == ("conv2d",)


def test_each_threshold_is_used() -> None:
    """Read the source: a threshold that no rule looks at would tune nothing."""
    folder = Path(rules.__file__).parent
    source = "".join(path.read_text() for path in folder.glob("*.py") if path.stem != "thresholds")
    assert [name for name in Thresholds.__dataclass_fields__ if f".{name}" not in source] == []

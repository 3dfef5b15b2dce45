"""Networks with branches as descriptions: order, Keras' configuration, calls, refusals."""

import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "backends"))

from random_branches import branched_case_of_seed

from cnnlab.arch import Network, chain, from_keras_config, graph, summarize, to_keras_config, zoo
from cnnlab.arch.keras_config import sequential_config
from cnnlab.arch.layers import (
    Activation,
    Add,
    Concatenate,
    Conv2D,
    Dense,
    Flatten,
    GlobalAveragePooling2D,
    Input,
    Multiply,
    Subtract,
)
from cnnlab.arch.ordering import in_keras_order, keras_order
from cnnlab.arch.wiring import wired
from cnnlab.errors import NetworkError, NotSupportedError, UsageError
from cnnlab.report.summary import summary_html, summary_text

IMAGES = Input((8, 8, 3))


def wires(network: Network) -> list[tuple[object, ...]]:
    """Return what a network is but for arguments that are written out where they were left out."""
    return [(type(node.layer), node.name, node.inputs, node.output_shape, node.parameters) for node in network.nodes]


@pytest.mark.keras
def test_keras_reads_what_is_written_in_the_same_order_and_what_keras_writes_is_read_as_the_same() -> None:
    import keras

    for seed in (9, 11):
        network = branched_case_of_seed(seed).network
        config = to_keras_config(network, functional=True)
        assert wires(from_keras_config(json.dumps(config))) == wires(network)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = keras.models.model_from_json(json.dumps(config))
            theirs = model.to_json()
        assert [layer.name for layer in model.layers] == [node.name for node in network.nodes]
        assert [tuple(array.shape) for array in model.weights] == [w.parameter.shape for w in network.weights]
        assert wires(from_keras_config(theirs)) == wires(network)


@given(st.lists(st.sets(st.integers(0, 30), min_size=1, max_size=3), min_size=1, max_size=15))
def test_in_keras_order_every_layer_stands_behind_its_inputs_and_nothing_moves_the_second_time(
    some: list[set[int]],
) -> None:
    inputs = [(), *(tuple(sorted({one % (at + 1) for one in taken})) for at, taken in enumerate(some))]
    order = keras_order(inputs)
    place = {old: new for new, old in enumerate(order)}
    assert (order[0], order[-1]) == (0, len(inputs) - 1)
    assert all(place[source] < place[old] for old in order for source in inputs[old])
    again = [tuple(place[source] for source in inputs[old]) for old in order]
    assert keras_order(again) == list(range(len(order)))


def residual() -> Network:
    steps = [
        (Conv2D(4, 3, padding="same", activation="relu"), (0,)),
        (Conv2D(4, 3, padding="same"), (1,)),
        (Add(), (1, 2)),
        (GlobalAveragePooling2D(), (3,)),
        (Dense(10, activation="softmax"), (4,)),
    ]
    return graph("residual", IMAGES, steps)


def of_keras_2(network: Network) -> dict[str, Any]:
    """Write a network as Keras 2 wrote it: bare lists for wires, lists of lists for the ends."""
    config = to_keras_config(network)
    for layer, node in zip(config["config"]["layers"], network.nodes, strict=True):
        wires = [[network.nodes[source].name, 0, 0, {}] for source in node.inputs]
        layer["inbound_nodes"] = [wires] if wires else []
    for key in ("input_layers", "output_layers"):
        config["config"][key] = [config["config"][key]]
    return {**config, "class_name": "Model"}


def test_the_wires_of_keras_2_are_read() -> None:
    assert wires(from_keras_config(of_keras_2(residual()))) == wires(residual())


def test_a_chain_may_be_a_functional_model_and_one_with_branches_is_no_sequential() -> None:
    network = zoo.network("lenet-5")
    assert to_keras_config(network)["class_name"] == "Sequential"
    config = to_keras_config(network, functional=True)
    assert config["class_name"] == "Functional"
    assert wires(from_keras_config(config)) == wires(network)
    with pytest.raises(NotSupportedError, match=r"residual: expected a chain of layers.*got branches\."):
        sequential_config(residual())


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    config = json.loads(json.dumps(to_keras_config(residual())))
    change(config["config"])
    return config


def layer(config: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in config["layers"] if one["name"] == name)


CONFIG_FAULTS: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (
        lambda c: layer(c, "conv2d_1")["inbound_nodes"].append(layer(c, "conv2d_1")["inbound_nodes"][0]),
        "residual, entry 2 of layers: expected each layer to be used once, got 'conv2d_1' used again: both places",
    ),
    (lambda c: layer(c, "add")["inbound_nodes"][0]["args"][0].append(1.0), "'add': expected outputs of other layers"),
    (lambda c: layer(c, "add")["inbound_nodes"][0]["kwargs"].update(training=True), "got training=True."),
    (lambda c: layer(c, "add")["inbound_nodes"].clear(), "'add': expected inbound_nodes of the layer, got []."),
    (lambda c: c["layers"].reverse(), "expected inputs from layers that stand before, got 'global_average_pooling2d'."),
    (lambda c: c.update(input_layers=[["a", 0, 0], ["b", 0, 0]]), "expected one layer in input_layers, got [["),
    (lambda c: c.update(output_layers=["add", 0, 0]), "expected the last layer to be the only output"),
    (lambda c: c.update(output_layers=["dense", 0, 1]), "expected one layer in output_layers, got ['dense', 0, 1]."),
    (lambda c: layer(c, "add").update(name="conv2d"), "expected a name of its own for each layer, got 'conv2d' twice."),
    (
        lambda c: c["layers"].insert(1, {**c["layers"][0], "name": "two"}),
        "expected one input, got a further one, 'two'",
    ),
]


@pytest.mark.parametrize(("change", "message"), CONFIG_FAULTS, ids=[message[-40:] for _, message in CONFIG_FAULTS])
def test_a_configuration_that_is_not_one_input_and_one_output_is_refused_by_name(
    change: Callable[[dict[str, Any]], object], message: str
) -> None:
    with pytest.raises(UsageError) as refusal:
        from_keras_config(changed(change))
    assert message in str(refusal.value)


@settings(max_examples=60)
@given(data=st.data())
def test_any_value_at_any_place_of_the_wires_is_read_or_refused_in_words(data: st.DataObject) -> None:
    config = to_keras_config(residual())
    entry = data.draw(st.sampled_from(config["config"]["layers"][1:]))
    values = st.sampled_from([None, [], {}, 3, "add", [["add", 0, 0]], [[]], {"args": 5}, [{"args": [[[]]]}], [None]])
    entry["inbound_nodes"] = data.draw(values)
    with pytest.raises(UsageError):
        from_keras_config(config)


FIT_FAULTS: list[tuple[Callable[[], object], str]] = [
    (
        lambda: graph("g", IMAGES, [(Conv2D(4, 3), (0,)), (Conv2D(4, 2), (0,)), (Add(), (1, 2))]),
        "expected inputs of one shape, or one number for each channel beside images, got (7, 7, 4) and (6, 6, 4).",
    ),
    (
        lambda: graph("g", IMAGES, [(Conv2D(4, 3), (0,)), (Conv2D(4, 2), (0,)), (Add(), (1, 2))]),
        "g, layer 3 'add' (Add) of 'conv2d' and 'conv2d_1': expected inputs of one shape",
    ),
    (
        lambda: graph("g", IMAGES, [(Conv2D(4, 3), (0,)), (Concatenate(), (0, 1))]),
        "expected inputs that differ in their channels only, got (8, 8, 3) and (6, 6, 4).",
    ),
    (lambda: graph("g", IMAGES, [(Conv2D(4, 3), (0,)), (Concatenate(1), (1, 1))]), "expected axis=3 or axis=-1"),
    (lambda: graph("g", IMAGES, [(Conv2D(4, 3), (0, 0))]), "expected one input for Conv2D, got 2. Join them first"),
    (lambda: graph("g", IMAGES, [(Subtract(), (0, 0, 0))]), "expected two inputs for Subtract, got 3."),
    (lambda: chain("g", [Add()], input_shape=(3,)), "expected at least 2 inputs for Add, got 1. Give it a list"),
    (
        lambda: graph(
            "g", IMAGES, [(GlobalAveragePooling2D(), (0,)), (Multiply(), (0, 1))], data_format="channels_first"
        ),
        "expected inputs of as many axes beside channels_first images, got (8, 3, 8) and (8,). Give the pool keepdims",
    ),
    (lambda: Dense(3)(4), "a call of Dense: expected what an Input or a called layer gives, got int. Write x ="),
    (lambda: Dense(3)(Input), "a call of Dense: expected what an Input or a called layer gives, got the class Input."),
    (lambda: IMAGES(IMAGES), "a call of Input: expected a layer to call, got an Input."),
    (lambda: Dense(3)(IMAGES, training=True), "expected a layer called with its inputs alone, got training=True."),
    (lambda: wired("w", Input((3,)), Dense(3)(Input((4,)))), "got another Input, of shape (4,). Give Model("),
]


@pytest.mark.parametrize(("build", "message"), FIT_FAULTS, ids=[message[:60] for _, message in FIT_FAULTS])
def test_inputs_that_do_not_fit_are_refused_with_both_sides(build: Callable[[], object], message: str) -> None:
    with pytest.raises((NetworkError, NotSupportedError)) as refusal:
        build()
    assert message in str(refusal.value)


def test_a_layer_that_is_called_twice_is_refused_by_name_with_the_reason() -> None:
    first, shared = Input((4,)), Dense(4, name="tied")
    with pytest.raises(NotSupportedError, match=r"got Dense 'tied' called twice: both places would share its weights"):
        wired("w", first, shared(shared(first)))
    # Two models may have the same description in them: weights belong to the model.
    assert wired("one", first, shared(first)).total_params == wired("two", first, shared(first)).total_params == 20


def test_layers_are_named_in_the_order_of_their_calls_and_a_long_way_needs_no_recursion() -> None:
    first = Input((8, 8, 2))
    x = Conv2D(4, 3, padding="same")(first)
    y = Conv2D(4, 3, padding="same")(Activation("relu")(x))
    network = wired("w", first, Conv2D(2, 1)(x + y))
    assert [node.name for node in network.nodes][1:] == ["conv2d", "activation", "conv2d_1", "add", "conv2d_2"]
    assert (x + y).shape == (None, 8, 8, 4)
    assert len(repr(x + y)) < 100
    for _ in range(1500):
        x = Activation("relu")(x)
    assert len(wired("long", first, x).nodes) == 1502


def test_channels_first_images_are_joined_along_their_channels() -> None:
    first = Input((3, 8, 8))
    x = Conv2D(4, 3, data_format="channels_first")(first)
    scale = GlobalAveragePooling2D(keepdims=True)(x)
    network = wired("w", first, Concatenate(axis=1)([x, Multiply()([x, scale])]), "channels_first")
    assert network.shown(network.output_shape) == (8, 6, 6)
    assert wires(from_keras_config(to_keras_config(network))) == wires(network)


def test_a_summary_says_what_each_layer_is_connected_to_and_fits_into_80_columns() -> None:
    summary = summarize(residual())
    narrow, wide = summary_text(summary, 80), summary_text(summary, 120)
    assert max(map(len, narrow.splitlines())) <= 80
    assert "Connected to" in narrow
    assert "Receptive" in wide
    assert any("add (Add)" in line and "conv2d, conv2d_1" in line for line in wide.splitlines())
    assert "InputLayer" in narrow
    assert "<td" in summary_html(summary)
    assert [row["connected_to"] for row in summary.as_dict()["layers"]][2] == ["conv2d", "conv2d_1"]
    alone = summary_text(summarize(chain("one", [Flatten(), Dense(3)], input_shape=(2, 2))))
    assert "Connected to" not in alone


def test_bringing_a_network_into_keras_order_leaves_out_what_leads_nowhere() -> None:
    steps = [(Dense(3), (0,)), (Dense(5), (0,)), (Dense(2), (1,)), (Add(), (3, 3))]
    network = in_keras_order(graph("g", Input((4,)), steps))
    assert [node.name for node in network.nodes] == ["input_layer", "dense", "dense_2", "add"]

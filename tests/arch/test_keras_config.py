import copy
import json
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.arch import Network, chain, from_keras_config, graph, summarize, to_keras_config, zoo
from cnnlab.arch.keras_config import layer_config, sequential_config
from cnnlab.arch.layers import Concatenate, Conv2D, Dense, Dropout, Flatten, Input
from cnnlab.errors import NetworkError, NotSupportedError, UsageError

KERAS_2 = {
    "class_name": "Sequential",
    "config": {
        "name": "sequential_6",
        "layers": [
            {
                "class_name": "InputLayer",
                "config": {
                    "batch_input_shape": [None, 28, 28, 1],
                    "dtype": "float32",
                    "sparse": False,
                    "ragged": False,
                    "name": "conv2d_23_input",
                },
            },
            {
                "class_name": "Conv2D",
                "config": {
                    "name": "conv2d_23",
                    "trainable": True,
                    "batch_input_shape": [None, 28, 28, 1],
                    "dtype": "float32",
                    "filters": 20,
                    "kernel_size": [3, 3],
                    "strides": [1, 1],
                    "padding": "valid",
                    "data_format": "channels_last",
                    "dilation_rate": [1, 1],
                    "groups": 1,
                    "activation": "relu",
                    "use_bias": True,
                    "kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": None}},
                    "bias_initializer": {"class_name": "Zeros", "config": {}},
                    "kernel_regularizer": None,
                    "bias_regularizer": None,
                    "activity_regularizer": None,
                    "kernel_constraint": None,
                    "bias_constraint": None,
                },
            },
            {
                "class_name": "BatchNormalization",
                "config": {
                    "name": "batch_normalization",
                    "trainable": True,
                    "dtype": "float32",
                    "axis": [3],
                    "momentum": 0.99,
                    "epsilon": 0.001,
                    "center": True,
                    "scale": True,
                    "beta_initializer": {"class_name": "Zeros", "config": {}},
                    "gamma_initializer": {"class_name": "Ones", "config": {}},
                    "moving_mean_initializer": {"class_name": "Zeros", "config": {}},
                    "moving_variance_initializer": {"class_name": "Ones", "config": {}},
                    "beta_regularizer": None,
                    "gamma_regularizer": None,
                    "beta_constraint": None,
                    "gamma_constraint": None,
                },
            },
            {
                "class_name": "Dropout",
                "config": {
                    "name": "dropout",
                    "trainable": True,
                    "dtype": "float32",
                    "rate": 0.5,
                    "noise_shape": None,
                    "seed": None,
                },
            },
            {
                "class_name": "Flatten",
                "config": {"name": "flatten_4", "trainable": True, "dtype": "float32", "data_format": "channels_last"},
            },
        ],
    },
    "keras_version": "2.8.0",
    "backend": "tensorflow",
}


def refuses(message: str, error: type[Exception] = NetworkError) -> pytest.RaisesExc[Exception]:
    return pytest.raises(error, match="^" + re.escape(message))


@given(data=st.data())
def test_what_is_written_is_read_back(data: st.DataObject, any_network: st.SearchStrategy[Network]) -> None:
    network = data.draw(any_network)
    config = to_keras_config(network)
    for form in (config, json.dumps(config), sequential_config(network)):
        back = from_keras_config(form)
        assert to_keras_config(back) == config
        assert summarize(back) == summarize(network)
        assert back.data_format == network.data_format or "data_format" not in json.dumps(config)
        assert [w.parameter for w in back.weights] == [w.parameter for w in network.weights]


def test_reading_and_writing_leave_the_given_configuration_alone() -> None:
    config = to_keras_config(zoo.network("architecture-1"))
    before = copy.deepcopy(config)
    from_keras_config(config)
    assert config == before


def test_a_configuration_of_keras_2_is_read() -> None:
    network = from_keras_config(json.dumps(KERAS_2))
    assert (network.name, network.input_shape, network.output_shape) == ("sequential_6", (28, 28, 1), (26 * 26 * 20,))
    assert [node.name for node in network.nodes] == [
        "conv2d_23_input",
        "conv2d_23",
        "batch_normalization",
        "dropout",
        "flatten_4",
    ]
    assert network.total_params == 200 + 80


def test_the_first_layers_batch_input_shape_is_enough() -> None:
    config: dict[str, Any] = copy.deepcopy(KERAS_2)
    del config["config"]["layers"][0]
    assert from_keras_config(config).input_shape == (28, 28, 1)


def test_the_bare_list_of_layers_of_keras_2_0_is_read() -> None:
    network = from_keras_config({"class_name": "Sequential", "config": KERAS_2["config"]["layers"]})  # type: ignore[index]
    assert (network.name, network.total_params) == ("sequential", 280)


def test_a_name_of_ones_own_may_be_given() -> None:
    assert from_keras_config(KERAS_2, name="mine").name == "mine"


def test_a_batch_size_is_dropped_and_a_built_shape_used() -> None:
    config: dict[str, Any] = sequential_config(zoo.network("lenet-5"))
    config["layers"][0]["config"]["batch_shape"][0] = 128
    assert from_keras_config(config).input_shape == (28, 28, 1)
    del config["layers"][0]
    assert from_keras_config(config).input_shape == (28, 28, 1)


def test_dtype_policies_and_functions_are_read_by_their_names() -> None:
    config: dict[str, Any] = sequential_config(zoo.network("lenet-5"))
    policy = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": None}
    config["dtype"] = config["layers"][1]["config"]["dtype"] = policy
    config["layers"][1]["config"]["activation"] = {"module": "builtins", "class_name": "function", "config": "tanh"}
    assert from_keras_config(config) == from_keras_config(sequential_config(zoo.network("lenet-5")))


def test_the_arguments_of_one_layer_are_written_as_keras_does() -> None:
    assert layer_config(Dropout(0.25, seed=3, name="drop")) == {
        "name": "drop",
        "trainable": True,
        "dtype": "float32",
        "rate": 0.25,
        "seed": 3,
    }


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """Return the configuration of a small network with a change in its inner part."""
    layers = [Input((8, 8, 1)), Conv2D(2, 3), Flatten(), Dropout(0.5), Dense(3)]
    config = to_keras_config(chain("small", layers))
    change(config["config"])
    return config


def in_layer(index: int, **values: object) -> dict[str, Any]:
    """Return the small configuration with other values in one layer's arguments."""
    return changed(lambda inner: inner["layers"][index]["config"].update(values))


def as_class(index: int, **values: object) -> dict[str, Any]:
    """Return the small configuration with another class at one layer."""
    return changed(lambda inner: inner["layers"][index].update(values))


CONV = "small, entry 1 of layers, 'conv2d'"
FAULTS: list[tuple[Any, str, type[Exception]]] = [
    ("{", "expected JSON as Keras' model.to_json() writes it, got text that is none (Expecting", NetworkError),
    ("[1, 2]", "expected Keras' configuration of a model, got list.", NetworkError),
    (3, "expected Keras' configuration of a model, got int.", NetworkError),
    (
        {"class_name": "Mine", "config": {}},
        "expected the class Sequential or Functional, the only models that cnnlab reads, got 'Mine'. Write the network",
        NotSupportedError,
    ),
    ({"class_name": "Sequential", "config": {}}, "sequential: expected a list of layers, got None.", NetworkError),
    (
        {"class_name": "Sequential", "config": 3},
        "expected Keras' configuration of a model, got int.",
        NetworkError,
    ),
    (changed(lambda inner: inner.update(layers=[])), "small: expected a list of layers, got [].", NetworkError),
    (
        changed(lambda inner: inner.update(trainable=False)),
        "small: expected trainable=True, the only value cnnlab has, got False.",
        NotSupportedError,
    ),
    (
        changed(lambda inner: inner.update(layers=["Conv2D"])),
        "small, entry 0 of layers: expected class_name and config of a layer, got 'Conv2D'.",
        NetworkError,
    ),
    (
        as_class(1, class_name="Conv1D"),
        f"{CONV}: expected a layer that cnnlab has, got 'Conv1D'. Did you mean 'Conv2D'?",
        NetworkError,
    ),
    (as_class(1, class_name="Lambda"), f"{CONV}: expected a layer that cnnlab has, got 'Lambda'.", NetworkError),
    (as_class(1, class_name=None), f"{CONV}: expected a layer that cnnlab has, got 'None'.", NetworkError),
    (
        as_class(1, module="my.layers"),
        f"{CONV}: expected a layer of Keras' own, got my.layers.Conv2D.",
        NetworkError,
    ),
    (
        as_class(1, registered_name="Custom>Conv2D"),
        f"{CONV}: expected a layer of Keras' own, got Custom>Conv2D.",
        NetworkError,
    ),
    (
        in_layer(1, filter=3),
        f"{CONV}: Conv2D: expected an argument it has, got filter=. Did you mean 'filters'?",
        NetworkError,
    ),
    (
        in_layer(1, activity_regularizer={"class_name": "L2", "config": {"l2": 0.1}}),
        f"{CONV}: Conv2D: expected activity_regularizer=None, the only value cnnlab has, got {{'class_name': 'L2',",
        NotSupportedError,
    ),
    (
        in_layer(1, kernel_regularizer={"class_name": "L2", "config": {"l2": 0.1}, "registered_name": "Custom>L2"}),
        f"{CONV}: Conv2D: kernel_regularizer: expected one of L1, L2, L1L2, got 'Custom>L2', one of somebody's own",
        NotSupportedError,
    ),
    (
        in_layer(1, dtype={"class_name": "DTypePolicy", "config": {"name": "mixed_float16"}}),
        f"{CONV}: Conv2D: expected dtype='float32', the only value cnnlab has, got 'mixed_float16'.",
        NotSupportedError,
    ),
    (
        in_layer(1, kernel_initializer={"class_name": "Orthogonal", "config": {"gain": 1.0}}),
        f"{CONV}: Conv2D: expected one of Zeros, Ones,",
        NotSupportedError,
    ),
    (
        in_layer(1, kernel_initializer={"class_name": "Zeros", "config": {"value": 1.0}}),
        f"{CONV}: Conv2D: Zeros: expected an argument it has, got value=.",
        NetworkError,
    ),
    (
        in_layer(1, activation={"class_name": "function", "config": "selu"}),
        f"{CONV}: Conv2D: expected the name of an activation, got 'selu'.",
        NetworkError,
    ),
    (
        in_layer(3, seed=-1),
        "small, entry 3 of layers, 'dropout': Dropout seed: expected a whole number from 0 to 4294967295, got -1.",
        UsageError,
    ),
    (
        in_layer(1, kernel_size=[9, 9]),
        "small, layer 1 'conv2d' (Conv2D): expected an input of height at least 9",
        NetworkError,
    ),
    (
        in_layer(2, name=[["flatten"] * 9] * 9),
        "small, entry 2 of layers: ",
        NetworkError,
    ),
    (
        in_layer(0, sparse=True),
        "small, entry 0 of layers, 'input_layer': expected sparse=False, the only value cnnlab has, got True.",
        NotSupportedError,
    ),
    (
        in_layer(0, dtype="uint8"),
        "small, entry 0 of layers, 'input_layer': expected dtype='float32', the only value cnnlab has, got 'uint8'.",
        NotSupportedError,
    ),
    (
        in_layer(0, tensor=3),
        "small, entry 0 of layers, 'input_layer': expected an argument of InputLayer, got tensor=.",
        NetworkError,
    ),
    (
        in_layer(0, batch_shape=None),
        "small, entry 0 of layers, 'input_layer': expected batch_shape of the input, got None.",
        NetworkError,
    ),
    (
        in_layer(0, batch_shape=[None, None, None, 1]),
        "small, entry 0 of layers, 'input_layer': Input: expected each axis of shape to be a whole number",
        NetworkError,
    ),
]


@pytest.mark.parametrize(("config", "message", "error"), FAULTS, ids=[message[:70] for _, message, _ in FAULTS])
def test_what_cannot_be_read_is_refused_by_name_with_its_place(
    config: Any,  # noqa: ANN401 - what a file may hold
    message: str,
    error: type[Exception],
) -> None:
    with refuses(message, error):
        from_keras_config(config)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["class_name", "config", "x"]), inner),
    max_leaves=4,
)


def places(value: object) -> list[tuple[Any, Any]]:
    """List every place of a configuration: what holds it, and its key or index."""
    if not isinstance(value, dict | list):
        return []
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    return [(value, key) for key in keys] + [place for key in keys for place in places(value[key])]


@settings(max_examples=200)
@given(data=st.data())
def test_any_value_at_any_place_is_read_or_refused_in_words(data: st.DataObject) -> None:
    config = to_keras_config(zoo.network("architecture-1"))
    holder, key = data.draw(st.sampled_from(places(config)))
    holder[key] = data.draw(JSON_VALUES)
    with suppress(UsageError):  # and nothing else
        summarize(from_keras_config(config))


@pytest.mark.parametrize("text", ["[" * 100_000, "1" * 5_000, "", "NaN"])
def test_text_without_end_and_without_sense_is_refused_in_words(text: str) -> None:
    with pytest.raises(NetworkError, match=r"expected (JSON as Keras|Keras' configuration)"):
        from_keras_config(text)


def test_a_network_with_branches_is_no_sequential_and_a_layer_that_leads_nowhere_is_in_no_model() -> None:
    branched = graph("g", Input((4,)), [(Dense(3), (0,)), (Dense(5), (0,)), (Concatenate(), (1, 2))])
    with refuses("g: expected a chain of layers, all that a Sequential can hold, got branches.", NotSupportedError):
        sequential_config(branched)
    assert to_keras_config(branched)["class_name"] == "Functional"
    with refuses("g: expected layers that lead to the output, got 'dense'. Its output", NotSupportedError):
        to_keras_config(graph("g", Input((4,)), [(Dense(3), (0,)), (Dense(5), (0,))]))

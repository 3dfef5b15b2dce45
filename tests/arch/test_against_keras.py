"""Shapes, parameters, names and configurations, held against real Keras."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnlab.arch import Network, chain, from_keras_config, layers, summarize, to_keras_config, zoo
from cnnlab.arch.layers import LAYERS
from cnnlab.arch.network import snake_case

if TYPE_CHECKING:
    import keras

pytestmark = pytest.mark.keras


@contextmanager
def keras_model(network: Network) -> Iterator["keras.Sequential"]:
    """Let Keras build our configuration, its weights never drawn: a compilation for every shape takes a minute."""
    from keras.src.backend.common import global_state

    import keras

    with keras.StatelessScope():
        yield keras.models.model_from_json(json.dumps(to_keras_config(network)))
        global_state.set_global_attribute("uninitialized_variables", [])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_keras_and_we_describe_the_same_network_by_the_same_configuration(
    data: st.DataObject, any_network: st.SearchStrategy[Network]
) -> None:
    network = data.draw(any_network)
    with keras_model(network) as model:
        check_rows(network, model)
        check_weights(network, model)
        check_read_back(network, model)
        check_values(network, model)


def check_rows(network: Network, model: "keras.Sequential") -> None:
    ours = summarize(network)
    assert [(row.name, row.class_name, (None, *row.output_shape), row.params) for row in ours.layers] == [
        (layer.name, type(layer).__name__, layer.output.shape, layer.count_params()) for layer in model.layers
    ]
    assert model.name == network.name
    assert model.count_params() == network.total_params


def check_weights(network: Network, model: "keras.Sequential") -> None:
    assert [(w.node.name, w.parameter.name, w.parameter.shape, w.parameter.trainable) for w in network.weights] == [
        (variable.path.split("/")[-2], variable.name, variable.shape, variable.trainable) for variable in model.weights
    ]


def check_read_back(network: Network, model: "keras.Sequential") -> None:
    assert to_keras_config(from_keras_config(model.to_json())) == to_keras_config(network)
    assert to_keras_config(from_keras_config(model.get_config())) == to_keras_config(network)


def check_values(network: Network, model: "keras.Sequential") -> None:
    ours = to_keras_config(network)["config"]["layers"]
    theirs = json.loads(model.to_json())["config"]["layers"]
    for our_layer, their_layer in zip(ours, theirs, strict=True):
        assert (our_layer["module"], our_layer["class_name"]) == (their_layer["module"], their_layer["class_name"])
        assert our_layer["registered_name"] is their_layer["registered_name"] is None
        if "build_config" in our_layer:
            assert our_layer["build_config"] == their_layer["build_config"]
        for name, value in our_layer["config"].items():
            if name != "dtype":
                theirs_now = their_layer["config"][name]
                if name == "axis" and isinstance(theirs_now, list):  # a built LayerNormalization has a list of one
                    (theirs_now,) = theirs_now
                assert value_of(value) == value_of(theirs_now), (our_layer["class_name"], name)


def value_of(value: object) -> object:
    """Leave out of an initializer what newer versions of Keras write and leave empty."""
    if isinstance(value, dict) and value.get("module") == "keras.initializers":
        return value | {"config": {k: v for k, v in value["config"].items() if v is not None or k == "seed"}}
    return value


@pytest.mark.parametrize("name", zoo.names())
def test_the_zoo_is_the_same_in_keras(name: str) -> None:
    network = zoo.network(name)
    with keras_model(network) as model:
        trainable = sum(prod(v.shape) for v in model.trainable_variables)
        assert (model.count_params(), trainable) == (network.total_params, network.trainable_params)
        assert model.output_shape == (None, 10)


@pytest.mark.parametrize("class_name", [*LAYERS, "InputLayer"])
def test_automatic_names_are_those_of_keras(class_name: str) -> None:
    from keras.src.utils.naming import to_snake_case

    assert snake_case(class_name) == to_snake_case(class_name)


def test_defaults_of_every_layer_are_those_of_keras() -> None:
    import keras

    first: dict[str, tuple[Any, ...]] = {
        "Activation": ("relu",),
        "AveragePooling2D": (2,),
        "Conv2D": (3, 2),
        "Dense": (3,),
        "DepthwiseConv2D": (3,),
        "Dropout": (0.5,),
        "GaussianNoise": (0.5,),
        "RandomRotation": (0.1,),
        "RandomTranslation": (0.1, 0.2),
        "RandomZoom": (0.1,),
        "Rescaling": (2.0,),
        "SeparableConv2D": (3, 2),
        "Reshape": ((-1, 2),),
        "SpatialDropout2D": (0.5,),
    }
    ours = [layer(*first.get(name, ())) for name, layer in LAYERS.items()]
    for layer in [one for one in ours if one.input_count == (1, 1)]:
        name = type(layer).__name__
        theirs = getattr(keras.layers, name)(*first.get(name, ())).get_config()
        shape = (8, 8, 2)
        written = to_keras_config(chain("one", [layer], input_shape=shape))["config"]["layers"][1]["config"]
        for argument, value in written.items():
            if argument not in {"name", "dtype"}:
                theirs_now = keras_plain(theirs[argument])
                assert value_of(value) == value_of(theirs_now), f"{name}({argument}=)"


def keras_plain(value: object) -> object:
    return [keras_plain(one) for one in value] if isinstance(value, tuple) else value


def test_positional_arguments_mean_what_they_mean_in_keras() -> None:
    import keras

    calls = {
        "Conv2D": (3, 2, 1, "same", "channels_last", 2, 1, "relu", False, "he_normal", "ones"),
        "MaxPooling2D": (3, 2, "same", "channels_last"),
        "AveragePooling2D": (3, 2, "same", "channels_last"),
        "Dense": (3, "relu", False, "he_normal", "ones"),
        "Dropout": (0.25,),
        "GaussianNoise": (0.25,),
        "LeakyReLU": (0.25,),
        "ReLU": (2.0, 0.25, 0.5),
        "Reshape": ((2, -1),),
        "Softmax": (3,),
        "SpatialDropout2D": (0.25, "channels_last", 7),
        "ZeroPadding2D": (((1, 2), (3, 0)), "channels_last"),
        "RandomFlip": ("vertical", 7, "channels_last"),
        "RandomRotation": ((0.1, -0.2), "wrap", "nearest", 7, 0.5, "channels_last"),
        "RandomTranslation": ((-0.2, 0.1), 0.2, "nearest", "bilinear", 7, 0.5, "channels_last"),
        "RandomZoom": ((-0.2, 0.1), 0.2, "constant", "bilinear", 7, 0.5, "channels_last"),
        "Rescaling": (0.5, 1.0),
        "Flatten": ("channels_last",),
        "BatchNormalization": (3, 0.9, 0.01, False, True, "ones", "ones", "ones", "ones"),
        "DepthwiseConv2D": (3, 2, "same", 2, "channels_last", 1, "relu", False, "he_normal", "ones"),
        "LayerNormalization": (3, 0.01, False, True, "ones", "zeros"),
        "PReLU": ("ones",),
        "SeparableConv2D": (3, 2, 1, "same", "channels_last", 2, 3, "relu", False, "he_normal", "ones", "ones"),
    }
    for name, arguments in calls.items():
        theirs = getattr(keras.layers, name)(*arguments).get_config()
        ours = chain("one", [LAYERS[name](*arguments)], input_shape=(8, 8, 2))
        for argument, value in to_keras_config(ours)["config"]["layers"][1]["config"].items():
            if argument not in {"name", "dtype"}:
                assert value_of(value) == value_of(keras_plain(theirs[argument])), f"{name}({argument}=)"


@pytest.mark.parametrize("identifier", ["swish", "silu", "leaky_relu", "gelu", None])
def test_activations_are_spelled_as_keras_spells_them(identifier: str | None) -> None:
    import keras

    ours = layers.Dense(1, activation=identifier).activation
    assert ours == keras.layers.Dense(1, activation=identifier).get_config()["activation"]


def test_keras_prints_the_totals_that_we_print() -> None:
    from cnnlab.report.summary import summary_text

    lines: list[str] = []
    network = zoo.network("architecture-1")
    with keras_model(network) as model:
        model.summary(print_fn=lambda line, **_: lines.append(line))
    totals = [line for line in "\n".join(lines).splitlines() if "params:" in line]
    assert totals == [line for line in summary_text(summarize(network)).splitlines() if "params:" in line]

"""Regularizers and constraints as descriptions: every spelling of Keras' is read, what cannot be is refused by name."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from cnnlab.arch import Layer, Network, chain, from_keras_config, graph, to_keras_config
from cnnlab.arch.constraints import MaxNorm, MinMaxNorm, NonNeg, UnitNorm
from cnnlab.arch.keras_config import layer_config
from cnnlab.arch.layers import (
    LAYERS,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Flatten,
    Input,
    LayerNormalization,
    PReLU,
    SeparableConv2D,
)
from cnnlab.arch.measures import is_regularized
from cnnlab.arch.regularizers import L1, L1L2, L2
from cnnlab.errors import CnnlabError, NetworkError, NotSupportedError

CONSTRAINED = {"class_name": "MaxNorm", "config": {"max_value": 3, "axis": [0, 1, 2]}}
RULES = {"regularizer": L1L2(0.1, 0.2), "constraint": MaxNorm(3, [0])}


@pytest.mark.parametrize(
    "spelling",
    [
        *["l2", "L2", L2, L2(), L2(None), {"class_name": "L2", "config": {"l2": 0.01}}],
        {"class_name": "L2", "config": {}, "module": "keras.regularizers", "registered_name": None},
        {"class_name": "L2", "config": {"l2": 0.01, "dtype": "float32"}, "registered_name": "L2"},
    ],
    ids=str,
)
def test_every_spelling_of_a_regularizer_is_the_same_layer(spelling: object) -> None:
    assert Dense(3, kernel_regularizer=spelling) == Dense(3, kernel_regularizer=L2(0.01))


@pytest.mark.parametrize("spelling", ["l1_l2", "l1l2", "L1L2", L1L2, {"class_name": "L1L2", "config": {}}], ids=str)
def test_l1_l2_by_its_name_alone_costs_nothing_as_in_keras(spelling: object) -> None:
    assert Dense(3, bias_regularizer=spelling).bias_regularizer == L1L2(0.0, 0.0)


@pytest.mark.parametrize("spelling", [MaxNorm(3, (0, 1, 2)), MaxNorm(3.0, [0, 1, 2]), CONSTRAINED], ids=str)
def test_every_spelling_of_a_constraint_is_the_same_layer(spelling: object) -> None:
    layer = Conv2D(2, 3, kernel_constraint=spelling)
    assert layer == Conv2D(2, 3, kernel_constraint=MaxNorm(max_value=3, axis=[0, 1, 2]))
    assert Conv2D(2, 3, kernel_constraint="max_norm").kernel_constraint == MaxNorm(2, 0)


def layers_with_all_rules() -> list[Any]:
    def all_of(*words: str) -> dict[str, object]:
        return {f"{word}_{kind}": rule for word in words for kind, rule in RULES.items()}

    return [
        Conv2D(4, 3, **all_of("kernel", "bias")),
        BatchNormalization(**all_of("beta", "gamma")),
        DepthwiseConv2D(2, **all_of("depthwise", "bias")),
        LayerNormalization(**all_of("beta", "gamma")),
        SeparableConv2D(3, 2, **all_of("depthwise", "pointwise", "bias")),
        PReLU(**all_of("alpha")),
        Flatten(),
        Dense(2, **all_of("kernel", "bias")),
    ]


def test_every_trained_array_of_every_layer_can_have_both() -> None:
    network = chain("all", layers_with_all_rules(), input_shape=(8, 8, 1))
    for weight in network.weights:
        expected = tuple(RULES.values()) if weight.parameter.trainable else (None, None)
        assert (weight.parameter.regularizer, weight.parameter.constraint) == expected, weight.name
    with_weights = {kind for kind in LAYERS.values() if any(hasattr(kind, f"{w}_initializer") for w in WORDS)}
    assert {type(node.layer) for node in network.nodes if node.parameters} == with_weights


WORDS = ("kernel", "depthwise", "gamma", "alpha")


@pytest.mark.parametrize("as_text", [False, True])
def test_a_description_with_rules_survives_keras_configuration(as_text: bool) -> None:
    network = chain("all", layers_with_all_rules(), input_shape=(8, 8, 1))
    config: Any = to_keras_config(network)
    assert config["config"]["layers"][1]["config"]["kernel_constraint"] == {
        "module": "keras.constraints",
        "class_name": "MaxNorm",
        "config": {"max_value": 3.0, "axis": [0]},
        "registered_name": None,
    }
    back = from_keras_config(json.dumps(config) if as_text else config)
    assert to_keras_config(back) == config
    assert [weight.parameter for weight in back.weights] == [weight.parameter for weight in network.weights]


def test_a_layer_without_rules_is_written_as_it_was_before_there_were_any() -> None:
    for layer in (Conv2D(2, 3), Dense(2), BatchNormalization(), LayerNormalization(), PReLU(), SeparableConv2D(2, 3)):
        assert not [name for name in layer_config(layer) if name.endswith(("_regularizer", "_constraint"))]
    written = layer_config(Dense(2, kernel_regularizer="l1", bias_constraint="non_neg"))
    assert [name for name in written if name.endswith(("_regularizer", "_constraint"))] == [
        "kernel_regularizer",
        "bias_constraint",
    ]


def test_each_rule_has_keras_defaults() -> None:
    assert (L1(), L2(), L1L2(), L1(None)) == (L1(0.01), L2(0.01), L1L2(0.0, 0.0), L1(0.01))
    assert (MaxNorm(), UnitNorm()) == (MaxNorm(2, 0), UnitNorm(0))
    assert MinMaxNorm() == MinMaxNorm(0.0, 1.0, 1.0, 0)


def made(layer: Layer) -> Callable[[], Network]:
    return lambda: chain("n", [Input((5, 5, 2)), layer, Flatten(), Dense(2)])


def foreign(class_name: str) -> dict[str, object]:
    return {"class_name": class_name, "config": {}, "registered_name": f"mine>{class_name}"}


REFUSED: list[tuple[Callable[[], object], str, type[CnnlabError]]] = [
    (
        lambda: Dense(2, kernel_regularizer="l3"),
        "Dense: kernel_regularizer: expected the name of a regularizer, got 'l3'. Known: l1, l2,",
        NetworkError,
    ),
    (
        lambda: Dense(2, kernel_regularizer=0.01),
        r"kernel_regularizer: expected the name of a regularizer, got 0.01. Write 'l2', or regularizers.L2\(0.001\).",
        NetworkError,
    ),
    (
        lambda: Dense(2, kernel_regularizer={"name": "L2", "l2": 0.1}),
        r"got \{'name': .*\}. Write \{ class_name = \"L2\", config = \{ l2 = 0.001 \} \}",
        NetworkError,
    ),
    (lambda: L2(-0.1), "L2: expected l2 to be a number from 0 to 1e\\+30, got -0.1", NetworkError),
    (lambda: L1(float("nan")), "L1: expected l1 to be a number, got nan", NetworkError),
    (lambda: L1L2(1, "much"), "L1L2: expected l2 to be a number, got 'much'", NetworkError),
    (
        lambda: Dense(2, bias_regularizer="orthogonal_regularizer"),
        "bias_regularizer: expected one of L1, L2, L1L2, got 'orthogonal_regularizer', which Keras has and cnnlab does",
        NotSupportedError,
    ),
    (
        lambda: Dense(2, bias_regularizer={"class_name": "OrthogonalRegularizer", "config": {"factor": 0.1}}),
        "got 'OrthogonalRegularizer', which Keras has and cnnlab does not",
        NotSupportedError,
    ),
    (lambda: Dense(2, kernel_regularizer=sum), "got 'sum', one of your own", NotSupportedError),
    (lambda: Dense(2, kernel_regularizer=foreign("L2")), "'mine>L2', one of somebody's own", NotSupportedError),
    (lambda: Dense(2, kernel_constraint=foreign("NonNeg")), "'mine>NonNeg', one of somebody's own", NotSupportedError),
    (lambda: Dense(2, kernel_constraint=lambda w: w), "kernel_constraint: .* one of your own", NotSupportedError),
    (lambda: Dense(2, kernel_constraint="max-norm"), "Did you mean 'max_norm'", NetworkError),
    (lambda: Dense(2, kernel_constraint=L2()), "the name of a constraint, got L2", NetworkError),
    (
        lambda: Dense(2, kernel_regularizer={"class_name": "L2", "config": [1]}),
        "config of L2 to be arguments by name",
        NetworkError,
    ),
    (lambda: MaxNorm(-1), "MaxNorm: expected max_value to be a number that is not negative, got -1", NetworkError),
    (lambda: MaxNorm(axis=None), r"expected axis= to list its axes, got axis=None. Write axis=", NotSupportedError),
    (lambda: MaxNorm(axis=1.5), "axis= to be a whole number, or a list of them, got 1.5", NetworkError),
    (lambda: MaxNorm(axis=[]), r"axis= to be a whole number, or a list of them, got \[\]", NetworkError),
    (lambda: MinMaxNorm(2, 1), "min_value to be at most max_value", NetworkError),
    (lambda: MinMaxNorm(rate=2), "rate to be a number from 0 to 1", NetworkError),
    (
        made(Conv2D(3, 2, kernel_constraint=MaxNorm(axis=[0, 4]))),
        r"n, layer 1 'conv2d' \(Conv2D\): .* name axes of a weight of shape \(2, 2, 2, 3\), .* Write axis=\[0, 1, 2\]",
        NetworkError,
    ),
    (made(Conv2D(3, 2, kernel_constraint=UnitNorm([0, -4]))), r"each once, got axis=\(0, -4\)", NetworkError),
    (made(Conv2D(3, 2, bias_constraint=UnitNorm(1))), r"shape \(3,\), each once, got axis=1", NetworkError),
    (
        lambda: Dense(2, activity_regularizer="l2"),
        "expected activity_regularizer=None, the only value",
        NotSupportedError,
    ),
    (lambda: SeparableConv2D(2, 2, kernel_regularizer="l2"), "expected kernel_regularizer=None", NotSupportedError),
    (lambda: Flatten(kernel_regularizer="l2"), "Flatten: expected an argument it has", NetworkError),
]


@pytest.mark.parametrize(("build", "message", "kind"), REFUSED, ids=[message[:60] for _, message, _ in REFUSED])
def test_what_cannot_be_is_refused_by_name(build: Callable[[], object], message: str, kind: type[CnnlabError]) -> None:
    with pytest.raises(kind, match=message):
        build()


def test_a_network_put_together_by_indices_keeps_its_rules() -> None:
    network = graph("one", Input((4,)), [(Dense(2, kernel_constraint=NonNeg()), (0,))])
    assert network.weights[0].parameter.constraint == NonNeg()


@pytest.mark.parametrize(
    ("layer", "regularized"),
    [
        (Dense(2), False),
        (Dense(2, kernel_constraint=NonNeg()), False),
        (Dense(2, kernel_regularizer=L1L2()), False),
        (Dense(2, bias_regularizer=L2(1e-9)), True),
        (Dense(2, kernel_regularizer="l1"), True),
    ],
)
def test_a_network_is_regularized_where_something_is_added_to_its_losses(layer: Layer, regularized: bool) -> None:
    assert is_regularized(chain("n", [Input((4,)), layer])) is regularized

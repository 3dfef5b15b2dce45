"""Depthwise and separable convolutions, layer normalization and PReLU: what they take and what they refuse."""

import re
from collections.abc import Callable

import pytest

from cnnlab.arch import Network, chain, from_keras_config, to_keras_config
from cnnlab.arch.layers import (
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Flatten,
    Input,
    LayerNormalization,
    PReLU,
    SeparableConv2D,
)
from cnnlab.errors import NetworkError, NotSupportedError

FIRST = {"data_format": "channels_first"}
CASES: list[tuple[Callable[[], object], str, type[Exception]]] = [
    (
        lambda: DepthwiseConv2D(3, strides=2, dilation_rate=2),
        "DepthwiseConv2D: expected strides above 1 or a dilation_rate above 1, not both, got strides=(2, 2), dilation",
        NetworkError,
    ),
    (
        lambda: SeparableConv2D(3, 3, strides=2, dilation_rate=2),
        "SeparableConv2D: expected strides above 1 or a dilation_rate above 1, not both, got strides=(2, 2), dilation",
        NetworkError,
    ),
    (
        lambda: DepthwiseConv2D(3, depth_multiplier=0),
        "DepthwiseConv2D: expected depth_multiplier to be a whole number, at least 1, got 0.",
        NetworkError,
    ),
    (
        lambda: DepthwiseConv2D(3, kernel_initializer="zeros"),
        "DepthwiseConv2D: expected an argument it has, got kernel_initializer=. Did you mean 'depthwise_initializer'?",
        NetworkError,
    ),
    (
        lambda: SeparableConv2D(3, 3, activity_regularizer="l2"),
        "SeparableConv2D: expected activity_regularizer=None, the only value cnnlab has, got 'l2'.",
        NotSupportedError,
    ),
    (
        lambda: chain("n", [Input((8,)), DepthwiseConv2D(3)]),
        "n, layer 1 'depthwise_conv2d' (DepthwiseConv2D): expected an input of height, width and channels",
        NetworkError,
    ),
    (
        lambda: LayerNormalization(axis=[1, 2, 3]),
        "LayerNormalization: expected one axis, that of the channels, got axis=[1, 2, 3]. Write LayerNormalization()",
        NotSupportedError,
    ),
    (
        lambda: LayerNormalization(rms_scaling=True),
        "LayerNormalization: expected rms_scaling=False, the only value cnnlab has, got True.",
        NotSupportedError,
    ),
    (
        lambda: LayerNormalization(epsilon=0),
        "LayerNormalization: expected epsilon to be a number above 0, got 0.0.",
        NetworkError,
    ),
    (
        lambda: chain("n", [Input((8, 8, 2)), LayerNormalization(axis=1)]),
        "n, layer 1 'layer_normalization' (LayerNormalization): expected axis=3 or axis=-1, the channels of",
        NetworkError,
    ),
    (
        lambda: chain("n", [Input((2, 8, 8)), LayerNormalization()], data_format="channels_first"),
        "n, layer 1 'layer_normalization' (LayerNormalization): expected axis=1 or axis=-3, the channels of",
        NetworkError,
    ),
    (
        lambda: PReLU(shared_axes=(0, 1)),
        "PReLU: expected each of shared_axes to be a whole number, at least 1, got 0.",
        NetworkError,
    ),
    (
        lambda: chain("n", [Input((8,)), PReLU(shared_axes=(1, 2))]),
        "n, layer 1 'p_re_lu' (PReLU): expected shared_axes from 1 to 1 for an input of shape (8,), got [1, 2].",
        NetworkError,
    ),
    (
        lambda: chain("n", [Input((2, 8, 8)), PReLU()], data_format="channels_first"),
        "n, layer 1 'p_re_lu' (PReLU): expected channels_last images before PReLU, whose alpha has their shape",
        NetworkError,
    ),
]


@pytest.mark.parametrize(("build", "message", "error"), CASES, ids=[message[:60] for _, message, _ in CASES])
def test_what_cannot_be_is_refused_by_name(build: Callable[[], object], message: str, error: type[Exception]) -> None:
    with pytest.raises(error, match="^" + re.escape(message)):
        build()


@pytest.mark.parametrize(
    ("axes", "shape"),
    [(None, (6, 5, 4)), (1, (1, 5, 4)), ((1, 2), (1, 1, 4)), ([2, 3], (6, 1, 1)), ((1, 2, 3), (1, 1, 1))],
)
def test_alpha_has_one_number_along_each_shared_axis(axes: object, shape: tuple[int, ...]) -> None:
    assert PReLU(shared_axes=axes).parameters((6, 5, 4))[0].shape == shape  # type: ignore[arg-type]


def test_a_separable_convolution_costs_what_its_two_steps_cost() -> None:
    layer = SeparableConv2D(7, (3, 2), strides=2, padding="same", depth_multiplier=3, activation="relu")
    apart = chain("apart", [Input((9, 8, 4)), layer.depthwise, layer.pointwise])
    together = chain("together", [Input((9, 8, 4)), layer])
    assert together.output_shape == apart.output_shape == (5, 4, 7)
    assert together.total_params == apart.total_params == 3 * 2 * 4 * 3 + 12 * 7 + 7
    costs = [node.layer.multiply_adds(node.input_shape) for node in apart.nodes[1:]]
    assert costs == [5 * 4 * 12 * 6, 5 * 4 * 12 * 7]
    assert layer.multiply_adds((9, 8, 4)) == sum(costs)
    assert [weight.name for weight in together.weights] == [
        f"separable_conv2d/{name}" for name in ("depthwise_kernel", "pointwise_kernel", "bias")
    ]


def described() -> Network:
    layers = [
        DepthwiseConv2D(3, depth_multiplier=2),
        SeparableConv2D(4, 3),
        LayerNormalization(),
        PReLU(shared_axes=(1, 2)),
        Flatten(),
        Dense(3),
    ]
    return chain("all", layers, input_shape=(9, 9, 2))


def test_a_configuration_of_keras_2_with_arguments_of_conv2d_that_do_nothing_is_read() -> None:
    config = to_keras_config(described())
    depthwise, separable, normal = (entry["config"] for entry in config["config"]["layers"][1:4])
    depthwise["groups"] = separable["groups"] = 1
    separable |= {"kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": None}}}
    separable |= {"kernel_regularizer": None, "kernel_constraint": None}
    normal["axis"] = [3]
    expected = to_keras_config(described())
    expected["config"]["layers"][3]["config"]["axis"] = 3
    assert to_keras_config(from_keras_config(config)) == expected


def test_images_with_the_channels_first_are_the_same_network_inside() -> None:
    def layers(axis: int) -> list[object]:
        return [Conv2D(4, 3), DepthwiseConv2D(3), LayerNormalization(axis=axis), SeparableConv2D(2, 3), Flatten()]

    last = chain("n", layers(-1), input_shape=(12, 11, 3))  # type: ignore[arg-type]
    first = chain("n", layers(1), input_shape=(3, 12, 11), **FIRST)  # type: ignore[arg-type]
    assert [node.output_shape for node in last.nodes] == [node.output_shape for node in first.nodes]
    assert [weight.parameter for weight in last.weights] == [weight.parameter for weight in first.weights]

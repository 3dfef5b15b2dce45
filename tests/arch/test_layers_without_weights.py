"""Layers that bend, pad, drop, add noise and reshape: what they take, and what they make of shapes."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.arch import chain, from_keras_config, to_keras_config
from cnnlab.arch.layers import (
    Conv2D,
    Dropout,
    Dropping,
    Flatten,
    GaussianNoise,
    LeakyReLU,
    ReLU,
    Reshape,
    Softmax,
    SpatialDropout2D,
    ZeroPadding2D,
)
from cnnlab.arch.measures import activation_bytes, receptive_field, receptive_fields
from cnnlab.errors import NetworkError, NotSupportedError

IMAGE = (6, 5, 4)
PADDING = "expected padding to be a whole number, (rows, columns) or ((top, bottom), (left, right))"
TARGET = "expected target_shape to be one to three whole numbers, at least 1, of which one may be -1"

FAULTS = [
    (lambda: ReLU(-1), "ReLU: expected max_value to be a number that is not negative, got -1."),
    (lambda: ReLU(threshold=-0.5), "ReLU: expected threshold to be a number that is not negative, got -0.5."),
    (lambda: ReLU(negative_slope=None), "ReLU: expected negative_slope to be a number, got None."),
    (lambda: LeakyReLU(-0.1), "LeakyReLU: expected negative_slope to be a number that is not negative, got -0.1."),
    (lambda: ZeroPadding2D(-1), "ZeroPadding2D: expected padding to be a whole number, at least 0, got -1."),
    (lambda: ZeroPadding2D((1, 2, 3)), f"ZeroPadding2D: {PADDING}, got (1, 2, 3)."),
    (lambda: ZeroPadding2D(((1, 2), (1, 2, 3))), f"ZeroPadding2D: {PADDING}, got ((1, 2), (1, 2, 3))."),
    (lambda: SpatialDropout2D(1.0), "SpatialDropout2D: expected rate to be a number from 0 to below 1, got 1.0."),
    (lambda: SpatialDropout2D(0.5, seed=-1), "SpatialDropout2D: SpatialDropout2D seed: expected a whole number"),
    (lambda: GaussianNoise(1.5), "GaussianNoise: expected stddev to be a number from 0 to 1, got 1.5."),
    (lambda: GaussianNoise(0.5, 2**32), "GaussianNoise: GaussianNoise seed: expected a whole number from 0 to"),
    (lambda: Reshape((-1, -1)), f"Reshape: {TARGET}, got (-1, -1)."),
    (lambda: Reshape(12), f"Reshape: {TARGET}, got 12."),
    (lambda: Reshape((2, 3, 4, 5)), f"Reshape: {TARGET}, got (2, 3, 4, 5)."),
    (lambda: Reshape((2, 0)), f"Reshape: {TARGET}, got (2, 0)."),
]


@pytest.mark.parametrize(("build", "message"), FAULTS, ids=[message[:50] for _, message in FAULTS])
def test_a_wrong_argument_is_refused_by_name(build: Callable[[], object], message: str) -> None:
    kinds = (NetworkError, Exception) if "seed" in message else NetworkError
    with pytest.raises(kinds, match=re.escape(message.rpartition(": expected")[2])):
        build()


def test_softmax_over_several_axes_is_not_supported() -> None:
    with pytest.raises(NotSupportedError, match=re.escape("got (1, 2). Write Softmax().")):
        Softmax((1, 2))  # type: ignore[arg-type]
    assert Softmax([-1]) == Softmax()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("layer", "layout", "fits"),
    [
        (Softmax(), "channels_last", True),
        (Softmax(3), "channels_last", True),
        (Softmax(1), "channels_last", False),
        (Softmax(), "channels_first", False),
        (Softmax(1), "channels_first", True),
        (Softmax(-3), "channels_first", True),
        (Reshape((-1,)), "channels_last", True),
        (Reshape((-1,)), "channels_first", False),
    ],
    ids=str,
)
def test_only_what_works_on_the_channels_last_numbers_inside_fits(layer: object, layout: object, fits: bool) -> None:
    build = lambda: chain("n", [Conv2D(2, 3), layer], input_shape=(5, 6, 7), data_format=layout)  # noqa: E731
    if fits:
        assert build().nodes[-1].layer == layer
        return
    with pytest.raises(NetworkError, match=r"axis=(3|1) or axis=-(1|3), that of|expected channels_last images"):
        build()


def test_rows_of_features_are_reshaped_in_either_data_format_but_not_into_channels_first_images() -> None:
    assert chain("n", [Reshape((2, 6))], input_shape=(12,), data_format="channels_first").output_shape == (2, 6)
    with pytest.raises(NetworkError, match="expected channels_last images to be reshaped"):
        chain("n", [Reshape((1, 3, 4))], input_shape=(12,), data_format="channels_first")


@given(st.permutations([2, 3, 5, 2]), st.integers(1, 3), st.booleans())
def test_a_shape_is_worked_out_as_numpy_works_it_out(factors: list[int], axes: int, open_axis: bool) -> None:
    target = [*factors[: axes - 1], int(np.prod(factors[axes - 1 :]))]
    if open_axis:
        target[factors[0] % axes] = -1
    assert Reshape(target).output_shape((10, 6)) == np.zeros((10, 6)).reshape(target).shape  # type: ignore[arg-type]


def test_a_shape_of_another_number_of_values_is_refused_with_the_shape_that_is_there() -> None:
    message = re.escape("expected a target_shape for 120 numbers, got (7, -1). The input's shape is (6, 5, 4)")
    with pytest.raises(NetworkError, match=message):
        Reshape((7, -1)).output_shape(IMAGE)


@pytest.mark.parametrize(
    ("given_as", "shape"),
    [(2, (10, 9, 4)), ((1, 0), (8, 5, 4)), (((1, 0), (2, 3)), (7, 10, 4)), ([[1, 0], [2, 3]], (7, 10, 4))],
    ids=str,
)
def test_zeros_are_told_in_three_spellings(given_as: object, shape: tuple[int, ...]) -> None:
    assert ZeroPadding2D(given_as).output_shape(IMAGE) == shape  # type: ignore[arg-type]


def test_padding_and_dropping_channels_want_an_image() -> None:
    for layer in (ZeroPadding2D(), SpatialDropout2D(0.5)):
        with pytest.raises(NetworkError, match="expected an input of height, width and channels"):
            layer.output_shape((12,))


def test_channels_first_images_are_padded_along_their_rows_and_columns() -> None:
    padded = chain("n", [ZeroPadding2D(((1, 0), (2, 3)), "channels_first")], input_shape=(4, 6, 5))
    assert padded.shown(padded.output_shape) == (4, 7, 10)


def test_zeros_widen_no_field_and_a_shape_of_its_own_ends_all_places() -> None:
    layers = [Conv2D(2, 3), ZeroPadding2D(2), Conv2D(2, 3), Reshape((8, 7, 2)), Reshape((7, -1, 2))]
    network = chain("n", layers, input_shape=(8, 7, 1))
    fields = [field and field.size for field in receptive_fields(network)]
    assert fields == [(1, 1), (3, 3), (3, 3), (5, 5), (5, 5), (8, 7)]
    assert receptive_field(chain("n", [Conv2D(2, 3), Reshape((-1, 2))], input_shape=(8, 7, 1))) == (8, 7)


def test_the_same_numbers_in_another_shape_take_no_memory_of_their_own() -> None:
    plain, reshaped = ([Conv2D(2, 3), *more] for more in ((), (Reshape((-1,)), Flatten())))
    bytes_of = [activation_bytes(chain("n", layers, input_shape=(8, 7, 1))) for layers in (plain, reshaped)]
    assert bytes_of[0] == bytes_of[1]


def test_what_draws_says_so_and_all_dropouts_are_of_one_kind() -> None:
    drawing = [Dropout(0.5), SpatialDropout2D(0.5), GaussianNoise(0.5)]
    assert all(layer.draws for layer in drawing)
    assert not any(layer.draws for layer in (ReLU(), Reshape((1,)), ZeroPadding2D(), Softmax()))
    assert [isinstance(layer, Dropping) for layer in drawing] == [True, True, False]


def test_a_relu_says_which_activation_it_is_kin_to() -> None:
    assert ReLU().is_plain
    assert not any(layer.is_plain for layer in (ReLU(6), ReLU(negative_slope=0.1), ReLU(threshold=0.1)))
    assert [layer.activation for layer in (ReLU(6), ReLU(6, 0.1), LeakyReLU())] == ["relu", "leaky_relu", "leaky_relu"]


def test_the_slope_of_keras_2_is_read() -> None:
    old = {"class_name": "LeakyReLU", "config": {"name": "l", "trainable": True, "dtype": "float32", "alpha": 0.125}}
    first = {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 4]}}
    network = from_keras_config({"name": "old", "layers": [first, old]})
    assert network.nodes[1].layer == LeakyReLU(0.125, name="l")
    assert to_keras_config(network)["config"]["layers"][1]["config"]["negative_slope"] == 0.125

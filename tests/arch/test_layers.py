import dataclasses
import pickle
import re
from collections.abc import Callable

import numpy as np
import pytest

from cnnlab.arch import chain
from cnnlab.arch.activations import ACTIVATIONS, canonical_activation
from cnnlab.arch.layer import pad_before_after
from cnnlab.arch.layers import (
    ALIASES,
    LAYERS,
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    Input,
    MaxPooling2D,
    Rescaling,
)
from cnnlab.errors import NetworkError, NotSupportedError, UsageError


def refuses(message: str, error: type[Exception] = NetworkError) -> pytest.RaisesExc[Exception]:
    return pytest.raises(error, match="^" + re.escape(message))


def test_every_spelling_of_a_size_means_the_same() -> None:
    spellings = [3, (3, 3), [3, 3], np.int64(3)]
    assert len({Conv2D(2, spelling) for spelling in spellings}) == 1
    assert len({MaxPooling2D(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize("padding", ["same", "Same", "SAME"])
def test_words_are_read_without_regard_to_case(padding: str) -> None:
    assert Conv2D(2, 3, padding=padding).padding == "same"
    assert MaxPooling2D(padding=padding).padding == "same"


def test_a_layer_is_plain_data_that_compares_and_hashes_and_cannot_change() -> None:
    assert Conv2D(2, 3, activation="relu") == Conv2D(filters=2, kernel_size=(3, 3), activation="relu")
    assert len({Dense(3), Dense(3, use_bias=1), Dense(4)}) == 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        Dense(3).units = 4  # type: ignore[misc]


def test_a_layer_survives_pickling_and_replacing() -> None:
    layer = Conv2D(2, 3, activation="relu", kernel_initializer="he_normal", name="first")
    assert pickle.loads(pickle.dumps(layer)) == layer
    assert dataclasses.replace(layer, filters=4, name=None) == Conv2D(
        4, 3, activation="relu", kernel_initializer="he_normal"
    )


@pytest.mark.keras
def test_second_names_are_those_of_keras() -> None:
    import keras

    assert all(getattr(keras.layers, alias).__name__ == layer.__name__ for alias, layer in ALIASES.items())


def test_a_pool_steps_by_its_own_size_unless_it_is_told_otherwise() -> None:
    assert MaxPooling2D((2, 3)).strides == (2, 3)
    assert AveragePooling2D(3, strides=1).strides == (1, 1)


def test_arguments_of_keras_that_change_nothing_are_dropped() -> None:
    plain = Conv2D(2, 3)
    assert Conv2D(2, 3, trainable=True, dtype="float32", kernel_regularizer=None, activity_regularizer=None) == plain
    assert BatchNormalization(renorm=False, synchronized=False, fused=True) == BatchNormalization()


def test_the_older_spellings_of_an_input_shape_are_read() -> None:
    assert Dense(3, input_dim=784).input_shape == (784,)
    assert Conv2D(3, 2, batch_input_shape=(None, 28, 28, 1)).input_shape == (28, 28, 1)


def test_activations_are_read_by_name_alias_and_function() -> None:
    def relu() -> None:
        """Stand for a function of Keras'."""

    assert [canonical_activation(name) for name in ACTIVATIONS] == list(ACTIVATIONS)
    assert [canonical_activation(name) for name in ("swish", None, relu)] == ["silu", "linear", "relu"]
    assert Activation("swish") == Activation("silu")


def test_numbers_of_numpy_are_numbers() -> None:
    assert Dropout(np.float32(0.5)) == Dropout(0.5)
    assert Dropout(np.float64(0.25)).rate == 0.25


def test_rescaling_takes_the_factor_that_raw_pixels_need() -> None:
    assert Rescaling(1.0 / 255) == Rescaling(scale=1 / 255, offset=0.0)


LAYER_FAULTS = [
    (lambda: Conv2D(0, 3), "Conv2D: expected filters to be a whole number, at least 1, got 0."),
    (lambda: Conv2D(True, 3), "Conv2D: expected filters to be a whole number, at least 1, got True."),
    (lambda: Conv2D(2.5, 3), "Conv2D: expected filters to be a whole number, at least 1, got 2.5."),
    (lambda: Conv2D(2, (3, 3, 3)), "Conv2D: expected kernel_size to be one or two whole numbers, got (3, 3, 3)."),
    (lambda: Conv2D(2, "3"), "Conv2D: expected kernel_size to be a whole number, at least 1, got '3'."),
    (lambda: Conv2D(2, np.array([3, 3])), "Conv2D: expected kernel_size to be a whole number, at least 1, got array"),
    (lambda: Conv2D(2, (3, 0)), "Conv2D: expected kernel_size to be a whole number, at least 1, got 0."),
    (lambda: Conv2D(2, 3, strides=0), "Conv2D: expected strides to be a whole number, at least 1, got 0."),
    (lambda: Conv2D(2, 3, padding="full"), "Conv2D: expected padding to be one of valid, same, got 'full'."),
    (lambda: Conv2D(2, 3, padding=1), "Conv2D: expected padding to be one of valid, same, got 1."),
    (lambda: Conv2D(2, 3, data_format="NCHW"), "Conv2D: expected data_format to be one of channels_last, channels_fi"),
    (
        lambda: Conv2D(2, 3, strides=2, dilation_rate=(1, 2)),
        (
            "Conv2D: expected strides above 1 or a dilation_rate above 1, not both, got strides=(2, 2), "
            "dilation_rate=(1, 2). TensorFlow has no such convolution either."
        ),
    ),
    (lambda: Conv2D(2), "Conv2D: expected arguments in the order filters, kernel_size, strides, padding, data_format,"),
    (lambda: Conv2D(2, 3, use_bias="no"), "Conv2D: expected use_bias to be True or False, got 'no'."),
    (lambda: Conv2D(2, 3, use_bias=[]), "Conv2D: expected use_bias to be True or False, got []."),
    (lambda: Conv2D(2, 3, kernel=3), "Conv2D: expected an argument it has, got kernel=. Did you mean 'kernel_size'?"),
    (lambda: Conv2D(2, 3, stride=2), "Conv2D: expected an argument it has, got stride=. Did you mean 'strides'?"),
    (
        lambda: Conv2D(2, 3, activation="rleu"),
        "Conv2D: expected the name of an activation, got 'rleu'. Did you mean 'relu'?",
    ),
    (lambda: Conv2D(2, 3, name=""), "Conv2D: expected name to be a word without '/', got ''."),
    (lambda: Conv2D(2, 3, name="a/b"), "Conv2D: expected name to be a word without '/', got 'a/b'."),
    (lambda: Flatten(name=3), "Flatten: expected name to be a word without '/', got 3."),
    (
        lambda: Conv2D(2, 3, input_shape=28),
        "Conv2D: expected input_shape to be (height, width, channels) or (features,), got 28. Grey images of 28 x 28",
    ),
    (
        lambda: Conv2D(2, 3, batch_input_shape=28),
        "Conv2D: expected batch_input_shape to be a list that begins with the number of images, got 28.",
    ),
    (
        lambda: Dense(2, input_dim=None),
        "Dense: expected each axis of input_shape to be a whole number, at least 1, got None.",
    ),
    (lambda: Dense(-1), "Dense: expected units to be a whole number, at least 1, got -1."),
    (lambda: Dense(3, regularizer=None), "Dense: expected an argument it has, got regularizer=."),
    (Dense, "Dense: expected arguments in the order units, activation, use_bias"),
    (lambda: Dense(3, units=4), "Dense: expected arguments in the order units,"),
    (lambda: Dropout(1), "Dropout: expected rate to be a number from 0 to below 1, got 1.0."),
    (lambda: Dropout(-0.1), "Dropout: expected rate to be a number from 0 to below 1, got -0.1."),
    (lambda: Dropout("0.5"), "Dropout: expected rate to be a number, got '0.5'."),
    (lambda: Dropout(float("nan")), "Dropout: expected rate to be a number, got nan."),
    (lambda: MaxPooling2D(0), "MaxPooling2D: expected pool_size to be a whole number, at least 1, got 0."),
    (lambda: MaxPooling2D(2, padding="none"), "MaxPooling2D: expected padding to be one of valid, same, got 'none'."),
    (lambda: AveragePooling2D(2, strides=(1,)), "AveragePooling2D: expected strides to be one or two whole numbers"),
    (
        lambda: GlobalAveragePooling2D(keepdims=None),
        "GlobalAveragePooling2D: expected keepdims to be True or False, got None.",
    ),
    (lambda: GlobalAveragePooling2D("last"), "GlobalAveragePooling2D: expected data_format to be one of"),
    (
        lambda: Flatten("first"),
        "Flatten: expected data_format to be one of channels_last, channels_first, got 'first'.",
    ),
    (
        lambda: Flatten(1, 2),
        "Flatten: expected arguments in the order data_format, got a call with too many positional",
    ),
    (lambda: BatchNormalization(axis="c"), "BatchNormalization: expected axis to be a whole number, at least -4, got"),
    (lambda: BatchNormalization(momentum=1.1), "BatchNormalization: expected momentum to be a number from 0 to 1, got"),
    (lambda: BatchNormalization(epsilon=0), "BatchNormalization: expected epsilon to be a number above 0, got 0.0."),
    (lambda: BatchNormalization(scale="x"), "BatchNormalization: expected scale to be True or False, got 'x'."),
    (lambda: Activation("step"), "Activation: expected the name of an activation, got 'step'. Known: linear, relu,"),
    (lambda: Activation(3), "Activation: expected the name of an activation, got 3."),
    (lambda: Rescaling("1/255"), "Rescaling: expected scale to be a number, got '1/255'."),
    (lambda: Rescaling(10**400), "Rescaling: expected scale to be a number, got 1000"),
    (lambda: Rescaling(float("-inf")), "Rescaling: expected scale to be a number, got -inf."),
    (lambda: Rescaling(1, offset=True), "Rescaling: expected offset to be a number, got True."),
    (lambda: Input(28), "Input: expected shape to be (height, width, channels) or (features,), got 28."),
    (lambda: Input(()), "Input: expected shape to be (height, width, channels) or (features,), got ()."),
    (lambda: Input((None, None, 1)), "Input: expected each axis of shape to be a whole number, at least 1, got None."),
]


@pytest.mark.parametrize(("build", "message"), LAYER_FAULTS, ids=[message[:60] for _, message in LAYER_FAULTS])
def test_a_wrong_argument_is_named_with_what_was_expected(build: Callable[[], object], message: str) -> None:
    with refuses(message):
        build()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: Conv2D(2, 3, activity_regularizer="l2"),
            "Conv2D: expected activity_regularizer=None, the only value cnnlab has, got 'l2'.",
        ),
        (lambda: Conv2D(2, 3, groups=2), "Conv2D: expected groups=1, the only value cnnlab has, got 2."),
        (lambda: Dense(2, trainable=False), "Dense: expected trainable=True, the only value cnnlab has, got False."),
        (
            lambda: Dense(2, dtype="float16"),
            "Dense: expected dtype='float32', the only value cnnlab has, got 'float16'",
        ),
        (
            lambda: Dropout(0.5, noise_shape=(1, 1)),
            "Dropout: expected noise_shape=None, the only value cnnlab has, got",
        ),
        (
            lambda: BatchNormalization(renorm=True),
            "BatchNormalization: expected renorm=False, the only value cnnlab ha",
        ),
    ],
)
def test_what_keras_can_and_we_cannot_is_refused_by_name(build: Callable[[], object], message: str) -> None:
    with refuses(message, NotSupportedError):
        build()


def test_a_seed_of_a_dropout_is_checked() -> None:
    with refuses("Dropout seed: expected a whole number from 0 to 4294967295, got -1.", UsageError):
        Dropout(0.5, seed=-1)


@pytest.mark.parametrize("name", LAYERS)
def test_only_its_own_arguments_are_accepted_even_at_neutral_values(name: str) -> None:
    first = {
        "Activation": ("relu",),
        "Conv2D": (1, 1),
        "Dense": (1,),
        "Dropout": (0.5,),
        "RandomRotation": (0.1,),
        "RandomTranslation": (0.1, 0.1),
        "RandomZoom": (0.1,),
        "Rescaling": (1.0,),
    }
    with refuses(f"{name}: expected an argument it has, got adjust="):
        LAYERS[name](*first.get(name, ()), adjust=None)


@pytest.mark.parametrize("size", range(1, 12))
@pytest.mark.parametrize("reach", range(1, 6))
@pytest.mark.parametrize("stride", range(1, 5))
def test_same_padding_makes_room_for_every_output_and_puts_the_odd_cell_at_the_end(
    size: int, reach: int, stride: int
) -> None:
    before, after = pad_before_after(size, reach, stride, "same")
    outputs = -(-size // stride)
    assert 0 <= after - before <= 1
    assert before + size + after >= (outputs - 1) * stride + reach
    assert before + after == 0 or before + size + after == (outputs - 1) * stride + reach
    assert pad_before_after(size, reach, stride, "valid") == (0, 0)


def test_parameters_have_keras_shapes() -> None:
    network = chain("all", [Conv2D(5, (2, 3), input_shape=(8, 9, 4)), BatchNormalization(), Flatten(), Dense(7)])
    assert [weight.parameter.shape for weight in network.weights] == [
        (2, 3, 4, 5),
        *[(5,)] * 5,
        (7 * 7 * 5, 7),
        (7,),
    ]

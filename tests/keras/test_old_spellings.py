import importlib
import sys

import numpy as np
import pytest

from cnnlab.errors import CnnlabWarning, NotSupportedError
from cnnlab.keras import Sequential, layers, optimizers, utils
from cnnlab.records import SGD, RMSprop


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("layers.normalization", "BatchNormalization"),
        ("layers.convolutional", "Conv2D"),
        ("layers.convolutional", "MaxPooling2D"),
        ("layers.pooling", "MaxPooling2D"),
        ("layers.core", "Dense"),
        ("layers.convolutional", "ZeroPadding2D"),
        ("layers.advanced_activations", "LeakyReLU"),
        ("layers.noise", "GaussianNoise"),
    ],
)
def test_an_old_module_is_read_with_a_word_on_where_its_names_stand_today(module: str, name: str) -> None:
    sys.modules.pop(f"cnnlab.keras.{module}", None)
    with pytest.warns(CnnlabWarning, match=rf"{module} is an old spelling; today .* in cnnlab\.keras\.layers"):
        old = importlib.import_module(f"cnnlab.keras.{module}")
    assert getattr(old, name) is getattr(layers, name)


def test_np_utils_is_read_with_a_word_in_both_of_its_spellings() -> None:
    sys.modules.pop("cnnlab.keras.utils.np_utils", None)
    vars(utils).pop("np_utils", None)
    with pytest.warns(CnnlabWarning, match=r"np_utils is an old spelling; today .* in cnnlab.keras.utils"):
        from cnnlab.keras.utils.np_utils import to_categorical
    assert to_categorical is utils.to_categorical
    sys.modules.pop("cnnlab.keras.utils.np_utils")
    del utils.np_utils
    with pytest.warns(CnnlabWarning, match=r"np_utils is an old spelling") as caught:
        assert utils.np_utils.to_categorical is utils.to_categorical
    assert caught[0].filename == __file__


def test_lr_is_the_learning_rate_of_today_and_the_word_points_at_the_users_line() -> None:
    with pytest.warns(CnnlabWarning, match=r"SGD\(lr=\) is an old spelling; it is read as learning_rate=0.1") as caught:
        made = optimizers.SGD(lr=0.1, momentum=0.9)
    assert made == SGD(learning_rate=0.1, momentum=0.9)
    assert caught[0].filename == __file__


def test_decay_is_kept_as_the_decay_of_old_keras() -> None:
    with pytest.warns(CnnlabWarning, match=r"decay=0.01\) is the decay of .* learning_rate / \(1 \+ decay \* t\)"):
        assert optimizers.SGD(decay=0.01).decay == 0.01


def test_the_arguments_of_a_famous_kernel_are_read_as_it_meant_them() -> None:
    with pytest.warns(CnnlabWarning, match=r"lr="):
        made = optimizers.RMSprop(lr=0.001, rho=0.9, epsilon=None, decay=0.0)
    assert made == RMSprop()


def test_acc_gives_the_old_keys_and_a_word(data: tuple[np.ndarray, np.ndarray], model: Sequential) -> None:
    with pytest.warns(CnnlabWarning, match=r"\['acc'\] is an old spelling of metrics=\['accuracy'\]") as caught:
        model.compile("adam", "categorical_crossentropy", metrics=["acc"])
    assert caught[0].filename == __file__
    history = model.fit(*data, validation_data=data, verbose=0)
    assert list(history.history) == ["acc", "loss", "val_acc", "val_loss"]


def test_convolution_2d_is_conv_2d() -> None:
    assert layers.Convolution2D(8, (3, 3), padding="same") == layers.Conv2D(8, (3, 3), padding="same")


def test_the_rows_and_columns_of_keras_1_are_not_taken_for_strides() -> None:
    with pytest.raises(NotSupportedError, match=r"Keras 1's rows and columns, 3, 3\. Write Conv2D\(32, \(3, 3\)\)"):
        layers.Convolution2D(32, 3, 3, activation="relu")


@pytest.mark.parametrize(
    ("old", "today"), [("border_mode", "padding"), ("nb_filter", "filters"), ("subsample", "strides")]
)
def test_an_argument_of_keras_1_is_answered_with_todays(old: str, today: str) -> None:
    with pytest.raises(NotSupportedError, match=rf"got {old}= of Keras 1. It is {today}= today"):
        layers.Convolution2D(32, (3, 3), **{old: 1})


def test_nb_epoch_is_answered_with_epochs(data: tuple[np.ndarray, np.ndarray], model: Sequential) -> None:
    with pytest.raises(NotSupportedError, match=r"fit: expected an argument it has, got nb_epoch=. Today it is epochs"):
        model.fit(*data, nb_epoch=3)

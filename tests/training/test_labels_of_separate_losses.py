"""Labels of losses that look at each output by itself: which pass, in what form, and what is refused."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.arch import chain
from cnnlab.arch.layers import Dense
from cnnlab.errors import DataError
from cnnlab.records import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Examples,
    Loss,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)
from cnnlab.training import Prepared, prepare

BINARY, SQUARES = BinaryCrossentropy(), MeanSquaredError()
SEPARATE = pytest.mark.parametrize("loss", [BINARY, SQUARES, BinaryCrossentropy(from_logits=True)])


def check(labels: npt.NDArray[Any], loss: Loss, outputs: int = 1) -> Prepared:
    images = np.random.default_rng(0).random((len(labels), 3)).astype(np.float32)
    return prepare(chain("n", [Dense(outputs)], input_shape=(3,)), loss, Examples(images, labels))


@SEPARATE
@given(st.lists(st.booleans(), min_size=1, max_size=9), st.sampled_from("?bBif"), st.booleans())
def test_zeros_and_ones_of_any_kind_are_the_classes_of_a_single_output(
    loss: Loss, classes: list[bool], kind: str, column: bool
) -> None:
    labels = np.array(classes).astype(kind)
    prepared = check(labels[:, None] if column else labels, loss)
    assert prepared.train.labels.tolist() == [int(one) for one in classes]
    assert prepared.train.labels.dtype.kind == "i"


@pytest.mark.parametrize(
    ("labels", "loss", "outputs", "message"),
    [
        ([0.0, 0.5, 1.0], SQUARES, 1, r"labels 0 or 1 for a network with one output, got 0.5.*fits no real numbers"),
        ([0.0, np.nan, 1.0], BINARY, 1, r"labels 0 or 1 for a network with one output, got nan"),
        ([-1, 1, 1], BINARY, 1, r"labels 0 or 1 for a network with one output, got -1. Number the two classes 0 and 1"),
        ([0, 1, 6, 2], BINARY, 1, r"got 6. Give the last layer 7 units, one for each class"),
        ([1, 2, 2, 1], BINARY, 1, r"got 2. Number the two classes 0 and 1"),
        ([0, 7, 7], BINARY, 1, r"got 7. Number the two classes 0 and 1"),
        (np.eye(2), BINARY, 1, r"labels of shape \(n,\).*got shape \(2, 2\). Use y.argmax\(axis=1\), or .* 2 units"),
        ([0, 1, 2], BINARY, 3, r"one-hot labels of shape \(n, 3\) for binary_crossentropy, got class numbers"),
        ([0, 1, 2], SQUARES, 3, r"one-hot labels of shape \(n, 3\) for mean_squared_error, got class numbers"),
        (np.ones((2, 3)), BINARY, 3, r"each row to be probabilities that sum to 1, got row 0.*each image has one"),
        (np.eye(3) * 7.5, SQUARES, 3, r"each row to be probabilities that sum to 1.*fits no real numbers"),
        ([0, 1, 1], SparseCategoricalCrossentropy(), 1, r"got 1. Use loss='binary_crossentropy', or .* 2 units"),
        ([0, 1, 2], SparseCategoricalCrossentropy(), 1, r"got 2. Number the classes from 0, or give .* 3 units"),
    ],
)
def test_labels_that_say_no_class_are_refused_with_what_to_do(
    labels: npt.ArrayLike, loss: Loss, outputs: int, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        check(np.asarray(labels), loss, outputs)


@SEPARATE
def test_one_hot_labels_and_probabilities_pass_unchanged_where_there_are_several_outputs(loss: Loss) -> None:
    for labels in (np.eye(3), np.array([[0.2, 0.3, 0.5], [1, 0, 0], [0, 1, 0]])):
        assert check(labels, loss, 3).train.labels is labels


def test_a_class_without_an_example_is_noticed_where_a_single_output_tells_two_apart() -> None:
    assert check(np.zeros(4, int), BINARY).notices == (
        "training labels: no example of class 1; the network cannot learn what it never sees.",
    )


def test_sound_labels_need_no_notice_whatever_the_outputs_are() -> None:
    for loss in (BINARY, SQUARES, BinaryCrossentropy(from_logits=True)):
        assert check(np.array([0, 1]), loss).notices == ()
    assert check(np.eye(2), BinaryCrossentropy(from_logits=True), 2).notices == ()
    assert check(np.eye(2), CategoricalCrossentropy(from_logits=True), 2).notices == ()

"""A face's model with one output that has it all: weights of classes and images, rules, metrics, beside real Keras."""

from typing import Any

import numpy as np
import pytest

import cnnlab.keras
from cnnlab.arch import chain
from cnnlab.arch.layers import Dense
from cnnlab.errors import CnnlabWarning, UsageError
from cnnlab.keras import Sequential, layers
from cnnlab.records import BinaryCrossentropy, Examples
from cnnlab.training import prepare

X = np.random.default_rng(0).normal(size=(60, 5)).astype(np.float32)
Y = (X[:, 0] + 0.5 * X[:, 1] > 0.6).astype(np.int64)
WEIGHTS = np.random.default_rng(1).uniform(0, 3, 60).astype(np.float32)
BY_CLASS = {0: 0.5, 1: 3.0}


def model_of(face: Any) -> Any:  # noqa: ANN401 - Keras or ours
    rules = {
        "kernel_regularizer": face.regularizers.L1L2(0.02, 0.05),
        "kernel_constraint": face.constraints.MaxNorm(0.8),
    }
    made = face.Sequential([face.layers.Input((5,)), face.layers.Dense(4, activation="tanh", **rules)])
    made.add(face.layers.Dense(1, activation="sigmoid", **rules, bias_regularizer="l2"))
    told = [
        "accuracy",
        face.metrics.Precision(thresholds=0.4),
        face.metrics.Recall(),
        face.metrics.BinaryAccuracy(threshold=0.6),
    ]
    adam = face.optimizers.Adam(0.02, gradient_accumulation_steps=2)
    made.compile(adam, face.losses.BinaryCrossentropy(label_smoothing=0.1), metrics=told)
    return made


@pytest.mark.keras
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
def test_fit_and_evaluate_tell_what_keras_tells_of_all_at_once() -> None:
    import keras

    keras.backend.clear_session()
    ours, theirs = model_of(cnnlab.keras), model_of(keras)
    theirs.set_weights(ours.get_weights())
    held = {"validation_data": (X[:20], Y[:20, None], WEIGHTS[:20])}
    found = []
    for model in (ours, theirs):
        told = model.fit(
            X, Y[:, None], batch_size=20, epochs=3, shuffle=False, verbose=0, class_weight=BY_CLASS, **held
        ).history
        found.append((told, model.evaluate(X, Y[:, None], 60, 0, sample_weight=WEIGHTS)))
    assert list(found[0][0]) == list(found[1][0])
    for name, numbers in found[1][0].items():
        np.testing.assert_allclose(found[0][0][name], numbers, rtol=1e-4, atol=1e-6, err_msg=name)
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-4)
    assert len({round(number, 5) for number in found[0][1]}) > 3


def test_weights_of_the_two_classes_are_weights_of_their_images_where_there_is_one_output() -> None:
    by_class, by_image, plain = (model_of(cnnlab.keras) for _ in range(3))
    for model in (by_image, plain):
        model.set_weights(by_class.get_weights())
    of_images = np.where(Y == 1, 3.0, 0.5)
    numbers = [
        by_class.train_on_batch(X, Y, class_weight=BY_CLASS),
        by_image.train_on_batch(X, Y, sample_weight=of_images),
    ]
    assert numbers[0] == numbers[1]
    assert numbers[0] != plain.train_on_batch(X, Y)


def test_a_class_that_a_batch_lacks_has_its_weight_all_the_same() -> None:
    model = model_of(cnnlab.keras)
    zeros = X[Y == 0][:8]
    model.train_on_batch(zeros, np.zeros(8), class_weight=BY_CLASS)
    with pytest.raises(UsageError, match="class_weight: expected classes of these data: 0, 1, got '2'"):
        model.train_on_batch(zeros, np.zeros(8), class_weight={2: 1.0})
    with pytest.warns(CnnlabWarning, match="class_weight: none for class 0"):
        model.train_on_batch(zeros, np.zeros(8), class_weight={1: 3.0})


@pytest.mark.parametrize("labels", [[0, 1, 1, 0], [0, 0, 0, 0]])
def test_classes_that_one_output_tells_apart_are_weighed_by_name(labels: list[int]) -> None:
    network = chain("one", [Dense(1, activation="sigmoid")], input_shape=(5,))
    given = Examples(X[:4], np.array(labels))
    weights = (("cat", 2.0), ("dog", 3.0))
    train = prepare(network, BinaryCrossentropy(), given, class_weight=weights, class_names=("cat", "dog")).train
    assert train.weights is not None
    assert train.weights.tolist() == [2.0 + label for label in labels]


def test_the_best_of_one_output_are_refused_when_the_model_trains() -> None:
    model: Any = Sequential([layers.Input((5,)), layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["top_k_categorical_accuracy"])
    with pytest.raises(UsageError, match="expected several outputs for TopKCategoricalAccuracy, got one"):
        model.fit(X, Y, verbose=0)

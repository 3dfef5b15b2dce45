"""The face beside real Keras: the same calls with the same weights give the same answers."""

import json
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import cnnlab.keras
from cnnlab.keras import models

pytestmark = [
    pytest.mark.keras,
    pytest.mark.slow,
    # Keras' own variables under JAX do not know NumPy 2's copy=.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"),
]
Data = tuple[np.ndarray, np.ndarray]


@pytest.fixture(scope="module")
def keras() -> ModuleType:
    import keras

    return keras


def build(face: ModuleType) -> Any:  # noqa: ANN401 - Keras' model or ours
    """Make the same network by the same calls; no dropout, since masks differ."""
    model = face.Sequential()
    model.add(face.layers.Input((12, 12, 1)))
    model.add(face.layers.Conv2D(4, 3, strides=2, padding="same", activation="relu"))
    model.add(face.layers.BatchNormalization(momentum=0.9))
    model.add(face.layers.MaxPooling2D(pool_size=2, padding="same"))
    model.add(face.layers.Flatten())
    model.add(face.layers.Dense(4, activation="softmax"))
    model.compile(optimizer=face.optimizers.Adam(0.01), loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def pair(keras: ModuleType) -> tuple[Any, Any]:
    theirs, ours = build(keras), build(cnnlab.keras)
    theirs.set_weights(ours.get_weights())
    return theirs, ours


def test_fit_evaluate_and_predict_give_keras_numbers_in_keras_order(keras: ModuleType, data: Data) -> None:
    x, y = data[0][:100], data[1][:100]
    results = []
    for model in pair(keras):
        fitted = model.fit(x, y, batch_size=32, epochs=3, shuffle=False, verbose=0, validation_split=0.3)
        results.append((fitted, model.evaluate(x, y, verbose=0), model.predict(x, verbose=0), model.get_weights()))
    (theirs, *their_numbers), (ours, *our_numbers) = results
    assert list(ours.history) == list(theirs.history)
    assert ours.epoch == theirs.epoch
    assert ours.params["steps"] == theirs.params["steps"]
    for name, numbers in theirs.history.items():
        np.testing.assert_allclose(ours.history[name], numbers, rtol=1e-4, err_msg=name)
    np.testing.assert_allclose(our_numbers[0], their_numbers[0], rtol=1e-4)
    np.testing.assert_allclose(our_numbers[1], their_numbers[1], atol=1e-5)
    for mine, its in zip(our_numbers[2], their_numbers[2], strict=True):
        np.testing.assert_allclose(mine, its, atol=1e-4)


@pytest.mark.filterwarnings("ignore:class_weight. none for class")
def test_weights_of_images_and_classes_give_keras_numbers(keras: ModuleType, data: Data) -> None:
    x, y = data[0][:100], data[1][:100]
    weights = np.random.default_rng(1).uniform(0, 3, 100).astype(np.float32)
    told: dict[str, Any] = {"batch_size": 32, "shuffle": False, "verbose": 0}
    results = []
    for model in pair(keras):
        one = model.fit(x, y, sample_weight=weights, validation_split=0.3, **told).history
        other = model.fit(x, y, class_weight={1: 3.5, 3: 0}, validation_data=(x, y, weights), **told).history
        batches = [
            model.train_on_batch(x, y, sample_weight=weights),
            model.train_on_batch(x, y, class_weight={0: 2.0, 1: 1.0, 2: 0.5, 3: 1.0}),
            model.test_on_batch(x, y, sample_weight=weights),
            model.evaluate(x, y, verbose=0, sample_weight=weights[:, None]),
        ]
        results.append([*([*numbers] for history in (one, other) for numbers in history.values()), *batches])
    for mine, its in zip(*results, strict=True):
        np.testing.assert_allclose(its, mine, rtol=2e-4)


def test_a_batch_trains_as_in_keras(keras: ModuleType, data: Data) -> None:
    theirs, ours = pair(keras)
    for start in (0, 16):
        batch = data[0][start : start + 16], data[1][start : start + 16]
        np.testing.assert_allclose(ours.train_on_batch(*batch), theirs.train_on_batch(*batch), rtol=1e-4)
    np.testing.assert_allclose(ours.test_on_batch(*data), theirs.test_on_batch(*data), rtol=1e-4)


@pytest.mark.parametrize("metric", ["accuracy", "categorical_accuracy"])
def test_numbers_by_name_are_keras_names(metric: str, keras: ModuleType, data: Data) -> None:
    answers = []
    for model in pair(keras):
        model.compile("sgd", "categorical_crossentropy", metrics=[metric])
        history = model.fit(data[0][:32], data[1][:32], verbose=0, validation_data=data)
        answers.append((list(history.history), list(model.evaluate(*data, verbose=0, return_dict=True))))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("share", [0.1, 1 / 3])
def test_the_same_examples_are_held_back(share: float, keras: ModuleType, data: Data) -> None:
    x, y = data[0][:47], data[1][:47]
    steps, losses = set(), []
    for model in pair(keras):
        model.compile("sgd", "categorical_crossentropy")
        history = model.fit(x, y, batch_size=1, validation_split=share, shuffle=False, verbose=0)
        steps.add(history.params["steps"])
        losses.append(history.history["val_loss"])
    assert len(steps) == 1
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-4)


def test_keras_reads_our_description_and_we_read_its(keras: ModuleType) -> None:
    theirs, ours = pair(keras)
    assert keras.models.model_from_json(ours.to_json()).count_params() == ours.count_params()
    read = models.model_from_json(theirs.to_json())
    assert [weight.shape for weight in read.get_weights()] == [weight.shape for weight in theirs.get_weights()]
    assert keras.Sequential.from_config(ours.get_config()).output_shape == ours.output_shape
    assert json.loads(read.to_json()) == json.loads(models.model_from_json(read.to_json()).to_json())


def test_models_have_keras_shapes_layers_and_automatic_names(keras: ModuleType) -> None:
    keras.backend.clear_session()
    for name in ("input_shape", "output_shape"):
        theirs, ours = pair(keras)
        assert getattr(ours, name) == getattr(theirs, name)
    assert ours.name == theirs.name
    assert [type(layer).__name__ for layer in ours.layers] == [type(layer).__name__ for layer in theirs.layers]
    assert type(ours.pop()).__name__ == type(theirs.pop(rebuild=True)).__name__ == "Dense"
    assert ours.output_shape == theirs.output_shape


def test_the_backend_answers_as_keras_does(keras: ModuleType) -> None:
    ours, theirs = cnnlab.keras.backend, keras.backend
    assert ours.image_data_format() == theirs.image_data_format()
    assert (ours.floatx(), ours.epsilon()) == (theirs.floatx(), theirs.epsilon())

"""Networks with one output and losses that look at each output by itself, by Keras' calls and beside real Keras."""

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import cnnlab
from cnnlab.errors import DataError
from cnnlab.keras import Sequential, layers, losses, models

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
X = np.random.default_rng(0).normal(size=(60, 5)).astype(np.float32)
Y = (X[:, 0] + 0.5 * X[:, 1] > 0.3).astype(np.float32)
ONE_HOT = np.eye(2, dtype=np.float32)[Y.astype(int)]

# The last layer's units and activation, the loss by Keras' calls, and labels.
TRAININGS: dict[str, tuple[int, str | None, Any, np.ndarray]] = {
    "a sigmoid": (1, "sigmoid", "binary_crossentropy", Y[:, None]),
    "a logit": (1, None, lambda face: face.BinaryCrossentropy(from_logits=True, label_smoothing=0.1), Y[:, None]),
    "squares": (1, "sigmoid", "mse", Y[:, None]),
    "sigmoids": (2, "sigmoid", lambda face: face.BinaryCrossentropy(), ONE_HOT),
    "squares of a softmax": (2, "softmax", lambda face: face.MeanSquaredError(), ONE_HOT),
}
NAMES = pytest.mark.parametrize("name", TRAININGS)


def model_of(face: Any, name: str) -> Any:  # noqa: ANN401 - Keras or ours
    units, activation, loss, _ = TRAININGS[name]
    made = face.Sequential(
        [
            face.layers.Input((5,)),
            face.layers.Dense(4, activation="tanh"),
            face.layers.Dense(units, activation=activation),
        ]
    )
    made.compile("adam", loss if isinstance(loss, str) else loss(face.losses), metrics=["accuracy"])
    return made


@NAMES
def test_a_model_trains_answers_and_goes_on_from_its_file(name: str, tmp_path: Path) -> None:
    labels, ours = TRAININGS[name][3], model_of(cnnlab.keras, name)
    history = ours.fit(X, labels, epochs=6, batch_size=10, verbose=0, validation_data=(X, labels)).history
    assert history["loss"][-1] < history["loss"][0]
    said = ours.predict(X)
    assert said.shape == labels.shape
    middle = 0.0 if name == "a logit" else 0.5
    right = (said > middle) == (labels > 0.5) if labels.shape[1] == 1 else said.argmax(1)[:, None] == Y[:, None]
    assert history["val_accuracy"][-1] == pytest.approx(right.mean())
    ours.save(tmp_path / "model.keras")
    back = models.load_model(tmp_path / "model.keras")
    assert back.loss == ours.loss
    assert np.array_equal(back.predict(X), said)
    again = [each.fit(X, labels, epochs=7, initial_epoch=6, verbose=0).history["loss"] for each in (ours, back)]
    assert again[0] == again[1]


def test_labels_without_a_column_are_the_same_labels() -> None:
    found = []
    for labels in (Y, Y[:, None], Y.astype(bool)):
        ours = model_of(cnnlab.keras, "a sigmoid")
        ours.set_weights([np.full_like(weight, 0.1) for weight in ours.get_weights()])
        found.append([ours.train_on_batch(X, labels), *ours.test_on_batch(X, labels)])
    assert found[0] == found[1] == found[2]


def test_numbers_to_fit_are_refused() -> None:
    ours = Sequential([layers.Input((5,)), layers.Dense(1)])
    ours.compile("adam", losses.MeanSquaredError())
    with pytest.raises(DataError, match=r"labels 0 or 1 for a network with one output, got .*fits no real numbers"):
        ours.fit(X, X[:, 0], verbose=0)


@pytest.fixture(scope="module")
def keras() -> ModuleType:
    import keras

    return keras


@pytest.mark.keras
@pytest.mark.parametrize("name", ["a sigmoid", "a logit"])
def test_fit_and_evaluate_give_keras_numbers(name: str, keras: ModuleType) -> None:
    labels, pair = TRAININGS[name][3], [model_of(face, name) for face in (cnnlab.keras, keras)]
    pair[1].set_weights(pair[0].get_weights())
    if name == "a logit":
        # Keras' own "accuracy" takes logits above 0.5 for class 1; asked for by name it is told beside ours.
        for each, face in zip(pair, (cnnlab.keras, keras), strict=True):
            half = face.metrics.BinaryAccuracy(threshold=0.5)
            middle = "accuracy" if each is pair[0] else face.metrics.BinaryAccuracy(name="accuracy", threshold=0.0)
            each.compile("adam", TRAININGS[name][2](face.losses), metrics=[middle, half])
    ours, theirs = (
        (each.fit(X, labels, batch_size=25, epochs=2, shuffle=False, verbose=0).history, each.evaluate(X, labels, 60))
        for each in pair
    )
    if name == "a logit":
        assert ours[0]["accuracy"] != ours[0]["binary_accuracy"]
    for key, numbers in theirs[0].items():
        np.testing.assert_allclose(ours[0][key], numbers, rtol=2e-5, err_msg=key)
    np.testing.assert_allclose(ours[1], theirs[1], rtol=2e-5)


@pytest.mark.keras
@NAMES
def test_a_model_goes_to_keras_and_comes_back_with_its_loss(name: str, keras: ModuleType) -> None:
    ours = model_of(cnnlab.keras, name)
    theirs = ours.to_keras()
    assert type(theirs.loss).__name__ == type(ours.loss).__name__
    assert cnnlab.from_keras(theirs).loss == ours.loss
    assert cnnlab.from_keras(model_of(keras, name)).loss == ours.loss

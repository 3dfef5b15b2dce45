"""Metrics of the face beside real Keras: the same calls, the same names, order and numbers; models there and back."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import cnnlab.keras
from cnnlab.keras import backend, models
from cnnlab.records.metrics import METRICS

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


def told(face: ModuleType) -> list[object]:
    kinds = face.metrics
    return [
        "accuracy",
        kinds.Precision(thresholds=0.3),
        kinds.Precision(thresholds=[0.5], class_id=1),
        kinds.Recall(0.3, name="found"),
        "top_k_categorical_accuracy",
        kinds.TopKCategoricalAccuracy(k=2, name="in_two"),
        kinds.BinaryAccuracy(threshold=0.25),
        kinds.CategoricalAccuracy(),
    ]


def told_of_numbers(face: ModuleType) -> list[object]:
    return ["acc", "Accuracy", face.metrics.SparseTopKCategoricalAccuracy(k=2), "sparse_categorical_accuracy"]


def pair(keras: ModuleType, loss: str, told: Callable[[ModuleType], list[object]]) -> list[Any]:
    """Make the same network twice by the same calls, with the same weights; no dropout, since masks differ."""
    keras.backend.clear_session()
    backend.clear_session()
    made: list[Any] = []
    for face in (keras, cnnlab.keras):
        model = face.Sequential([face.layers.Input((12, 12, 1)), face.layers.Flatten()])
        model.add(face.layers.Dense(4, activation="softmax"))
        model.compile(face.optimizers.Adam(0.02), loss, metrics=told(face))
        made.append(model)
    made[0].set_weights(made[1].get_weights())
    return made


@pytest.mark.filterwarnings("ignore:.*is an old spelling")
@pytest.mark.parametrize("sparse", [False, True], ids=["rows", "numbers"])
def test_fit_and_evaluate_tell_what_keras_tells_under_its_names_in_its_order(
    sparse: bool, keras: ModuleType, data: Data
) -> None:
    x, y = data[0][:96], data[1][:96]
    y = y.argmax(axis=1) if sparse else y
    loss = "sparse_categorical_crossentropy" if sparse else "categorical_crossentropy"
    said = []
    for model in pair(keras, loss, told_of_numbers if sparse else told):
        history = model.fit(x, y, batch_size=32, epochs=2, shuffle=False, verbose=0, validation_split=1 / 3).history
        named = model.evaluate(x, y, verbose=0, return_dict=True)
        said.append((history, named, model.evaluate(x, y, verbose=0)))
    theirs, ours = said
    for mine, its in zip(ours[:2], theirs[:2], strict=True):
        assert list(mine) == list(its)
        for name, numbers in its.items():
            np.testing.assert_allclose(mine[name], numbers, rtol=1e-4, atol=1e-6, err_msg=name)
    np.testing.assert_allclose(ours[2], theirs[2], rtol=1e-4, atol=1e-6)
    assert len(set(ours[2])) > 2


@pytest.mark.filterwarnings("ignore")  # Keras' own affair
def test_compiled_metrics_go_to_keras_and_come_back(keras: ModuleType, data: Data, tmp_path: Path) -> None:
    x, y = data[0][:64], data[1][:64]
    theirs, ours = pair(keras, "categorical_crossentropy", told)
    expected = ours.evaluate(x, y, verbose=0)
    there = ours.to_keras()
    np.testing.assert_allclose(there.evaluate(x, y, verbose=0), expected, rtol=1e-4)
    back = models.from_keras(there)
    assert back._compiled.metrics == ours._compiled.metrics
    assert back._compiled.counted == ours._compiled.counted
    theirs.save(tmp_path / "theirs.keras")
    read = models.load_model(tmp_path / "theirs.keras")
    assert read.metrics_names == ours.metrics_names
    np.testing.assert_allclose(read.evaluate(x, y, verbose=0), expected, rtol=1e-6)


def test_keras_takes_more_of_each_metric_for_better_as_auto_does(keras: ModuleType) -> None:
    for kind, record in METRICS.items():
        assert getattr(keras.metrics, kind)()._direction == "up"
        assert cnnlab.keras.callbacks.EarlyStopping(monitor=f"val_{record().name}_1")._maximizes

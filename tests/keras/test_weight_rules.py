"""Regularizers and constraints in Keras' spelling, from a layer's argument to a file."""

from pathlib import Path

import numpy as np
import pytest

import cnnlab
from cnnlab.keras import constraints, layers, regularizers
from cnnlab.keras.models import Sequential, load_model


def model_with_rules() -> Sequential:
    model = Sequential(
        [
            layers.Conv2D(3, 3, kernel_regularizer=regularizers.l2(0.01), input_shape=(6, 6, 1)),
            layers.Flatten(),
            layers.Dense(
                3,
                activation="softmax",
                kernel_regularizer="l1",
                kernel_constraint=constraints.max_norm(0.4, axis=0),
                bias_constraint=constraints.NonNeg(),
            ),
        ],
        seed=2,
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def data() -> tuple[np.ndarray, np.ndarray]:
    numbers = np.random.default_rng(1)
    return numbers.random((48, 6, 6, 1), np.float32), np.arange(48) % 3


def penalty_of(model: Sequential) -> float:
    kernel, _bias, dense, _other = model.get_weights()
    return float(0.01 * (kernel**2).sum() + 0.01 * np.abs(dense).sum())


def crossentropy(model: Sequential, images: np.ndarray, labels: np.ndarray) -> float:
    return float(-np.log(model.predict(images)[np.arange(len(labels)), labels]).mean())


def test_what_fit_and_evaluate_tell_of_the_loss_contains_the_penalty() -> None:
    model, (images, labels) = model_with_rules(), data()
    history = model.fit(images, labels, 16, 2, verbose=0, validation_data=(images, labels)).history
    expected = crossentropy(model, images, labels) + penalty_of(model)
    assert history["val_loss"][-1] == pytest.approx(expected, rel=1e-5)
    assert model.evaluate(images, labels, verbose=0)[0] == pytest.approx(expected, rel=1e-5)
    assert penalty_of(model) > 0.05


def test_trained_weights_are_where_the_constraints_want_them() -> None:
    model, (images, labels) = model_with_rules(), data()
    before = model.get_weights()
    assert np.linalg.norm(before[2], axis=0).max() > 0.4
    model.fit(images, labels, 16, 1, verbose=0)
    dense, bias = model.get_weights()[2:]
    assert (np.linalg.norm(dense, axis=0) <= 0.4 + 1e-6).all()
    assert (bias >= 0).all()


def test_a_file_keeps_the_rules_and_goes_on_with_them(tmp_path: Path) -> None:
    model, (images, labels) = model_with_rules(), data()
    model.fit(images, labels, 16, 1, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras")
    assert loaded.get_config() == model.get_config()
    again = [one.fit(images, labels, 16, 2, verbose=0, initial_epoch=1).history["loss"] for one in (model, loaded)]
    assert again[0] == pytest.approx(again[1], rel=1e-2)  # Keras' files keep no place in the order of the images
    assert loaded.evaluate(images, labels, verbose=0)[0] == pytest.approx(
        crossentropy(loaded, images, labels) + penalty_of(loaded), rel=1e-5
    )


def test_an_exported_file_predicts_as_the_network_does(tmp_path: Path) -> None:
    model, (images, _labels) = model_with_rules(), data()
    model.export(tmp_path / "model.onnx", format="onnx")
    session = pytest.importorskip("onnxruntime").InferenceSession(tmp_path / "model.onnx")
    (outputs,) = session.run(None, {session.get_inputs()[0].name: images})
    np.testing.assert_allclose(outputs, model.predict(images), atol=1e-6)


def test_the_names_at_the_top_are_those_of_the_face() -> None:
    assert cnnlab.regularizers is regularizers
    assert cnnlab.constraints is constraints
    assert regularizers.l1_l2(l1=0.1, l2=0.2) == regularizers.L1L2(0.1, 0.2)
    assert (regularizers.get(None), constraints.get("unit_norm")) == (None, constraints.UnitNorm())

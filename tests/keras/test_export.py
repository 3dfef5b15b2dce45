"""`export` and `class_names`, in Keras' spelling: what goes into a file and comes back."""

import warnings
from pathlib import Path

import numpy as np
import pytest

from cnnlab.errors import NotSupportedError, UsageError
from cnnlab.keras import Model, Sequential, layers
from cnnlab.keras.models import load_model


def small() -> Sequential:
    return Sequential([layers.Conv2D(2, 3, input_shape=(6, 6, 1)), layers.Flatten(), layers.Dense(3)], seed=1)


def test_an_exported_model_predicts_the_same_in_onnx_runtime(tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    model = small()
    images = np.random.default_rng(0).random((5, 6, 6, 1)).astype(np.float32)
    model.export(tmp_path / "net.onnx", format="onnx")
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx", providers=["CPUExecutionProvider"])
    np.testing.assert_allclose(session.run(None, {"input": images})[0], model.predict(images), atol=1e-6)


def test_a_model_with_branches_is_exported_alike(tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    first = layers.Input((6, 6, 2))
    both = layers.Add()([first, layers.Conv2D(2, 3, padding="same", activation="relu")(first)])
    model = Model(first, layers.Dense(3, activation="softmax")(layers.Flatten()(both)))
    images = np.random.default_rng(0).random((5, 6, 6, 2)).astype(np.float32)
    model.export(tmp_path / "net.onnx", format="onnx")
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx", providers=["CPUExecutionProvider"])
    np.testing.assert_allclose(session.run(None, {"input": images})[0], model.predict(images), atol=1e-6)


def test_what_keras_exports_besides_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(NotSupportedError, match=r"export: expected format='onnx', .* got 'tf_saved_model'"):
        small().export(tmp_path / "net")
    with pytest.raises(NotSupportedError, match="opset_version=17, the only value cnnlab has, got opset_version=13"):
        small().export(tmp_path / "net.onnx", format="onnx", opset_version=13)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.keras
def test_class_names_come_back_and_keras_passes_over_them(tmp_path: Path) -> None:
    keras = pytest.importorskip("keras")
    model = small()
    assert model.class_names == ()
    model.class_names = ["cat", "caf\u00e9", "dog"]
    model.save(tmp_path / "net.keras")
    assert load_model(tmp_path / "net.keras").class_names == ("cat", "caf\u00e9", "dog")
    images = np.random.default_rng(0).random((2, 6, 6, 1)).astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = keras.saving.load_model(tmp_path / "net.keras").predict(images, verbose=0)
    np.testing.assert_allclose(model.predict(images), theirs, atol=1e-5)


@pytest.mark.parametrize("names", ["abc", [1, 2], [""], ["a\x1b[2J"]])
def test_what_is_no_list_of_names_is_refused(names: object) -> None:
    with pytest.raises(UsageError, match="class_names: expected a list of texts"):
        small().class_names = names  # type: ignore[assignment]

"""Models of Keras itself and ours: what goes over, what comes back, what is refused and what it says without Keras."""

import importlib.util
import json
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import cnnlab
from cnnlab.backends.keras import real
from cnnlab.errors import NetworkError, NotSupportedError, UsageError
from cnnlab.keras import Sequential, layers, models, optimizers

pytestmark = pytest.mark.keras


@pytest.fixture(autouse=True)
def _keras_may_warn() -> Iterator[None]:
    """Let Keras warn of what is its own affair."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture
def keras() -> ModuleType:
    return real.real_keras()


def in_words(theirs: Any) -> dict[str, Any]:  # noqa: ANN401 - Keras' model
    """Return all that Keras says of a model's layers and training, with a new name for both."""
    config: dict[str, Any] = json.loads(theirs.to_json())
    config["config"]["name"] = "any"
    return config


def trained(optimizer: object, data: tuple[np.ndarray, np.ndarray]) -> Sequential:
    model = Sequential(
        [
            layers.AveragePooling2D(4, input_shape=(12, 12, 1)),
            layers.Flatten(),
            layers.BatchNormalization(momentum=0.9, scale=False),
            layers.Dropout(0.2, seed=4),
            layers.Dense(4, activation="softmax"),
        ],
        name="small",
        seed=5,
    )
    model.compile(optimizer, "categorical_crossentropy", metrics=["accuracy"])
    model.fit(data[0][:64], data[1][:64], batch_size=16, verbose=0)
    return model


# `make prove-formats` has the others.
OPTIMIZERS = {
    "adam": optimizers.Adam(0.003, amsgrad=True, use_ema=True),
    "sgd without memory, with a schedule": optimizers.SGD(optimizers.schedules.CosineDecay(0.1, 50)),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_model_goes_to_keras_and_comes_back_with_every_bit_and_goes_on(
    name: str, data: tuple[np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    ours = trained(OPTIMIZERS[name], data)
    theirs = ours.to_keras()
    ours.save(tmp_path / "ours.keras")
    filed = real.real_keras().saving.load_model(tmp_path / "ours.keras")
    assert in_words(theirs) == in_words(filed)
    assert all(map(np.array_equal, theirs.get_weights(), filed.get_weights()))
    assert len(theirs.optimizer.variables) == len(filed.optimizer.variables) > 0
    assert all(map(np.array_equal, theirs.optimizer.variables, filed.optimizer.variables))
    assert int(theirs.optimizer.variables[0]) == 4

    back = cnnlab.from_keras(theirs, seed=5)
    assert (back.get_config(), back.optimizer, back.loss, back.metrics_names) == (
        ours.get_config(),
        ours.optimizer,
        ours.loss,
        ours.metrics_names,
    )
    assert all(map(np.array_equal, back.get_weights(), ours.get_weights()))
    state, before = back._built().model.get_state(), ours._built().model.get_state()
    assert state.keys() == before.keys()
    assert all(np.array_equal(state[each], before[each]) for each in state)
    back._built().epochs_trained = 1  # Keras keeps no place in the sequence of masks
    losses = [each.fit(*data, batch_size=32, epochs=2, initial_epoch=1, verbose=0) for each in (back, ours)]
    assert losses[0].history["loss"] == losses[1].history["loss"]


def test_both_predict_alike_and_neither_shares_its_weights_with_the_other(
    data: tuple[np.ndarray, np.ndarray],
) -> None:
    ours = Sequential([layers.Flatten(input_shape=(12, 12, 1)), layers.Dense(4, activation="softmax")])
    theirs = ours.to_keras()
    np.testing.assert_allclose(theirs(data[0][:50], training=False), ours.predict(data[0][:50]), atol=1e-6)
    back, before = cnnlab.from_keras(theirs), ours.get_weights()
    theirs.set_weights([weight + 1 for weight in theirs.get_weights()])
    assert all(map(np.array_equal, back.get_weights(), before))


def test_a_model_that_keras_made_is_read_with_its_own_words(keras: ModuleType) -> None:
    theirs = keras.Sequential(
        [keras.Input((6, 6, 2)), keras.layers.Conv2D(2, 3), keras.layers.Flatten(), keras.layers.Dense(3)]
    )
    ours = cnnlab.from_keras(theirs)
    assert ours.loss is None
    assert all(map(np.array_equal, ours.get_weights(), theirs.get_weights()))
    loss = keras.losses.CategoricalCrossentropy(True)
    theirs.compile(keras.optimizers.SGD(0.01, momentum=0.9), loss, metrics=["acc"])
    compiled = cnnlab.from_keras(theirs)
    assert compiled.optimizer == optimizers.SGD(0.01, momentum=0.9)
    assert compiled.loss == cnnlab.losses.CategoricalCrossentropy(from_logits=True)
    assert compiled.metrics_names == ["loss", "acc"]
    assert cnnlab.from_keras(theirs, compile=False).optimizer is None


def refused(keras: ModuleType, what: str) -> Any:  # noqa: ANN401 - Keras' model
    class Mine(keras.layers.Layer):  # type: ignore[misc, name-defined]
        def __init__(self, weights: object) -> None:
            super().__init__()

        def call(self, inputs: object) -> object:
            return inputs

    class Trained(keras.Sequential):  # type: ignore[misc, name-defined]
        pass

    dense, start = keras.layers.Dense, keras.Input((4,))
    if what == "float64":
        return keras.Sequential([start, dense(2, dtype="float64")])
    made = {
        "AlphaDropout": lambda: keras.Sequential([start, keras.layers.AlphaDropout(0.1)]),
        "activity_regularizer": lambda: keras.Sequential([start, dense(2, activity_regularizer="l2")]),
        "OrthogonalRegularizer": lambda: keras.Sequential(
            [start, dense(2, kernel_regularizer="orthogonal_regularizer")]
        ),
        "one not built yet": lambda: keras.Sequential([dense(2)]),
        "cannot write down": lambda: keras.Sequential([start, Mine(object())]),
        "Trained": lambda: Trained([start, dense(2)]),
        "builtins.str": lambda: "model.keras",
        "Lion": lambda: keras.Sequential([start, dense(2)]),
    }[what]()
    if what == "Lion":
        made.compile("lion", "categorical_crossentropy")
    return made


@pytest.mark.parametrize(
    "what",
    [
        "AlphaDropout",
        "activity_regularizer",
        "OrthogonalRegularizer",
        "one not built yet",
        "cannot write down",
        "Trained",
        "builtins.str",
        "Lion",
        "float64",
    ],
)
def test_what_cnnlab_has_not_is_refused_by_name(keras: ModuleType, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        cnnlab.from_keras(refused(keras, what))


def test_a_layer_that_cannot_be_described_is_said_to_run_nowhere_in_cnnlab(keras: ModuleType) -> None:
    with pytest.raises(NetworkError, match=r"No backend of cnnlab runs .* stay in Keras with it"):
        cnnlab.from_keras(refused(keras, "AlphaDropout"))


def test_a_schedule_that_keras_has_not_is_refused(data: tuple[np.ndarray, np.ndarray]) -> None:
    model = trained(optimizers.SGD(optimizers.schedules.OneCycle(0.1, 50)), data)
    with pytest.raises(NotSupportedError, match="a schedule that Keras has, got OneCycle"):
        model.to_keras()


def test_without_keras_one_message_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    real.real_keras.cache_clear()
    monkeypatch.setattr(real, "find_spec", lambda name: None)
    model = Sequential([layers.Input((2,)), layers.Dense(3)])
    for call in (model.to_keras, lambda: models.from_keras(model)):
        with pytest.raises(NotSupportedError, match=r"Keras, an extra, got none installed\. Install it: pip install"):
            call()


@pytest.mark.parametrize(
    ("installed", "chosen"), [(("jax", "torch"), "jax"), (("tensorflow",), "tensorflow"), ((), "jax")]
)
def test_keras_is_told_of_a_backend_that_is_there_unless_the_user_chose(
    installed: tuple[str, ...], chosen: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(real, "find_spec", lambda name: name if name in installed else None)
    for before, after in (("torch", "torch"), ("", chosen)):
        monkeypatch.setenv("KERAS_BACKEND", before)
        real._choose_engine()
        assert real.os.environ["KERAS_BACKEND"] == after
    # What Keras itself writes when it is imported for the first time names TensorFlow, be it there or not.
    for written in ("", "{}", "[]", '{"backend": 3}', '{"backend": "tensorflow"}', '{"backend": "jax"}'):
        (tmp_path / "keras.json").write_text(written)
        monkeypatch.setenv("KERAS_BACKEND", "")
        real._choose_engine()
        assert real.os.environ["KERAS_BACKEND"] == ("" if any(f'"{name}"' in written for name in installed) else chosen)


def test_neither_name_imports_keras_before_it_is_called() -> None:
    assert importlib.util.find_spec("keras") is not None
    code = "import sys, cnnlab; cnnlab.from_keras, cnnlab.Sequential.to_keras; print('keras' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_model_with_branches_goes_over_and_back(keras: ModuleType) -> None:
    start = keras.Input((5,))
    one, other = keras.layers.Dense(3, activation="tanh")(start), keras.layers.Dense(3)(start)
    theirs = keras.Model(start, keras.layers.Dense(2)(keras.layers.Add()([one, other])))
    ours = cnnlab.from_keras(theirs)
    images = np.random.default_rng(1).normal(size=(4, 5)).astype(np.float32)
    for model in (theirs, ours.to_keras()):
        np.testing.assert_allclose(model(images, training=False), ours.predict(images), atol=1e-6)

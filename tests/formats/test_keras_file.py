"""``.keras`` files against real Keras: what either writes the other reads, predicts with and goes on training from."""

import json
import sys
import time
import tracemalloc
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "backends"))

from keras_oracle import real_keras
from random_networks import Case, case_numbers, case_of_seed

from cnnlab.errors import CnnlabError, NotSupportedError, UsageError
from cnnlab.keras import Sequential, layers, optimizers
from cnnlab.keras.models import load_model

SAMPLE = case_numbers(9)


def trained(case: Case, epochs: int = 1) -> Sequential:
    """Return our model of a case, trained so that the optimizer has something to remember."""
    model = Sequential.from_network(case.network, seed=case.seed)
    model.set_weights(case.weights)
    model.compile(case.optimizer, case.loss, metrics=["accuracy"])
    on(model, case, epochs)
    return model


def on(model: Sequential, case: Case, epochs: int = 1) -> float:
    """Train on; return the last loss."""
    images, labels = case.examples.batch(slice(None)), case.examples.labels
    done = model._engine.epochs_trained if model._engine else 0
    history = model.fit(images, labels, case.batch_size, done + epochs, verbose=0, initial_epoch=done)
    return float(history.history["loss"][-1])


def outputs(model: Sequential, case: Case) -> np.ndarray:
    return np.asarray(model.predict(case.examples.batch(slice(None))))


def in_keras(path: Path) -> Any:  # noqa: ANN401 - Keras' model
    """Load a file with Keras."""
    return real_keras().saving.load_model(path)


@pytest.fixture(autouse=True)
def _keras_may_warn() -> Iterator[None]:
    """Let Keras warn of what is its own affair."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def assert_same_memory(model: Sequential, theirs: Any) -> None:  # noqa: ANN401 - Keras' model
    """Hold each array of the optimizer against the one that Keras calls by the same name."""
    state = model._built().model.get_state()
    kept = [variable for variable in theirs.optimizer.variables if variable.shape][-len(state) :]
    slots = {name: value for name, value in state.items() if name not in {"step", "learning_rate"}}
    named = [(name.replace("/", "_"), value) for name, value in slots.items()]
    for variable in kept:
        fitting = [value for name, value in named if name.endswith(variable.name.rsplit("/", 1)[-1])]
        assert any(value.shape == variable.shape and np.array_equal(value, variable) for value in fitting), (
            variable.name,
            [name for name, _ in named],
        )
    assert len(kept) == len(slots)


@pytest.mark.parametrize("seed", SAMPLE)
def test_what_we_save_keras_loads_predicts_alike_and_saves_and_we_go_on_with_the_same_bits(
    seed: int, tmp_path: Path
) -> None:
    case = case_of_seed(seed)
    model = trained(case)
    model.save(tmp_path / "ours.keras")
    theirs = in_keras(tmp_path / "ours.keras")
    for ours, their in zip(model.get_weights(), theirs.get_weights(), strict=True):
        assert np.array_equal(ours, their)
    predicted = np.asarray(theirs.predict(case.examples.batch(slice(None)), verbose=0))
    np.testing.assert_allclose(predicted, outputs(model, case), atol=1e-6, rtol=1e-5)
    assert_same_memory(model, theirs)
    theirs.save(tmp_path / "theirs.keras")
    back = load_model(tmp_path / "theirs.keras")
    assert back.loss == model.loss
    state, before = back._built().model.get_state(), model._built().model.get_state()
    assert state.keys() | {"learning_rate"} == before.keys() | {"learning_rate"}  # Keras has none beside a schedule
    for name, value in before.items():
        if name not in state:
            continue
        assert np.array_equal(np.float32(value), np.float32(state[name])), name


def test_the_momenta_of_nadam_that_keras_keeps_are_those_that_it_would_have_itself(tmp_path: Path) -> None:
    x, y = np.random.default_rng(2).normal(size=(6, 4)).astype(np.float32), np.arange(6) % 3
    model = Sequential([layers.Input((4,)), layers.Dense(3, activation="softmax")], seed=1)
    model.compile(optimizers.Nadam(0.01, gradient_accumulation_steps=2), "sparse_categorical_crossentropy")
    model.fit(x, y, batch_size=1, epochs=1, shuffle=False, verbose=0)
    model.save(tmp_path / "ours.keras")
    theirs, begun = in_keras(tmp_path / "ours.keras"), in_keras(tmp_path / "ours.keras")
    begun.compile(type(theirs.optimizer).from_config(theirs.optimizer.get_config()), theirs.loss)
    begun.fit(x, y, batch_size=1, epochs=1, shuffle=False, verbose=0)
    ours, own = (float(one.optimizer.variables[-1].value) for one in (theirs, begun))
    assert 0.0 < own < 0.5
    assert ours == pytest.approx(own, rel=1e-6)
    assert load_model(tmp_path / "ours.keras")._built().model.get_state()["step"] == 6


@pytest.mark.parametrize("seed", SAMPLE)
def test_a_model_that_is_loaded_goes_on_as_one_that_never_stopped(seed: int, tmp_path: Path) -> None:
    case = case_of_seed(seed)
    model = trained(case)
    model.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras")
    assert outputs(loaded, case).tobytes() == outputs(model, case).tobytes()
    assert on(loaded, case) == on(model, case)
    assert [one.tobytes() for one in loaded.get_weights()] == [one.tobytes() for one in model.get_weights()]


def small() -> Sequential:
    net = [layers.Input((6, 6, 1)), layers.Conv2D(2, 3), layers.Dropout(0.2), layers.Flatten(), layers.Dense(3)]
    return Sequential(net, name="small", seed=1)


def test_the_same_model_is_the_same_bytes_and_an_old_file_stays_where_it_may_not_be_replaced(tmp_path: Path) -> None:
    model = small()
    for name in ("one", "two"):
        model.save(tmp_path / f"{name}.keras")
    assert (tmp_path / "one.keras").read_bytes() == (tmp_path / "two.keras").read_bytes()
    with pytest.raises(UsageError, match="a name that is free"):
        model.save(tmp_path / "one.keras", overwrite=False)


def test_layers_without_weights_of_all_kinds_go_to_keras_and_back(tmp_path: Path) -> None:
    net = [
        layers.Input((48,)),
        layers.Reshape((4, 3, -1)),
        layers.Conv2D(3, 2),
        layers.ReLU(0.5, 0.1, 0.2),
        layers.ZeroPadding2D(((1, 0), (2, 3))),
        layers.SpatialDropout2D(0.2, seed=5),
        layers.GaussianNoise(0.25, seed=6),
        layers.LeakyReLU(0.125),
        layers.Softmax(),
        layers.Flatten(),
        layers.Dense(3),
        layers.Softmax(),
    ]
    model = Sequential(net, name="bare", seed=1)
    model.save(tmp_path / "ours.keras")
    theirs = in_keras(tmp_path / "ours.keras")
    images = np.random.default_rng(2).normal(size=(20, 48)).astype(np.float32)
    np.testing.assert_allclose(theirs.predict(images, verbose=0), model.predict(images, verbose=0), atol=1e-6)
    theirs.save(tmp_path / "theirs.keras")
    back = load_model(tmp_path / "theirs.keras")
    assert back.get_config() == model.get_config()
    assert back.predict(images, verbose=0).tobytes() == model.predict(images, verbose=0).tobytes()


def test_weights_alone_go_to_keras_and_back(tmp_path: Path) -> None:
    model, other = small(), small()
    model.save_weights(tmp_path / "ours.weights.h5")
    model.save(tmp_path / "model.keras")
    theirs = in_keras(tmp_path / "model.keras")
    theirs.set_weights([weight + 1 for weight in theirs.get_weights()])
    theirs.load_weights(tmp_path / "ours.weights.h5")
    theirs.save_weights(tmp_path / "theirs.weights.h5")
    other.set_weights([weight + 2 for weight in other.get_weights()])
    other.load_weights(tmp_path / "theirs.weights.h5")
    assert all(map(np.array_equal, other.get_weights(), model.get_weights()))


def test_weights_of_another_network_are_refused_by_name_and_change_nothing(tmp_path: Path) -> None:
    small().save_weights(tmp_path / "w.weights.h5")
    wider = Sequential([layers.Input((6, 6, 1)), layers.Conv2D(3, 3), layers.Flatten(), layers.Dense(3)])
    before = wider.get_weights()
    with pytest.raises(UsageError, match=r"floats of shape \(3, 3, 1, 3\), got float32 of shape \(3, 3, 1, 2\)"):
        wider.load_weights(tmp_path / "w.weights.h5")
    shorter = Sequential([layers.Input((6, 6, 1)), layers.Conv2D(2, 3)])
    with pytest.raises(UsageError, match="only weights of this network, got layers/dense/vars/0"):
        shorter.load_weights(tmp_path / "w.weights.h5")
    assert all(map(np.array_equal, wider.get_weights(), before))


# What is no such file.


def rewritten(path: Path, change: Any) -> Path:  # noqa: ANN401 - a function of the configuration
    """Write a file anew with another configuration."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"])
    members["config.json"] = json.dumps(change(config) or config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def _layer(config: dict[str, Any], number: int) -> dict[str, Any]:
    found: dict[str, Any] = config["config"]["layers"][number]
    return found


CHANGES = {
    "Lambda": lambda config: _layer(config, 1).update(class_name="Lambda"),
    "mine.Conv2D": lambda config: _layer(config, 1).update(module="mine"),
    "Custom>Conv2D": lambda config: _layer(config, 1).update(registered_name="Custom>Conv2D"),
    "TFSMLayer": lambda config: _layer(config, 1).update(class_name="TFSMLayer"),
    "one layer in input_layers": lambda config: config.update(class_name="Functional"),
    "one of Keras' own as optimizer": lambda config: config.update(
        compile_config={"loss": "categorical_crossentropy", "optimizer": {"module": "mine", "class_name": "Adam"}}
    ),
    "optimizer": lambda config: config.update(compile_config={"loss": "categorical_crossentropy", "optimizer": "lion"}),
    "loss": lambda config: config.update(compile_config={"loss": "mae", "optimizer": "adam"}),
    "at most 268,435,456 weights": lambda config: _layer(config, 1)["config"].update(filters=10**12),
    "layers": lambda config: {"class_name": "Sequential", "config": {"layers": []}},
}


@pytest.mark.parametrize("message", CHANGES)
def test_a_configuration_with_anything_else_than_our_layers_is_refused_by_name(message: str, tmp_path: Path) -> None:
    small().save(tmp_path / "small.keras")
    with pytest.raises(UsageError, match=message):
        load_model(rewritten(tmp_path / "small.keras", CHANGES[message]))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("model.h5", "a whole model in HDF5"),
        ("model.pkl", "a pickle"),
        ("model.weights.h5", "weights alone"),
        ("hf://somebody/model", "a path of this machine"),
        ("gs://bucket/model.keras", "a path of this machine"),
        ("model.pt", "a file of PyTorch's"),
    ],
)
def test_files_of_other_kinds_are_refused_with_the_way_out(name: str, message: str, tmp_path: Path) -> None:
    place = name if "://" in name else tmp_path / name
    if isinstance(place, Path):
        place.write_bytes(b"\x80\x04K\x01.")
    with pytest.raises(NotSupportedError, match=message):
        load_model(place)


def test_a_file_that_is_missing_or_no_archive_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        load_model(tmp_path / "none.keras")
    (tmp_path / "text.keras").write_text("hello")
    with pytest.raises(UsageError, match="no zip archive"):
        load_model(tmp_path / "text.keras")


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_file_is_read_or_refused_and_nothing_else(seed: int, tmp_path: Path) -> None:
    model = small()
    model.compile(optimizers.Adam(), "categorical_crossentropy")
    model.save(tmp_path / "small.keras")
    content, numbers = bytearray((tmp_path / "small.keras").read_bytes()), np.random.default_rng(seed)
    for at in numbers.integers(0, len(content), 1 + seed % 8):
        content[at] = numbers.integers(0, 256)
    (tmp_path / "damaged.keras").write_bytes(content)
    try:
        load_model(tmp_path / "damaged.keras")
    except CnnlabError:
        return


# Files that would take long, or much memory.


def bomb(path: Path, **members: tuple[bytes, int]) -> Path:
    """Write an archive with some members of a sound file replaced: content and way of compression."""
    small().save(path)
    with zipfile.ZipFile(path) as archive:
        sound = {name: (archive.read(name), zipfile.ZIP_STORED) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, (content, way) in {**sound, **members}.items():
            archive.writestr(name, content, compress_type=way)
    return path


ZEROS = bytes(300 << 20)
BOMBS = {
    "at most 4 MiB, got config.json with 300 MiB": {"config.json": (ZEROS, zipfile.ZIP_DEFLATED)},
    "at most 4 MiB, got metadata.json with 5 MiB": {"metadata.json": (b" " * (5 << 20), zipfile.ZIP_STORED)},
    "at most 64 MiB, got model.weights.h5 with 300 MiB": {"model.weights.h5": (ZEROS, zipfile.ZIP_DEFLATED)},
    "compressed in another way": {"model.weights.h5": (b"x", zipfile.ZIP_LZMA)},
    "JSON in config.json": {"config.json": (b"[" * 1_000_000, zipfile.ZIP_DEFLATED)},
    "JSON in metadata.json": {"metadata.json": (b"9" * 1_000_000, zipfile.ZIP_DEFLATED)},
    "a list of members with": {f"m{number}": (b"", zipfile.ZIP_STORED) for number in range(30_000)},
}


@pytest.mark.parametrize("message", BOMBS)
def test_what_would_grow_is_refused_before_it_has(message: str, tmp_path: Path) -> None:
    path = bomb(tmp_path / "bomb.keras", **BOMBS[message])
    tracemalloc.start()
    began = time.process_time()
    with pytest.raises(UsageError, match=message):
        load_model(path)
    seconds, (_, most) = time.process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 200e6
    assert seconds < 5  # a hang is what this is about; a second is what it takes at most on its own


def test_a_chain_of_thousands_of_layers_is_built_in_one_go() -> None:
    layer = {"class_name": "Activation", "module": "keras.layers", "config": {"activation": "relu"}}
    first = {"class_name": "InputLayer", "module": "keras.layers", "config": {"batch_shape": [None, 4]}}
    config = {"class_name": "Sequential", "config": {"name": "long", "layers": [first, *[layer] * 5_000]}}
    began = time.process_time()
    assert len(Sequential.from_config(config).layers) == 5_000
    assert time.process_time() - began < 30


def test_augmentation_goes_to_keras_and_back(tmp_path: Path) -> None:
    front = [
        layers.RandomFlip("horizontal"),
        layers.RandomTranslation(0.1, (-0.2, 0.1), fill_mode="constant", fill_value=0.5),
        layers.RandomRotation(0.1, seed=3),
        layers.RandomZoom((-0.1, 0.2), interpolation="nearest"),
    ]
    ours = Sequential([layers.Input((6, 6, 1)), *front, layers.Flatten(), layers.Dense(3)], name="small", seed=1)
    ours.save(tmp_path / "ours.keras")
    theirs = in_keras(tmp_path / "ours.keras")
    theirs.save(tmp_path / "theirs.keras")
    back = load_model(tmp_path / "theirs.keras")
    assert back.layers[:4] == load_model(tmp_path / "ours.keras").layers[:4]
    assert [type(layer) for layer in back.layers] == [type(layer) for layer in ours.layers]
    images = np.random.default_rng(0).random((3, 6, 6, 1)).astype(np.float32)
    np.testing.assert_allclose(theirs.predict(images, verbose=0), back.predict(images), atol=1e-6)

"""A run whose numbers overflow stops at the step, names the first place, and keeps the weights of before it."""
# ruff: noqa: ANN401 - either backend, either model

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnlab.arch import Layer, Network, chain
from cnnlab.arch.layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    Flatten,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling2D,
)
from cnnlab.backends import Backend, ReferenceBackend
from cnnlab.backends.compiled import CompiledBackend
from cnnlab.errors import NonFiniteLossError
from cnnlab.records import SGD, Adam, Examples, Optimizer, Recipe, SparseCategoricalCrossentropy
from cnnlab.training import fit

COUNT = 50
NUMBERS = np.random.default_rng(2)
IMAGES = NUMBERS.uniform(0, 1, (COUNT, 8, 8, 1)).astype(np.float32)
LABELS = NUMBERS.integers(0, 3, COUNT)
BACKENDS = pytest.mark.parametrize("backend", [CompiledBackend(), ReferenceBackend()], ids=lambda backend: backend.name)


def network(*between: Layer) -> Network:
    layers = [Conv2D(4, 3, input_shape=(8, 8, 1)), *between, Flatten(), Dense(3, activation="softmax")]
    return chain("small", layers)


def loaded(backend: Backend, net: Network, optimizer: Optimizer) -> Any:
    numbers = np.random.default_rng(3)
    weights = [np.abs(numbers.normal(0, 0.4, weight.parameter.shape)) for weight in net.weights]
    loss = SparseCategoricalCrossentropy()
    return backend.load(net, weights, loss=loss, optimizer=optimizer, seed=1, threads=2)


def same(ours: list[np.ndarray], others: list[np.ndarray]) -> bool:
    return all(np.array_equal(one, other) for one, other in zip(ours, others, strict=True))


def train_until_it_stops(model: Any, examples: Examples) -> tuple[int, list[np.ndarray], NonFiniteLossError]:
    """Train batches of 20 one by one; return the steps that went well, the weights after them, and the error."""
    for step in range(60):
        before = model.get_weights()
        rows = np.arange(COUNT)[step % 3 * 20 :][:20]
        try:
            model.train_step(examples, rows, step // 3)
        except NonFiniteLossError as error:
            return step, before, error
    pytest.fail("the loss stayed finite")


@BACKENDS
@pytest.mark.parametrize("rate", [1e30, 1e38])
def test_an_absurd_learning_rate_stops_at_the_step_and_names_the_layer(backend: Backend, rate: float) -> None:
    model = loaded(backend, network(Activation("relu"), MaxPooling2D()), SGD(rate))
    steps, before, error = train_until_it_stops(model, Examples(IMAGES, LABELS))
    assert 1 <= steps < 10
    message = str(error)
    assert f"small, epoch {steps // 3 + 1}, step {steps + 1} of the run: expected a finite loss, " in message
    assert "infinity or NaN, which first appeared in the " in message
    assert "The weights of before this step are kept. Try a smaller learning rate, or clipnorm=1.0." in message
    assert same(model.get_weights(), before)
    assert int(model.get_state()["step"]) == steps


@BACKENDS
def test_the_weights_that_overflowed_are_named(backend: Backend) -> None:
    model = loaded(backend, network(), SGD(0.1))
    weights = model.get_weights()
    weights[2][3, 1] = np.inf
    model.set_weights(weights)
    with pytest.raises(NonFiniteLossError, match="which first appeared in the weights of dense"):
        model.train_step(Examples(IMAGES, LABELS), np.arange(20), 0)
    assert same(model.get_weights(), weights)


@BACKENDS
def test_a_layer_whose_output_overflows_is_named(backend: Backend) -> None:
    model = loaded(backend, network(Conv2D(2, 2, name="second"), Flatten()), SGD(0.1))
    weights = model.get_weights()
    weights[0][:] = 1e20
    weights[2][:] = 1e20
    model.set_weights(weights)
    with pytest.raises(NonFiniteLossError, match="which first appeared in the output of second"):
        model.train_step(Examples(IMAGES, LABELS), np.arange(20), 0)


# What a comparison could lose NaN in: each of these chooses between values.
CHOOSERS: dict[str, list[Layer]] = {
    "nothing": [],
    "relu": [Activation("relu")],
    "relu of the convolution": [Conv2D(3, 2, activation="relu")],
    "elu": [Activation("elu")],
    "leaky_relu": [Activation("leaky_relu")],
    "sigmoid": [Activation("sigmoid")],
    "tanh": [Activation("tanh")],
    "gelu": [Activation("gelu")],
    "silu": [Activation("silu")],
    "softmax": [Activation("softmax")],
    "MaxPooling2D": [MaxPooling2D()],
    "MaxPooling2D with padding": [MaxPooling2D(3, strides=1, padding="same")],
    "GlobalMaxPooling2D": [GlobalMaxPooling2D()],
    "GlobalAveragePooling2D": [GlobalAveragePooling2D()],
    "relu, then MaxPooling2D": [Activation("relu"), MaxPooling2D(), Activation("relu")],
    "BatchNormalization": [BatchNormalization(), Activation("relu")],
}


@BACKENDS
@pytest.mark.parametrize("layers", CHOOSERS.values(), ids=CHOOSERS)
@pytest.mark.parametrize("place", [(0, 0), (3, 4), (7, 7)], ids=str)
def test_one_pixel_that_is_nan_stops_the_run_whatever_it_passes_through(
    backend: Backend, layers: list[Layer], place: tuple[int, int]
) -> None:
    images = IMAGES.copy()
    images[27, *place] = np.nan
    model = loaded(backend, network(*layers), Adam())
    before = model.get_weights()
    with pytest.raises(NonFiniteLossError, match=r"small, epoch 3, step 1 of the run: .* appeared in the images"):
        model.train_step(Examples(images, LABELS), np.arange(20, 40), 2)
    assert same(model.get_weights(), before)
    assert not any(array.any() for name, array in model.get_state().items() if name != "learning_rate")


@BACKENDS
def test_an_infinite_pixel_stops_the_run(backend: Backend) -> None:
    images = IMAGES.copy()
    images[27, 3, 3] = np.inf
    model = loaded(backend, network(BatchNormalization(), MaxPooling2D()), Adam())
    before = model.get_weights()
    with pytest.raises(NonFiniteLossError, match="appeared in the images"):
        model.train_step(Examples(images, LABELS), np.arange(20, 40), 0)
    assert same(model.get_weights(), before)


def train_an_epoch(model: Any, examples: Examples, order: np.ndarray, epoch: int) -> None:
    """Train batches of 5, as many in each call as the backend likes."""
    while len(order):
        order = order[sum(result.count for result in model.train_batches(examples, order, 5, epoch)) :]


@BACKENDS
def test_the_steps_before_in_the_same_call_count_and_stay(backend: Backend) -> None:
    images = IMAGES.copy()
    images[45, 3, 3] = np.nan
    model, twin = (loaded(backend, network(BatchNormalization()), Adam(0.01)) for _ in range(2))
    for epoch in range(4):  # until several steps go into one call
        train_an_epoch(model, Examples(IMAGES, LABELS), np.arange(40), epoch)
        for start in range(0, 40, 5):
            twin.train_step(Examples(IMAGES, LABELS), np.arange(start, start + 5), epoch)
    with pytest.raises(NonFiniteLossError, match="epoch 5, step 42 of the run"):
        train_an_epoch(model, Examples(images, LABELS), np.arange(COUNT), 4)
    for start in range(0, 45, 5):
        twin.train_step(Examples(images, LABELS), np.arange(start, start + 5), 4)
    assert same(model.get_weights(), twin.get_weights())
    assert all(np.array_equal(array, twin.get_state()[name]) for name, array in model.get_state().items())
    assert twin.train_step(Examples(IMAGES, LABELS), np.arange(9), 5) == model.train_step(
        Examples(IMAGES, LABELS), np.arange(9), 5
    )


@BACKENDS
def test_the_loop_hands_the_error_over_with_the_last_whole_epoch(backend: Backend) -> None:
    model = loaded(backend, network(BatchNormalization()), SGD(0.01))
    images = IMAGES.copy()
    seen: list[object] = []

    def spoil(event: object) -> None:
        seen.append(event)
        if type(event).__name__ == "EpochDone":
            images[13] = np.nan

    fitted = fit(model, Recipe(batch_size=10, epochs=4), Examples(images, LABELS), sink=spoil)
    assert (fitted.status, len(fitted.history)) == ("interrupted", 1)
    assert isinstance(fitted.error, NonFiniteLossError)
    assert "epoch 2, step " in str(fitted.error)
    assert all(np.isfinite(weight).all() for weight in fitted.weights)


STUDY = """
name = "wild"
[data]
name = "made-up"
[recipe]
batch_size = 16
epochs = 3
optimizer = {{ name = "sgd", learning_rate = {rate} }}
[[architecture]]
name = "calm"
input_shape = [12, 12, 1]
layers = [
    {{ layer = "Flatten" }},
    {{ layer = "Dense", units = 4, activation = "softmax" }},
]
[[architecture]]
name = "wild"
input_shape = [12, 12, 1]
layers = [
    {{ layer = "Conv2D", filters = 4, kernel_size = 3, activation = "relu" }},
    {{ layer = "Conv2D", filters = 4, kernel_size = 3, activation = "relu" }},
    {{ layer = "Flatten" }},
    {{ layer = "Dense", units = 4 }},
    {{ layer = "Dense", units = 4, activation = "softmax" }},
]
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["compiled", "numpy"])
def test_the_command_line_ends_with_1_and_one_message_and_keeps_what_was_there(name: str, tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(STUDY.format(rate="1e30"))
    done = subprocess.run(
        [sys.executable, "-m", "cnnlab", "run", "study.toml", "--backend", name, "--seeds", "1"],
        cwd=tmp_path,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    shown = " ".join(done.stdout.split())
    assert "expected a finite loss, got infinity or NaN, which first appeared in " in shown
    assert "wild with seed 0" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    (folder,) = (path.parent for path in (tmp_path / "runs").glob("*/results.json"))
    assert (folder / "environment.json").exists()
    results = json.loads((folder / "results.json").read_text())
    assert len(results["runs"]) >= 1

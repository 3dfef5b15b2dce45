"""What the compiled backend is handed from outside: a state to go on from, images, labels and rows."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cnnlab.arch import chain, initial_weights
from cnnlab.arch.layers import Conv2D, Dense, Dropout, Flatten, Input
from cnnlab.backends.compiled import CompiledBackend, CompiledModel
from cnnlab.errors import DataError
from cnnlab.records import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Examples,
    Nadam,
    Optimizer,
    RMSprop,
    SparseCategoricalCrossentropy,
)

NETWORK = chain("small", [Input((6, 6, 1)), Conv2D(3, 3, activation="relu"), Flatten(), Dropout(0.4), Dense(4)])
NUMBERS = np.random.default_rng(1)
DATA = Examples(NUMBERS.integers(0, 256, (40, 6, 6, 1), dtype=np.uint8), NUMBERS.integers(0, 4, 40), divisor=255.0)
ROWS = np.arange(20)


def model(optimizer: Optimizer) -> CompiledModel:
    loss = SparseCategoricalCrossentropy(from_logits=True)
    return CompiledBackend().load(NETWORK, initial_weights(NETWORK, 3), loss=loss, optimizer=optimizer, seed=5)


def steps(trained: CompiledModel, first: int, count: int) -> list[bytes]:
    for step in range(first, first + count):
        trained.train_step(DATA, ROWS + step % 20, step // 7)
    return [weight.tobytes() for weight in trained.get_weights()]


@pytest.mark.parametrize(
    "optimizer",
    [
        Adam(0.01, amsgrad=True),
        SGD(0.1, momentum=0.9),
        RMSprop(centered=True, momentum=0.5),
        Adadelta(1.0),
        Adagrad(0.1),
        Adamax(),
        AdamW(),
        Nadam(),
    ],
    ids=lambda optimizer: type(optimizer).__name__,
)
def test_a_model_set_back_to_an_earlier_state_goes_on_with_the_same_bits(optimizer: Optimizer) -> None:
    trained = model(optimizer)
    steps(trained, 0, 5)
    weights, state = trained.get_weights(), trained.get_state()
    once = steps(trained, 5, 6)
    trained.set_weights(weights)
    trained.set_state(state)
    assert steps(trained, 5, 6) == once


def test_a_model_set_forward_goes_on_with_the_same_bits() -> None:
    whole, taken_up = model(Adam()), model(Adam())
    steps(whole, 0, 9)
    taken_up.set_weights(whole.get_weights())
    taken_up.set_state(whole.get_state())
    assert steps(taken_up, 9, 3) == steps(whole, 9, 3)


def train(rows: np.ndarray, data: Examples = DATA) -> Callable[[CompiledModel], Any]:
    return lambda trained: trained.train_step(data, rows, 0)


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (train(np.array([0, 40])), r"small: expected rows from 0 to 39, got 0 to 40"),
        (train(np.array([-1, 3])), r"small: expected rows from 0 to 39, got -1 to 3"),
        (train(np.array([], int)), r"small: expected rows from 0 to 39, got none"),
        (
            train(ROWS, Examples(DATA.images[:, :5], DATA.labels)),
            r"small: expected images of shape \(n, 6, 6, 1\), got shape \(40, 5, 6, 1\)",
        ),
        (
            train(ROWS, Examples(DATA.images, DATA.labels[:30])),
            r"small, labels: expected shape \(40,\), got shape \(30,\)",
        ),
        (
            train(ROWS, Examples(DATA.images, np.full((40, 5), 0.2))),
            r"small, labels: expected shape \(40, 4\), got shape \(40, 5\)",
        ),
        (
            lambda trained: trained.predict(np.zeros((2, 6, 6)), 2),
            r"small: expected images of shape \(n, 6, 6, 1\), got shape \(2, 6, 6\)",
        ),
        (
            lambda trained: trained.evaluate(Examples(DATA.images[..., :0], DATA.labels), 8),
            r"small: expected images of shape \(n, 6, 6, 1\), got shape \(40, 6, 6, 0\)",
        ),
    ],
)
def test_what_lies_outside_the_arrays_is_refused_and_nothing_changes(
    use: Callable[[CompiledModel], Any], message: str
) -> None:
    trained = model(Adam())
    before = steps(trained, 0, 1)
    with pytest.raises(DataError, match=message):
        use(trained)
    assert [weight.tobytes() for weight in trained.get_weights()] == before
    assert steps(trained, 1, 1) != before

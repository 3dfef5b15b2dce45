"""Weights of images: Keras' numbers, on every backend, and the same bits on any threads and instructions."""

from collections.abc import Callable
from dataclasses import replace

import compiled_parity
import numpy as np
import parity
import pytest
from keras_oracle import KerasOracle
from parity import close, close_all
from random_networks import LATER, Case, case_of_seed
from same_bits import Training, difference, of_the_zoo, train
from test_same_bits import other_targets

from cnnlab.arch import chain, initial_weights
from cnnlab.arch.layers import Conv2D, Dense, Flatten, MaxPooling2D
from cnnlab.backends import Model, ReferenceBackend, get_backend
from cnnlab.backends.compiled import CompiledBackend
from cnnlab.errors import DataError
from cnnlab.records import SGD, CategoricalCrossentropy, Examples, SparseCategoricalCrossentropy

NET = chain(
    "small",
    [Conv2D(3, 3, activation="relu"), MaxPooling2D(2), Flatten(), Dense(4, activation="softmax")],
    input_shape=(8, 8, 1),
)
LOADERS: dict[str, Callable[..., Model]] = {
    "reference": ReferenceBackend(np.float64).load,
    "compiled": CompiledBackend("float64").load,
}


def drawn_weights(count: int, seed: int) -> np.ndarray:
    """Return weights with zeros and ones among them, and others up to 4."""
    numbers = np.random.default_rng([seed, 77])
    return np.where(numbers.random(count) < 0.3, numbers.integers(0, 2, count), numbers.uniform(0, 4, count))


def weighted(number: int) -> Case:
    """Return a random network's case whose images have weights."""
    case = case_of_seed(number)
    weights = drawn_weights(len(case.examples), number)
    return replace(case, examples=replace(case.examples, weights=weights))


def some(count: int = 21, *, weights: np.ndarray | None = None, one_hot: bool = False) -> Examples:
    numbers = np.random.default_rng(5)
    labels = numbers.integers(0, 4, count)
    images = numbers.normal(0, 1, (count, 8, 8, 1))
    return Examples(images, np.eye(4)[labels] if one_hot else labels, weights=weights)


def loaded(backend: str, *, threads: int = 1) -> Model:
    start = initial_weights(NET, 3)
    return LOADERS[backend](NET, start, loss=SparseCategoricalCrossentropy(), optimizer=SGD(0.1), threads=threads)


@pytest.mark.parametrize("number", [0, 7, LATER + 5])
def test_compiled_code_weighs_images_as_the_reference_does(number: int) -> None:
    compiled_parity.check(weighted(number), steps=3)


def test_compiled_code_in_float32_weighs_images_as_the_reference_does() -> None:
    compiled_parity.check_32(weighted(1))


@pytest.mark.keras
def test_a_random_network_with_weighted_images_trains_as_in_keras() -> None:
    parity.check(weighted(3))


@pytest.mark.keras
def test_a_training_with_weighted_images_has_the_history_of_keras_fit() -> None:
    examples, losses = some(weights=drawn_weights(21, 1)), SparseCategoricalCrossentropy()
    oracle = KerasOracle(NET, initial_weights(NET, 3), losses, SGD(0.1), "float64")
    history = oracle.fit(examples, batch_size=6, epochs=2)
    for backend in LOADERS:
        ours = loaded(backend)
        has_the_history(ours, examples, history)
        close_all(ours.get_weights(), oracle.get_weights(), 1e-6, f"{backend}, weight at the end")


def has_the_history(ours: Model, examples: Examples, history: dict[str, list[float]]) -> None:
    for epoch in range(2):
        results = [ours.train_step(examples, np.arange(start, min(start + 6, 21)), epoch) for start in range(0, 21, 6)]
        close(sum(result.loss * result.count for result in results) / 21, history["loss"][epoch], 1e-6, "loss")
        close(sum(result.correct for result in results) / 21, history["accuracy"][epoch], 1e-6, "accuracy")
        said = ours.evaluate(examples, 6)
        close(said.loss, history["val_loss"][epoch], 1e-6, "validation loss")
        close(said.accuracy, history["val_accuracy"][epoch], 1e-6, "validation accuracy")


@pytest.mark.keras
def test_the_keras_backend_trains_with_weighted_images_as_the_reference_does() -> None:
    examples = some(weights=drawn_weights(21, 2), one_hot=True)
    arguments = {"loss": CategoricalCrossentropy(), "optimizer": SGD(0.1), "threads": 1}
    ours, theirs = (
        backend.load(NET, initial_weights(NET, 3), **arguments)
        for backend in (ReferenceBackend(np.float32), get_backend("keras"))
    )
    for rows in (np.arange(8), np.arange(8, 16), np.arange(16, 21)):
        mine, other = (model.train_step(examples, rows, 0) for model in (ours, theirs))
        assert (mine.loss, mine.correct) == (pytest.approx(other.loss, rel=1e-5), other.correct)
    close_all(ours.get_weights(), theirs.get_weights(), 1e-5, "weight at the end")
    assert ours.evaluate(examples, 8).loss == pytest.approx(theirs.evaluate(examples, 8).loss, rel=1e-5)


@pytest.mark.parametrize("backend", LOADERS)
def test_an_image_of_weight_two_is_worth_the_image_twice(backend: str) -> None:
    counts = np.array([2, 0, 1, 3, 1, 2, 0, 5, 1, 2, 1, 1, 4, 0, 1, 1, 2, 3, 1, 1, 1])
    rows = np.repeat(np.arange(21), counts)
    plain, other = loaded(backend), loaded(backend)
    loss, gradients = plain.gradients(some(), rows, 0)  # type: ignore[attr-defined]
    weighed, own = other.gradients(some(weights=counts.astype(float)), np.arange(21), 0)  # type: ignore[attr-defined]
    # The sum is divided by the number of images, not by the sum of their weights.
    assert weighed * 21 == pytest.approx(loss * len(rows), rel=1e-12)
    for ours, theirs in zip(own, gradients, strict=True):
        np.testing.assert_allclose(ours * 21, theirs * len(rows), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("backend", LOADERS)
def test_weights_change_the_loss_and_never_the_accuracy(backend: str) -> None:
    model, weights = loaded(backend), drawn_weights(21, 3)
    plain, weighed = (model.evaluate(examples, 8) for examples in (some(), some(weights=weights)))
    assert weighed.loss != pytest.approx(plain.loss)
    assert weighed.accuracy == plain.accuracy
    assert np.array_equal(weighed.predictions.true_class_probability, plain.predictions.true_class_probability)
    again = model.evaluate(some(), 8)
    assert again.loss == plain.loss  # nothing of the weights stays behind


def of_the_notebook(weights: Callable[[int], np.ndarray] | None = None) -> Training:
    """Return a training of the notebook's third network, with dropout and batch normalization; with weights or not."""
    training = of_the_zoo("architecture-3", 6, 64)
    found = None if weights is None else weights(len(training.examples))
    return replace(training, examples=replace(training.examples, weights=found))


def uneven(count: int) -> np.ndarray:
    return drawn_weights(count, 4)


def test_weights_of_one_are_the_bits_of_no_weights() -> None:
    plain, ones = of_the_notebook(), of_the_notebook(np.ones)
    assert not difference(train(plain, plain.model()), train(ones, ones.model()))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weighted_images_give_the_same_bits_on_any_threads_and_instructions(dtype: str) -> None:
    training, plain = of_the_notebook(uneven), of_the_notebook()
    alone = train(training, training.model(dtype=dtype))
    for threads in (2, 3):
        assert not difference(alone, train(training, training.model(threads=threads, dtype=dtype)))
    for target in other_targets():
        assert not difference(alone, train(training, training.model(target, 2, dtype)))
    assert difference(alone, train(plain, plain.model(dtype=dtype)))


def test_a_training_with_weights_taken_up_in_the_middle_is_the_same_bits() -> None:
    whole = of_the_notebook(uneven)
    order, cut = whole.orders[0], 2 * whole.batch_size
    first = whole.model()
    train(replace(whole, orders=[order[:cut]]), first)
    second = replace(whole, weights=first.get_weights(), orders=[order[cut:]])
    taken_up = second.model(threads=2)
    taken_up.set_state(first.get_state())
    ours, theirs = train(whole, whole.model()), train(second, taken_up)
    assert ours.pop("results of epoch 0")[2:].tobytes() == theirs.pop("results of epoch 0").tobytes()
    assert not difference(ours, theirs)


def test_compiled_code_is_handed_a_weight_for_each_image_or_none_at_all() -> None:
    with pytest.raises(DataError, match=r"small, weights of images: expected shape \(21,\), got shape \(20,\)"):
        loaded("compiled").train_step(some(weights=np.ones(20)), np.arange(21), 0)

"""Keras as a backend: the numbers of the others, its own steps, and what a run that goes on needs of it."""

import warnings
from collections.abc import Iterator

import numpy as np
import pytest

from cnnlab.arch import Layer, chain, graph, initial_weights
from cnnlab.arch.layers import (
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GaussianNoise,
    Input,
    Maximum,
    MaxPooling2D,
    RandomFlip,
    RandomRotation,
    RandomTranslation,
    Softmax,
    SpatialDropout2D,
)
from cnnlab.backends import Model, ReferenceBackend, get_backend
from cnnlab.backends.keras import KerasBackend, real
from cnnlab.backends.keras import model as of_model
from cnnlab.errors import NonFiniteLossError, NotSupportedError, UsageError
from cnnlab.records import (
    SGD,
    Adam,
    CategoricalCrossentropy,
    Examples,
    Loss,
    Nadam,
    OneCycle,
    Optimizer,
    RMSprop,
    SparseCategoricalCrossentropy,
)

pytestmark = pytest.mark.keras

SEED = 3
IMAGE = (8, 8, 1)
END = (Flatten(), Dense(4, activation="softmax"))
NET = chain(
    "small",
    [
        Conv2D(3, 3, padding="same", activation="relu"),
        MaxPooling2D(),
        BatchNormalization(momentum=0.8),
        Dropout(0.4),
        Flatten(),
        Dropout(0.2, seed=9),
        Dense(4, activation="softmax"),
    ],
    input_shape=(8, 8, 1),
)
ROW = chain("row", [Dense(4, activation="tanh"), Dense(3, activation="softmax")], input_shape=(5,))
ADAM = Adam(0.01, amsgrad=True, use_ema=True, ema_momentum=0.7, weight_decay=0.01)


@pytest.fixture(autouse=True)
def _keras_may_warn() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def examples(count: int = 22, *, one_hot: bool = True) -> Examples:
    numbers = np.random.default_rng(1)
    labels = numbers.integers(0, 4, count)
    images = numbers.integers(0, 256, (count, 8, 8, 1), dtype=np.uint8)
    return Examples(images, np.eye(4)[labels] if one_hot else labels, divisor=255.0)


@pytest.fixture(scope="module")
def loaded() -> Model:
    """A network with every kind of state; Keras compiles it once for all tests."""
    return KerasBackend().load(NET, initial_weights(NET, SEED), loss=LOSS, optimizer=ADAM, seed=SEED)


LOSS = CategoricalCrossentropy(label_smoothing=0.1)


@pytest.fixture
def fresh(loaded: Model) -> Model:
    """The same network before its first step."""
    loaded.set_weights(initial_weights(NET, SEED))
    loaded.set_state({name: np.zeros_like(value) for name, value in loaded.get_state().items()})
    loaded.learning_rate = 0.01
    return loaded


def epoch(model: Model, given: Examples, number: int, size: int = 8) -> list[float]:
    """Train an epoch; return the losses."""
    order, losses = np.random.default_rng(number).permutation(len(given)), []
    while len(order):
        done = model.train_batches(given, order, size, number)
        losses += [step.loss for step in done]
        order = order[sum(step.count for step in done) :]
    return losses


def alike(one: Model, other: Model) -> None:
    """Compare weights and the optimizer's memory, to what float32 rounds."""
    for mine, theirs in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=2e-5)
    state, expected = one.get_state(), other.get_state()
    assert state.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(state[name], value, atol=2e-5, err_msg=name)


def test_it_trains_as_the_reference_does_with_the_same_masks_and_answers_alike(fresh: Model) -> None:
    given = examples()
    reference = ReferenceBackend().load(NET, initial_weights(NET, SEED), loss=LOSS, optimizer=ADAM, seed=SEED)
    for number in range(2):
        np.testing.assert_allclose(epoch(fresh, given, number), epoch(reference, given, number), rtol=1e-4)
    alike(fresh, reference)
    for model in (fresh, reference):
        model.finish()
    alike(fresh, reference)
    said, expected = (model.evaluate(given, 22) for model in (fresh, reference))
    assert said.loss == pytest.approx(expected.loss, abs=1e-5)
    assert said.accuracy == expected.accuracy
    assert np.array_equal(said.predictions.classes, expected.predictions.classes)
    images = given.batch(slice(None))
    np.testing.assert_allclose(fresh.predict(images, 22), reference.predict(images, 22), atol=1e-5)


def test_a_run_that_goes_on_gives_the_bits_of_one_that_never_stopped(fresh: Model) -> None:
    given = examples()
    epoch(fresh, given, 0)
    weights, state = fresh.get_weights(), fresh.get_state()
    epoch(fresh, given, 1)
    expected = [weight.tobytes() for weight in fresh.get_weights()]
    epoch(fresh, given, 2)
    fresh.set_weights(weights)
    fresh.set_state(state)
    epoch(fresh, given, 1)
    assert [weight.tobytes() for weight in fresh.get_weights()] == expected


def test_nadam_goes_on_with_the_momenta_that_keras_keeps_beside_its_slots() -> None:
    rows = np.arange(6)
    given = Examples(np.random.default_rng(3).normal(size=(6, 5)).astype(np.float32), np.arange(6) % 3)
    arguments = {"loss": SparseCategoricalCrossentropy(), "optimizer": Nadam(0.05), "seed": SEED}
    whole = KerasBackend().load(ROW, initial_weights(ROW, SEED), **arguments)
    for _ in range(4):
        whole.train_step(given, rows, 0)
    weights, state = whole.get_weights(), whole.get_state()
    whole.train_step(given, rows, 0)
    taken_up = KerasBackend().load(ROW, weights, **arguments)
    taken_up.set_state(state)
    taken_up.train_step(given, rows, 0)
    assert all(
        np.array_equal(one, other) for one, other in zip(taken_up.get_weights(), whole.get_weights(), strict=True)
    )


def test_a_loss_that_is_not_finite_leaves_the_weights_of_before_that_step(
    fresh: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_model, "_TOGETHER", 1e9)
    given = examples(24)
    whole = Examples(given.batch(slice(None)), given.labels)
    whole.images[17] = np.inf  # in the third batch
    epoch(fresh, Examples(whole.images[:16], whole.labels[:16]), 0)
    order = np.random.default_rng(0).permutation(16)
    expected, state = [weight.tobytes() for weight in fresh.get_weights()], fresh.get_state()
    fresh.set_weights(initial_weights(NET, SEED))
    fresh.set_state({name: np.zeros_like(value) for name, value in state.items()} | {"learning_rate": np.array(0.01)})
    with pytest.raises(NonFiniteLossError, match=r"first appeared in the images, at small, epoch 1, step 3|step 3"):
        fresh.train_batches(whole, np.concatenate([order, np.arange(16, 24)]), 8, 0)
    assert [weight.tobytes() for weight in fresh.get_weights()] == expected
    assert all(np.array_equal(value, state[name]) for name, value in fresh.get_state().items())


@pytest.mark.parametrize(
    ("optimizer", "loss"),
    [
        (SGD(OneCycle(0.5, 6)), SparseCategoricalCrossentropy(from_logits=True)),
        (RMSprop(0.01, decay=0.5, gradient_accumulation_steps=2), CategoricalCrossentropy()),
    ],
    ids=["a schedule that Keras has not", "the old decay"],
)
def test_our_learning_rates_are_followed(optimizer: Optimizer, loss: Loss) -> None:
    numbers = np.random.default_rng(2)
    labels = numbers.integers(0, 3, 16)
    given = Examples(
        numbers.normal(0, 1, (16, 5)), np.eye(3)[labels] if isinstance(loss, CategoricalCrossentropy) else labels
    )
    models = [
        backend.load(ROW, initial_weights(ROW, SEED), loss=loss, optimizer=optimizer)
        for backend in (KerasBackend(), ReferenceBackend())
    ]
    for number in range(3):
        for model in models:
            epoch(model, given, number)
        assert models[0].learning_rate == models[1].learning_rate
    alike(*models)


def test_what_it_is_says_keras_what_it_computes_with_and_both_versions() -> None:
    backend = get_backend("keras")
    assert (backend.name, backend.same_bits) == ("keras", False)
    keras = real.real_keras()
    assert backend.about.startswith(f"keras {keras.__version__} on jax ")
    assert backend.about.endswith("(cpu:0)")


def test_a_network_without_loss_or_optimizer_answers_and_refuses_to_train(fresh: Model) -> None:
    model = KerasBackend().load(ROW, initial_weights(ROW, 0))
    assert model.predict(np.zeros((2, 5)), 2).shape == (2, 3)
    assert model.get_state() == {}
    given = Examples(np.zeros((2, 5)), np.zeros(2, int))
    with pytest.raises(UsageError, match="a loss for training"):
        model.train_step(given, np.arange(2), 0)
    with pytest.raises(UsageError, match="a loss for evaluate"):
        model.evaluate(given, 2)
    with pytest.raises(UsageError, match=f"{len(NET.weights)} arrays of weights, got 1"):
        fresh.set_weights([np.zeros(1)])


def test_without_keras_the_backend_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    real.real_keras.cache_clear()
    monkeypatch.setattr(real, "find_spec", lambda name: None)
    with pytest.raises(NotSupportedError, match=r"Install it: pip install 'cnnlab\[keras\]'"):
        get_backend("keras")


DRAWING = {
    "whole channels": chain("n", [Conv2D(3, 3), SpatialDropout2D(0.5), *END], input_shape=IMAGE),
    "noise": chain("n", [GaussianNoise(0.4, seed=8), Conv2D(3, 3), GaussianNoise(0.3), *END], input_shape=IMAGE),
    "augmentation": chain(
        "n", [Dropout(0.3), RandomRotation(0.1), RandomFlip(), Conv2D(3, 3), *END], input_shape=IMAGE
    ),
    "a branch that is augmented": graph(
        "g",
        Input(IMAGE),
        [
            (GaussianNoise(0.2), (0,)),
            (RandomTranslation(0.2, 0.2), (1,)),
            (Conv2D(3, 1), (2,)),
            (Conv2D(3, 1), (1,)),
            (Maximum(), (3, 4)),
            (Flatten(), (5,)),
            (Dense(4), (6,)),
            (Softmax(), (7,)),
        ],
    ),
    "channels first": chain(
        "n",
        [Conv2D(3, 3, data_format="channels_first"), BatchNormalization(axis=-3), Softmax(axis=1), *END],
        input_shape=(1, 8, 8),
    ),
}


@pytest.mark.parametrize("name", DRAWING)
def test_all_that_is_drawn_is_drawn_as_the_reference_draws_it(name: str) -> None:
    network, given = DRAWING[name], examples(16)
    models = [
        backend.load(network, initial_weights(network, SEED), loss=LOSS, optimizer=SGD(0.1), seed=SEED)
        for backend in (KerasBackend(), ReferenceBackend())
    ]
    for number in range(2):
        found, expected = (epoch(model, given, number) for model in models)
        np.testing.assert_allclose(found, expected, rtol=1e-4)
    alike(*models)
    images = given.batch(slice(None))
    np.testing.assert_allclose(*(model.predict(images, 16) for model in models), atol=1e-5)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (
            [Conv2D(3, 3), RandomFlip(), *END],
            "augmentation layers before the first layer with weights, got random_flip",
        ),
        ([BatchNormalization(center=False, scale=False), RandomFlip(), *END], "for Keras to train, got one behind"),
    ],
)
def test_augmentation_behind_weights_is_refused(layers: list[Layer], message: str) -> None:
    network = chain("n", layers, input_shape=IMAGE)
    with pytest.raises(NotSupportedError, match=message):
        KerasBackend().load(network, initial_weights(network, SEED), loss=LOSS, optimizer=SGD(0.1))

"""`fit` with callbacks, beside real Keras: called at the same moments, with the same numbers, to the same end."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest

import cnnlab.keras
from cnnlab.errors import UsageError

pytestmark = [
    pytest.mark.keras,
    pytest.mark.slow,
    # Keras' own variables under JAX do not know NumPy 2's copy=.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"),
]
Data = tuple[np.ndarray, np.ndarray]
HOOKS = (
    *("on_train_begin", "on_train_end", "on_epoch_begin", "on_epoch_end", "on_test_begin", "on_test_end"),
    *("on_train_batch_begin", "on_train_batch_end"),
)


@pytest.fixture(scope="module")
def keras() -> ModuleType:
    import keras

    return keras


def pair(keras: ModuleType) -> list[tuple[ModuleType, Any]]:
    """Make the same network twice by the same calls, with the same weights; no dropout, since masks differ."""
    models = []
    for face in (keras, cnnlab.keras):
        model = face.Sequential([face.layers.Input((12, 12, 1)), face.layers.Flatten(), face.layers.Dense(8, "relu")])
        model.add(face.layers.Dense(4, activation="softmax"))
        model.compile(optimizer=face.optimizers.Adam(0.02), loss="categorical_crossentropy", metrics=["accuracy"])
        models.append((face, model))
    models[0][1].set_weights(models[1][1].get_weights())
    return models


def listener(face: ModuleType, heard: list[tuple[Any, ...]], stop_after: int | None = None) -> Any:  # noqa: ANN401 - Keras' or ours
    """Write down every call; stop after so many batches."""

    def made(hook: str) -> Any:  # noqa: ANN401 - a method
        def called(self: Any, *arguments: Any, logs: Any = None) -> None:  # noqa: ANN401 - as Keras calls
            *places, said = [*arguments, logs] if logs is not None or not arguments else arguments
            heard.append((hook, *places, sorted(said or {}), [float(said[name]) for name in sorted(said or {})]))
            if hook == "on_train_batch_end" and stop_after is not None and len(heard) > stop_after:
                self.model.stop_training = True

        return called

    return type("Listener", (face.callbacks.Callback,), {hook: made(hook) for hook in HOOKS})()


def fitted(face: ModuleType, model: Any, data: Data, *callbacks: Any, epochs: int = 6, **others: Any) -> Any:  # noqa: ANN401 - Keras' or ours
    del face
    return model.fit(
        *(part[:100] for part in data),
        batch_size=32,
        epochs=epochs,
        shuffle=False,
        verbose=0,
        validation_split=0.3,
        callbacks=[*callbacks],
        **others,
    )


@pytest.mark.parametrize("stop_after", [None, 12], ids=["to the end", "stopped in the middle of an epoch"])
def test_callbacks_are_called_at_the_moments_of_keras_with_its_numbers(
    stop_after: int | None, keras: ModuleType, data: Data
) -> None:
    calls: list[list[tuple[Any, ...]]] = []
    for face, model in pair(keras):
        heard: list[tuple[Any, ...]] = []
        fitted(face, model, data, listener(face, heard, stop_after), epochs=3, initial_epoch=1)
        calls.append(heard)

    theirs, ours = calls
    assert [call[:-1] for call in ours] == [call[:-1] for call in theirs]
    for mine, its in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine[-1], its[-1], rtol=1e-3, err_msg=str(mine[:2]))


def test_learning_rates_that_callbacks_set_are_used_and_stand_in_the_history(keras: ModuleType, data: Data) -> None:
    results = []
    for face, model in pair(keras):
        scheduler = face.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.7 if epoch % 2 else rate)
        history = fitted(face, model, data, scheduler)
        results.append((history.history, model.get_weights(), float(model.optimizer.learning_rate)))

    (theirs, their_weights, their_rate), (ours, our_weights, our_rate) = results
    assert list(ours) == list(theirs)
    for name, numbers in theirs.items():
        np.testing.assert_allclose(ours[name], numbers, rtol=1e-3, err_msg=name)
    assert our_rate == pytest.approx(their_rate, rel=1e-6)
    for mine, its in zip(our_weights, their_weights, strict=True):
        np.testing.assert_allclose(mine, its, atol=1e-4)


def test_a_plateau_lowers_the_rate_where_keras_lowers_it(keras: ModuleType, data: Data) -> None:
    rates = []
    for face, model in pair(keras):
        plateau = face.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=1, min_delta=0.15)
        rates.append(fitted(face, model, data, plateau, epochs=10).history["learning_rate"])

    np.testing.assert_allclose(rates[1], rates[0], rtol=1e-6)
    assert rates[1][-1] < rates[1][0]


def test_early_stopping_ends_where_keras_ends_and_brings_the_best_weights_back(keras: ModuleType, data: Data) -> None:
    results = []
    for face, model in pair(keras):
        stopping = face.callbacks.EarlyStopping(
            monitor="val_loss", min_delta=0.15, patience=2, restore_best_weights=True
        )
        history = fitted(face, model, data, stopping, epochs=12)
        results.append((stopping.stopped_epoch, len(history.epoch), model.get_weights()))

    assert results[1][:2] == results[0][:2]
    assert results[1][1] < 12
    for mine, its in zip(results[1][2], results[0][2], strict=True):
        np.testing.assert_allclose(mine, its, atol=1e-4)


def test_a_loss_that_is_not_finite_ends_training_quietly_with_terminate_on_nan(data: Data) -> None:
    model = pair(cnnlab.keras)[1][1]
    model.compile(optimizer=cnnlab.keras.optimizers.SGD(1e30), loss="categorical_crossentropy")

    history = fitted(cnnlab.keras, model, data, cnnlab.keras.callbacks.TerminateOnNaN())

    assert len(history.epoch) < 6
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


def test_the_optimizer_of_a_model_can_be_read_and_only_its_rate_can_be_set() -> None:
    model = pair(cnnlab.keras)[1][1]
    model.optimizer.learning_rate = 0.25
    assert (model.optimizer.learning_rate, model.optimizer.lr, model.optimizer.beta_1) == (0.25, 0.25, 0.9)
    assert model.optimizer == cnnlab.keras.optimizers.Adam(0.02)
    with pytest.raises(AttributeError, match=r"Adam\.beta_1 is fixed by compile"):
        model.optimizer.beta_1 = 0.5


def test_what_is_no_callback_is_refused_with_what_to_do(keras: ModuleType, data: Data) -> None:
    model = pair(cnnlab.keras)[1][1]
    for stranger, message in (
        (object(), r"expected a cnnlab\.keras\.callbacks\.Callback, got <object"),
        (keras.callbacks.EarlyStopping(), r"got keras.*EarlyStopping.*Import EarlyStopping from cnnlab"),
        (cnnlab.keras.callbacks.EarlyStopping, r"got the class EarlyStopping\. Write EarlyStopping\(\)"),
    ):
        with pytest.raises(UsageError, match=message):
            fitted(cnnlab.keras, model, data, stranger)

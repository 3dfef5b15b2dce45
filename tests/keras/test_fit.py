from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cnnlab.errors import CnnlabWarning, DataError, NotSupportedError, UsageError
from cnnlab.keras import Sequential, backend, callbacks
from cnnlab.keras.layers import Conv2D, Dense, Flatten, MaxPooling2D
from cnnlab.keras.optimizers import SGD, Adam
from cnnlab.records import Examples

Same = Callable[[list[Any], list[Any]], bool]
Data = tuple[np.ndarray, np.ndarray]


def fresh(model: Sequential, seed: int = 3) -> Sequential:
    again = Sequential.from_network(model.network, seed=seed)
    again.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return again


def test_a_small_network_learns_the_made_up_data(model: Sequential, data: Data) -> None:
    model.compile(Adam(0.01), "categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(*data, epochs=8, verbose=0, validation_data=data)
    assert history.history["val_accuracy"][-1] > 0.95
    assert history.history["loss"][-1] < history.history["loss"][0] / 2


def test_a_history_has_keras_keys_in_keras_order(model: Sequential, data: Data) -> None:
    history = model.fit(*data, batch_size=100, epochs=2, verbose=0, validation_data=data)
    assert list(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert history.epoch == [0, 1]
    assert history.params == {"verbose": 0, "epochs": 2, "steps": 4}
    assert history.model is model
    assert model.history is history


def test_a_history_without_metrics_has_the_loss_alone(model: Sequential, data: Data) -> None:
    model.compile("adam", "categorical_crossentropy")
    assert list(model.fit(*data, verbose=0).history) == ["loss"]
    assert isinstance(model.evaluate(*data, verbose=0), float)


@pytest.mark.parametrize("metric", ["categorical_accuracy", "accuracy"])
def test_the_accuracy_is_called_what_it_was_asked_for_as(metric: str, model: Sequential, data: Data) -> None:
    model.compile("adam", "categorical_crossentropy", metrics=[metric])
    assert list(model.fit(*data, verbose=0).history) == sorted(["loss", metric])
    assert model.metrics_names == ["loss", metric]


def test_two_fits_are_one(model: Sequential, data: Data, same: Same) -> None:
    whole, parts = fresh(model), fresh(model)
    whole.fit(*data, epochs=3, verbose=0)
    parts.fit(*data, epochs=1, verbose=0)
    parts.fit(*data, epochs=2, verbose=0)
    assert same(whole.get_weights(), parts.get_weights())


def test_a_second_fit_does_not_repeat_the_first(model: Sequential, data: Data, same: Same) -> None:
    twice = fresh(model)
    weights = twice.get_weights()
    twice.compile(SGD(0.01), "categorical_crossentropy")
    twice.fit(*data, verbose=0)
    after_first = twice.get_weights()
    # From the same weights, without a memory of the optimizer: only orders and masks can differ.
    twice.set_weights(weights)
    twice.fit(*data, verbose=0)
    assert not same(after_first, twice.get_weights())


def test_compiling_again_keeps_the_weights_and_forgets_the_optimizers_memory(
    model: Sequential, data: Data, same: Same
) -> None:
    kept, forgot = fresh(model), fresh(model)
    for trained in (kept, forgot):
        trained.fit(*data, verbose=0)
    before = forgot.get_weights()
    forgot.compile("adam", "categorical_crossentropy")
    assert same(before, forgot.get_weights())
    for trained in (kept, forgot):
        trained.fit(*data, verbose=0)
    assert not same(kept.get_weights(), forgot.get_weights())


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(
    model: Sequential, data: Data, same: Same
) -> None:
    first, second, other = fresh(model), fresh(model), fresh(model, seed=4)
    for trained in (first, second, other):
        trained.fit(*data, verbose=0)
    assert same(first.get_weights(), second.get_weights())
    assert not same(first.get_weights(), other.get_weights())


def test_epochs_are_counted_from_the_very_first(model: Sequential, data: Data, same: Same) -> None:
    whole, resumed = fresh(model), fresh(model)
    whole.fit(*data, epochs=3, verbose=0)
    resumed.fit(*data, epochs=2, verbose=0)
    history = resumed.fit(*data, epochs=3, initial_epoch=2, verbose=0)
    assert history.epoch == [2]
    assert same(whole.get_weights(), resumed.get_weights())


def test_a_run_goes_on_in_another_model_with_the_orders_that_come_next(data: Data, same: Same) -> None:
    layers = [Flatten(input_shape=(12, 12, 1)), Dense(4, activation="softmax")]
    whole, first, second = (Sequential(layers, seed=1) for _ in range(3))
    for model in (whole, first, second):
        model.compile("sgd", "categorical_crossentropy")
    whole.fit(*data, epochs=3, verbose=0)
    first.fit(*data, epochs=2, verbose=0)
    second.set_weights(first.get_weights())
    second.fit(*data, epochs=3, initial_epoch=2, verbose=0)
    assert same(whole.get_weights(), second.get_weights())


def test_epochs_that_are_done_already_are_refused(model: Sequential, data: Data) -> None:
    with pytest.raises(
        UsageError, match=r"fit: expected epochs above initial_epoch=2, got epochs=2. epochs counts from"
    ):
        model.fit(*data, epochs=2, initial_epoch=2)


def test_the_last_share_is_held_back_before_any_shuffling(model: Sequential, data: Data, same: Same) -> None:
    by_share, by_hand = fresh(model), fresh(model)
    x, y = data
    first = by_share.fit(x, y, validation_split=0.1, verbose=0)
    second = by_hand.fit(x[:288], y[:288], validation_data=(x[288:], y[288:]), verbose=0)
    assert first.history == second.history
    assert same(by_share.get_weights(), by_hand.get_weights())


@pytest.mark.parametrize("share", [1, -0.1, 1.5, "a", True])
def test_a_share_that_cannot_be_is_refused(share: object, model: Sequential, data: Data) -> None:
    with pytest.raises(UsageError, match=r"fit, validation_split: expected a share from 0 to below 1, got"):
        model.fit(*data, validation_split=share)


def test_a_share_that_leaves_nothing_is_refused(model: Sequential, data: Data) -> None:
    with pytest.raises(UsageError, match=r"expected at least one example to train on .*, got 0.9999 of 320 examples"):
        model.fit(*data, validation_split=0.9999)


def test_without_shuffling_the_images_come_in_order(model: Sequential, data: Data, same: Same) -> None:
    network = [Flatten(input_shape=(12, 12, 1)), Dense(4, activation="softmax")]
    fitted, stepped = Sequential(network, seed=1), Sequential(network, seed=1)
    for one in (fitted, stepped):
        one.compile("sgd", "categorical_crossentropy")
    fitted.fit(data[0][:64], data[1][:64], batch_size=32, shuffle=False, verbose=0)
    for start in (0, 32):
        stepped.train_on_batch(data[0][start : start + 32], data[1][start : start + 32])
    assert same(fitted.get_weights(), stepped.get_weights())


def test_a_model_without_a_shape_is_built_for_its_data(data: Data) -> None:
    model = Sequential([Conv2D(2, 3), Flatten(), Dense(4, activation="softmax")])
    model.compile("adam", "categorical_crossentropy")
    model.fit(*data, verbose=0)
    assert model.input_shape == (None, 12, 12, 1)


def test_channels_first_images_are_trained_on_as_the_notebook_does(data: Data, same: Same) -> None:
    layers = [Conv2D(4, 3, activation="relu"), MaxPooling2D(), Flatten(), Dense(4, activation="softmax")]
    last = Sequential(layers, seed=1)
    backend.set_image_data_format("channels_first")
    first = Sequential(layers, seed=1)
    x, y = data
    for model, images in ((last, x), (first, x.reshape(len(x), 1, 12, 12))):
        model.build((None, *images.shape[1:]))
        model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
        model.fit(images, y, verbose=0)
        assert model.predict(images[:5]).shape == (5, 4)
    assert (last.network.data_format, first.network.data_format) == ("channels_last", "channels_first")
    assert same(last.get_weights(), first.get_weights())
    np.testing.assert_allclose(
        first.evaluate(x.reshape(len(x), 1, 12, 12), y, verbose=0), last.evaluate(x, y, verbose=0)
    )


def test_outputs_that_are_images_keep_the_users_data_format() -> None:
    x = np.random.default_rng(0).random((3, 2, 6, 5), np.float32)
    model = Sequential([Conv2D(4, 3, input_shape=(2, 6, 5), data_format="channels_first")])
    other = Sequential([Conv2D(4, 3, input_shape=(6, 5, 2), data_format="channels_last")])
    other.set_weights(model.get_weights())
    assert model.predict(x).shape == (3, 4, 4, 3)
    np.testing.assert_array_equal(np.moveaxis(model.predict(x), 1, -1), other.predict(np.moveaxis(x, 1, -1)))


def test_lists_are_read_as_arrays(model: Sequential, data: Data) -> None:
    x, y = data[0][:8], data[1][:8]
    assert model.evaluate(x.tolist(), y.tolist(), verbose=0) == pytest.approx(model.evaluate(x, y, verbose=0))


def test_evaluation_gives_numbers_in_keras_order_or_by_name(model: Sequential, data: Data) -> None:
    listed = model.evaluate(*data, verbose=0)
    assert isinstance(listed, list)
    assert model.evaluate(*data, verbose=0, return_dict=True) == {"accuracy": listed[1], "loss": listed[0]}
    assert model.test_on_batch(*data) == pytest.approx(listed, rel=1e-5)
    outputs = model.predict(data[0])
    assert listed[1] == pytest.approx((outputs.argmax(1) == data[1].argmax(1)).mean())
    assert listed[0] == pytest.approx(-np.log(outputs[data[1] == 1]).mean(), rel=1e-5)


def test_predictions_do_not_depend_on_the_batch_size(model: Sequential, data: Data) -> None:
    np.testing.assert_allclose(model.predict(data[0], batch_size=7), model.predict_on_batch(data[0]), rtol=1e-5)


def test_a_single_image_is_refused_with_what_to_write(model: Sequential, data: Data) -> None:
    with pytest.raises(
        DataError, match=r"predict, x: expected .*\(n, 12, 12, 1\), got a single .* model\.predict\(x\[None\]"
    ):
        model.predict(data[0][0])
    assert model.predict(data[0][0][None])[0].shape == (4,)


def test_a_batch_is_trained_on_with_new_masks_each_time(model: Sequential, data: Data) -> None:
    model.compile(SGD(0.0), "categorical_crossentropy", metrics=["accuracy"])
    losses = {model.train_on_batch(*data, return_dict=True)["loss"] for _ in range(3)}
    assert len(losses) == 3


def test_a_history_among_the_callbacks_is_filled_too(model: Sequential, data: Data) -> None:
    mine = callbacks.History()
    returned = model.fit(*data, verbose=0, callbacks=[mine])
    assert mine.history == returned.history
    assert mine.model is model


def test_ctrl_c_keeps_the_epochs_that_are_done(model: Sequential, data: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = model._built().model
    train_batches = inner.train_batches

    def interrupted(examples: Examples, order: np.ndarray, batch_size: int, epoch: int) -> object:
        if epoch == 1:
            raise KeyboardInterrupt
        return train_batches(examples, order, batch_size, epoch)

    monkeypatch.setattr(inner, "train_batches", interrupted)
    with pytest.raises(KeyboardInterrupt):
        model.fit(*data, epochs=5, verbose=0)
    assert model.history is not None
    assert len(model.history.history["loss"]) == 1
    monkeypatch.undo()
    assert model.fit(*data, verbose=0).epoch == [0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"steps_per_epoch": 10}, "got steps_per_epoch=10. Give fit.. whole arrays"),
        ({"validation_steps": 10}, "got validation_steps=10. Slice the validation arrays"),
        ({"validation_freq": 2}, "expected validation_freq=1, .*got validation_freq=2"),
        ({"shuffle": "batch"}, "fit, shuffle: expected True or False, got 'batch'"),
    ],
)
def test_what_keras_has_and_fit_has_not_is_refused_by_name(
    arguments: dict[str, Any], message: str, model: Sequential, data: Data
) -> None:
    with pytest.raises(NotSupportedError, match=message):
        model.fit(*data, **arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "mine"}, "fit: expected an argument it has, got name="),
        ({"epoch": 3}, "fit: expected an argument it has, got epoch=. Did you mean 'epochs'"),
        ({"batch_size": 0}, "fit, batch_size: expected a whole number, at least 1, got 0"),
        ({"epochs": 1.5}, "fit, epochs: expected a whole number, at least 1, got 1.5"),
        ({"verbose": 3}, "verbose: expected 'auto', 0, 1 or 2, got 3"),
        ({"validation_data": 5}, r"fit, validation_data: expected \(x, y\) or \(x, y, sample_weight\), got a int"),
        ({"validation_data": (1,)}, r"expected \(x, y\) or \(x, y, sample_weight\), got a tuple of 1"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    arguments: dict[str, Any], message: str, model: Sequential, data: Data
) -> None:
    with pytest.raises(UsageError, match=message):
        model.fit(*data, **arguments)


def test_neutral_arguments_of_keras_are_taken(model: Sequential, data: Data) -> None:
    model.fit(*data, verbose=0, class_weight=None, steps_per_epoch=None, callbacks=[], validation_freq=1)


def test_batches_from_elsewhere_are_refused_with_what_to_do(model: Sequential, data: Data) -> None:
    with pytest.raises(NotSupportedError, match=r"fit, x: expected an array that holds all examples, got a generator"):
        model.fit(batch for batch in [data])
    with pytest.raises(NotSupportedError, match=r"predict, x: expected an array that holds all examples, got a dict"):
        model.predict({"image": data[0]})


def test_missing_and_ragged_data_are_refused(model: Sequential, data: Data) -> None:
    with pytest.raises(DataError, match=r"fit, y: expected an array, got None"):
        model.fit(data[0])
    with pytest.raises(DataError, match=r"predict, x: expected examples of one shape, got a list that has several"):
        model.predict([[1, 2], [3]])


def test_bytes_that_nobody_divides_are_refused_everywhere(model: Sequential, data: Data) -> None:
    x, y = (data[0] * 255).astype(np.uint8), data[1]
    for use in (lambda: model.fit(x, y), lambda: model.evaluate(x, y), lambda: model.predict(x)):
        with pytest.raises(DataError, match=r"expected pixels scaled to about 0..1, got unscaled uint8 pixels"):
            use()


def test_a_missing_channel_axis_is_added_and_said_at_the_users_line(model: Sequential, data: Data) -> None:
    x, y = data
    with pytest.warns(CnnlabWarning, match=r"training images: no channel axis .* one was added") as caught:
        model.fit(x[..., 0], y, verbose=0)
    assert {warning.filename for warning in caught} == {__file__}
    with pytest.warns(CnnlabWarning, match=r"test images: no channel axis"):
        model.evaluate(x[..., 0], y, verbose=0)


def test_an_uncompiled_model_says_how_to_compile_it(data: Data) -> None:
    model = Sequential([Flatten(input_shape=(12, 12, 1)), Dense(4)], name="mine")
    for name in ("fit", "evaluate", "train_on_batch"):
        with pytest.raises(UsageError, match=rf"mine, {name}: expected a compiled model, .*Call model\.compile\(optim"):
            getattr(model, name)(*data)
    assert model.optimizer is model.loss is None


def test_a_layer_added_since_asks_for_a_new_compile(model: Sequential, data: Data) -> None:
    model.fit(*data, verbose=0)
    model.add(Dense(4, activation="softmax"))
    with pytest.raises(UsageError, match=r"or to which a layer was added since"):
        model.fit(*data)
    model.compile("adam", "categorical_crossentropy")
    model.fit(*data, verbose=0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"loss": None}, "compile: expected a loss, got none"),
        ({"metrics": ["mse"]}, "compile, metrics: expected one of 'accuracy', BinaryAccuracy, .*, got 'mse'"),
        ({"metrics": ["sparse_categorical_accuracy"]}, "got SparseCategoricalAccuracy, .* Write CategoricalAccuracy"),
        ({"metrics": 5}, "compile, metrics: expected a list, got 5"),
        ({"run_eagerly": True}, "compile: expected run_eagerly=False, .*got run_eagerly=True. There is no eager mode"),
        ({"loss_weights": [1]}, r"compile: expected loss_weights=None, .*got loss_weights=\[1\]"),
        ({"weighted_metrics": ["accuracy"]}, "weighted_metrics=None"),
        ({"optimiser": "sgd"}, "compile: expected an argument it has, got optimiser=. Did you mean 'optimizer'"),
    ],
)
def test_what_compile_cannot_do_is_refused_by_name(arguments: dict[str, Any], message: str, model: Sequential) -> None:
    with pytest.raises(UsageError, match=message):
        model.compile(**{"optimizer": "adam", "loss": "categorical_crossentropy", **arguments})


def test_what_changes_no_number_is_taken_by_compile(model: Sequential) -> None:
    model.compile("adam", "categorical_crossentropy", jit_compile=True, steps_per_execution=8, auto_scale_loss=False)

import inspect
from dataclasses import asdict

import numpy as np
import pytest

from cnnlab import records
from cnnlab.errors import CnnlabWarning, NotSupportedError, UsageError
from cnnlab.keras import Sequential, activations, initializers, layers, losses, optimizers

NAMES = ["Adam", "SGD", "RMSprop", "Adadelta", "Adagrad", "Adamax", "AdamW", "Nadam"]


@pytest.mark.parametrize("name", NAMES)
def test_an_optimizer_without_arguments_is_the_records_default(name: str) -> None:
    assert getattr(optimizers, name)() == getattr(records, name)()


@pytest.mark.keras
@pytest.mark.parametrize("name", NAMES)
def test_an_optimizers_first_arguments_are_keras_own(name: str) -> None:
    import keras

    ours = inspect.signature(getattr(optimizers, name)).parameters.values()
    theirs = list(inspect.signature(getattr(keras.optimizers, name)).parameters.values())
    named = [(p.name, p.default) for p in ours if p.kind is not inspect.Parameter.VAR_KEYWORD]
    assert named == [(p.name, p.default) for p in theirs[: len(named)]]


SCHEDULES = {
    "CosineDecay": (0.1, 50),
    "CosineDecayRestarts": (0.1, 50),
    "ExponentialDecay": (0.1, 50, 0.9),
    "InverseTimeDecay": (0.1, 50, 0.9),
    "PiecewiseConstantDecay": ([5, 9], [0.1, 0.2, 0.3]),
    "PolynomialDecay": (0.1, 50),
}


@pytest.mark.keras
@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedules_arguments_are_keras_own(name: str) -> None:
    import keras

    ours = inspect.signature(getattr(optimizers.schedules, name)).parameters.values()
    theirs = inspect.signature(getattr(keras.optimizers.schedules, name)).parameters.values()
    assert [(p.name, p.default) for p in ours] == [(p.name, p.default) for p in theirs]


@pytest.mark.keras
@pytest.mark.parametrize("name", SCHEDULES)
def test_every_argument_of_a_schedule_arrives_where_keras_has_it(name: str) -> None:
    import keras

    kind = getattr(keras.optimizers.schedules, name)
    words = {"name": "mine", "staircase": True, "cycle": True, "boundaries": [3, 5], "values": [0.5, 0.25, 2.0]}
    names = inspect.signature(kind).parameters
    arguments = [words.get(word, index + 1.5) for index, word in enumerate(names)]
    config = kind(*arguments).get_config()
    assert config.pop("name") == "mine"
    made = getattr(optimizers.schedules, name)(*arguments)
    assert type(made) is getattr(records, name)
    assert {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(made).items()} == config


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_of_the_face_is_the_records_default(name: str) -> None:
    assert getattr(optimizers.schedules, name)(*SCHEDULES[name]) == getattr(records, name)(*SCHEDULES[name])


def test_one_cycle_stands_beside_keras_schedules() -> None:
    from cnnlab.keras.optimizers.schedules import OneCycle

    assert OneCycle(0.1, 900, name="mine") == records.OneCycle(0.1, 900)
    made = OneCycle(0.1, 900, 0.5, 10, 100)
    assert made == records.OneCycle(0.1, 900, rise_share=0.5, start_divisor=10, final_divisor=100)


def test_an_optimizer_takes_a_schedule_as_its_learning_rate_under_either_name() -> None:
    schedule = optimizers.schedules.ExponentialDecay(0.1, decay_steps=100, decay_rate=0.96, staircase=True)
    assert optimizers.SGD(learning_rate=schedule).learning_rate == records.ExponentialDecay(0.1, 100, 0.96, True)
    with pytest.warns(CnnlabWarning, match=r"Adam\(lr=\) is an old spelling"):
        assert optimizers.Adam(lr=schedule) == records.Adam(schedule)


def test_a_network_learns_by_a_schedule() -> None:
    x = np.random.default_rng(0).normal(0, 1, (64, 5)).astype("float32")
    losses_of = {}
    for rate in (0.05, optimizers.schedules.PiecewiseConstantDecay([3], [0.05, 0.0])):
        model = Sequential([layers.Dense(3, input_shape=(5,), activation="softmax")], seed=1)
        model.compile(optimizers.SGD(rate), "sparse_categorical_crossentropy")
        history = model.fit(x, x.argmax(axis=1) % 3, batch_size=16, epochs=3, verbose=0).history["loss"]
        losses_of[type(rate).__name__] = history
    plain, stopped = losses_of["float"], losses_of["PiecewiseConstantDecay"]
    assert stopped[0] == plain[0]
    assert stopped[1] == pytest.approx(stopped[2])
    assert plain[2] < plain[1] < plain[0]


def test_an_optimizer_takes_what_all_optimizers_take() -> None:
    assert optimizers.Adam(0.01, clipnorm=1.0, name="mine") == records.Adam(learning_rate=0.01, clipnorm=1.0)


def test_an_argument_that_no_optimizer_has_is_refused_by_name() -> None:
    with pytest.raises(
        UsageError, match=r"optimizer Adam: expected an argument it has, got beta1. Did you mean 'beta_1'"
    ):
        optimizers.Adam(beta1=0.8)


def test_a_negative_learning_rate_is_refused() -> None:
    with pytest.raises(UsageError, match=r"SGD, learning_rate: expected a number that is not negative, got -1"):
        optimizers.SGD(-1)


def test_optimizers_and_losses_are_found_by_name() -> None:
    assert optimizers.get("rmsprop") == records.RMSprop()
    assert losses.get("sparse_categorical_crossentropy") == records.SparseCategoricalCrossentropy()
    with pytest.raises(NotSupportedError, match=r"expected optimizer to be one of adam, sgd, rmsprop, adadelta"):
        optimizers.get("lion")


def test_a_loss_takes_keras_arguments() -> None:
    made = losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1, name="mine", axis=-1)
    assert made == records.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)
    assert losses.SparseCategoricalCrossentropy(True) == records.SparseCategoricalCrossentropy(from_logits=True)
    assert losses.categorical_crossentropy == records.CategoricalCrossentropy()


def test_the_losses_of_each_output_take_keras_arguments() -> None:
    made = losses.BinaryCrossentropy(True, 0.1, name="mine", axis=-1)
    assert made == records.BinaryCrossentropy(from_logits=True, label_smoothing=0.1)
    assert losses.MeanSquaredError(name="mine", dtype="float32") == records.MeanSquaredError()
    assert losses.get("mse") == losses.mean_squared_error == records.MeanSquaredError()
    assert losses.get("bce") == losses.binary_crossentropy == records.BinaryCrossentropy()
    with pytest.raises(NotSupportedError, match=r"expected reduction='sum_over_batch_size', .*, got reduction='sum'"):
        losses.MeanSquaredError("sum")
    with pytest.raises(UsageError, match=r"BinaryCrossentropy: expected label_smoothing from 0 to 1, got -1"):
        losses.BinaryCrossentropy(label_smoothing=-1)


def test_a_loss_refuses_what_it_would_have_to_ignore() -> None:
    with pytest.raises(NotSupportedError, match=r"expected reduction='sum_over_batch_size', .*, got reduction='sum'"):
        losses.CategoricalCrossentropy(reduction="sum")
    with pytest.raises(UsageError, match=r"SparseCategoricalCrossentropy: expected an argument it has, got axes="):
        losses.SparseCategoricalCrossentropy(axes=1)
    with pytest.raises(UsageError, match=r"expected label_smoothing from 0 to 1, got 1.5"):
        losses.CategoricalCrossentropy(label_smoothing=1.5)


def test_activations_and_initializers_are_given_to_layers_as_in_keras() -> None:
    made = layers.Dense(3, activation=activations.relu, kernel_initializer=initializers.he_normal())
    assert made == layers.Dense(3, activation="relu", kernel_initializer="he_normal")
    assert activations.get("swish") == activations.silu == "silu"


@pytest.mark.parametrize("name", ["BinaryCrossentropy", "CategoricalCrossentropy", "MeanSquaredError"])
def test_a_loss_is_also_given_by_its_class_as_keras_takes_it(name: str) -> None:
    model = Sequential([layers.Dense(2, input_shape=(5,), activation="softmax")])
    model.compile("adam", getattr(losses, name))
    assert losses.get(getattr(losses, name)) == getattr(records, name)()
    assert model.loss == getattr(records, name)()


def test_a_loss_of_ones_own_is_refused_by_its_name() -> None:
    def focal(y_true: object, y_pred: object) -> None:
        pass

    with pytest.raises(NotSupportedError, match=r"loss: expected one of categorical_.*, got focal, one of your own"):
        losses.get(focal)


def test_a_mistyped_argument_of_a_loss_is_answered_with_the_right_one() -> None:
    with pytest.raises(UsageError, match=r"BinaryCrossentropy: .*got label_smooth=. Did you mean 'label_smoothing'"):
        losses.BinaryCrossentropy(label_smooth=0.1)
    with pytest.raises(UsageError, match=r"SparseCategoricalCrossentropy: .*Did you mean 'from_logits'"):
        losses.SparseCategoricalCrossentropy(logits=True)
    with pytest.raises(UsageError, match=r"MeanSquaredError: expected an argument it has, got from_logits="):
        losses.MeanSquaredError(from_logits=True)

import inspect

import pytest

from cnnlab import records
from cnnlab.errors import NotSupportedError, UsageError
from cnnlab.keras import activations, initializers, layers, losses, optimizers

NAMES = ["Adam", "SGD", "RMSprop", "Adadelta"]


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
        optimizers.get("nadam")


def test_a_loss_takes_keras_arguments() -> None:
    made = losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1, name="mine", axis=-1)
    assert made == records.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)
    assert losses.SparseCategoricalCrossentropy(True) == records.SparseCategoricalCrossentropy(from_logits=True)
    assert losses.categorical_crossentropy == records.CategoricalCrossentropy()


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

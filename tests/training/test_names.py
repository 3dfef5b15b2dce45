import pytest

from cnnlab.errors import NotSupportedError, UsageError
from cnnlab.records import (
    SGD,
    Adam,
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CosineDecay,
    MeanSquaredError,
    RMSprop,
    SparseCategoricalCrossentropy,
)
from cnnlab.training import loss_named, optimizer_named, schedule_named


@pytest.mark.parametrize("spelling", ["rmsprop", "RMSprop", "RMSPROP"])
def test_an_optimizer_is_found_in_any_case(spelling: str) -> None:
    assert optimizer_named(spelling, rho=0.5) == RMSprop(rho=0.5)


@pytest.mark.parametrize("spelling", ["sparse_categorical_crossentropy", "SparseCategoricalCrossentropy"])
def test_a_loss_is_found_by_its_function_and_its_class_name(spelling: str) -> None:
    assert loss_named(spelling) == SparseCategoricalCrossentropy()


@pytest.mark.parametrize("spelling", ["mse", "MSE", "mean_squared_error", "MeanSquaredError"])
def test_squared_errors_are_found_by_each_of_keras_names(spelling: str) -> None:
    assert loss_named(spelling) == MeanSquaredError()
    with pytest.raises(UsageError, match="loss MeanSquaredError: expected an argument it has, got from_logits"):
        loss_named(spelling, from_logits=True)


@pytest.mark.parametrize("spelling", ["bce", "BCE", "binary_crossentropy", "BinaryCrossentropy"])
def test_binary_cross_entropy_is_found_by_each_of_keras_names(spelling: str) -> None:
    assert loss_named(spelling, label_smoothing=0.2) == BinaryCrossentropy(label_smoothing=0.2)


@pytest.mark.parametrize("spelling", ["CosineDecay", "cosine_decay", "COSINEDECAY"])
def test_a_schedule_is_found_in_any_spelling(spelling: str) -> None:
    assert schedule_named(spelling, initial_learning_rate=0.1, decay_steps=9) == CosineDecay(0.1, 9)
    assert schedule_named(CosineDecay(0.1, 9)) == CosineDecay(0.1, 9)


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("cosin_decay", {}, r"the name of a schedule that exists, got 'cosin_decay'. Did you mean 'CosineDecay'"),
        ("Linear", {}, r"got 'Linear'. Known: CosineDecay, .*, PolynomialDecay"),
        (
            "OneCycle",
            {"max_lr": 1},
            r"schedule OneCycle: expected an argument it has, got max_lr. Known: max_learning",
        ),
        ("OneCycle", {"total_steps": 1}, r"OneCycle: expected an argument max_learning_rate, got total_steps. It take"),
        ("OneCycle", {}, r"OneCycle: expected an argument max_learning_rate, got none. It takes max_learning_rate, to"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(name: str, arguments: dict[str, float], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        schedule_named(name, **arguments)


def test_an_optimizer_or_loss_passes_through() -> None:
    assert optimizer_named(SGD(0.5)) == SGD(0.5)
    assert loss_named(CategoricalCrossentropy(label_smoothing=0.1)).from_logits is False


@pytest.mark.parametrize(
    ("name", "arguments", "kind", "message"),
    [
        ("lion", {}, NotSupportedError, "expected optimizer to be one of adam, sgd, .*, nadam, got 'lion'"),
        ("adamm", {}, UsageError, "expected the name of optimizer that exists, got 'adamm'. Did you mean 'adam'"),
        ("adam", {"beta1": 0.5}, UsageError, "optimizer Adam: expected an argument it has, got beta1. Did you mean"),
        ("adam", {"learning_rate": -1}, UsageError, "optimizer Adam, learning_rate: expected a number that is not neg"),
        ("adam", {"learning_rate": "fast"}, UsageError, "learning_rate: expected a number.*got 'fast'"),
        ("adam", {"amsgrad": 1}, UsageError, "amsgrad: expected true or false, got 1"),
        ("sgd", {"momentum": float("nan")}, UsageError, "momentum: expected a number"),
    ],
)
def test_an_optimizer_that_cannot_be_is_refused(
    name: str, arguments: dict[str, object], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        optimizer_named(name, **arguments)


def test_a_loss_of_keras_that_is_not_here_is_refused_by_name() -> None:
    with pytest.raises(NotSupportedError, match=r"loss to be one of categorical_crossentropy.*got 'mae'"):
        loss_named("mae")


def test_the_defaults_are_keras() -> None:
    assert optimizer_named("adam") == Adam(0.001, 0.9, 0.999, 1e-7)

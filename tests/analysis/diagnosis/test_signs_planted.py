"""Faults planted into real short trainings are seen by their own sign, and sound trainings show none.

The images are the made-up strokes of four classes; each training takes a second or so.
"""

from functools import cache

import pytest
from signs_stage import (
    Trained,
    dense,
    of_the_zoo,
    small,
    strokes,
    train,
    with_labels_drawn_anew,
    without_class,
)

from cnnlab.analysis.diagnosis import Change, RemoveLayer, SetArgument, SetRecipe
from cnnlab.arch import Layer
from cnnlab.arch.initializers import Constant, RandomNormal
from cnnlab.arch.layers import BatchNormalization, Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from cnnlab.records import SGD, Adam, CosineDecay, Recipe

SIZE = 12
RECIPE = Recipe(batch_size=32, epochs=5)


def sound(*between: Layer, bias: float = 0.0, spread: float | None = None) -> list[Layer]:
    """The layers of a small network that learns the strokes, with something behind its convolution."""
    kernel = "glorot_uniform" if spread is None else RandomNormal(stddev=spread)
    first = Conv2D(8, 3, activation="relu", bias_initializer=Constant(bias), kernel_initializer=kernel)
    return [first, *between, MaxPooling2D(2), Flatten(), Dense(32, activation="relu")]


def trained_by(optimizer: Adam | SGD, *, epochs: int = 5) -> Trained:
    return train(small(*sound()), Recipe(batch_size=32, epochs=epochs, optimizer=optimizer), strokes(2000, SIZE))


@cache
def slow() -> Trained:
    return trained_by(Adam(1e-6))


@cache
def fast() -> Trained:
    return trained_by(Adam(0.1))


@cache
def unlabelled() -> Trained:
    return train(small(*sound()), RECIPE, with_labels_drawn_anew(strokes(2000, SIZE), 0.2))


def texts(changes: tuple[Change, ...]) -> list[str]:
    return [change.text for change in changes]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lenet-5", "mnist-convnet"])
def test_a_sound_network_of_the_zoo_shows_nothing_above_0_3(name: str) -> None:
    suspects = train(of_the_zoo(name), Recipe(batch_size=32, epochs=3), strokes()).suspects()
    assert {one.name: one.weight for one in suspects.values() if one.weight > 0.3} == {}


@pytest.mark.parametrize("optimizer", [Adam(), Adam(0.003), SGD(0.1, momentum=0.9), Adam(CosineDecay(0.003, 315))])
def test_a_sound_small_network_shows_nothing_above_0_3_with_any_sound_optimizer(optimizer: Adam | SGD) -> None:
    suspects = trained_by(optimizer).suspects()
    assert {one.name: one.weight for one in suspects.values() if one.weight > 0.3} == {}


def test_batch_normalization_with_a_sound_momentum_shows_nothing_above_0_3() -> None:
    found = train(small(*sound(BatchNormalization(momentum=0.9))), RECIPE, strokes(2000, SIZE)).suspects()
    assert {one.name: one.weight for one in found.values() if one.weight > 0.3} == {}


def test_a_rate_100_times_too_high_is_seen_and_the_usual_one_proposed_first() -> None:
    found = fast().suspects()
    assert found["learning-rate-too-high"].weight > 0.3
    assert found["learning-rate-too-high"].changes[0].edits == (SetRecipe("optimizer.learning_rate", 0.001),)
    assert found["collapsed-seeds"].weight == 0.9
    assert found["dead-units"].layers == ("conv2d", "dense")
    assert texts(found["dead-units"].changes)[0] == "learning rate 0.01"
    assert "learning-rate-too-low" not in found


def test_a_rate_that_breaks_the_loss_is_a_rate_too_high() -> None:
    found = trained_by(SGD(1e6)).suspects()
    assert found["learning-rate-too-high"].weight == 0.95
    assert "The loss stopped being a number" in found["learning-rate-too-high"].text
    assert "learning-rate-too-low" not in found
    assert "updates-too-small" not in found


def test_a_rate_1000_times_too_low_is_seen_and_the_usual_one_proposed_first() -> None:
    found = slow().suspects()
    assert found["learning-rate-too-low"].weight > 0.5
    assert found["learning-rate-too-low"].changes[0].edits == (SetRecipe("optimizer.learning_rate", 0.001),)
    assert found["updates-too-small"].layers == ("conv2d", "dense", "dense_1")
    assert "learning-rate-too-high" not in found
    assert "dead-units" not in found


def test_a_rate_30_times_too_low_is_seen_from_the_curve_alone_too() -> None:
    trained = trained_by(Adam(3e-5))
    curve = Trained(trained.network, trained.recipe, trained.runs, (), trained.tested, trained.training).suspects()
    assert curve["learning-rate-too-low"].weight > 0.3
    assert "in every epoch" in curve["learning-rate-too-low"].text


def test_a_deep_chain_of_sigmoids_lets_gradients_vanish() -> None:
    net = dense(*[Dense(32, activation="sigmoid") for _ in range(6)])
    found = train(net, RECIPE, strokes(2000, SIZE)).suspects()["vanishing-gradients"]
    assert found.weight > 0.5
    assert found.layers == ("dense",)
    names = ["dense", *(f"dense_{place}" for place in range(1, 6))]
    assert found.changes[0].edits == tuple(SetArgument(name, "activation", "relu") for name in names)


def test_biases_that_begin_at_minus_5_leave_dead_units_and_no_talk_of_a_slow_rate() -> None:
    found = train(small(*sound(bias=-5.0)), RECIPE, strokes(2000, SIZE)).suspects()
    assert found["dead-units"].weight == 0.9
    assert found["dead-units"].changes[0].edits == (SetArgument("conv2d", "bias_initializer", "zeros"),)
    assert not {"learning-rate-too-low", "updates-too-small", "vanishing-gradients"} & set(found)


def test_moving_averages_that_lag_are_seen_by_a_slow_momentum_and_few_steps() -> None:
    net = small(*sound(BatchNormalization(momentum=0.999)))
    found = train(net, Recipe(batch_size=32, epochs=2), strokes(2000, SIZE)).suspects()["drifted-statistics"]
    assert found.weight > 0.5
    assert found.layers == ("batch_normalization",)
    assert found.changes[0].edits == (SetArgument("batch_normalization", "momentum", 0.9),)


def test_a_fifth_of_wrong_labels_is_seen_by_better_answers_to_the_test() -> None:
    found = unlabelled().suspects(training=False)["doubtful-labels"]
    assert found.weight > 0.5
    assert dict(found.evidence)["training accuracy"] < dict(found.evidence)["test accuracy"]
    assert texts(found.changes) == ["label smoothing 0.1"]
    assert "overfitting" not in unlabelled().suspects()


def test_a_class_without_training_images_is_never_named() -> None:
    found = train(small(*sound()), RECIPE, without_class(strokes(2000, SIZE), 2)).suspects()
    assert found["class-never-named"].text == (
        "Class 2: never named by 2 of 2 seeds, though 125 of 500 unseen images show it."
    )
    assert found["class-never-named"].weight == 0.9 > found["overfitting"].weight


def test_a_large_layer_on_100_images_overfits() -> None:
    net = dense(Dense(128, activation="relu"))
    found = train(net, Recipe(batch_size=32, epochs=40), strokes(100, SIZE)).suspects()["overfitting"]
    numbers = dict(found.evidence)
    assert found.weight > 0.7
    assert numbers["gap"] > 5 * numbers["error"] > 0
    assert texts(found.changes)[0] == "dropout 0.25 behind dense"


def test_kernels_drawn_far_too_large_explode() -> None:
    net = small(*sound(spread=10.0))
    found = train(net, Recipe(batch_size=32, epochs=2), strokes(2000, SIZE)).suspects()["exploding-gradients"]
    assert found.weight > 0.5
    assert found.changes[0].edits == (SetArgument("conv2d", "kernel_initializer", "he_normal"),)


def test_tanh_behind_large_kernels_is_saturated_from_the_start() -> None:
    layers = [Dense(32, activation="tanh", kernel_initializer=RandomNormal(stddev=1.0)) for _ in range(2)]
    found = train(dense(*layers), RECIPE, strokes(2000, SIZE)).suspects()["saturated-units"]
    assert found.weight > 0.5
    assert found.layers == ("dense", "dense_1")
    assert texts(found.changes)[0] == "he_normal in dense and dense_1"


def test_too_much_dropout_is_underfitting_whose_first_change_takes_it_out() -> None:
    net = small(Conv2D(8, 3, activation="relu"), MaxPooling2D(2), Dropout(0.8), Flatten(), Dense(8), Dropout(0.8))
    found = train(net, RECIPE, strokes(2000, SIZE)).suspects()["underfitting"]
    assert found.weight > 0.3
    assert found.changes[0].edits == (RemoveLayer("dropout"), RemoveLayer("dropout_1"))


def test_one_seed_of_a_narrow_network_that_learns_nothing_is_counted_beside_the_others() -> None:
    layers = [Conv2D(2, 3, strides=2, activation="relu"), Conv2D(2, 3, strides=2, activation="relu"), Flatten()]
    net = small(*layers, Dense(2, activation="relu"), Dense(2, activation="relu"))
    trained = train(net, Recipe(batch_size=32, epochs=10), strokes(2000, SIZE), seeds=range(6))
    found = trained.suspects()["collapsed-seeds"]
    collapsed = sum(run.test_accuracy is not None and run.test_accuracy < 0.29 for run in trained.runs)
    assert 0 < collapsed < 6
    assert found.text.startswith(f"{collapsed} of 6 seeds did no better on unseen images than naming one class;")
    assert found.weight == 0.8

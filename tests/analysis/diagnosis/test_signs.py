"""The parts of the signs, each against an oracle or by hand."""

import doctest
import importlib
import pkgutil
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import exp, log, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from signs_by_hand import CLASSES, NETWORK, PLAIN, RECIPE, SOUND, answers_of, layer, probe, run, seen, suspects

from cnnlab.analysis.diagnosis import InsertLayer, SetArgument, SetRecipe, signs
from cnnlab.analysis.diagnosis.signs import Band, Thresholds, remedies
from cnnlab.analysis.diagnosis.signs.answers import contradicted
from cnnlab.analysis.diagnosis.signs.gap import gap_of
from cnnlab.analysis.diagnosis.signs.rate import jumps, late_fall
from cnnlab.arch import chain
from cnnlab.arch.layers import Activation, BatchNormalization, Conv2D, Dense, Dropout, Flatten
from cnnlab.records import (
    SGD,
    Adam,
    CallbackRecipe,
    CategoricalCrossentropy,
    CosineDecay,
    OneCycle,
    PiecewiseConstantDecay,
    Probe,
    Recipe,
    Tested,
)

MODULES = [module.name for module in pkgutil.walk_packages(signs.__path__, f"{signs.__name__}.")]
falling = st.lists(st.floats(0.001, 10), min_size=2, max_size=12, unique=True).map(lambda them: sorted(them)[::-1])


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_docstrings_give_what_they_say(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


# Bands.


@given(
    ends=st.tuples(st.floats(0.01, 100), st.floats(0.01, 100)),
    by_ratio=st.booleans(),
    values=st.lists(st.floats(0, 200)),
)
def test_a_band_grows_from_mild_to_strong_and_is_0_on_the_near_side(
    ends: tuple[float, float], by_ratio: bool, values: list[float]
) -> None:
    mild, strong = ends
    if abs(mild / strong - 1) < 0.01:
        return
    band = Band(mild, strong, by_ratio)
    assert (band.weight(mild), band.weight(strong)) == (pytest.approx(0.2), pytest.approx(0.9))
    towards = sorted(values) if strong > mild else sorted(values, reverse=True)
    weights = [band.weight(value) for value in towards]
    assert weights == sorted(weights)
    assert all((weight > 0) == ((value >= mild) if strong > mild else (value <= mild)) or value == pytest.approx(mild)
               for value, weight in zip(towards, weights, strict=True))  # fmt: skip
    assert band.weight(float("nan")) == 0


def test_thresholds_are_passed_through() -> None:
    probes = [probe(layer("conv2d", dead=0.2))]
    assert "dead-units" not in suspects([run()], probes)
    assert suspects([run()], probes, thresholds=Thresholds(dead=Band(0.1, 0.15)))["dead-units"].weight == 0.9


def test_without_a_run_nothing_is_suspected() -> None:
    assert suspects([], [probe(layer("conv2d", dead=1.0))]) == {}


def test_a_sound_training_shows_nothing() -> None:
    layers = [layer("conv2d", dead=0.1), layer("dense", saturated=0.1)]
    probes = [probe(*layers), probe(*layers, moment="start", loss=1.1, training_loss=1.1, accuracy=0.3)]
    assert suspects([run(test=0.9)], probes) == {}


# Curves.


@given(falling, st.floats(0.1, 5))
def test_a_loss_that_only_falls_does_not_jump(losses: list[float], guess: float) -> None:
    assert jumps(losses, guess, Thresholds()) == 0


@given(falling, st.integers(0, 10), st.floats(0, 3))
def test_one_spike_jumps_by_its_height_unless_it_is_noise(losses: list[float], place: int, height: float) -> None:
    at = place % len(losses)
    spiked = [*losses[: at + 1], losses[at] + height, *losses[at + 1 :]]
    noise = height <= max(0.05 * losses[at], 0.02 * 2)
    if abs(height - max(0.05 * losses[at], 0.02 * 2)) > 1e-9:
        assert jumps(spiked, 2.0, Thresholds()) == pytest.approx(0 if noise else height / 2)


def test_a_loss_that_is_next_to_nothing_may_double_and_a_large_one_may_move_by_some_per_cent() -> None:
    assert jumps([0.01, 0.005, 0.01, 0.02], 2.0, Thresholds()) == 0
    assert jumps([3.0, 2.0, 2.09], 2.0, Thresholds()) == 0
    assert jumps([3.0, 2.0, 2.2], 2.0, Thresholds()) == pytest.approx(0.1)


@given(falling, st.floats(0.1, 9), st.floats(-3, 3))
def test_the_late_share_of_a_fall_knows_no_scale(losses: list[float], factor: float, shift: float) -> None:
    if min(a - b for a, b in pairwise(losses)) > 1e-3:
        assert late_fall([factor * loss + shift for loss in losses]) == pytest.approx(late_fall(losses), abs=1e-6)


@given(st.integers(2, 30), st.floats(0.05, 2))
def test_a_line_falls_half_late_and_a_decay_as_its_formula_says(epochs: int, speed: float) -> None:
    assert late_fall([float(-at) for at in range(epochs)]) == pytest.approx(0.5)
    if epochs % 2:
        middle, end = exp(-speed * (epochs - 1) / 2), exp(-speed * (epochs - 1))
        decay = [exp(-speed * at) for at in range(epochs)]
        assert late_fall(decay) == pytest.approx((middle - end) / (1 - end))


def test_a_finished_training_is_no_slow_one_however_it_falls() -> None:
    assert "learning-rate-too-low" not in suspects([run((0.04, 0.03, 0.02, 0.01, 0.005))])
    assert "learning-rate-too-low" not in suspects([run((1.098, 1.097, 1.096, 1.095, 1.094), test=0.9)])


def test_a_first_epoch_whose_loss_is_mostly_a_penalty_is_not_blamed_on_the_rate() -> None:
    run_of_it = run((4.0, 3.0, 2.5, 2.2, 2.0))
    shown = [probe(layer("dense"), moment="start", training_loss=1.1, penalty=penalty) for penalty in (0.0, 3.0)]
    assert "learning-rate-too-high" in suspects([run_of_it], shown[:1])
    assert "learning-rate-too-high" not in suspects([run_of_it], shown[1:])


def test_dropout_keeps_the_training_loss_high_and_is_no_slow_rate() -> None:
    losses = (1.0, 0.9, 0.8, 0.7, 0.6)
    assert "learning-rate-too-low" in suspects([run(losses)], [probe(loss=0.6)])
    assert "learning-rate-too-low" not in suspects([run(losses)], [probe(loss=0.1)])


def test_small_steps_are_not_blamed_on_the_rate_under_a_schedule_or_when_nothing_comes_through() -> None:
    small = [probe(layer("conv2d", update=1e-7), layer("dense", update=1e-7), moment="start")]
    assert "updates-too-small" in suspects([run()], small)
    schedule = replace(RECIPE, optimizer=SGD(CosineDecay(0.0, 100, warmup_target=0.1, warmup_steps=10)))
    assert "updates-too-small" not in suspects([run()], small, recipe=schedule)
    cut = [probe(layer("conv2d", update=0.0), layer("dense", update=0.0), moment="start")]
    assert not {"updates-too-small", "learning-rate-too-low"} & set(suspects([run()], cut))


@pytest.mark.parametrize(("weights", "kept"), [(None, True), ("balanced", True), ((("0", 9.0),), False)])
def test_losses_that_a_table_of_class_weights_has_scaled_are_not_held_against_guessing(
    weights: Any,  # noqa: ANN401 - as a recipe has them
    kept: bool,
) -> None:
    recipe = replace(RECIPE, class_weight=weights)
    jumping = run([3.0, 1.0, 2.5, 0.9, 2.4])
    falling_still = run([float(loss) for loss in np.linspace(1.0, 0.5, 9)])
    high = suspects([jumping], recipe=recipe)
    slow = suspects([falling_still], recipe=recipe)
    assert ("learning-rate-too-high" in high) is kept
    assert ("learning-rate-too-low" in slow) is kept


def test_a_gradient_of_exactly_0_has_not_vanished() -> None:
    cut = [probe(layer("conv2d", gradient=0.0), layer("dense"), moment="start")]
    assert "vanishing-gradients" not in suspects([run()], cut)


def test_gradients_that_training_has_healed_weigh_half() -> None:
    start = probe(layer("conv2d", gradient=1e-9), layer("dense"), moment="start")
    healed = probe(layer("conv2d"), layer("dense"))
    weights = [suspects([run()], probes)["vanishing-gradients"].weight for probes in ([start], [start, healed])]
    assert weights[1] == pytest.approx(weights[0] / 2)


# Over- and underfitting.


@pytest.mark.parametrize(("true_training", "true_test"), [(0.95, 0.9), (0.7, 0.7), (1.0, 0.8)])
def test_the_error_of_a_gap_is_its_spread_over_other_images(true_training: float, true_test: float) -> None:
    numbers = np.random.default_rng(1)
    labels = [0, 1, 2] * 200
    trained, right = numbers.binomial(512, true_training, 3000) / 512, numbers.binomial(600, true_test, 3000)
    said = answers_of([labels], labels)
    error = None
    for accuracy, count in zip(trained[:20], right[:20], strict=True):
        classes = said.classes.copy()
        classes[0, : 600 - count] = (classes[0, : 600 - count] + 1) % CLASSES
        gap = gap_of(seen([run()], [probe(accuracy=float(accuracy))], replace(said, classes=classes)))
        assert gap is not None
        assert gap.value == pytest.approx(accuracy - count / 600)
        error = gap.error
    assert error == pytest.approx(np.std(trained - right / 600), rel=0.25)


def test_several_seeds_add_their_own_spread_to_the_error() -> None:
    runs = [run(seed=seed, test=test) for seed, test in enumerate((0.8, 0.9, 0.7))]
    probes = [probe(seed=seed, accuracy=0.9, images=10**9) for seed in range(3)]
    gap = gap_of(seen(runs, probes))
    assert gap is not None
    assert (gap.value, gap.seeds) == (pytest.approx(0.1), 3)
    assert gap.error == pytest.approx(0.1 / sqrt(3), rel=1e-3)


def test_a_gap_within_its_noise_is_no_overfitting() -> None:
    few = [probe(accuracy=0.95, images=20)]
    many = [probe(accuracy=0.95, images=512)]
    assert "overfitting" not in suspects([run(test=0.85)], few)
    assert "overfitting" in suspects([run(test=0.85)], many)


def test_a_rise_of_validation_loss_within_the_noise_of_seeds_or_images_is_no_overfitting() -> None:
    courses = [(0.5, 0.3, 0.3, 0.3, 0.5), (0.5, 0.5, 0.4, 0.39, 0.38), (0.5, 0.4, 0.4, 0.4, 0.4)]
    runs = [run(seed=seed, validation=course) for seed, course in enumerate(courses)]
    assert "overfitting" not in suspects(runs)
    rising = [run(validation=(0.5, 0.3, 0.4, 0.5, 0.6))]
    labels = [0, 1, 2] * 4
    noisy = Tested("net", (0,), np.array(labels), np.array([labels]), np.array([[0.0, 4.0] * 6]))
    assert "overfitting" in suspects(rising, answers=answers_of([labels], labels))
    assert "overfitting" not in suspects(rising, answers=noisy)


def test_the_epoch_of_the_lowest_validation_loss_is_proposed() -> None:
    runs = [run(seed=seed, validation=(0.9, 0.6, 0.7, 0.9, 1.2)) for seed in range(2)]
    assert SetRecipe("epochs", 2) in [edit for one in suspects(runs)["overfitting"].changes for edit in one.edits]


def test_underfitting_weighs_what_is_not_learnt_above_guessing() -> None:
    weights = []
    for accuracy in (0.95, 0.85, 0.6, 0.4):
        found = suspects([run(test=accuracy)], [probe(accuracy=accuracy)]).get("underfitting")
        weights.append(0 if found is None else found.weight)
    assert weights == sorted(weights)
    assert weights[0] == 0 < weights[1]


# Answers and seeds.


@given(st.integers(0, 10**6), st.integers(1, 4), st.floats(0.02, 0.5))
def test_contradicted_labels_are_those_that_a_plain_loop_finds_the_least_believed_first(
    seed: int, seeds: int, probability: float
) -> None:
    numbers = np.random.default_rng(seed)
    labels, classes = numbers.integers(0, 3, 40), numbers.integers(0, 3, (seeds, 40))
    losses = numbers.exponential(2.0, (seeds, 40))
    expected = []
    for image in range(40):
        others = set(classes[:, image]) - {labels[image]}
        same = len(set(classes[:, image])) == 1 and len(others) == 1
        if same and all(exp(-loss) < probability for loss in losses[:, image]):
            expected.append(image)
    said = Tested("net", tuple(range(seeds)), labels, classes, losses)
    believed = [max(exp(-loss) for loss in losses[:, image]) for image in range(40)]
    assert contradicted(said, probability).tolist() == sorted(expected, key=lambda image: believed[image])


def test_a_class_counts_as_never_named_only_by_seeds_that_have_learnt_the_others() -> None:
    labels = [0, 0, 1, 1, 2] * 20
    learnt = [one % 2 for one in labels]
    halting = [0, 0, 1, 0, 0] * 20  # three of four right of the classes that it names
    strict = Thresholds(never_else=0.8)
    assert "class-never-named" in suspects([run()], answers=answers_of([learnt], labels), thresholds=strict)
    assert "class-never-named" in suspects([run()], answers=answers_of([halting], labels))
    assert "class-never-named" not in suspects([run()], answers=answers_of([halting], labels), thresholds=strict)
    named_once = [*learnt[:-1], 2]
    assert "class-never-named" not in suspects([run()], answers=answers_of([named_once], labels))


def test_a_seed_has_collapsed_if_it_does_no_better_than_the_most_frequent_class() -> None:
    labels = [0] * 70 + [1] * 20 + [2] * 10
    better = [0] * 70 + [1] * 20 + [0] * 10
    found = seen([run(), run(seed=1)], answers=answers_of([[0] * 100, better], labels))
    assert found.collapsed == {0}
    assert found.answers is not None
    assert found.answers.seeds == (1,)


def test_a_seed_whose_recipe_weighed_classes_has_collapsed_if_it_names_one_class_and_not_by_right_answers() -> None:
    labels = [0] * 90 + [1] * 6 + [2] * 4
    finds_the_rare = [number % 3 for number in range(90)] + labels[90:]
    answers = answers_of([finds_the_rare, [0] * 100], labels)
    runs = [run(seed=seed, test=0.4) for seed in (0, 1)]
    assert seen(runs, (), answers).collapsed == {0, 1}
    assert seen(runs, (), answers, recipe=replace(RECIPE, class_weight="balanced")).collapsed == {1}


def test_test_images_alone_do_not_weigh_much_against_their_labels() -> None:
    labels = [0, 1, 2] * 30
    said = [*labels[:-30], *labels[-29:], 0]
    found = suspects([run(), run(seed=1)], answers=answers_of([said, said], labels, losses=4.0))["doubtful-labels"]
    assert found.weight <= 0.3
    assert "doubtful-labels" not in suspects([run()], answers=answers_of([said], labels, losses=4.0))


def test_networks_that_know_little_are_not_believed_against_labels() -> None:
    labels = [0, 1, 2] * 30
    for right, believed in ((70, True), (45, False)):
        said = [*labels[:right], *((one + 1) % 3 for one in labels[right:])]
        found = suspects([run(), run(seed=1)], training=answers_of([said, said], labels, losses=4.0))
        assert ("doubtful-labels" in found) == believed


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ([7], "Its label looks wrong: that of image 7, counted from 0."),
        ([7, 3], "Their labels look wrong: those of images 3 and 7, counted from 0."),
        (range(4, 11), "Their labels look wrong, most of all those of images 6, 7, 8, 9 and 10, counted from 0."),
    ],
)
def test_a_few_images_with_doubtful_labels_are_named_by_their_places(wrong: Sequence[int], told: str) -> None:
    labels = [0, 1, 2] * 8
    said = [(one + 1) % 3 if place in wrong else one for place, one in enumerate(labels)]
    answers = answers_of([said, said], labels)
    answers = replace(answers, losses=np.array([[3.0 + place / 10 for place in range(24)]] * 2))
    suspect = suspects([run(), run(seed=1)], training=answers)["doubtful-labels"]
    assert suspect.text.endswith(told)
    assert dict(suspect.evidence)["doubtful training images"] == len(wrong)


def test_better_on_the_test_than_in_training_is_no_news_where_dropout_was_on() -> None:
    runs = [replace(run(test=0.9), history=tuple(replace(row, accuracy=0.6) for row in run().history))]
    assert "doubtful-labels" not in suspects(runs)
    assert "doubtful-labels" in suspects(runs, [probe(accuracy=0.6)])


# Statistics.


def bn_probe(loss: float, training_loss: float) -> Probe:
    return probe(layer("batch_normalization", drift=0.1, stretch=3.0), loss=loss, training_loss=training_loss)


def test_only_batch_normalization_makes_evaluation_worse_than_training() -> None:
    assert "drifted-statistics" in suspects([run()], [bn_probe(1.0, 0.3)])
    assert "drifted-statistics" not in suspects([run()], [bn_probe(0.3, 1.0)])
    assert "drifted-statistics" not in suspects([run()], [bn_probe(0.03, 0.01)])
    assert "drifted-statistics" not in suspects([run()], [bn_probe(1.0, 0.3)], network=PLAIN)


def test_the_remedies_for_drifted_statistics_begin_with_the_momentum() -> None:
    changes = suspects([run()], [bn_probe(1.0, 0.3)])["drifted-statistics"].changes
    assert [one.text for one in changes] == [
        "momentum 0.9 in batch_normalization",
        "without dropout",
        "without batch_normalization",
    ]


# Remedies.


@pytest.mark.parametrize(
    ("optimizer", "expected"),
    [
        (Adam(0.001), 0.0001),
        (SGD(CosineDecay(0.1, 9, warmup_target=0.3, warmup_steps=2)), CosineDecay(0.01, 9, 0.0, 0.03, 2)),
        (SGD(PiecewiseConstantDecay((3,), (0.5, 0.2))), PiecewiseConstantDecay((3,), (0.05, 0.02))),
        (SGD(OneCycle(0.4, 100)), OneCycle(0.04, 100)),
        (Adam(0.0), None),
    ],
)
def test_a_tenth_of_the_rate_is_a_tenth_of_every_rate(optimizer: Adam | SGD, expected: object) -> None:
    change = remedies.rate_times(Recipe(optimizer=optimizer), 0.1)
    if expected is None:
        assert change is None
        return
    assert change is not None
    (edit,) = change.edits
    assert isinstance(edit, SetRecipe)
    assert edit.field == "optimizer.learning_rate"
    if isinstance(expected, float):
        assert edit.value == expected
    else:
        for name, value in vars(expected).items():
            assert getattr(edit.value, name) == pytest.approx(value), name


def test_a_rate_of_0_is_raised_once_and_not_by_every_factor() -> None:
    still = replace(RECIPE, optimizer=Adam(0.0))
    changes = suspects([run((1.0, 0.9, 0.8, 0.7, 0.6))], recipe=still)["learning-rate-too-low"].changes
    assert [one.text for one in changes] == ["learning rate 0.001", "10 epochs"]


def test_where_a_callback_sets_the_rate_no_other_rate_is_proposed() -> None:
    recipe = Recipe(callbacks=(CallbackRecipe("LearningRateScheduler"),))
    assert remedies.rate_times(recipe, 0.1) is None


def test_only_kernels_drawn_by_hand_are_drawn_in_the_usual_way() -> None:
    change = remedies.usual_initializer(NETWORK, [node.name for node in NETWORK.nodes])
    assert change is not None
    assert change.edits == (SetArgument("dense", "kernel_initializer", "he_normal"),)
    assert remedies.usual_initializer(PLAIN, ["dense", "dense_1"]) is None
    he = chain("he", [Dense(3, kernel_initializer="he_normal")], input_shape=(2,))
    assert remedies.initializer(he, ["dense"], "he_normal") is None


def test_dropout_is_added_before_the_last_weights_unless_it_is_there() -> None:
    change = remedies.more_dropout(PLAIN)
    assert change is not None
    assert change.edits == (InsertLayer("dense", Dropout(0.25)),)
    assert remedies.more_dropout(chain("one", [Dense(3)], input_shape=(2,))) is None
    assert remedies.more_dropout(chain("two", [Dense(3), Dropout(0.1), Dense(3)], input_shape=(2,))) is None


def test_batch_normalization_is_added_half_way_unless_it_is_there() -> None:
    deep = [Dense(3), Activation("sigmoid"), Dense(3), Dense(3)]
    change = remedies.normalized_middle(chain("deep", deep, input_shape=(2,)))
    assert change is not None
    assert change.edits == (InsertLayer("dense_1", BatchNormalization()),)
    assert remedies.normalized_middle(chain("deep", [*deep, BatchNormalization()], input_shape=(2,))) is None


def test_what_is_set_already_is_not_proposed() -> None:
    assert remedies.clipping(Recipe(optimizer=Adam(clipnorm=1.0))) is None
    assert remedies.smoothing(Recipe(loss=CategoricalCrossentropy(label_smoothing=0.1))) is None
    assert remedies.zero_biases(PLAIN, ["dense", "dense_1"]) is None
    quick = chain("quick", [BatchNormalization(momentum=0.9), Dense(3)], input_shape=(2,))
    assert remedies.quicker_statistics(quick) is None
    assert remedies.without(remedies.dropouts(PLAIN)) is None


def test_an_activation_of_its_own_is_fed_by_the_layer_before_it() -> None:
    layers = [Conv2D(2, 2), Activation("relu"), Flatten(), Dense(3, activation="softmax")]
    net = chain("net", layers, input_shape=(4, 4, 1))
    assert seen([run()], network=net).feeding(["activation", "dense"]) == ["conv2d", "dense"]


def test_more_than_one_weak_sign_of_a_high_rate_is_a_stronger_one() -> None:
    jumpy, high = (0.9, 0.3, 0.6, 0.3, 0.2), (1.5, 0.5, 0.4, 0.3, 0.2)
    both = (1.5, 0.5, 0.8, 0.3, 0.2)
    weights = [suspects([run(losses)])["learning-rate-too-high"].weight for losses in (jumpy, high, both)]
    assert weights[2] > max(weights[:2])
    assert "learning-rate-too-high" not in suspects([run(SOUND)])
    assert log(CLASSES) < 1.1

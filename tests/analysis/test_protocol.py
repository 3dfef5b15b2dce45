"""The protocol check: each fault that is planted is found, by name and with its numbers, and nothing else is."""

from dataclasses import replace

import numpy as np
import pytest
import studies
from hypothesis import given

from cnnlab import data
from cnnlab.analysis.protocol import ProtocolFinding, data_facts, protocol
from cnnlab.analysis.protocol.callbacks import MONITORED
from cnnlab.analysis.protocol.finding import ORDER
from cnnlab.lab.conduct import held_out, limited
from cnnlab.records import SGD, CallbackRecipe, Examples, RunResult, Split, StudyResult
from cnnlab.training.callbacks import (
    Callback,
    EarlyStopping,
    LambdaCallback,
    ModelCheckpoint,
    ReduceLROnPlateau,
    callback_recipe,
)
from cnnlab.training.callbacks.learning_rate_scheduler import LearningRateScheduler

ROWS = [(1.0, 0.6, 0.9, 0.7), (0.5, 0.8, 0.6, 0.85), (0.4, 0.9, 0.7, 0.8)]


def clean_study(*names: str, seeds: int = 3, **recipe: object) -> StudyResult:
    """A study against which nothing speaks: images held out, all trained alike, three seeds each."""
    runs = [_run(name, seed, **recipe) for seed in range(seeds) for name in names or ("a", "b")]
    study = studies.study(*runs)
    return replace(study, validated_on_test=False, provenance=replace(study.provenance, validation_images=5000))


def _run(name: str, seed: int, **recipe: object) -> RunResult:
    run = studies.run(name, ROWS, seed=seed, test=(0.5, 0.8 + seed / 100))
    return replace(run, recipe=replace(run.recipe, **recipe)) if recipe else run


def on_test(study: StudyResult) -> StudyResult:
    return replace(study, validated_on_test=True)


def with_recipe(study: StudyResult, name: str, **changed: object) -> StudyResult:
    runs = (
        replace(run, recipe=replace(run.recipe, **changed)) if run.key.architecture == name else run
        for run in study.runs
    )
    return replace(study, runs=tuple(runs))


def kinds(found: tuple[ProtocolFinding, ...]) -> list[str]:
    return [one.kind for one in found]


def the(found: tuple[ProtocolFinding, ...], kind: str) -> ProtocolFinding:
    (one,) = (one for one in found if one.kind == kind)
    return one


def test_nothing_is_said_against_a_clean_study_of_clean_data() -> None:
    assert protocol(clean_study(), data_facts(held_out(data.load("made-up"), 80)), picked={"epoch"}) == ()


def test_the_notebooks_study_has_its_faults_named() -> None:
    found = protocol(studies.notebook_study())
    assert kinds(found) == ["validation-is-test", "unequal-epochs", "unequal-batch-size", "one-seed"]
    assert the(found, "unequal-epochs").text == (
        "Unequal epochs: 12 for architecture-1; 10 for architecture-2; 15 for architecture-3. A difference in accuracy "
        "may come from that as well."
    )
    assert the(found, "unequal-batch-size").evidence == (("least", 128), ("most", 200))
    assert "128 for architecture-1; 200 for architecture-2 and architecture-3" in the(found, "unequal-batch-size").text
    assert the(found, "one-seed").text == (
        "One seed: architecture-1, architecture-2 and architecture-3. How much another seed would change is not known, "
        "so nothing can be said of these architectures beyond the networks that were trained. Three seeds are the "
        "least."
    )
    assert the(found, "validation-is-test").text == (
        "The 10,000 test images are also the validation images. Whoever chooses an epoch, a setting or an architecture "
        "by these numbers chooses on the test set, and the accuracy of what is chosen is too good on average. Hold "
        "training images out for validation: --hold-out N."
    )


@pytest.mark.parametrize(
    ("changed", "kind", "words"),
    [
        ({"optimizer": SGD()}, "unequal-optimizer", "Unequal optimizer: 2 different ones (a; b)."),
        ({"epochs": 4}, "unequal-epochs", "Unequal epochs: 3 for a; 4 for b."),
        ({"batch_size": 1}, "unequal-batch-size", "Unequal batch size: 200 for a; 1 for b."),
        (
            {"callbacks": (CallbackRecipe("TerminateOnNaN"),)},
            "unequal-callbacks",
            "Unequal callbacks: 2 different ones (a; b).",
        ),
    ],
)
def test_a_setting_that_differs_is_named_with_its_values(changed: dict[str, object], kind: str, words: str) -> None:
    (found,) = protocol(with_recipe(clean_study(), "b", **changed))
    assert (found.kind, found.severity, found.subject) == (kind, "warning", "study")
    assert found.text.startswith(words)


def test_one_seed_and_unequal_seeds_are_told_apart() -> None:
    study = clean_study("a", "b")
    lone = replace(study, runs=tuple(run for run in study.runs if run.key.architecture == "a" or run.key.seed == 0))
    found = protocol(lone)
    assert kinds(found) == ["one-seed", "unequal-seeds"]
    assert the(found, "one-seed").subject == "b"
    assert the(found, "unequal-seeds").text.startswith("Not as many seeds of each: 3 of a and 1 of b.")


# What decides by the test images.

LISTENING = [
    (EarlyStopping(), "error", "EarlyStopping of a ends the training at an epoch that it chooses by the test images"),
    (EarlyStopping("val_accuracy", restore_best_weights=True), "error", "and puts back the weights of the epoch that"),
    (
        ReduceLROnPlateau(),
        "error",
        "ReduceLROnPlateau of a sets the learning rate by what the test images say (val_loss).",
    ),
    (ModelCheckpoint("a.npz", save_best_only=True), "warning", "ModelCheckpoint of a keeps the file of the epoch that"),
    (LambdaCallback(), "note", "LambdaCallback of a is given the numbers of the test images after every epoch."),
]
DEAF = [
    EarlyStopping("loss", restore_best_weights=True),
    ReduceLROnPlateau("accuracy"),
    ModelCheckpoint("a.npz"),
    ModelCheckpoint("a.npz", monitor="loss", save_best_only=True),
    LearningRateScheduler(lambda epoch: 0.1),
]


@pytest.mark.parametrize(("callback", "severity", "words"), LISTENING, ids=lambda one: type(one).__name__)
def test_a_callback_that_listens_to_the_test_set_is_named(callback: Callback, severity: str, words: str) -> None:
    study = clean_study("a", callbacks=(callback_recipe(callback),))
    assert protocol(study) == (), "with images held out it may listen"
    found = [one for one in protocol(on_test(study)) if one.kind != "validation-is-test"]
    assert [(one.kind, one.severity, one.subject) for one in found] == [
        ("own-callback" if severity == "note" else "callback-on-test", severity, "a")
    ]
    assert words in found[0].text
    assert found[0].text.endswith("The test accuracy is then too good on average.") == (severity == "error")


@pytest.mark.parametrize("callback", DEAF, ids=lambda one: type(one).__name__)
def test_a_callback_that_does_not_listen_to_it_is_left_alone(callback: Callback) -> None:
    study = on_test(clean_study("a", callbacks=(callback_recipe(callback),)))
    assert kinds(protocol(study)) == ["validation-is-test"]


def test_one_callback_of_several_architectures_is_told_once() -> None:
    shared = (callback_recipe(EarlyStopping(patience=3)),)
    found = the(protocol(on_test(clean_study("a", "b", callbacks=shared))), "callback-on-test")
    assert (found.subject, found.evidence) == ("study", (("architectures", 2),))
    assert found.text.startswith("EarlyStopping of a and b ends")


def test_what_a_callback_monitors_by_default_is_what_the_check_takes_it_for() -> None:
    for callback in (EarlyStopping(), ReduceLROnPlateau(), ModelCheckpoint("a.npz")):
        assert callback.monitor == MONITORED
        assert "monitor" not in dict(callback_recipe(callback).arguments)


def test_an_epoch_and_a_seed_that_are_picked_by_their_result_are_errors_with_what_that_gains() -> None:
    study = clean_study("a")
    assert kinds(protocol(study, picked={"epoch"})) == [], "the validation images may pick an epoch"
    epoch = the(protocol(on_test(study), picked={"epoch"}), "picked-epoch")
    assert (epoch.severity, dict(epoch.evidence)) == ("error", {"gain": pytest.approx(0.05), "runs": 3})
    assert "lies 0.0500 above its last one on average" in epoch.text
    seed = the(protocol(study, picked={"seed"}), "picked-seed")
    assert (seed.severity, dict(seed.evidence)) == ("error", {"gain": pytest.approx(0.01)})
    assert kinds(protocol(clean_study("a", seeds=1), picked={"seed"})) == ["one-seed"]


# The data.


def made(train: list[tuple[int, int]], test: list[tuple[int, int]], classes: int = 2) -> Split:
    """Make a data set of (picture, label) pairs."""

    def part(pairs: list[tuple[int, int]]) -> Examples:
        pictures = np.array([picture for picture, _ in pairs], np.int64)
        images = np.zeros((len(pairs), 5, 3), np.uint8)
        images[:, 0, :2] = np.stack([pictures // 256, pictures % 256], axis=1)
        return Examples(images, np.array([label for _, label in pairs], np.uint8))

    return Split("mine", part(train), part(test), tuple("xyz"[:classes]), "here", {})


GOOD = [(picture, picture % 2) for picture in range(40)]
FRESH = [(picture, picture % 2) for picture in range(100, 140)]


def of_data(split: Split) -> tuple[ProtocolFinding, ...]:
    return protocol(clean_study(), data_facts(split))


def test_test_images_that_stand_in_the_training_set_are_counted_and_shown() -> None:
    (found,) = of_data(made(GOOD, [*FRESH, GOOD[3], GOOD[4]]))
    assert (found.kind, found.severity, found.subject) == ("test-in-training", "error", "data")
    assert found.text == (
        "2 of the 42 test images of mine stand among the training images as well, byte for byte: for example test "
        "image 40 is training image 3 and test image 41 is training image 4. A network that remembers them may gain up "
        "to 4.76 points of test accuracy."
    )
    many = [(picture, picture % 2) for picture in range(100, 400)]
    assert of_data(made(GOOD, [*many, GOOD[3]]))[0].severity == "warning", "a third of a percent"


def test_held_out_images_that_stand_elsewhere_are_found_as_well() -> None:
    split = held_out(made([*GOOD, GOOD[0], FRESH[0], (900, 1)], FRESH), 3)
    assert kinds(of_data(split))[:2] == ["test-in-validation", "validation-in-training"]


def test_a_picture_with_two_labels_is_shown_with_both() -> None:
    (found,) = of_data(made([*GOOD, (7, 0)], FRESH))
    assert (found.kind, found.evidence) == ("two-labels", (("pictures", 1),))
    assert found.text == (
        "1 picture has more than one label in mine: for example training image 7 is 'y' and training image 40 is 'x'. "
        "No network can be right about both labels of one picture."
    )
    across = of_data(made(GOOD, [*FRESH, (7, 0)]))
    assert sorted(kinds(across)) == ["test-in-training", "two-labels"]
    assert "training image 7 is 'y' and test image 40 is 'x'" in the(across, "two-labels").text


@pytest.mark.parametrize("part", ["training", "test"])
def test_a_class_that_is_not_there_is_named(part: str) -> None:
    alone = [(picture, 0) for picture in range(200, 240)]
    split = made(alone, FRESH) if part == "training" else made(GOOD, alone)
    (found,) = of_data(split)
    assert (found.kind, found.severity) == (f"missing-in-{part}", "error" if part == "training" else "warning")
    assert found.text.startswith(f"No {part} image of class 'y' in mine.")
    assert kinds(of_data(made(GOOD, FRESH, classes=3))) == ["missing-in-training", "missing-in-test"]


def test_held_out_images_may_lack_a_class() -> None:
    split = held_out(made([*GOOD, (800, 0), (801, 0)], FRESH), 2)
    assert kinds(of_data(split)) == ["missing-in-validation"]


def test_classes_of_very_different_size_are_told_with_what_always_naming_one_gives() -> None:
    (found,) = of_data(made([(picture, int(picture < 10)) for picture in range(40)], FRESH))
    assert (found.kind, dict(found.evidence)) == (
        "unequal-classes-in-training",
        {"most": 30, "least": 10, "share": 0.75},
    )
    assert found.text == (
        "Unequal classes among the training images of mine: 30 of class 'x', 10 of class 'y'. Always naming the former "
        "is right for 75.0 % of them."
    )
    assert of_data(made([(picture, int(picture < 11)) for picture in range(43)], FRESH)) == ()


def test_classes_of_more_than_ten_times_the_images_are_advised_to_be_weighed_unless_they_are() -> None:
    advice = 'In a recipe class_weight = "balanced" lets every class count alike in training, whatever its images.'
    at_ten, beyond = (
        data_facts(made([(picture, int(picture < 10)) for picture in range(count)], FRESH)) for count in (110, 111)
    )

    def told(study: StudyResult, facts: object) -> str:
        return next(one.text for one in protocol(study, facts) if one.kind == "unequal-classes-in-training")

    weighted = clean_study("a", "b", class_weight="balanced")
    assert told(clean_study(), at_ten).endswith("of them.")
    assert told(clean_study(), beyond).endswith(f"of them. {advice}")
    assert told(weighted, beyond).endswith("of them.")
    assert told(with_recipe(weighted, "b", class_weight=None), beyond).endswith(advice)


def test_unequal_class_weights_are_told() -> None:
    study = with_recipe(clean_study("a", "b"), "b", class_weight=(("0", 2.0),))
    (found,) = protocol(study)
    assert found.kind == "unequal-class-weight"
    assert found.text.startswith("Unequal class weights: 2 different ones (a; b).")


@pytest.mark.parametrize(("limit", "few"), [(39, True), (40, False)])
def test_a_limit_that_leaves_fewer_than_ten_images_of_a_class_is_told(limit: int, few: bool) -> None:
    found = of_data(limited(data.load("made-up"), limit))
    assert kinds(found) == ["few-images"] * few
    if few:
        assert found[0].text == (
            "Fewer than 10 training images of a class: 9 of class 'ring'. What a network makes of so few is chance; "
            "train on more images."
        )


def test_the_gravest_comes_first() -> None:
    study = on_test(clean_study("a", seeds=1, callbacks=(callback_recipe(EarlyStopping()),)))
    found = protocol(study, data_facts(made([*GOOD, (7, 0)], FRESH)))
    places = [ORDER.index(one.severity) for one in found]
    assert places == sorted(places)
    assert {"error", "warning"} <= {one.severity for one in found}


@given(study=studies.studies())
def test_whatever_a_study_is_the_check_says_plain_sentences_with_finite_numbers(study: StudyResult) -> None:
    for one in protocol(study, picked={"epoch", "seed"}):
        assert one.text.endswith(".")
        assert all(np.isfinite(value) for _, value in one.evidence)
        bare = one.text
        for name in study.architectures:
            bare = bare.replace(name, "")
        assert bare.isascii()

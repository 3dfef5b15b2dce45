from dataclasses import replace
from typing import Any

import pytest
import studies
from hypothesis import given, settings

from cnnlab.analysis import Observation, observe, outcomes, wilson
from cnnlab.analysis.observation import number
from cnnlab.records import SGD, BinaryCrossentropy, Loss, MeanSquaredError, Recipe, RunResult, StudyResult

GOOD, BETTER = (0.3, 0.9, 0.2, 0.96), (0.1, 0.97, 0.05, 0.98)


def texts(result: StudyResult, kind: str, *, classes: int = 10) -> list[str]:
    found = observe(result, result.provenance.test_images, classes=classes)
    return [observation.text for observation in found if observation.kind == kind]


def scored(name: str, accuracy: float, *, seed: int = 0, loss: float = 0.1) -> RunResult:
    return studies.run(name, [(0.3, 0.9, 0.2, 0.9)], seed=seed, test=(loss, accuracy))


@settings(max_examples=50)
@given(studies.studies())
def test_any_study_gives_plain_sentences_about_its_own_architectures(result: StudyResult) -> None:
    for observation in observe(result, result.provenance.test_images):
        assert observation.subject in {"study", *result.architectures}
        assert observation.text.endswith(".")
        assert "None" not in observation.text


@settings(max_examples=50)
@given(studies.studies())
def test_each_tested_architecture_has_its_n_and_interval(result: StudyResult) -> None:
    images = result.provenance.test_images
    found = {one.subject: one.text for one in observe(result, images) if one.kind == "interval"}
    expected = {}
    for outcome in outcomes(result):
        if outcome.accuracy is not None:
            interval = wilson(outcome.accuracy, images)
            ends = f"n = {images:,} images, 95 % interval {number(interval.low)} to {number(interval.high)} (Wilson)."
            expected[outcome.architecture] = ends
    assert found.keys() == expected.keys()
    assert all(found[name].endswith(text) for name, text in expected.items())


def test_the_notebooks_verdict_follows_from_its_numbers() -> None:
    (text,) = texts(studies.notebook_study(), "verdict")
    assert text == (
        "Good test accuracy: architecture-1 (0.9903) and architecture-2 (0.9751). Poor test accuracy: architecture-3 "
        "(0.3115). The rule: good where the whole 95 % interval is 0.95 or more, poor where all of it is below 0.80."
    )


@pytest.mark.parametrize(
    ("accuracy", "images", "grade"),
    [
        (0.96, 10_000, "Good test accuracy"),
        (0.96, 100, "Neither good nor poor"),
        (0.90, 10_000, "Neither good nor poor"),
        (0.78, 100, "Neither good nor poor"),
        (0.78, 10_000, "Poor test accuracy"),
    ],
)
def test_the_verdict_goes_by_the_interval_and_not_by_the_bare_number(accuracy: float, images: int, grade: str) -> None:
    (text,) = texts(studies.study(scored("a", accuracy), test_images=images), "verdict")
    assert text.startswith(f"{grade}: a ({accuracy:.4f}).")


def test_near_accuracies_are_not_distinguishable() -> None:
    (text,) = texts(studies.study(scored("a", 0.9900), scored("b", 0.9903)), "comparison")
    assert text == (
        "Not distinguishable within the noise of the test set alone: b over a by 0.0003 (-0.0025 to 0.0031). "
        "The comparison is unpaired, at 95 %: it does not use that all were tested on the same images."
    )


def test_far_accuracies_are_distinguishable_and_each_pair_is_judged_for_itself() -> None:
    (text,) = texts(studies.study(scored("a", 0.99), scored("b", 0.9899), scored("c", 0.5)), "comparison")
    assert text.startswith("Not distinguishable within the noise of the test set alone: a over b by 0.0001")
    assert "Distinguishable beyond the noise of the test set alone: b over c by 0.4899" in text
    assert "at 95 %, each pair for itself:" in text


def test_of_equal_accuracies_none_is_called_the_better() -> None:
    (text,) = texts(studies.study(scored("a", 0.99), scored("b", 0.99)), "comparison")
    assert text.startswith(
        "Not distinguishable within the noise of the test set alone: a and b by 0 (-0.0028 to 0.0028)"
    )


def test_many_pairs_are_summed_up() -> None:
    (text,) = texts(studies.study(*(scored(f"n{i}", 0.9 + i / 1e5) for i in range(20))), "comparison")
    assert "and 184 more" in text


def test_one_architecture_has_nothing_to_be_compared_with() -> None:
    assert texts(studies.study(scored("a", 0.99)), "comparison") == []


def test_one_run_each_says_nothing_of_other_seeds() -> None:
    (text,) = texts(studies.study(scored("a", 0.99), scored("b", 0.98)), "seeds")
    assert text.startswith("One run each: a and b. Another seed may give another accuracy")


def test_several_seeds_give_their_mean_and_range() -> None:
    runs = [scored("a", 0.98, seed=0), scored("a", 0.99, seed=1), scored("a", 0.985, seed=2)]
    (text,) = texts(studies.study(*runs), "interval")
    assert text.startswith("a: mean test accuracy 0.9850 of 3 seeds (0.9800 to 0.9900) on n = 10,000 images")
    assert texts(studies.study(*runs), "seeds") == []


@pytest.mark.parametrize(("lowest", "overlap"), [(0.981, True), (0.991, False)])
def test_overlapping_ranges_over_seeds_are_named(lowest: float, overlap: bool) -> None:
    runs = [scored("a", 0.98, seed=0), scored("a", 0.99, seed=1), scored("b", lowest, seed=0), scored("b", 1, seed=1)]
    expected = ["The accuracies of a and b overlap over their seeds."] if overlap else []
    assert texts(studies.study(*runs), "seeds") == expected


@pytest.mark.parametrize(
    ("accuracy", "end"),
    [
        (0.9740, "The difference of -0.0011 (-0.0055 to 0.0033) is within the noise of the test set."),
        (0.9650, "The difference of -0.0101 (-0.0149 to -0.0054) is more than the noise of the test set explains."),
    ],
)
def test_a_published_accuracy_is_compared_with_the_noise(accuracy: float, end: str) -> None:
    result = studies.study(scored("a", accuracy), published={"a": (0.0717, 0.9751)}, train_images=2_000)
    (text,) = texts(result, "published")
    assert text == f"a: test accuracy {accuracy:.4f} here (2,000 training images, 1 epoch), 0.9751 published. {end}"


@pytest.mark.parametrize(("lowest", "named"), [(0.29, True), (0.32, False)])
def test_a_published_accuracy_within_the_range_of_the_seeds_is_not_called_another(lowest: float, named: bool) -> None:
    runs = [scored("a", lowest, seed=0), scored("a", 0.46, seed=1), scored("a", 0.35, seed=2)]
    (text,) = texts(studies.study(*runs, published={"a": (1.6, 0.3115)}), "published")
    end = f", but the published value lies within what the 3 seeds reached ({lowest:.4f} to 0.4600)." if named else "."
    assert text.endswith(f"is more than the noise of the test set explains{end}")


def test_the_notebooks_third_architecture_hardly_learnt() -> None:
    (text,) = texts(studies.notebook_study(), "collapse")
    assert text == (
        "architecture-3 hardly learnt: its training loss ended at 1.8973, 82 % of ln(10) = 2.3026, the loss of "
        "guessing 10 classes alike, and fell by 0.0198 in the last 5 epochs."
    )


@pytest.mark.parametrize(
    ("loss", "accuracy", "classes"),
    [
        (1.70, 0.31, 10),  # 74 % of ln(10)
        (1.90, 0.85, 10),  # a strong regularizer, not a collapse
        (1.90, 0.31, 100),  # far below ln(100)
        (float("nan"), 0.10, 10),
    ],
)
def test_what_learnt_something_has_not_collapsed(loss: float, accuracy: float, classes: int) -> None:
    result = studies.study(studies.run("a", [(loss, 0.3, None, None)], test=(1.0, accuracy)))
    assert texts(result, "collapse", classes=classes) == []


def test_a_loss_that_rose_back_to_guessing_is_said_to_have_risen() -> None:
    rows = [(2.2, 0.2, None, None), (2.25, 0.2, None, None), (2.3, 0.1, None, None)]
    (text,) = texts(studies.study(studies.run("a", rows, test=(2.3, 0.1))), "collapse")
    assert text.endswith("and rose by 0.0500 in the last epoch.")


def test_a_loss_that_is_no_number_is_named_with_its_epoch() -> None:
    rows = [GOOD, (float("nan"), 0.1, float("nan"), 0.1), (float("nan"), 0.1, float("nan"), 0.1)]
    assert texts(studies.study(studies.run("a", rows)), "divergence") == [
        "a: the training loss is not finite in epoch 2; the weights are lost."
    ]


def test_validation_better_than_training_is_explained() -> None:
    result = studies.study(studies.run("a", [GOOD, BETTER]), studies.run("b", [GOOD, (0.1, 0.97, 0.2, 0.96)]))
    assert "Validation loss ended below training loss: a (0.0500 against 0.1000). That is no" in texts(result, "fit")[0]


def test_a_weighted_training_loss_is_not_held_against_one_that_is_not() -> None:
    better, poor = studies.run("a", [(0.9, 0.5, 0.8, 0.6)] * 2), studies.run("a", [(2.3, 0.1, 2.3, 0.1)])
    heavy: dict[str, Any] = {"balanced": "balanced", "table": (("0", 2.0),)}

    def said(run: RunResult, weights: Any, kind: str) -> list[str]:  # noqa: ANN401 - as a recipe has them
        return texts(studies.study(replace(run, recipe=replace(run.recipe, class_weight=weights))), kind)

    assert any("no contradiction" in text for text in said(better, None, "fit"))
    for weights in heavy.values():
        assert not any("no contradiction" in text for text in said(better, weights, "fit"))
    # Balanced weights have the mean 1, so that guessing costs what it always costs; those of a table may have any.
    assert said(poor, None, "collapse") == said(poor, heavy["balanced"], "collapse") != []
    assert said(poor, heavy["table"], "collapse") == []


def test_rising_validation_loss_with_falling_training_loss_is_a_sign_of_overfitting() -> None:
    rows = [(0.5, 0.8, 0.4, 0.9), (0.4, 0.8, 0.30, 0.9), (0.3, 0.9, 0.31, 0.9), (0.2, 0.9, 0.33, 0.9)]
    found = texts(studies.study(studies.run("a", rows)), "fit")
    assert found[0] == (
        "a: in each of the last 2 epochs validation loss rose (in all from 0.3000 to 0.3300) while training loss fell: "
        "a sign of overfitting."
    )
    assert found[1] == "Validation loss was lowest before the last epoch: a (epoch 2 of 4: 0.3000, last 0.3300)."


@pytest.mark.parametrize(
    "rows",
    [
        [(0.5, 0.8, 0.4, 0.9), (0.4, 0.8, 0.30, 0.9), (0.3, 0.9, 0.31, 0.9)],  # rose once
        [(0.5, 0.8, 0.2, 0.9), (0.6, 0.8, 0.30, 0.9), (0.7, 0.9, 0.31, 0.9)],  # training rose too
        [(0.5, 0.8, 0.4, 0.9), (0.4, 0.8, 0.30, 0.9), (0.3, 0.9, 0.29, 0.9)],  # fell at last
    ],
)
def test_less_than_that_is_no_sign_of_overfitting(rows: list[Any]) -> None:
    assert not any("overfitting" in text for text in texts(studies.study(studies.run("a", rows)), "fit"))


def test_a_validation_loss_still_falling_is_a_reason_to_train_on() -> None:
    assert texts(studies.study(studies.run("a", [GOOD, (0.01, 0.99, 0.1, 0.97)])), "fit") == [
        "Validation loss was lowest after the last epoch: a. More epochs may help there."
    ]


def test_without_validation_nothing_is_said_of_fit() -> None:
    rows = [(0.5, 0.8, None, None), (0.4, 0.8, None, None)]
    result = studies.study(studies.run("a", rows, test=(0.3, 0.9)))
    assert texts(result, "fit") == texts(result, "validation") == []


def test_unequal_epochs_and_batch_sizes_are_named() -> None:
    (text,) = texts(studies.notebook_study(), "recipe")
    assert text == (
        "Unequal epochs: 12 for architecture-1; 10 for architecture-2; 15 for architecture-3. Unequal batch size: 128 "
        "for architecture-1; 200 for architecture-2 and architecture-3. A difference in accuracy may come from that as "
        "well."
    )


def test_unequal_optimizers_are_named() -> None:
    first, second = scored("a", 0.9), scored("b", 0.9)
    changed = Recipe(batch_size=200, epochs=1, optimizer=SGD())
    second = RunResult(**{**vars(second), "recipe": changed})
    (text,) = texts(studies.study(first, second), "recipe")
    assert text.startswith("Unequal optimizer: 2 different ones (a; b).")


def test_equal_recipes_go_without_saying() -> None:
    assert texts(studies.study(scored("a", 0.9), scored("b", 0.9)), "recipe") == []


def test_validation_on_the_test_set_is_said_where_it_was_done() -> None:
    study = studies.notebook_study()
    assert len(texts(study, "validation")) == 1
    assert texts(replace(study, validated_on_test=False), "validation") == []
    origin = replace(study.provenance, validation_images=5000)
    (held_out,) = texts(replace(study, validated_on_test=False, provenance=origin), "validation")
    assert held_out == (
        "Validation was done with 5,000 training images that were held out. The test images are looked at once in each "
        "run, after training, so that no epoch is chosen by them; whoever chooses an architecture by its test accuracy "
        "still chooses on the test set."
    )


def test_an_interrupted_run_with_images_held_out_has_no_test_numbers_and_says_so() -> None:
    study = studies.study(studies.notebook_run("architecture-2", epochs=3))
    assert "its numbers are those after epoch 3" in texts(study, "interruption")[0]
    (text,) = texts(replace(study, validated_on_test=False), "interruption")
    told = "after 3 of 10 epochs; it has no test numbers, since the test comes after the last epoch, and is left out."
    assert text == f"architecture-2 was interrupted {told}"


def test_planned_seeds_that_were_not_trained_are_named() -> None:
    runs = [studies.run("a", [GOOD], seed=3), studies.run("b", [GOOD], seed=3), studies.run("a", [GOOD], seed=4)]
    told = texts(replace(studies.study(*runs), seeds=(3, 4, 5)), "interruption")
    assert told == ["Seeds not trained: 5 of a and 4 and 5 of b."]


def test_interrupted_and_missing_runs_come_first() -> None:
    result = studies.study(
        studies.notebook_run("architecture-3", epochs=7),
        studies.run("b", [], epochs=3),
        architectures=("architecture-3", "b", "c"),
    )
    assert [(one.subject, one.text) for one in observe(result, 10_000)[:3]] == [
        ("architecture-3", "architecture-3 was interrupted after 7 of 15 epochs; its numbers are those after epoch 7."),
        ("b", "b was interrupted before its first epoch ended; it has no numbers."),
        ("study", "Not trained: c."),
    ]


def test_a_run_is_named_by_its_seed_where_there_are_several() -> None:
    runs = [studies.run("a", [GOOD], epochs=2, seed=seed) for seed in (3, 4)]
    assert texts(studies.study(*runs), "interruption")[1].startswith("a (seed 4) was interrupted after 1 of 2 epochs")


def test_a_study_of_nothing_has_no_observations() -> None:
    assert observe(studies.study(), 10_000) == ()


def test_an_observation_is_plain_data() -> None:
    assert Observation("a", "b.", "fit") == Observation(kind="fit", subject="a", text="b.")


def seeds_of(name: str, *all_rows: list[Any]) -> list[RunResult]:
    """Make a run of each seed."""
    return [studies.run(name, rows, seed=seed) for seed, rows in enumerate(all_rows)]


def test_what_hardly_learnt_is_told_once_for_all_its_seeds() -> None:
    courses = [[(2.2, 0.2, None, None), (2.0, 0.2, None, None), (last, 0.3, None, None)] for last in (1.8, 1.9, 1.0)]
    runs = [studies.run("a", rows, seed=seed, test=(1.9, 0.3)) for seed, rows in enumerate(courses)]
    assert texts(studies.study(*runs), "collapse") == [
        (
            "a hardly learnt with 2 of 3 seeds: its training loss ended at 1.8000 to 1.9000, 78 % to 83 % of ln(10) = "
            "2.3026, the loss of guessing 10 classes alike, and fell by 0.1000 to 0.2000 in the last epoch."
        )
    ]


def test_losses_that_fell_with_one_seed_and_rose_with_another_moved() -> None:
    courses = [[(2.2, 0.2, None, None), (2.0, 0.2, None, None), (last, 0.3, None, None)] for last in (1.9, 2.2)]
    runs = [studies.run("a", rows, seed=seed, test=(1.9, 0.3)) for seed, rows in enumerate(courses)]
    (text,) = texts(studies.study(*runs), "collapse")
    assert text.endswith("and moved by -0.1000 to 0.2000 in the last epoch.")


def test_signs_of_overfitting_are_told_once_for_all_seeds() -> None:
    first = [(0.5, 0.8, 0.4, 0.9), (0.4, 0.8, 0.30, 0.9), (0.3, 0.9, 0.31, 0.9), (0.2, 0.9, 0.33, 0.9)]
    second = [(0.5, 0.8, 0.2, 0.9), (0.4, 0.8, 0.25, 0.9), (0.3, 0.9, 0.31, 0.9), (0.2, 0.9, 0.35, 0.9)]
    third = [(0.4, 0.8, 0.5, 0.9), (0.3, 0.8, 0.39, 0.9)]
    assert texts(studies.study(*seeds_of("a", first, second, third)), "fit") == [
        (
            "a: with 2 of 3 seeds, validation loss rose in each of the last 2 to 3 epochs (by 0.0300 to 0.1500 in all) "
            "while training loss fell: a sign of overfitting."
        ),
        (
            "Validation loss was lowest before the last epoch: a (2 of 3 seeds: epochs 1 to 2 of 4, by 0.0300 to "
            "0.1500 lower than the last). Validation loss was lowest after the last epoch: a (1 of 3 seeds). More "
            "epochs may help there."
        ),
    ]


def test_validation_below_training_is_told_once_for_all_seeds() -> None:
    result = studies.study(*seeds_of("a", [GOOD, BETTER], [GOOD, (0.2, 0.9, 0.1, 0.9)], [GOOD, (0.1, 0.9, 0.2, 0.9)]))
    assert texts(result, "fit")[0].startswith(
        "Validation loss ended below training loss: a (2 of 3 seeds: 0.0500 to 0.1000 against 0.1000 to 0.2000). That"
    )


def test_losses_that_are_no_numbers_are_told_once_for_all_seeds() -> None:
    bad = (float("nan"), 0.1, float("nan"), 0.1)
    result = studies.study(*seeds_of("a", [GOOD, bad], [bad, bad], [GOOD, GOOD]))
    assert texts(result, "divergence") == [
        "a: the training loss is not finite with 2 of 3 seeds, first in epochs 1 to 2; those weights are lost."
    ]


@pytest.mark.parametrize(
    ("loss", "last", "said"),
    [
        (MeanSquaredError(), 0.0899, "ended at 0.0899, 100 % of 0.0900, the loss of guessing 10 classes alike"),
        (BinaryCrossentropy(), 0.3251, "ended at 0.3251, 100 % of 0.3251, the loss of guessing 10 classes alike"),
    ],
)
def test_runs_that_hardly_learnt_are_held_against_what_guessing_costs_in_their_own_loss(
    loss: Loss, last: float, said: str
) -> None:
    learnt = studies.run("a", [(last, 0.1, last, 0.1)])
    (text,) = texts(studies.study(replace(learnt, recipe=replace(learnt.recipe, loss=loss))), "collapse")
    assert f"a hardly learnt: its training loss {said}" in text


def test_a_loss_that_contains_a_penalty_is_not_held_against_that_of_guessing() -> None:
    result = studies.study(studies.run("a", [(1.9, 0.6, 1.9, 0.6)]), studies.run("b", [(1.9, 0.6, 1.9, 0.6)], seed=0))

    def named(regularized: list[str]) -> list[str]:
        found = observe(result, result.provenance.test_images, regularized=regularized)
        return [one.subject for one in found if one.kind == "collapse"]

    assert named([]) == ["a", "b"]
    assert named(["a"]) == ["b"]


def test_losses_with_and_without_a_penalty_are_said_to_be_of_two_kinds() -> None:
    result = studies.study(scored("a", 0.9), scored("b", 0.9), scored("c", 0.9))

    def said(*regularized: str) -> list[str]:
        found = observe(result, result.provenance.test_images, regularized=regularized)
        return [one.text for one in found if one.kind == "recipe"]

    assert said() == said("a", "b", "c") == said("somebody else") == []
    (text,) = said("c", "a")
    assert text == (
        "The losses of a and c contain what regularizers add, those of b nothing of that kind: hold their accuracies "
        "against each other, not their losses."
    )

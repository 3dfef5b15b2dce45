"""Comparing runs that had training images held out: the test images at the end, the held-out ones before."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from answered_runs import add_finished
from hold_out_data import NET, RECIPE

from cnnlab import data
from cnnlab.data import made_up
from cnnlab.errors import DataError, UsageError
from cnnlab.experiments import Architecture
from cnnlab.lab.answers import answers
from cnnlab.lab.comparing import Question, compare_stored
from cnnlab.lab.comparison_images import validated_on_test
from cnnlab.lab.conduct import Means, conduct
from cnnlab.lab.contestants import choose
from cnnlab.lab.plan import StudyPlan
from cnnlab.records import SGD, Adam, CallbackRecipe, EpochRow, Recipe, StoredRun
from cnnlab.report.comparison_data import comparison_as_dict
from cnnlab.report.comparison_sheet import ComparisonSheet
from cnnlab.report.comparison_text import comparison_text
from cnnlab.store import Store, open_store

SPLIT = made_up.load(40, 20)
# Labels repeat every fourth image: only a number that 4 does not divide tells the last images from the first.
HELD = 11
LABELS = SPLIT.train.labels[-HELD:]
RESTORING = CallbackRecipe("EarlyStopping", (("patience", 2), ("restore_best_weights", True)))


@pytest.fixture
def few_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the made-up data have as many images as the stored runs."""
    monkeypatch.setattr(data, "load", lambda *_, **__: SPLIT)


@pytest.fixture
def out(tmp_path: Path, few_images: None) -> Path:
    """Give a study with 11 images held out of 40, and another whose "plain" was validated on the test images."""
    del few_images
    with open_store(tmp_path) as store:
        for seed in (0, 1):
            add(store, "held", "deep", seed)
            add(store, "held", "flat", seed, epochs=4)
            add_finished(store, "open-1", "plain", seed, name="open", train_images=40, **ORIGIN)
    return tmp_path


ORIGIN = {"data_name": "made-up", "data_sums": dict(SPLIT.sums)}


def add(store: Store, study: str, name: str, seed: int, *, held_out: int = HELD, **more: object) -> str:
    values = ORIGIN | {"train_images": 40 - held_out, "validation": SPLIT.train.labels[-held_out:]} | more
    return add_finished(store, f"{study}-1", name, seed, name=study, **values)  # type: ignore[arg-type]


def compared(out: Path, *words: str, **question: object) -> ComparisonSheet:
    asked = Question(words or ("held",), latency=False, **question)  # type: ignore[arg-type]
    return compare_stored(out, asked, offline=True)


def flat(sheet: ComparisonSheet) -> str:
    return " ".join(comparison_text(sheet).split())


def accuracies(sheet: ComparisonSheet) -> list[float]:
    """Return the mean accuracies, seeds that learnt nothing included."""
    return [one.all_seeds for one in sheet.comparison.standings]


def counted(out: Path, sheet: ComparisonSheet, of: Callable[[StoredRun, tuple[EpochRow, ...]], float]) -> list[float]:
    """Average over the runs of each architecture what they themselves counted as right."""
    with open_store(out) as store:
        each = [[of(store.run(run), store.epochs(run)) for run in one.runs] for one in sheet.members]
    return [pytest.approx(sum(some) / len(some)) for some in each]


def test_at_their_end_runs_with_images_held_out_are_compared_by_the_test_images(out: Path) -> None:
    sheet = compared(out)
    assert (sheet.part, sheet.comparison.images, sheet.at_end) == ("test", 20, True)
    assert accuracies(sheet) == counted(out, sheet, lambda run, _: run.summary.test_accuracy or -1)
    assert not sheet.picked_on_test
    assert not sheet.picked_on_validation
    assert flat(sheet).startswith("2 architectures, 20 test images of Made-up data; each run at its end")
    assert not any("held out" in caution or "validation images" in caution for caution in sheet.notes)
    assert "also the validation images" not in flat(sheet)


@pytest.mark.parametrize(
    ("question", "taken"), [({"epoch": 2}, 2), ({"epoch": "best"}, 0), ({"equal": "epochs", "budget": 2}, 2)]
)
def test_after_any_other_epoch_they_are_compared_by_the_images_held_out(
    out: Path, question: dict[str, object], taken: int
) -> None:
    sheet = compared(out, **question)
    assert (sheet.part, sheet.comparison.images, sheet.at_end) == ("validation", HELD, False)

    def of(run: StoredRun, rows: tuple[EpochRow, ...]) -> float:
        epoch = taken or run.best_epoch or -1
        return rows[epoch - 1].val_accuracy or -1

    assert accuracies(sheet) == counted(out, sheet, of)
    text = flat(sheet)
    assert text.startswith(
        "2 architectures, 11 training images of Made-up data held out for validation; each run after"
    )
    assert (
        "The accuracies are of the 11 training images held out for validation: a run looks at the test images" in text
    )
    assert ("best-epoch" in text) == (question.get("epoch") == "best")
    assert ("held-out accuracy" in text or "held-out 95 %" in text) == (question.get("epoch") != "best")


def test_a_best_epoch_is_picked_on_the_images_that_it_is_judged_by_and_never_on_the_test_set(out: Path) -> None:
    sheet = compared(out, epoch="best")
    assert (sheet.picked_on_test, sheet.picked_on_validation) == (False, True)
    text = flat(sheet)
    assert "picked by the same images that it is judged by here, so that the accuracies are too good" in text
    assert "Picked on the test set" not in text
    found = comparison_as_dict(sheet)
    assert (found["part"], found["picked_on_test"], found["picked_on_validation"]) == ("validation", False, True)
    assert not any(one["kind"].startswith("picked") for one in found["protocol"])
    assert not compared(out, epoch=2).picked_on_validation
    plain = compared(out, "open", epoch="best")
    assert (plain.picked_on_test, plain.picked_on_validation, plain.part) == (True, False, "test")


# Runs of both kinds.


def test_with_and_without_images_held_out_all_are_compared_by_the_test_images_at_their_end(out: Path) -> None:
    sheet = compared(out, "held", "open")
    assert (sheet.part, sheet.comparison.images, sheet.at_end) == ("test", 20, False)
    assert accuracies(sheet) == counted(out, sheet, lambda run, _: run.summary.test_accuracy or -1)
    assert (
        "Unequal training images: 29 (11 more held out for validation) for deep and flat; 40 for plain. A difference "
        "in accuracy may come from that as well."
    ) in sheet.notes
    assert [(one.train_images, one.validation_images) for one in sheet.members] == [(29, 11), (29, 11), (40, None)]
    text = flat(sheet)
    assert "The 20 test images are also the validation images of plain." in text
    assert "each run after its last epoch" in text


@pytest.mark.parametrize(
    ("question", "option"),
    [({"epoch": "best"}, "--epoch best"), ({"epoch": 1}, "--epoch 1"), ({"equal": "epochs"}, "--equal epochs")],
)
def test_at_another_moment_runs_of_both_kinds_are_refused(out: Path, question: dict[str, object], option: str) -> None:
    message = (
        f"^{option}: expected runs that were validated with the same images, got 11 held-out training images "
        r"\(deep\), 11 held-out training images \(flat\) and the test images \(plain\)\. --epoch last compares"
    )
    with pytest.raises(UsageError, match=message):
        compared(out, "held", "open", **question)


def test_with_other_numbers_held_out_they_are_compared_at_their_end_alone(out: Path) -> None:
    with open_store(out) as store:
        add(store, "fewer", "thin", 0, held_out=5)
    assert accuracies(compared(out, "held", "fewer"))[:2] == accuracies(compared(out))
    with pytest.raises(UsageError, match=r"11 held-out training images \(flat\) and 5 held-out training images \(thi"):
        compared(out, "held", "fewer", epoch=1)


def test_as_many_images_of_another_training_set_are_not_the_same_images(out: Path) -> None:
    sums = {name: "c" * 64 if name.startswith("train") else value for name, value in SPLIT.sums.items()}
    assert sums != SPLIT.sums
    with open_store(out) as store:
        add(store, "other", "else", 0, data_sums=sums)
    with pytest.raises(UsageError, match="got 11 held-out images of different training sets"):
        compared(out, "held", "other", epoch=1)
    assert compared(out, "held", "other").part == "test"


def test_whether_the_test_images_validated_is_known_of_each_choice(out: Path) -> None:
    with open_store(out) as store:
        found = {words: validated_on_test(choose(store, words.split())) for words in ("held", "open", "held open")}
    assert found == {"held": False, "open": True, "held open": True}


def test_one_network_with_and_without_images_held_out_was_trained_in_two_ways(out: Path) -> None:
    with open_store(out) as store:
        add_finished(store, "open-1", "deep", 0, name="open", train_images=40 - HELD, **ORIGIN)
    sheet = compared(out, "held", "open", "deep")
    assert [one.name for one in sheet.members] == ["deep (held)", "deep (open)"]
    assert "deep was trained in 2 ways, which differ in held-out images." in sheet.notes
    assert not any(note.startswith("Unequal training images") for note in sheet.notes)


# Other data, other weights.


def test_held_out_labels_of_another_training_set_are_found_out(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = SPLIT.sums | {name: "0" * 64 for name in SPLIT.sums if name.startswith("train")}
    monkeypatch.setattr(data, "load", lambda *_, **__: replace(SPLIT, sums=other))
    assert compared(out).part == "test"
    with pytest.raises(DataError, match=r"expected the training images of the runs, train.*, got 000000000000"):
        compared(out, epoch=1)
    fewer = replace(SPLIT, train=SPLIT.train.head(39))
    monkeypatch.setattr(data, "load", lambda *_, **__: fewer)
    with pytest.raises(DataError, match=r"expected the training images of the runs, at least 40, got 39"):
        compared(out, epoch=1)


def test_other_images_than_the_last_ones_are_found_out(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = replace(SPLIT.train, labels=(SPLIT.train.labels + 1) % 4)
    monkeypatch.setattr(data, "load", lambda *_, **__: replace(SPLIT, train=moved))
    with pytest.raises(DataError, match=r"expected \d+ right answers of 11, as when it was trained, got \d"):
        compared(out, epoch=1)


@pytest.mark.parametrize(
    ("recipe", "who"),
    [
        (Recipe(epochs=3, callbacks=(RESTORING,)), "a callback put back from the best epoch of each run"),
        (Recipe(epochs=3, optimizer=Adam(use_ema=True)), "the optimizer averaged"),
        (Recipe(epochs=3, callbacks=(CallbackRecipe("EarlyStopping"),), optimizer=SGD()), ""),
    ],
)
def test_the_answers_at_the_end_are_of_the_weights_that_were_kept_and_it_is_said_where_that_matters(
    out: Path, recipe: Recipe, who: str
) -> None:
    with open_store(out) as store:
        run = add(store, "ended", "early", 0, recipe=recipe)
        assert store.run(run).last_val_accuracy != store.run(run).summary.test_accuracy
    sheet = compared(out, "ended")
    told = f"early: the answers are those of the weights that were kept at the end, which {who}."
    assert sheet.notes == ((told,) if who else ())
    assert compared(out, "ended", epoch=1).notes == ()
    with open_store(out) as store:
        add(store, "ended", "later", 0, recipe=recipe)
    told = told.replace("early", "early and later")
    assert compared(out, "ended").notes == ((told,) if who else ()), "said once of both"


def test_test_images_that_a_run_has_not_looked_at_are_asked_for_in_vain_and_it_is_said_why(out: Path) -> None:
    with open_store(out) as store:
        cut = store.run(add(store, "cut", "deep", 0, status="interrupted")).summary
        whole = store.run(add(store, "cut", "deep", 1)).summary
        labels = SPLIT.test.labels
        message = r"expected answers of its final weights to the test images, got none\. Its validation images were"
        with pytest.raises(UsageError, match=message):
            answers(store, [cut], labels, epoch={cut.id: None})
        with pytest.raises(UsageError, match="expected answers of epoch 2 to the test images, got none"):
            answers(store, [whole], labels, epoch=2)
        found = answers(store, [whole], labels, epoch={whole.id: None})["deep"]
        assert found.accuracies.tolist() == [whole.test_accuracy]
        with pytest.raises(DataError, match=r"expected \d+ right answers of 20, as when it was trained"):
            answers(store, [whole], (labels + 1) % 4, epoch={whole.id: None})


def test_trained_for_real_a_comparison_has_the_numbers_that_each_run_counted_itself(tmp_path: Path) -> None:
    quick = replace(RECIPE, epochs=6, optimizer=Adam(learning_rate=0.2), callbacks=(RESTORING,))
    both = (Architecture("slow", NET.renamed("slow"), RECIPE), Architecture("quick", NET.renamed("quick"), quick))
    plan = StudyPlan("real", both, "made-up", seeds=(0, 1), hold_out=79)
    outcome = conduct(plan, data.load("made-up"), Means(threads=1, workers=1), out=tmp_path)
    at_end = compared(tmp_path, "real")
    assert outcome.comparison is not None
    assert accuracies(at_end) == [one.all_seeds for one in outcome.comparison.standings]
    assert accuracies(at_end) == counted(tmp_path, at_end, lambda run, _: run.summary.test_accuracy or -1)
    second = compared(tmp_path, "real", epoch=2)
    assert accuracies(second) == counted(tmp_path, second, lambda _, rows: rows[1].val_accuracy or -1)
    assert second.comparison.images == 79


# The protocol.


def test_the_protocol_of_a_comparison_is_at_its_end_and_in_its_data(out: Path) -> None:
    with open_store(out) as store:
        recipe = Recipe(batch_size=7, epochs=5)
        add_finished(store, "open-1", "lone", 0, name="open", epochs=5, recipe=recipe, train_images=40, **ORIGIN)
    sheet = compared(out, "open")
    found = {one["kind"]: one for one in comparison_as_dict(sheet)["protocol"]}
    assert set(found) == {
        "validation-is-test",
        "unequal-epochs",
        "unequal-batch-size",
        "one-seed",
        "unequal-seeds",
    }
    assert found["unequal-epochs"]["evidence"] == {"least": 3, "most": 5}
    text = flat(sheet)
    assert text.endswith(
        "- The 20 test images are also the validation images. - Unequal epochs: 5 for lone; 3 for plain. Unequal "
        "batch size: 7 for lone; 32 for plain. A difference in accuracy may come from that as well."
    )
    assert text.lower().count("one seed:") == 1
    assert text.count("may come from that as well") == 1


def test_an_epoch_that_is_picked_on_the_test_set_is_told_once_above_and_in_the_data(out: Path) -> None:
    sheet = compared(out, "open", epoch="best")
    kinds = [one["kind"] for one in comparison_as_dict(sheet)["protocol"]]
    assert kinds[0] == "picked-epoch"
    text = flat(sheet)
    assert text.count("the validation images are the test images") == 1
    assert "also the validation images" not in text


def test_a_callback_that_listens_to_the_test_set_is_told_of_those_runs_alone(out: Path) -> None:
    recipe = Recipe(epochs=3, callbacks=(RESTORING,))
    with open_store(out) as store:
        add(store, "held", "deaf", 0, recipe=recipe)
        add_finished(store, "open-1", "hears", 0, name="open", recipe=recipe, train_images=40, **ORIGIN)
    heard = [one for one in compared(out, "held", "open").protocol if one.kind == "callback-on-test"]
    assert [(one.subject, one.severity) for one in heard] == [("hears", "error")]
    assert not any(one.kind == "callback-on-test" for one in compared(out).protocol)
    assert "- EarlyStopping of hears ends the training at an epoch that it chooses by the test images" in flat(
        compared(out, "open")
    )


def test_runs_that_never_saw_the_test_images_are_compared_by_those_that_judged_them(tmp_path: Path) -> None:
    both = tuple(Architecture(name, NET.renamed(name), RECIPE) for name in ("one", "other"))
    plan = StudyPlan("spare", both, "made-up", hold_out=60, spare_test=True, seeds=(0, 1))
    conduct(plan, data.load("made-up"), Means(threads=1, workers=1), out=tmp_path)
    sheet = compared(tmp_path, "spare")
    assert accuracies(sheet) == counted(tmp_path, sheet, lambda run, _: run.summary.test_accuracy or -1)
    assert "The test was made with the last 60 training images, held out" in flat(sheet)
    second = compared(tmp_path, "spare", epoch=2)
    assert accuracies(second) == counted(tmp_path, second, lambda _, rows: rows[1].val_accuracy or -1)


def test_as_many_images_held_out_are_not_the_test_images(tmp_path: Path) -> None:
    net = (Architecture("one", NET, RECIPE),)
    split = data.load("made-up")
    plans = [
        StudyPlan("spare", net, "made-up", hold_out=len(split.test), spare_test=True, seeds=(0, 1)),
        StudyPlan("open", (Architecture("other", NET.renamed("other"), RECIPE),), "made-up", seeds=(0, 1)),
    ]
    for plan in plans:
        conduct(plan, split, Means(threads=1, workers=1), out=tmp_path)
    with pytest.raises(DataError, match=r"80 held-out training images of .* and 80 images of"):
        compared(tmp_path, "spare", "open")

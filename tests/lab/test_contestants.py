"""Which runs some words mean, and what is refused or said of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from answered_runs import add_finished

from cnnlab.errors import DataError, UsageError
from cnnlab.lab.contestants import Choice, choose
from cnnlab.records import Recipe
from cnnlab.store import Store, open_store

NAMES = ("zeta", "alpha")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Two studies of two architectures: the newer one trains them in another way, and its zeta has a third seed."""
    with open_store(tmp_path / "runs") as made:
        for name in NAMES:
            for seed in (1, 0):
                add_finished(made, "old-1", name, seed, name="old", order=NAMES)
        for name in NAMES:
            for seed in (0, 1, 2)[: 3 if name == "zeta" else 2]:
                add_finished(made, "new-1", name, seed, name="new", order=NAMES, recipe=Recipe(batch_size=64, epochs=3))
        yield made


def told(choice: Choice) -> dict[str, list[str]]:
    """Say for each contestant of which study and seed its runs are."""
    return {one.name: [f"{run.summary.study} {run.summary.seed}" for run in one.runs] for one in choice.contestants}


def test_no_word_means_the_newest_study_in_its_own_order(store: Store) -> None:
    found = told(choose(store, []))
    assert found == {"zeta": ["new 0", "new 1", "new 2"], "alpha": ["new 0", "new 1"]}
    assert list(found) == list(NAMES)


def test_what_a_diagnosis_trained_is_meant_only_where_it_is_named(store: Store) -> None:
    folder = "measuring-alpha-1"
    store.study(f"{folder:>064}", "measuring-alpha", folder, '[data]\ntest = "held-out"\n')
    add_finished(store, folder, "alpha", 9, name="measuring-alpha")
    assert set(told(choose(store, []))) == {"zeta", "alpha"}
    assert told(choose(store, ["alpha"])) == {"alpha": ["new 0", "new 1"]}
    assert told(choose(store, [folder])) == {"alpha": ["measuring-alpha 9"]}
    add_finished(store, folder, "without dropout", 9, name="measuring-alpha")
    assert told(choose(store, ["without dropout"])) == {"without dropout": ["measuring-alpha 9"]}


@pytest.mark.parametrize("word", ["old", "old-1", "runs/old-1", "runs/old-1/"])
def test_a_study_is_meant_by_its_name_or_its_folder(store: Store, word: str) -> None:
    assert told(choose(store, [word])) == {"zeta": ["old 0", "old 1"], "alpha": ["old 0", "old 1"]}


def test_an_architecture_narrows_the_studies_that_are_named(store: Store) -> None:
    assert told(choose(store, ["alpha", "old"])) == {"alpha": ["old 0", "old 1"]}


def test_an_architecture_alone_comes_from_the_newest_study_that_finished_it(store: Store) -> None:
    add_finished(store, "last-1", "alpha", 0, status="interrupted")
    assert told(choose(store, ["alpha"])) == {"alpha": ["new 0", "new 1"]}
    add_finished(store, "solo-1", "solo", 0)
    assert told(choose(store, ["solo", "zeta"])) == {"solo": ["solo-1 0"], "zeta": ["new 0", "new 1", "new 2"]}


def test_a_run_is_meant_by_the_beginning_of_its_id(store: Store) -> None:
    run = add_finished(store, "new-1", "zeta", 7, name="new", recipe=Recipe(batch_size=64, epochs=3))
    assert told(choose(store, [run])) == {"zeta": ["new 7"]}
    assert told(choose(store, ["alpha", "old", run[:6]])) == {"alpha": ["old 0", "old 1"], "zeta": ["new 7"]}


def test_one_architecture_trained_in_two_ways_is_told_apart_by_its_study(store: Store) -> None:
    found = told(choose(store, ["old", "new", "alpha"]))
    assert found == {"alpha (old)": ["old 0", "old 1"], "alpha (new)": ["new 0", "new 1"]}


def test_studies_of_one_name_are_numbered_by_age_and_it_is_said_which_is_which(store: Store) -> None:
    add_finished(store, "new-2", "alpha", 0, name="new", recipe=Recipe(batch_size=16, epochs=3))
    choice = choose(store, ["new-2", "new-1", "alpha"])
    assert told(choice) == {"alpha (new 2)": ["new 0"], "alpha (new 1)": ["new 0", "new 1"]}
    assert choice.notes == (
        "new 1 is new-1 and new 2 is new-2.",
        "alpha was trained in 2 ways, which differ in batch_size.",
    )


def test_it_is_said_in_what_two_ways_of_training_differ(store: Store) -> None:
    add_finished(store, "old-1", "beta", 0, name="old")
    add_finished(store, "new-1", "beta", 0, name="new", backend="numpy", train_images=7)
    notes = choose(store, ["old", "new", "beta"]).notes
    assert notes == ("beta was trained in 2 ways, which differ in training images and backend.",)
    notes = choose(store, ["old", "new", "alpha", "zeta"]).notes
    assert notes == ("alpha and zeta were each trained in 2 ways, which differ in batch_size.",)


def test_class_weights_that_only_one_way_has_are_a_difference(store: Store) -> None:
    add_finished(store, "old-1", "beta", 0, name="old")
    weighted = Recipe(batch_size=128, epochs=3, class_weight="balanced")
    add_finished(store, "new-1", "beta", 0, name="new", recipe=weighted)
    for words in (["old", "new", "beta"], ["new", "old", "beta"]):
        (note,) = choose(store, words).notes
        assert note.startswith("beta was trained in 2 ways, which differ in ")
        assert "class_weight" in note


def test_runs_that_were_trained_alike_are_one_contestant_whatever_their_study(store: Store) -> None:
    add_finished(store, "more-1", "alpha", 1, name="more")
    add_finished(store, "more-1", "alpha", 5, name="more")
    choice = choose(store, ["old", "more", "alpha"])
    assert told(choice) == {"alpha": ["old 0", "more 1", "more 5"]}
    assert choice.notes == ("alpha: 1 run with a seed that another study has as well; the newer one counts.",)
    (one,) = choice.contestants
    assert {study.folder for study in one.studies} == {"old-1", "more-1"}


@pytest.mark.parametrize(
    "origin",
    [
        {"backend": "numpy"},
        {"train_images": 10_000},
        {"data_sums": {"train-images": "c" * 64, "test-images": "b" * 64}},
    ],
)
def test_another_backend_or_other_training_images_are_another_way_of_training(
    store: Store, origin: dict[str, object]
) -> None:
    add_finished(store, "other-1", "alpha", 0, **origin)
    assert set(told(choose(store, ["old", "other-1", "alpha"]))) == {"alpha (old)", "alpha (other-1)"}


@pytest.mark.parametrize(
    ("origin", "got"),
    [
        ({"data_sums": {"train-images": "a" * 64, "test-images": "d" * 64}}, "20 images of MNIST, sha256 bbbbbbbb"),
        ({"test_images": 19}, "and 19 images of MNIST"),
        ({"data_name": "made-up"}, "and 20 images of Made-up data"),
    ],
)
def test_runs_that_were_tested_on_other_images_are_refused(store: Store, origin: dict[str, object], got: str) -> None:
    add_finished(store, "other-1", "alpha", 0, **origin)
    with pytest.raises(DataError, match="compare: expected runs that were tested on the same images, got") as caught:
        choose(store, ["old", "other-1"])
    assert got in str(caught.value)
    assert "in old-1 and" in str(caught.value)


def test_only_finished_runs_count_and_the_others_are_told_of(store: Store) -> None:
    add_finished(store, "new-1", "alpha", 8, status="interrupted")
    add_finished(store, "new-1", "alpha", 9, status="failed")
    choice = choose(store, [])
    assert told(choice)["alpha"] == ["new 0", "new 1"]
    assert choice.notes == (
        "Left out, since their loss was not finite, which is a result of its own and counts in no mean: alpha (1 run).",
        "Left out, since their training is not finished: alpha (1 run).",
    )


def test_the_newest_of_several_studies_of_a_name_is_taken_and_said(store: Store) -> None:
    add_finished(store, "old-2", "alpha", 3, name="old")
    choice = choose(store, ["old"])
    assert told(choice) == {"alpha": ["old 3"]}
    assert choice.notes == ("2 studies are called old; the newest is compared, old-2.",)


def test_another_spelling_of_the_zoo_finds_the_architecture(store: Store) -> None:
    add_finished(store, "zoo-1", "lenet-5", 0)
    assert told(choose(store, ["LeNet-5"])) == {"lenet-5": ["zoo-1 0"]}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["alhpa"], "expected a study, an architecture that has runs, or the id of a run, got 'alhpa'. .*'alpha'"),
        (["quite-another"], "or the id of a run, got 'quite-another'. cnnlab runs list shows what there is."),
        (["architecture-1"], "expected a stored run of architecture-1, got none. Train it: cnnlab run --archit"),
        (["old", "solo"], "old-1: expected runs of solo, got none"),
    ],
)
def test_a_word_that_means_nothing_is_refused_with_what_to_type(store: Store, words: list[str], message: str) -> None:
    add_finished(store, "solo-1", "solo", 0)
    with pytest.raises(UsageError, match=message):
        choose(store, words)


def test_a_beginning_that_several_ids_share_is_told_so(store: Store) -> None:
    ids = [add_finished(store, "many-1", "alpha", seed) for seed in range(60)]
    shared = next(one[0] for one in ids if sum(other[0] == one[0] for other in ids) > 1)
    with pytest.raises(UsageError, match=f"expected the beginning of one run's id, got '{shared}', which several"):
        choose(store, [shared])


def test_where_nothing_is_finished_it_says_so(tmp_path: Path) -> None:
    with open_store(tmp_path) as empty:
        with pytest.raises(UsageError, match=r"expected a study, got none\. Train something first"):
            choose(empty, [])
        run = add_finished(empty, "new-1", "alpha", 0, status="interrupted")
        with pytest.raises(UsageError, match="new-1: expected at least one finished run, got none"):
            choose(empty, [])
        with pytest.raises(UsageError, match=f"run {run}: expected a finished run, got interrupted"):
            choose(empty, [run])

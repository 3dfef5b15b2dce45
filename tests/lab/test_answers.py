"""What is read of a store for a comparison, against what was put into it."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from many_runs import plan

from cnnlab import data
from cnnlab.arch import chain
from cnnlab.arch.layers import Dense, Flatten, Input
from cnnlab.errors import DataError, UsageError
from cnnlab.lab import Study
from cnnlab.lab.answers import answers, epoch_of, losses_of
from cnnlab.records import EpochRow, RunSummary, TestPredictions
from cnnlab.store import Store, open_store

LABELS = np.array([2, 0, 1, 1], np.uint8)
# One row for each epoch: the second has the lowest validation loss.
CLASSES = np.array([[2, 1, 0, 0], [2, 0, 1, 0], [2, 0, 1, 1]], np.uint8)
VAL_LOSSES = (0.9, 0.3, 0.5)


def add_run(store: Store, architecture: str, seed: int, epochs: int = 3, *, kept: bool = True) -> None:
    """Put a run into the store that says the same for each seed, but for how sure it is."""
    study = store.study("a" * 64, "study", "study-1", "")
    (run,) = store.plan_ids(study.id, [plan(architecture, seed, f"study-1/{architecture}/seed-{seed}", epochs)])
    store.claim(run)
    for epoch in range(1, epochs + 1):
        classes = CLASSES[epoch - 1]
        row = EpochRow(epoch, 1.0, 0.5, VAL_LOSSES[epoch - 1], float((classes == LABELS).mean()), 1.0)
        said = TestPredictions(classes, np.full(4, 1 / (seed + 2), np.float32))
        store.add_epoch(run, row, said if kept else None)
    store.release(run, "interrupted")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Two architectures, seeds in no order."""
    with open_store(tmp_path) as made:
        for architecture, seed in (("b", 2), ("a", 0), ("b", 0), ("b", 1)):
            add_run(made, architecture, seed)
        yield made


def runs_of(store: Store) -> list[RunSummary]:
    return sorted(store.runs(), key=lambda run: (run.architecture != "b", run.id))


def test_each_architecture_has_a_row_for_each_seed_in_rising_order(store: Store) -> None:
    found = answers(store, runs_of(store), LABELS)
    assert list(found) == ["b", "a"]
    assert found["b"].seeds == (0, 1, 2)
    assert found["b"].classes.shape == found["b"].losses.shape == (3, 4)
    np.testing.assert_allclose(found["b"].losses[:, 0], np.log([2, 3, 4]), rtol=1e-7)
    assert found["b"].losses.dtype == np.float64


@pytest.mark.parametrize(("epoch", "row"), [("last", 2), ("best", 1), (1, 0), (3, 2)])
def test_the_epoch_that_is_asked_for_is_the_one_that_answers(store: Store, epoch: int | str, row: int) -> None:
    found = answers(store, runs_of(store), LABELS, epoch=epoch)
    np.testing.assert_array_equal(found["a"].classes, CLASSES[row][None])
    assert {epoch_of(store, run, epoch) for run in runs_of(store)} == {row + 1}


def test_each_run_can_be_asked_after_an_epoch_of_its_own(store: Store) -> None:
    runs = runs_of(store)
    found = answers(store, runs, LABELS, epoch={run.id: run.seed + 1 for run in runs})
    np.testing.assert_array_equal(found["b"].classes, CLASSES)


def test_runs_of_two_studies_can_be_told_apart_by_a_name(store: Store) -> None:
    found = answers(store, runs_of(store), LABELS, name_of=lambda run: f"{run.architecture} {run.seed}")
    assert set(found) == {"a 0", "b 0", "b 1", "b 2"}


def test_a_seed_that_comes_twice_under_one_name_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match=r"one: expected each seed of an architecture once, got .* both with seed 0"):
        answers(store, runs_of(store), LABELS, name_of=lambda _: "one")


def test_a_run_without_that_epoch_is_refused_with_what_it_has(store: Store) -> None:
    with pytest.raises(UsageError, match=r"run \w+ \(b, seed \d\): expected epoch 4, got 3 epochs"):
        answers(store, runs_of(store), LABELS, epoch=4)
    add_run(store, "c", 0, kept=False)
    with pytest.raises(UsageError, match=r"\(c, seed 0\): expected predictions of epoch 3, got none"):
        answers(store, runs_of(store), LABELS)
    (run,) = store.plan_ids(1, [plan("d", 0)])
    with pytest.raises(UsageError, match=r"\(d, seed 0\): expected a run with an epoch, got 0 epochs"):
        epoch_of(store, store.run(run).summary, "last")


def test_labels_of_other_images_are_found_out(store: Store) -> None:
    with pytest.raises(DataError, match="expected 4 right answers of 4, as when it was trained, got 0"):
        answers(store, runs_of(store), LABELS[::-1].copy())
    with pytest.raises(DataError, match="expected answers to 3 images, got 4 images"):
        answers(store, runs_of(store), LABELS[:3])


@given(st.lists(st.floats(2**-100, 1, width=32), min_size=1))
def test_a_loss_is_the_negative_logarithm_of_the_probability(probabilities: list[float]) -> None:
    losses = losses_of(np.array(probabilities, np.float32))
    assert (losses >= 0).all()
    np.testing.assert_allclose(np.exp(-losses), probabilities, rtol=1e-12)


def test_a_probability_of_zero_or_none_is_an_infinite_loss_without_a_warning() -> None:
    assert losses_of(np.array([0.0, np.nan], np.float32)).tolist() == [np.inf, np.inf]
    assert str(losses_of(np.ones(1, np.float32))[0]) == "0.0"


def test_the_answers_of_trained_runs_have_the_accuracy_and_the_loss_of_their_evaluation(tmp_path: Path) -> None:
    net = chain("net", [Input((12, 12, 1)), Flatten(), Dense(4, activation="softmax")])
    outcome = Study("two", data_set="made-up").add(net, epochs=2).run(seeds=2, out=tmp_path, workers=1)
    labels = data.load("made-up").test.labels
    with open_store(tmp_path) as store:
        found = answers(store, list(store.runs()), labels)["net"]
    for row, run in enumerate(outcome.runs):
        assert found.accuracies[row] == run.test_accuracy
        np.testing.assert_allclose(found.losses[row].mean(), run.test_loss, rtol=1e-6)

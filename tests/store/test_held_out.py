"""What a run says of the test images: kept with its end or not at all, and never mistaken for its validation."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from many_runs import plan, provenance

from cnnlab.errors import CnnlabError
from cnnlab.records import EpochRow, Recipe, RunPlan, RunResult, TestPredictions
from cnnlab.store import Store, open_store
from cnnlab.store.export import export
from cnnlab.store.queries import RunFilter

KEY = "0" * 64
VALIDATED = TestPredictions(np.array([1, 2, 3], np.uint8), np.array([0.5, 0.25, 0.75], np.float32))
TESTED = TestPredictions(np.array([300, 7], np.uint16), np.array([0.125, 1.0], np.float32))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "runs") as opened:
        yield opened


def begun(store: Store, held_out: int | None) -> str:
    """Claim a run that has trained two epochs."""
    study = store.study(KEY, "a", "study", "")
    made: RunPlan = replace(plan(), provenance=provenance(validation_images=held_out))
    (run,) = store.plan_ids(study.id, [made])
    assert store.claim(run)
    for epoch in (1, 2):
        store.add_epoch(run, EpochRow(epoch, 0.5, 0.5, 0.4, 0.6, 1.0), VALIDATED)
    return run


def outcome(store: Store, run: str, said: TestPredictions | None, loss: float = 0.4) -> RunResult:
    return RunResult(
        key=store.run(run).key,
        status="finished",
        recipe=Recipe(),
        total_params=1,
        trainable_params=1,
        history=store.epochs(run),
        test_loss=loss,
        test_accuracy=0.5,
        seconds=2.0,
        weights=(np.zeros(1, np.float32),),
        test_predictions=said,
    )


def same(kept: TestPredictions | None, said: TestPredictions | None) -> bool:
    if kept is None or said is None:
        return kept is said
    return (kept.classes.tolist(), kept.classes.dtype, kept.true_class_probability.tolist()) == (
        said.classes.tolist(),
        said.classes.dtype,
        said.true_class_probability.tolist(),
    )


def test_with_images_held_out_the_epochs_say_nothing_of_the_test_images_and_the_end_does(store: Store) -> None:
    run = begun(store, 5000)
    assert store.run(run).validation_images == 5000
    assert same(store.predictions(run), VALIDATED)
    assert store.predictions(run, part="test") is None
    store.release(run, "finished", result=outcome(store, run, TESTED))
    assert same(store.predictions(run, part="test"), TESTED)
    assert same(store.predictions(run), VALIDATED)
    assert same(store.predictions(run, 1), VALIDATED)
    assert store.predictions(run, 1, "test") is None
    assert store.predictions(run, 2, "test") is None


def test_without_images_held_out_the_last_epoch_serves_for_both(store: Store) -> None:
    run = begun(store, None)
    assert store.run(run).validation_images is None
    assert same(store.predictions(run, part="test"), VALIDATED)
    store.release(run, "finished", result=outcome(store, run, None))
    assert same(store.predictions(run, part="test"), VALIDATED)
    assert same(store.predictions(run, 1, "test"), VALIDATED)


def test_answers_of_weights_that_were_put_back_take_the_place_of_the_last_epochs(store: Store) -> None:
    run = begun(store, None)
    store.release(run, "finished", result=outcome(store, run, TESTED, loss=0.3))
    assert same(store.predictions(run, part="test"), TESTED)
    assert same(store.predictions(run, 2, "test"), VALIDATED)
    assert same(store.predictions(run), VALIDATED)


def test_where_other_weights_were_tested_and_nothing_of_that_is_kept_there_is_none(store: Store) -> None:
    run = begun(store, None)
    store.release(run, "finished", result=outcome(store, run, None, loss=0.3))
    assert store.predictions(run, part="test") is None
    assert same(store.predictions(run), VALIDATED)


def test_a_run_with_images_held_out_is_not_finished_without_its_answers_and_nothing_of_it_is_kept(store: Store) -> None:
    run = begun(store, 5000)
    with pytest.raises(CnnlabError, match="a finished run with images held out needs its answers to the test images"):
        store.release(run, "finished", result=outcome(store, run, None))
    assert store.run(run).status == "running"
    with pytest.raises(CnnlabError, match="a finished run needs its test loss"):
        store.release(run, "finished", result=replace(outcome(store, run, TESTED), test_loss=None))
    assert store.predictions(run, part="test") is None, "one transaction: the answers went with the result"
    store.release(run, "interrupted", result=replace(outcome(store, run, None), test_loss=None, test_accuracy=None))
    assert store.run(run).status == "interrupted"


def test_nobody_inserts_a_finished_row_around_that_rule(store: Store) -> None:
    run = begun(store, None)
    store.release(run, "finished", result=outcome(store, run, None))
    connection = store.database.connection
    columns = [row[1] for row in connection.execute("PRAGMA table_info(run)") if row[1] != "number"]
    other = {"id": "'zzzzzzzz'", "seed": "9", "folder": "'elsewhere'", "validation_images": "7"}
    values = ", ".join(other.get(name, name) for name in columns)
    with pytest.raises(sqlite3.IntegrityError, match="needs its answers to the test images"):
        connection.execute(f"INSERT INTO run ({', '.join(columns)}) SELECT {values} FROM run")


def test_a_run_that_is_claimed_again_has_no_answers_of_before(store: Store) -> None:
    run = begun(store, 5000)
    store.release(run, "failed", result=replace(outcome(store, run, TESTED), status="failed"), error="no")
    assert same(store.predictions(run, part="test"), TESTED)
    assert store.claim(run)
    assert store.predictions(run, part="test") is None


def test_a_removed_run_takes_its_answers_along(store: Store) -> None:
    run = begun(store, 5000)
    store.release(run, "finished", result=outcome(store, run, TESTED))
    store.remove([run])
    assert store.database.connection.execute("SELECT count(*) FROM test_prediction").fetchone() == (0,)


@pytest.mark.parametrize("count", [0, -1])
def test_a_count_of_no_held_out_images_does_not_enter(store: Store, count: int) -> None:
    with pytest.raises(CnnlabError, match="CHECK constraint failed: validation_images > 0"):
        begun(store, count)


def test_the_exported_answers_are_those_of_the_test_beside_those_of_the_epochs(store: Store, tmp_path: Path) -> None:
    run = begun(store, 5000)
    store.release(run, "finished", result=outcome(store, run, TESTED))
    export(store, RunFilter(ids=(run,)), tmp_path / "one.npz")
    with np.load(tmp_path / "one.npz") as kept:
        assert kept["classes"].tolist() == [[1, 2, 3]] * 2
        assert kept["test_classes"].tolist() == [300, 7]
        assert kept["test_true_class_probability"].tolist() == [0.125, 1.0]

"""The store: what goes in comes out, for any run, epoch and prediction."""

import doctest
import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from many_runs import plan, provenance

from cnnlab.errors import CnnlabError, UsageError
from cnnlab.records import EpochRow, Recipe, RunResult, StoredRun, TestPredictions
from cnnlab.store import RunFilter, Store, open_store, values, weights_sum

KEY = "0" * 64


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "runs") as opened:
        yield opened


def planned(store: Store, seed: int = 0, architecture: str = "net") -> StoredRun:
    study = store.study(KEY, "a study", "study", "x = 1\n")
    return store.plan_runs(study.id, [plan(architecture, seed)])[0]


def claimed(store: Store, seed: int = 0) -> StoredRun:
    run = planned(store, seed)
    assert store.claim(run.id)
    return run


def outcome(run: StoredRun, **changed: object) -> RunResult:
    weights = (np.arange(6, dtype=np.float32).reshape(2, 3), np.zeros(3, np.float32))
    result = RunResult(
        key=run.key,
        status="finished",
        recipe=Recipe(),
        total_params=7,
        trainable_params=6,
        history=(),
        test_loss=0.0281,
        test_accuracy=0.9903,
        seconds=31.5,
        weights=weights,
        ended="EarlyStopping: no better for 3 epochs",
        resumes_exactly=False,
    )
    return replace(result, **changed)


def same(one: float | None, other: float | None) -> bool:
    return one == other or (one is not None and other is not None and math.isnan(one) and math.isnan(other))


def test_a_study_is_found_by_its_key_and_begun_anew_only_when_asked(store: Store) -> None:
    first = store.study(KEY, "a", "a-1", "x = 1\n")
    assert (first.name, first.folder, first.definition) == ("a", "a-1", "x = 1\n")
    assert store.study(KEY, "a", "a-2", "x = 1\n") == first
    fresh = store.study(KEY, "a", "a-2", "x = 1\n", fresh=True)
    assert fresh.id != first.id
    assert store.study(KEY, "a", "a-3", "x = 1\n") == fresh == store.latest_study(KEY)
    assert store.latest_study("1" * 64) is None
    assert store.studies() == (fresh, first)


def test_a_planned_run_has_all_that_is_known_of_it_and_no_result(store: Store) -> None:
    run = planned(store, seed=4_294_967_295)
    made = plan("net", 4_294_967_295)
    assert (run.key, run.status, run.attempts, run.owner) == (made.key, "planned", 0, None)
    assert (run.network, run.data_sums) == (made.network, made.provenance.data_sums)
    assert run.provenance == {**provenance().__dict__}
    assert run.recipe["optimizer"]["learning_rate"] == 0.01
    assert run.summary.epochs_planned == 12
    assert (run.summary.test_loss, run.summary.weights_sha256, run.summary.began) == (None, None, None)


def test_planning_again_finds_what_is_there_and_adds_the_new_seeds(store: Store) -> None:
    study = store.study(KEY, "a", "study", "")
    first = store.plan_ids(study.id, [plan(seed=0), plan(seed=1)])
    second = store.plan_ids(study.id, [plan(seed=1), plan(seed=2), plan(seed=0)])
    assert (second[0], second[2]) == (first[1], first[0])
    assert store.count() == 3


def test_ids_are_short_typeable_and_no_two_alike() -> None:
    ids = [values.new_id() for _ in range(2000)]
    assert len(set(ids)) == len(ids)
    assert all(
        len(one) == 8 and one[0].isalpha() and set(one) <= set("abcdefghijklmnopqrstuvwxyz234567") for one in ids
    )


def test_many_runs_share_their_documents_and_the_last_one_takes_them_along(store: Store) -> None:
    runs = [planned(store, seed) for seed in range(3)]
    documents = "SELECT count(*) FROM document"
    assert store.database.connection.execute(documents).fetchone() == (4,)
    store.remove([runs[0].id, runs[1].id])
    assert store.run(runs[2].id).network == plan().network
    store.remove([runs[2].id])
    assert store.database.connection.execute(documents).fetchone() == (0,)


numbers = st.floats(allow_nan=True, allow_infinity=True)
maybe = st.none() | numbers
rows = st.builds(
    EpochRow,
    epoch=st.integers(1, 10_000),
    loss=numbers,
    accuracy=numbers,
    val_loss=maybe,
    val_accuracy=st.none() | st.floats(0, 1),
    seconds=st.floats(0, 1e9),
    learning_rate=maybe,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(row=rows)
def test_any_epoch_comes_back_as_it_was(store: Store, row: EpochRow) -> None:
    run = planned(store)
    store.claim(run.id)
    store.cut_after(run.id, 0)
    store.add_epoch(run.id, row)
    (kept,) = store.epochs(run.id)
    assert all(same(one, other) for one, other in zip(vars(row).values(), vars(kept).values(), strict=True))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data(), kind=st.sampled_from([np.uint8, np.uint16]), count=st.integers(0, 300))
def test_any_predictions_come_back_bit_by_bit(store: Store, data: st.DataObject, kind: type, count: int) -> None:
    run = planned(store)
    store.claim(run.id)
    classes = np.frombuffer(data.draw(st.binary(min_size=2 * count, max_size=2 * count)), "<u2").astype(kind)
    bits = data.draw(st.binary(min_size=4 * count, max_size=4 * count))
    probabilities = np.frombuffer(bits, "<f4").astype(np.float32)
    store.add_epoch(run.id, EpochRow(1, 0.5, 0.5, 0.5, 0.5, 1.0), TestPredictions(classes, probabilities))
    kept = store.predictions(run.id)
    assert kept is not None
    assert kept.classes.tobytes() == classes.tobytes()
    assert kept.classes.dtype == kind or count == 0
    assert kept.true_class_probability.tobytes() == probabilities.tobytes()
    assert kept.true_class_probability.dtype == np.float32


def test_an_epoch_that_is_repeated_takes_the_place_of_the_old_one_and_of_its_predictions(store: Store) -> None:
    run = claimed(store)
    said = TestPredictions(np.array([1, 2], np.uint8), np.array([0.5, 0.25], np.float32))
    for epoch, loss in ((1, 0.9), (2, 0.4), (3, 0.6)):
        store.add_epoch(run.id, EpochRow(epoch, loss, 0.5, loss, 0.7, 2.0), said)
    store.add_epoch(run.id, EpochRow(2, 0.8, 0.5, 0.8, 0.75, 2.0))
    assert [row.loss for row in store.epochs(run.id)] == [0.9, 0.8, 0.6]
    assert store.predicted_epochs(run.id) == (1, 3)
    kept = store.run(run.id)
    assert (kept.best_epoch, kept.best_val_loss, kept.last_val_loss, kept.summary.seconds) == (3, 0.6, 0.6, 6.0)


def test_what_lies_behind_a_checkpoint_is_cut_and_the_run_says_so(store: Store) -> None:
    run = claimed(store)
    said = TestPredictions(np.array([1], np.uint8), np.array([0.5], np.float32))
    for epoch in range(1, 6):
        store.add_epoch(run.id, EpochRow(epoch, 1 / epoch, 0.5, 1 / epoch, 0.5, 2.0), said)
    store.cut_after(run.id, 2)
    assert [row.epoch for row in store.epochs(run.id)] == [1, 2]
    assert store.predicted_epochs(run.id) == (1, 2)
    kept = store.run(run.id)
    assert (kept.summary.epochs, kept.best_epoch, kept.last_val_loss) == (2, 2, 0.5)


def test_the_best_epoch_is_never_one_whose_loss_is_no_number(store: Store) -> None:
    run = claimed(store)
    for epoch, loss in ((1, math.nan), (2, math.inf), (3, 0.5), (4, 0.5)):
        store.add_epoch(run.id, EpochRow(epoch, loss, 0.5, loss, 0.5, 1.0))
    assert store.run(run.id).best_epoch == 3


def test_a_finished_run_has_the_sum_of_its_weights_and_its_test(store: Store) -> None:
    run = claimed(store)
    store.release(run.id, "finished", result=outcome(run))
    kept = store.run(run.id)
    assert kept.status == "finished"
    assert kept.summary.weights_sha256 == weights_sum(outcome(run))
    assert (kept.summary.test_loss, kept.summary.test_accuracy, kept.summary.seconds) == (0.0281, 0.9903, 31.5)
    assert (kept.reason, kept.resumes_exactly) == ("EarlyStopping: no better for 3 epochs", False)
    assert (kept.total_params, kept.owner) == (7, None)
    assert kept.summary.ended is not None
    assert not store.claim(run.id), "a finished run is never trained again"


@pytest.mark.parametrize(("loss", "kept"), [(math.nan, math.nan), (math.inf, math.inf)])
def test_a_test_loss_that_is_no_number_is_one_all_the_same(store: Store, loss: float, kept: float) -> None:
    run = claimed(store)
    store.release(run.id, "finished", result=outcome(run, test_loss=loss))
    assert same(next(store.runs()).test_loss, kept)


@pytest.mark.parametrize("changed", [{"test_loss": None}, {"test_accuracy": None}, {"weights": ()}])
def test_a_run_is_not_finished_without_what_it_rests_on(store: Store, changed: dict[str, object]) -> None:
    run = claimed(store)
    with pytest.raises(
        CnnlabError, match=r"expected rows that keep the rules.*got a finished run needs (its test|the sum)"
    ):
        store.release(run.id, "finished", result=outcome(run, **changed))
    assert store.run(run.id).status == "running"


def test_a_run_that_was_meant_to_have_no_test_finishes_without(store: Store) -> None:
    run = claimed(store)
    store.release(run.id, "finished", result=outcome(run, test_loss=None, test_accuracy=None), no_test=True)
    assert (store.run(run.id).status, store.run(run.id).no_test) == ("finished", True)


def test_a_failed_run_keeps_its_message_until_it_is_tried_again(store: Store) -> None:
    run = claimed(store)
    store.release(run.id, "failed", error="the loss became NaN")
    assert (store.run(run.id).status, store.run(run.id).error) == ("failed", "the loss became NaN")
    assert store.claim(run.id, provenance(cpu="another"))
    again = store.run(run.id)
    assert (again.status, again.error, again.attempts, again.provenance["cpu"]) == ("running", None, 2, "another")


def test_nobody_writes_into_a_run_that_is_not_claimed(store: Store) -> None:
    run = planned(store)
    with pytest.raises(
        CnnlabError, match=rf"run {run.id}: expected a run that this process has claimed, got one that is pl"
    ):
        store.add_epoch(run.id, EpochRow(1, 0.5, 0.5, None, None, 1.0))
    with pytest.raises(UsageError, match="expected the id of a run, got 'nothere'"):
        store.claim("nothere")


def test_a_beginning_finds_its_run_and_a_slip_is_answered_with_the_nearest(store: Store) -> None:
    runs = [planned(store, seed) for seed in range(40)]
    ids = [run.id for run in runs]
    assert [store.find(one) for one in ids] == ids
    assert all(
        store.find(one[:length]) == one
        for one in ids
        for length in range(1, 8)
        if sum(other.startswith(one[:length]) for other in ids) == 1
    )
    slip = ids[0][:3] + ids[0][4] + ids[0][3] + ids[0][5:] + "x"
    with pytest.raises(UsageError, match=f"expected the id of a run, got '{slip}'. Did you mean '{ids[0]}'"):
        store.find(slip)
    with pytest.raises(UsageError, match="Type: cnnlab runs list"):
        store.find("00000000")
    shared = next(one[0] for one in ids if sum(other[0] == one[0] for other in ids) > 1)
    with pytest.raises(
        UsageError, match=f"the beginning of one run's id, got '{shared}', which several share. Known: "
    ):
        store.find(shared)


def test_a_filter_takes_all_its_words_together_and_the_newest_come_first(store: Store) -> None:
    study = store.study(KEY, "a", "study-1", "")
    other = store.study("1" * 64, "b", "study-2", "")
    mine = store.plan_runs(study.id, [plan(name, seed, f"study-1/{name}/{seed}") for name in "xy" for seed in (0, 1)])
    store.plan_runs(other.id, [plan("x", 0, "study-2/x/0")])
    for run in mine[:3]:
        assert store.claim(run.id)
        store.release(run.id, "interrupted")
    assert [line.id for line in store.runs()][:3] == [mine[2].id, mine[1].id, mine[0].id]
    assert {line.id for line in store.runs(RunFilter(architecture="x", study="a"))} == {mine[0].id, mine[1].id}
    assert [line.id for line in store.runs(RunFilter(study="study-1", seed=1, status="interrupted"))] == [mine[1].id]
    assert store.count(RunFilter(study="b")) == store.count(RunFilter(study_id=other.id)) == 1
    began = store.run(mine[1].id).summary.began
    assert store.count(RunFilter(since=began)) >= 2
    assert len(list(store.runs(limit=2))) == 2


def test_a_filter_that_names_what_no_run_has_is_refused(store: Store) -> None:
    planned(store)
    with pytest.raises(UsageError, match=r"expected the name of a stored architecture, got 'nets'. Did you mean 'net'"):
        store.check_known(RunFilter(architecture="nets"))
    with pytest.raises(UsageError, match=r"expected the name of a stored study, got 'stud'. Did you mean 'study'"):
        store.check_known(RunFilter(study="stud"))


def test_removing_takes_rows_and_folder_and_nothing_of_others(store: Store) -> None:
    runs = [claimed(store, seed) for seed in (0, 1)]
    for run in runs:
        store.add_epoch(run.id, EpochRow(1, 0.5, 0.5, 0.5, 0.5, 1.0))
        store.release(run.id, "interrupted")
        folder = store.parent / run.summary.folder
        folder.mkdir(parents=True)
        (folder / "weights.npz").write_bytes(b"w")
    assert store.remove([runs[0].id]) == ()
    assert [line.id for line in store.runs()] == [runs[1].id]
    assert not (store.parent / runs[0].summary.folder).exists()
    assert (store.parent / runs[1].summary.folder / "weights.npz").exists()
    assert store.database.connection.execute("SELECT count(*) FROM epoch").fetchone() == (1,)


def test_removing_reaches_nothing_outside_of_the_folder_of_the_runs(store: Store, tmp_path: Path) -> None:
    run = planned(store)
    outside = tmp_path / "precious"
    outside.mkdir()
    store.database.connection.execute("UPDATE run SET folder = '../precious'")
    assert store.remove([run.id]) == ("../precious is still there: it does not lie in the folder of the runs.",)
    assert outside.exists()


def test_a_run_in_training_is_not_removed_nor_any_other_with_it(store: Store) -> None:
    free, busy = planned(store, 0), claimed(store, 1)
    with pytest.raises(UsageError, match=rf"run {busy.id}: expected runs that nobody trains, got one in training"):
        store.remove([free.id, busy.id])
    assert store.count() == 2


def test_the_examples_are_what_comes_out() -> None:
    assert doctest.testmod(values, extraglobs={"UTC": UTC}).failed == 0

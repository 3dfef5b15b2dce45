"""From a store to a comparison: epochs, budgets, costs, fronts and what is said of them."""

import tomllib
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from answered_runs import LABELS, NET, add_finished, definition

from cnnlab import data
from cnnlab.arch.measures import multiply_adds
from cnnlab.data import made_up
from cnnlab.errors import DataError, NotSupportedError, UsageError
from cnnlab.lab import comparing, expenses
from cnnlab.lab.comparing import Question, compare_stored
from cnnlab.lab.comparison_notes import unlike_clocks
from cnnlab.lab.contestants import Choice
from cnnlab.lab.latency import Latencies, Latency
from cnnlab.records import Adam, CallbackRecipe, ExponentialDecay, Recipe, Split
from cnnlab.report.comparison_sheet import ComparisonSheet
from cnnlab.store import open_store

SPLIT = made_up.load(100, 20)
SUMS = dict(SPLIT.sums)
BATCH = 32
IMAGES = 100
UPDATES = 4  # of 100 images in batches of 32
MADDS = 3 * multiply_adds(NET) * IMAGES


@pytest.fixture(autouse=True)
def few_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the made-up data have as many test images as the stored runs."""
    monkeypatch.setattr(data, "load", lambda *_, **__: SPLIT)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """One study: "slow" takes three seconds an epoch and has four, "fast" one second and three epochs."""
    with open_store(tmp_path) as store:
        for seed in (0, 1):
            add(store, "slow", seed, epochs=4, seconds=3.0)
            add(store, "fast", seed, epochs=3, seconds=1.0)
    return tmp_path


def add(store: object, name: str, seed: int, **more: object) -> str:
    origin = {"data_name": "made-up", "data_sums": SUMS, "train_images": IMAGES}
    return add_finished(store, "study-1", name, seed, order=("slow", "fast"), **(origin | more))  # type: ignore[arg-type]


def compared(out: Path, **question: object) -> ComparisonSheet:
    return compare_stored(out, Question(**({"latency": False} | question)), offline=True)  # type: ignore[arg-type]


def epochs(sheet: ComparisonSheet) -> dict[str, tuple[int, ...]]:
    return {one.name: one.epochs for one in sheet.members}


def test_the_labels_of_these_tests_are_those_of_the_made_up_images() -> None:
    assert (SPLIT.test.labels == LABELS).all()


def test_after_the_last_epoch_each_run_says_what_it_said_last(out: Path) -> None:
    sheet = compared(out)
    assert epochs(sheet) == {"slow": (4, 4), "fast": (3, 3)}
    assert sheet.moment == "last"
    with open_store(out) as store:
        for one, member in zip(sheet.comparison.standings, sheet.members, strict=True):
            stored = [store.run(run).summary.test_accuracy for run in member.runs]
            assert one.accuracy.value == pytest.approx(sum(stored) / 2)


def test_after_a_numbered_epoch_all_runs_are_asked_after_that_one(out: Path) -> None:
    assert epochs(compared(out, epoch=2)) == {"slow": (2, 2), "fast": (2, 2)}
    with pytest.raises(UsageError, match=r"\(fast, seed 0\): expected epoch 4, got 3 epochs"):
        compared(out, epoch=4)


def test_the_best_epoch_is_by_validation_and_known_to_be_picked_on_the_test_set(out: Path) -> None:
    sheet = compared(out, epoch="best")
    with open_store(out) as store:
        for member in sheet.members:
            assert member.epochs == tuple(store.run(run).best_epoch for run in member.runs)
    assert sheet.picked_on_test
    assert not compared(out).picked_on_test
    assert not compared(out, epoch=2).picked_on_test


@pytest.mark.parametrize(
    ("unit", "amount", "wanted"),
    [
        ("epochs", 3, {"slow": (3, 3), "fast": (3, 3)}),
        ("updates", 3 * UPDATES, {"slow": (3, 3), "fast": (3, 3)}),
        ("seconds", 3.0, {"slow": (1, 1), "fast": (3, 3)}),
        ("madds", 3 * MADDS, {"slow": (3, 3), "fast": (3, 3)}),
    ],
)
def test_the_budget_is_the_least_that_any_run_spent_in_all(
    out: Path, unit: str, amount: float, wanted: dict[str, tuple[int, ...]]
) -> None:
    sheet = compared(out, equal=unit)
    assert sheet.budget is not None
    assert sheet.budget.amount == amount
    assert epochs(sheet) == wanted
    assert sheet.moment == "equal"


def test_a_budget_can_be_named_and_it_is_said_who_could_have_used_more(out: Path) -> None:
    sheet = compared(out, equal="seconds", budget=7.0)
    assert epochs(sheet) == {"slow": (2, 2), "fast": (3, 3)}
    assert sheet.notes == ("fast: the budget would have paid for more epochs than were trained.",)
    with open_store(out) as store:
        add(store, "uneven", 0, seconds=(1.0, 1.0, 30.0))
    assert compared(out, words=("uneven",), equal="seconds", budget=7.0).notes == ()
    with pytest.raises(UsageError, match=r"got 2 seconds, and the first epoch of slow \(seed 0\) costs 3. The least"):
        compared(out, equal="seconds", budget=2.0)


def test_smaller_batches_are_more_updates(out: Path) -> None:
    with open_store(out) as store:
        add(store, "busy", 0, recipe=Recipe(batch_size=10, epochs=3))
    assert epochs(compared(out, equal="updates"))["busy"] == (1,)


def test_a_schedule_that_a_budget_cuts_short_is_told_of(out: Path) -> None:
    recipe = Recipe(batch_size=BATCH, epochs=4, optimizer=Adam(learning_rate=ExponentialDecay(0.1, 10, 0.9)))
    with open_store(out) as store:
        add(store, "planned", 0, epochs=4, recipe=recipe)
    notes = compared(out, equal="epochs").notes
    assert notes == ("planned: the learning-rate schedule was made for more epochs than these.",)
    assert compared(out, words=("planned",), equal="epochs").notes == ()


def test_costs_are_those_until_the_epoch_that_is_compared(out: Path) -> None:
    slow, fast = compared(out, epoch=2).costs
    assert (slow.seconds, fast.seconds) == (6.0, 2.0)
    assert (slow.parameters, slow.multiply_adds) == (580, multiply_adds(NET))
    assert slow.training_multiply_adds == 2 * MADDS
    assert (slow.latency, slow.bytes) == (None, None)
    for seed, size in ((0, 10), (1, 30)):
        folder = out / f"study-1/slow/seed-{seed}"
        folder.mkdir(parents=True)
        (folder / "weights.npz").write_bytes(b"w" * size)
    assert compared(out).costs[0].bytes == 20


def test_fronts_are_of_the_costs_that_are_known_of_all(out: Path) -> None:
    assert set(compared(out).fronts) == {"parameters", "multiply_adds", "seconds"}


def test_seconds_of_unlike_machines_hold_nobody_off_the_front(out: Path) -> None:
    with open_store(out) as store:
        add(store, "fast", 7, threads=9)
    sheet = compared(out)
    assert "seconds" not in sheet.fronts
    (note,) = sheet.notes
    assert note.startswith("Runs were trained by different means (a processor with 2 threads, compiled backend and a ")


def test_threads_that_keras_does_not_keep_to_make_no_difference(out: Path) -> None:
    def trained(threads: int, backend: str) -> SimpleNamespace:
        return SimpleNamespace(provenance={"cpu": "a processor", "threads": threads, "backend": backend})

    def notes(*runs: SimpleNamespace) -> tuple[str, ...]:
        return unlike_clocks(cast("Choice", SimpleNamespace(runs=runs)))

    keras = "keras 3.15.1 on jax 0.10.2 (cpu:0)"
    assert notes(trained(1, keras), trained(2, keras)) == ()
    (note,) = notes(trained(2, keras), trained(1, "compiled"))
    assert f"(a processor with as many threads as Keras takes, {keras} backend and a processor with 1 thread, c" in note


def test_weights_that_are_others_than_those_of_the_last_epoch_are_told_of(out: Path) -> None:
    recipe = Recipe(batch_size=BATCH, epochs=3, callbacks=(CallbackRecipe("EarlyStopping"),))
    with open_store(out) as store:
        add(store, "restored", 0, recipe=recipe, test_accuracy=0.95)
    (note,) = compared(out).notes
    assert note.startswith("restored: the answers are those after the last epoch.")
    assert note.endswith("their mean accuracy was 0.9500.")
    assert compared(out, epoch=1).notes == ()


def test_latencies_are_measured_when_asked_for_and_a_machine_that_cannot_is_told_of(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measured(networks: dict[str, object]) -> Latencies:
        return Latencies(dict.fromkeys(networks, Latency(1e-4, 1e-5, 99)), "a machine", 2)

    monkeypatch.setattr(expenses, "latencies", measured)
    sheet = compared(out, latency=True)
    assert sheet.timed is not None
    assert (sheet.timed.machine, sheet.costs[0].latency, sheet.costs[0].latency_in_batch) == ("a machine", 1e-4, 1e-5)

    assert {"latency", "latency_in_batch"} <= set(sheet.fronts)
    monkeypatch.setattr(expenses, "latencies", lambda of: replace(measured(of), swing=2.0))
    sheet = compared(out, latency=True)
    assert set(sheet.fronts) == {"parameters", "multiply_adds", "seconds"}
    assert sheet.notes[0].startswith("The machine was busy while predicting was timed: the median call took up to 2.0")

    def refused(_: object) -> Latencies:
        raise NotSupportedError("no such processor.")

    monkeypatch.setattr(expenses, "latencies", refused)
    sheet = compared(out, latency=True)
    assert sheet.timed is None
    assert sheet.notes == ("Latency was not measured: no such processor.",)


def test_a_data_set_that_has_changed_is_found_out(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = replace(SPLIT, sums=SUMS | {"test-labels": "0" * 64})
    monkeypatch.setattr(data, "load", lambda *_, **__: other)
    with pytest.raises(DataError, match=r"expected the test images of the runs, test-labels .{12}, got 000000000000"):
        compared(out)


def test_the_labels_are_looked_for_where_a_study_had_its_data(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def load(*_: object, path: object, **__: object) -> Split:
        asked.append(path)
        return SPLIT

    monkeypatch.setattr(data, "load", load)
    text = f'{definition("net")}\n[data]\nname = "made-up"\npath = "{out.as_posix()}"\n'
    assert tomllib.loads(text)["data"]["path"] == str(out)
    with open_store(out) as store:
        store.study("f" * 64, "own", "own-1", text)
        add_finished(store, "own-1", "net", 0, data_name="made-up", data_sums=SUMS, train_images=IMAGES, key="f" * 64)
    compared(out)
    compared(out, words=("study-1",))
    assert asked == [out, None]


def test_a_study_is_named_by_its_folder_in_the_members(out: Path) -> None:
    assert {one.studies for one in compared(out).members} == {("study-1",)}
    assert comparing.Question().epoch == "last"

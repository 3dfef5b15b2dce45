"""Events: replayed from any moment on they give what the tables hold, each once, whoever writes at the same time."""

import sqlite3
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from many_runs import plan
from test_opening import OLD, old_store

from cnnlab.records import EpochRow, StoredEvent, StudyCourse
from cnnlab.store import Store, events, open_store

History = dict[str, dict[int, float]]


def row(epoch: int, loss: float = 0.5) -> EpochRow:
    return EpochRow(epoch, loss, 0.5, None, None, 1.0)


def replayed(events: Iterable[StoredEvent], begun: History | None = None) -> tuple[History, dict[str, str]]:
    """Do as a page does: what the events say, one after the other."""
    history: History = {run: dict(epochs) for run, epochs in (begun or {}).items()}
    status: dict[str, str] = {}
    for event in events:
        mine = history.setdefault(event.run, {})
        if event.kind == "epoch":
            assert event.row is not None
            mine[event.row.epoch] = event.row.loss
        elif event.kind == "cut":
            assert event.epoch is not None
            for epoch in [epoch for epoch in mine if epoch > event.epoch]:
                del mine[epoch]
        else:
            status[event.run] = str(event.status)
    return history, status


def course(found: StudyCourse) -> History:
    return {one.run.id: {row.epoch: row.loss for row in one.epochs} for one in found.runs}


def tables(store: Store, study: int) -> tuple[History, dict[str, str]]:
    found = store.course(study)
    # The status of the row: whether its owner lives is no event.
    said = dict(store.database.connection.execute("SELECT id, status FROM run WHERE study = ?", (study,)))
    return course(found), said


def begun(store: Store, seeds: int = 2, letter: str = "0") -> tuple[int, tuple[str, ...]]:
    study = store.study(letter * 64, letter, f"study-{letter}", "")
    plans = [plan("net", seed, f"study-{letter}/net/seed-{seed}") for seed in range(seeds)]
    return study.id, store.plan_ids(study.id, plans)


# Each a run, what happens to it, and to which epoch.
acts = st.lists(st.tuples(st.integers(0, 1), st.sampled_from("aaacrmk"), st.integers(0, 6)), max_size=30)


@settings(max_examples=40)
@given(acts, st.integers(0, 30))
def test_from_any_moment_on_the_events_lead_to_what_the_tables_hold(drawn: list[tuple[int, str, int]], at: int) -> None:
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        study, runs = begun(store)
        kept, other = None, begun(store, letter="1")
        for place, (index, act, epoch) in enumerate(drawn):
            if place == at:
                kept = store.course(study)
            do(store, runs[index], act, epoch, place)
            do(store, other[1][index], act, epoch, place)
        events = store.events(study)
        assert replayed(events) == tables(store, study)
        numbers = [event.id for event in events]
        assert numbers == sorted(set(numbers))
        assert {event.run for event in events} <= set(runs)
        if kept is not None:
            later = store.events(study, kept.last_event)
            assert replayed(later, course(kept))[0] == tables(store, study)[0]
            assert len(later) + sum(event.id <= kept.last_event for event in events) == len(events)


def do(store: Store, run: str, act: str, epoch: int, place: int) -> None:
    connection = store.database.connection
    (owner,) = connection.execute("SELECT owner FROM run WHERE id = ?", (run,)).fetchone()
    if act == "k" and owner is not None:
        # As if it had been killed and another had taken over: its row says "running" all along.
        connection.execute("UPDATE run SET owner = ? WHERE id = ?", (f"{place:032x}", run))
        connection.execute("UPDATE run SET owner = ? WHERE id = ?", (store._name, run))
        return
    if owner is None:
        store.claim(run)
    if act == "a":
        store.add_epoch(run, row(epoch + 1, place / 7))
    elif act == "c":
        store.cut_after(run, epoch)
    elif act == "r":
        store.release(run, "interrupted")
    elif act == "m":
        store.release(run, "failed", error="no")


def test_a_cut_of_many_epochs_is_one_event_and_a_replaced_epoch_is_no_cut(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        study, (run, _) = begun(store)
        store.claim(run)
        for epoch in range(1, 9):
            store.add_epoch(run, row(epoch))
        last = store.last_event()
        store.cut_after(run, 3)
        store.add_epoch(run, row(2, 0.25))
        store.cut_after(run, 3)
        found = [(event.kind, event.epoch) for event in store.events(study, last)]
        assert found == [("cut", 3), ("epoch", 2)]


def test_a_removed_run_takes_its_events_along_and_their_numbers_are_never_given_again(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        study, (first, second) = begun(store)
        for run in (first, second):
            store.claim(run)
            store.add_epoch(run, row(1))
            store.release(run, "interrupted")
        last = store.last_event()
        store.remove([second])
        assert store.last_event() == last
        assert {event.run for event in store.events(study)} == {first}
        store.claim(first)
        (event,) = store.events(study, last)
        assert (event.kind, event.status, event.id > last) == ("run", "running", True)


def test_what_ends_in_the_middle_is_no_event(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        study, (run, _) = begun(store)
        store.claim(run)
        before = store.events(study)
        inserted = "INSERT INTO epoch VALUES (1, 1, 0.5, 0.5, NULL, NULL, 1.0, NULL)"
        with pytest.raises(ZeroDivisionError), store.database.writing() as connection:
            assert connection.execute(inserted).rowcount / 0
        assert store.events(study) == before
        store.add_epoch(run, row(1, float("nan")))
        (event,) = store.events(study, before[-1].id)
        assert event.row is not None
        assert event.row.loss != event.row.loss


@pytest.mark.parametrize("version", OLD)
def test_an_older_store_tells_of_its_old_epochs_and_runs_as_well(tmp_path: Path, version: int) -> None:
    old_store(tmp_path, version)
    with open_store(tmp_path) as store:
        (study,) = store.studies()
        history, status = replayed(store.events(study.id))
        said = tables(store, study.id)
        assert ({run: epochs for run, epochs in said[0].items() if epochs}, said[1]) == (
            {run: epochs for run, epochs in history.items() if epochs},
            status,
        )
        assert sum(map(len, history.values())) == 2


def test_while_several_write_a_watcher_gets_every_epoch_once_and_in_order(tmp_path: Path) -> None:
    """Threads with connections of their own write to SQLite as processes do."""
    writers, epochs = 4, 60
    with open_store(tmp_path) as store:
        study, runs = begun(store, writers)
        for run in runs:
            store.claim(run)

        def write(run: str) -> None:
            for epoch in range(1, epochs + 1):
                store.add_epoch(run, row(epoch, epoch))
                if epoch % 20 == 0:
                    store.cut_after(run, epoch - 5)
                    for again in range(epoch - 4, epoch + 1):
                        store.add_epoch(run, row(again, again))

        threads = [threading.Thread(target=write, args=(run,)) for run in runs]
        seen: list[StoredEvent] = []
        first = store.course(study)
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            seen += store.events(study, seen[-1].id if seen else first.last_event, 7)
        while more := store.events(study, seen[-1].id if seen else first.last_event, 7):
            seen += more
        assert [event.id for event in seen] == [event.id for event in store.events(study, first.last_event, 10**6)]
        assert len({event.id for event in seen}) == len(seen) == writers * (epochs + 3 + 15)
        assert replayed(seen, course(first))[0] == tables(store, study)[0]


def test_a_run_that_was_killed_and_goes_on_elsewhere_is_told(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        study, (run, _) = begun(store)
        store.claim(run)
        last = store.last_event()
        connection = sqlite3.connect(store.database.path)
        connection.execute("UPDATE run SET owner = 'another' WHERE id = ?", (run,))
        connection.commit()
        connection.close()
        assert [event.status for event in store.events(study, last)] == ["running"]


def test_a_course_is_of_one_moment_whatever_is_written_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_store(tmp_path) as store:
        study, (run, _) = begun(store)
        store.claim(run)
        store.add_epoch(run, row(1))
        lines = events.lines

        def meanwhile(*words: object) -> object:
            store.add_epoch(run, row(2))
            return lines(*words)  # type: ignore[arg-type]

        monkeypatch.setattr(events, "lines", meanwhile)
        found = store.course(study)
        assert replayed(store.events(study, found.last_event), course(found))[0] == tables(store, study)[0]
        assert list(course(found)[run]) == [1]
        assert next(event.epoch for event in store.events(study, found.last_event)) == 2


def test_of_a_long_course_the_last_epochs_are_read_alone(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        study, (run, _) = begun(store)
        store.claim(run)
        for epoch in range(1, 10):
            store.add_epoch(run, row(epoch))
        assert list(course(store.course(study, latest=3))[run]) == [7, 8, 9]
        assert list(course(store.course(study))[run]) == list(range(1, 10))

"""Checkpoints: which stay, which are read, and what a damaged file does."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from many_runs import plan

from cnnlab.errors import InternalError
from cnnlab.records import CheckpointMade, RunKey
from cnnlab.store import Store, open_store

KEY = RunKey("net", 0)
FOLDER = "study/net/seed-0"


@pytest.fixture(scope="module")
def module_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("runs")) as opened:
        yield opened


seeds = itertools.count()


def begun(store: Store) -> tuple[str, Path]:
    study = store.study("0" * 64, "a", "study", "")
    seed = next(seeds)
    (run,) = store.plan_ids(study.id, [plan(seed=seed)])
    assert store.claim(run)
    return run, store.parent / f"study/net/seed-{seed}"


@settings(max_examples=40)
@given(events=st.lists(st.tuples(st.integers(0, 3000), st.booleans(), st.binary(max_size=20)), min_size=1, max_size=9))
def test_the_last_two_and_the_best_stay_and_nothing_else_lies_there(
    module_store: Store, events: list[tuple[int, bool, bytes]]
) -> None:
    store = module_store
    run, folder = begun(store)
    made = [CheckpointMade(KEY, step // 469, step, best, content) for step, best, content in events]
    for event in made:
        store.keep_checkpoint(run, event, folder)
    expected: list[CheckpointMade] = []
    for best, most in ((False, 2), (True, 1)):
        of_kind: dict[tuple[int, bytes], CheckpointMade] = {}
        for event in made:
            if event.best == best:
                of_kind.pop((event.step, event.content), None)
                of_kind[event.step, event.content] = event
        expected += list(of_kind.values())[-most:]
    expected.sort(key=lambda event: -max(i for i, other in enumerate(made) if other == event))
    kept = store.checkpoints(run)
    assert [(one.step, one.best, store.read_checkpoint(one)) for one in kept] == [
        (event.step, event.best, event.content) for event in expected
    ]
    assert {path.name for path in folder.iterdir()} == {Path(one.file).name for one in kept}


def test_a_damaged_or_missing_file_reads_as_none_and_the_older_one_serves(module_store: Store) -> None:
    store = module_store
    run, folder = begun(store)
    for step in (1, 2):
        store.keep_checkpoint(run, CheckpointMade(KEY, 0, step, False, bytes([step]) * 1000), folder)
    newest, older = store.checkpoints(run)
    path = store.parent / newest.file
    content = bytearray(path.read_bytes())
    content[500] ^= 1
    path.write_bytes(content)
    assert store.read_checkpoint(newest) is None
    assert store.read_checkpoint(older) == b"\x01" * 1000
    path.unlink()
    assert store.read_checkpoint(newest) is None


def test_what_a_killed_process_left_is_swept_and_other_files_stay(module_store: Store) -> None:
    store = module_store
    run, folder = begun(store)
    folder.mkdir(parents=True)
    for name in ("checkpoint-00000009-abcdef01.bin", ".checkpoint-1.bin.77-aa.tmp", "weights.npz", "history.csv"):
        (folder / name).touch()
    kept = store.keep_checkpoint(run, CheckpointMade(KEY, 0, 1, False, b"x"), folder)
    assert {path.name for path in folder.iterdir()} == {Path(kept.file).name, "weights.npz", "history.csv"}


def test_cutting_takes_the_checkpoints_of_later_epochs_along(module_store: Store) -> None:
    store = module_store
    run, folder = begun(store)
    for epoch in (1, 2):
        store.keep_checkpoint(run, CheckpointMade(KEY, epoch, epoch * 469, False, bytes([epoch])), folder)
    store.cut_after(run, 1)
    assert [one.epoch for one in store.checkpoints(run)] == [1]


def test_a_folder_outside_of_the_store_is_a_mistake_of_ours(module_store: Store, tmp_path: Path) -> None:
    run, _ = begun(module_store)
    with pytest.raises(InternalError, match=f"checkpoint: expected a folder within .*, got {tmp_path}"):
        module_store.keep_checkpoint(run, CheckpointMade(KEY, 0, 1, False, b"x"), tmp_path)

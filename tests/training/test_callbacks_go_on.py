"""A callback that is cut off anywhere and made anew from its state goes on as if nothing had happened."""
# ruff: noqa: ANN001 - Hypothesis fills the arguments

import io
from collections.abc import Callable
from contextlib import redirect_stdout
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from callback_stage import ROWS, Moment, Stage, moments, play, through_files, whole
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.errors import CnnlabError, CnnlabWarning
from cnnlab.keras.callbacks import (
    Callback,
    CSVLogger,
    EarlyStopping,
    History,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
    TerminateOnNaN,
)

Make = Callable[[Path], Callback]

KINDS: dict[str, Make] = {
    "EarlyStopping": lambda _: EarlyStopping(patience=2, restore_best_weights=True, verbose=1),
    "EarlyStopping of an accuracy": lambda _: EarlyStopping(
        "accuracy", min_delta=0.05, patience=3, baseline=0.3, restore_best_weights=True, start_from_epoch=1
    ),
    "ReduceLROnPlateau": lambda _: ReduceLROnPlateau(patience=2, factor=0.5, cooldown=2, min_delta=0.05, verbose=1),
    "LearningRateScheduler": lambda _: LearningRateScheduler(lambda epoch, lr: lr * 0.9 + epoch),
    "ModelCheckpoint": lambda folder: ModelCheckpoint(folder / "{epoch}.npz", save_best_only=True),
    "ModelCheckpoint of batches": lambda folder: ModelCheckpoint(folder / "{epoch}-{batch}.npz", save_freq=3),
    "CSVLogger": lambda folder: CSVLogger(folder / "log.csv"),
    "CSVLogger that appends": lambda folder: CSVLogger(folder / "{architecture}" / "{seed}.csv", append=True),
    "TerminateOnNaN": lambda _: TerminateOnNaN(),
}

LOGS = {"CSVLogger": "log.csv", "CSVLogger that appends": "a-b-net/7.csv"}


@pytest.mark.parametrize("kind", KINDS)
@given(rows=ROWS, cut=st.integers(0, 40), lost=st.integers(0, 12), torn=st.booleans())
def test_a_training_cut_off_anywhere_goes_on_exactly(kind: str, rows, cut: int, lost: int, torn: bool) -> None:
    some = moments(rows, batches=2)
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        folders = Path(one), Path(other)
        for folder in folders:
            prepare(folder, kind)
        uncut = KINDS[kind](folders[0])
        stage, _, seen = whole(uncut, some)
        resumed, seen_resumed, state = interrupted(kind, folders[1], some, cut, lost, torn=torn)
        assert repr(seen_resumed) == repr(seen)
        assert repr(state) == repr(uncut.get_state())
        assert (resumed.stop_reason, repr(resumed.weights)) == (stage.stop_reason, repr(stage.weights))
        assert names(resumed) == names(stage)
        assert files(folders[1]) == files(folders[0])


def prepare(folder: Path, kind: str) -> None:
    """Put a file where a logger will write, so that replacing and appending differ."""
    if kind in LOGS:
        path = folder / LOGS[kind]
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"epoch,loss\r\n0,0.5\r\n")


def interrupted(
    kind: str, folder: Path, some: list[Moment], cut: int, lost: int, *, torn: bool
) -> tuple[Stage, list[tuple[Any, ...]], dict[str, Any]]:
    """Play until the cut, go on a little that is lost, then begin from the cut with a fresh callback."""
    make = KINDS[kind]
    stage, first = Stage(), make(folder)
    first.set_model(stage)
    with redirect_stdout(io.StringIO()):
        first.on_train_begin()
        seen = play(first, stage, some[:cut])
        state, kept = through_files(first.get_state()), deepcopy(stage)
        play(first, stage, some[cut : cut + lost])
        if torn and kind in LOGS:
            with (folder / LOGS[kind]).open("ab") as log:
                log.write(b"9,0.1")  # half a line, as a power cut leaves it
        second = make(folder)
        second.set_model(kept)
        second.on_train_begin()
        second.set_state(state)
        seen += play(second, kept, some[cut:])
        second.on_train_end()
    return kept, seen, second.get_state()


def names(stage: Stage) -> list[tuple[str, float]]:
    return [(Path(saved).name, weight) for saved, weight in stage.saved]


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_log_whose_earlier_lines_are_gone_is_written_on_with_a_word(tmp_path: Path) -> None:
    first, stage = CSVLogger(tmp_path / "log.csv"), Stage()
    first.set_model(stage)
    first.on_train_begin()
    play(first, stage, moments([{"loss": 0.5}] * 2))
    (tmp_path / "log.csv").unlink()
    second = CSVLogger(tmp_path / "log.csv")
    second.set_model(stage)
    second.on_train_begin()
    second.set_state(first.get_state())
    with pytest.warns(CnnlabWarning, match=r"CSVLogger: earlier lines of .*log\.csv are gone"):
        second.on_epoch_end(2, {"loss": 0.25})
    assert (tmp_path / "log.csv").read_bytes() == b"epoch,loss,val_loss\r\n2,0.25,NA\r\n"


def test_a_log_that_cannot_be_written_is_refused_before_the_first_epoch(tmp_path: Path) -> None:
    callback = CSVLogger(tmp_path)
    callback.set_model(Stage())
    with pytest.raises(CnnlabError, match=r"CSVLogger, .*: expected to be able to write, got Is a directory"):
        callback.on_train_begin()


def test_a_history_goes_on_from_its_state() -> None:
    whole_one, first, second = History(), History(), History()
    logs = [{"loss": 0.1 * epoch, "accuracy": 0.5} for epoch in (1, 2, 3)]
    for history, epochs in ((whole_one, (0, 1, 2)), (first, (0,))):
        history.on_train_begin()
        for epoch in epochs:
            history.on_epoch_end(epoch, logs[epoch])
    state = through_files(first.get_state())
    first.on_epoch_end(2, logs[2])
    second.on_train_begin()
    second.set_state(state)
    for epoch in (1, 2):
        second.on_epoch_end(epoch, logs[epoch])
    assert (second.epoch, second.history) == (whole_one.epoch, whole_one.history)


def test_kept_weights_are_no_ones_working_memory() -> None:
    callback, stage = EarlyStopping("loss", restore_best_weights=True), Stage()
    callback.set_model(stage)
    callback.on_train_begin()
    play(callback, stage, moments([{"loss": 1.0}]))
    stage.weights[0][:] = 9
    np.testing.assert_array_equal(callback.get_state()["best_weights"][0], [0.5, 0.5])

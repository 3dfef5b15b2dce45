"""Ours and real Keras' callbacks hear the same trainings and do the same."""
# ruff: noqa: ANN001, PLR0917 - Hypothesis fills the arguments

import io
import math
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from callback_stage import NUMBERS, ROWS, Stage, moments, whole
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.errors import UsageError
from cnnlab.keras import callbacks as ours

pytestmark = [
    pytest.mark.keras,
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"),
]

MONITORS = st.sampled_from([("val_loss", "auto"), ("loss", "min"), ("val_accuracy", "max"), ("accuracy", "max")])
DELTAS = st.sampled_from([0, 0.05, 0.1, -0.1])


@pytest.fixture(scope="module")
def theirs() -> ModuleType:
    from keras_oracle import real_keras

    return real_keras().callbacks


def assert_same(a: Any, b: Any) -> None:  # noqa: ANN401 - nested plain values
    """Compare what was seen; NaN equals itself."""
    if isinstance(a, list | tuple):
        assert len(a) == len(b), (a, b)
        for one, other in zip(a, b, strict=True):
            assert_same(one, other)
    elif isinstance(a, dict):
        assert list(a) == list(b)
        assert_same(list(a.values()), list(b.values()))
    elif isinstance(a, np.ndarray):
        np.testing.assert_array_equal(a, b)
    else:
        assert a == b or (isinstance(a, float) and math.isnan(a) and math.isnan(b)), (a, b)


def assert_agree(mine: Any, real: Any, attributes: tuple[str, ...], some: list[Any]) -> None:  # noqa: ANN401 - callbacks
    """Play the same training twice, each with both callbacks, and compare everything."""
    for _ in range(2):
        (stage, printed, seen), (real_stage, real_printed, real_seen) = whole(mine, some), whole(real, some)
        assert printed == real_printed
        assert_same(seen, real_seen)
        assert_same(stage.weights, real_stage.weights)
        for name in attributes:
            assert_same(getattr(mine, name), getattr(real, name))


@given(
    rows=ROWS,
    monitored=MONITORS,
    min_delta=DELTAS,
    patience=st.integers(0, 3),
    baseline=st.none() | st.sampled_from([0.2, 0.3, 0.5]),
    restore=st.booleans(),
    start=st.integers(0, 4),
)
def test_early_stopping_stops_and_restores_where_keras_does(
    theirs: ModuleType, rows, monitored, min_delta, patience, baseline, restore, start
) -> None:
    arguments = {
        "monitor": monitored[0],
        "mode": monitored[1],
        "min_delta": min_delta,
        "patience": patience,
        "baseline": baseline,
        "restore_best_weights": restore,
        "start_from_epoch": start,
        "verbose": 1,
    }
    attributes = ("best", "best_epoch", "stopped_epoch", "wait", "best_weights")
    assert_agree(ours.EarlyStopping(**arguments), theirs.EarlyStopping(**arguments), attributes, moments(rows))


@given(
    rows=ROWS,
    monitored=MONITORS,
    min_delta=DELTAS,
    patience=st.integers(0, 3),
    factor=st.sampled_from([0.0, 0.1, 0.5, 0.9]),
    cooldown=st.integers(0, 3),
    # The last is the first learning rate but for what float32 rounds away.
    min_lr=st.sampled_from([0.0, 0.05, 0.0625, 0.12499999999]),
)
def test_the_learning_rate_is_reduced_where_keras_reduces_it(
    theirs: ModuleType, rows, monitored, min_delta, patience, factor, cooldown, min_lr
) -> None:
    arguments = {
        "monitor": monitored[0],
        "mode": monitored[1],
        "min_delta": min_delta,
        "patience": patience,
        "factor": factor,
        "cooldown": cooldown,
        "min_lr": min_lr,
        "verbose": 1,
    }
    mine, real = ours.ReduceLROnPlateau(**arguments), theirs.ReduceLROnPlateau(**arguments)
    assert_agree(mine, real, ("best", "wait", "cooldown_counter"), moments(rows))


@pytest.mark.parametrize("schedule", [lambda epoch, lr: lr * 0.5 + epoch, lambda epoch: 0.1 / (epoch + 1)])
@given(rows=ROWS)
def test_the_schedule_is_asked_as_keras_asks_it(theirs: ModuleType, schedule, rows) -> None:
    mine = ours.LearningRateScheduler(schedule, verbose=1)
    assert_agree(mine, theirs.LearningRateScheduler(schedule, verbose=1), (), moments(rows))


@given(
    rows=ROWS,
    monitored=MONITORS,
    name=st.sampled_from(["same", "{epoch:02d}-{val_loss:.2f}", "new/{epoch}-{accuracy:.3f}"]),
    best_only=st.booleans(),
    threshold=st.none() | st.just(0.3),
    batches=st.integers(0, 4),
    weights_only=st.booleans(),
)
def test_checkpoints_have_keras_names_and_moments(
    theirs: ModuleType, rows, monitored, name, best_only, threshold, batches, weights_only
) -> None:
    with TemporaryDirectory() as folder:
        arguments = {
            "monitor": monitored[0],
            "mode": monitored[1],
            "save_best_only": best_only,
            "save_weights_only": weights_only,
            "initial_value_threshold": threshold,
            "verbose": 1,
        }
        ending = ".weights.h5" if weights_only else ".keras"
        _compare_saved(theirs, Path(folder, name), ending, arguments, moments(rows, batches))


@given(rows=ROWS, save_freq=st.integers(1, 7), batches=st.integers(1, 4))
def test_batches_are_counted_over_the_epochs_as_in_keras(theirs: ModuleType, rows, save_freq, batches) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "{epoch}-{batch:03d}-{loss:.1f}")
        _compare_saved(theirs, path, ".keras", {"save_freq": save_freq, "verbose": 1}, moments(rows, batches))


def _compare_saved(theirs: ModuleType, path: Path, ending: str, arguments: dict[str, Any], some: list[Any]) -> None:
    mine = ours.ModelCheckpoint(f"{path}.npz", **arguments)
    real = theirs.ModelCheckpoint(f"{path}{ending}", **arguments)
    for _ in range(2):  # what was best stays so for the next training
        (stage, printed, _), (real_stage, real_printed, _) = whole(mine, some), whole(real, some)
        assert stage.saved == [(saved.replace(ending, ".npz"), weight) for saved, weight in real_stage.saved]
        assert printed == real_printed.replace(ending, ".npz")
        assert_same(mine.best, real.best)


@given(
    rows=st.lists(st.dictionaries(st.sampled_from(["loss", "acc", "val_loss", "lr,x"]), NUMBERS), max_size=6),
    extra=st.sampled_from([None, 'a "b"', [1, 2.5], np.array([0.1, 2]), np.array(0.1), np.float64(0.1), (3,)]),
    separator=st.sampled_from([",", ";", "\t"]),
    append=st.booleans(),
    before=st.sampled_from([None, "", "epoch,loss\r\n0,0.5\r\n"]),
)
def test_the_csv_file_is_keras_to_the_byte(theirs: ModuleType, rows, extra, separator, append, before) -> None:
    listed = [row if extra is None else {**row, "extra": extra} for row in rows]
    with TemporaryDirectory() as folder:
        for kind in (ours, theirs):
            path = Path(folder, kind.__name__)
            if before is not None:
                path.write_bytes(before.encode())
            callback = kind.CSVLogger(path, separator=separator, append=append)
            for _ in range(2):
                whole(callback, moments(listed))
        mine, real = (Path(folder, kind.__name__).read_bytes() for kind in (ours, theirs))
        # Keras forgets that it has not written the header yet where the first of two trainings had no epoch.
        assert mine == real


@pytest.mark.parametrize("monitor", ["loss", "val_loss", "accuracy", "val_accuracy", "acc", "val_acc", "f1", "lr"])
def test_auto_decides_as_keras_does_and_refuses_what_keras_refuses(theirs: ModuleType, monitor: str) -> None:
    import keras

    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(2)])
    model.compile(metrics=["acc" if "acc" in monitor and "accuracy" not in monitor else "accuracy"], loss="mse")
    model.train_on_batch(np.zeros((2, 2)), np.zeros((2, 2)))
    real = theirs.EarlyStopping(monitor)
    real.set_model(model)
    try:
        real._set_monitor_op()
    except ValueError:
        with pytest.raises(UsageError, match="expected a number of which it is known whether more is better"):
            ours.EarlyStopping(monitor)
    else:
        assert ours.EarlyStopping(monitor)._improves(2.0, 1.0) == bool(real._is_improvement(2.0, 1.0))


def test_a_stopped_training_says_why() -> None:
    stage, _, _ = whole(ours.EarlyStopping("loss", patience=2), moments([{"loss": 1.0}] * 9))
    assert stage.stop_reason == "EarlyStopping: loss has not improved for 2 epochs"
    stage, _, _ = whole(ours.EarlyStopping("loss", patience=1), moments([{"loss": 1.0}] * 9))
    assert stage.stop_reason == "EarlyStopping: loss has not improved for 1 epoch"


def test_a_difference_is_rounded_where_keras_rounds_it(theirs: ModuleType) -> None:
    # 0.2 + 0.1 is not below the first loss, but 0.2 is below the first loss - 0.1.
    rows = [{"loss": 0.30000000000000004}, {"loss": 0.2}, {"loss": 0.3}, {"loss": 0.1}]
    mine, real = (kind.EarlyStopping("loss", min_delta=0.1, patience=1) for kind in (ours, theirs))
    assert_agree(mine, real, ("best", "stopped_epoch"), moments(rows))
    assert mine.stopped_epoch == 1


def test_a_rate_that_has_been_rounded_to_float32_is_not_above_the_least() -> None:
    callback, stage = (
        ours.ReduceLROnPlateau("loss", patience=0, min_lr=0.001, verbose=1),
        Stage(float(np.float32(0.001))),
    )
    assert stage.optimizer.learning_rate > 0.001
    callback.set_model(stage)
    callback.on_train_begin()
    with redirect_stdout(io.StringIO()) as printed:
        for epoch in range(3):
            callback.on_epoch_end(epoch, {"loss": 1.0})
    assert (printed.getvalue(), stage.optimizer.learning_rate) == ("", float(np.float32(0.001)))

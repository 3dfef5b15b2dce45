"""Metrics over a run: an epoch's value comes of its summed counts, also where the run was cut in its middle."""

import json
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cnnlab.arch import chain, initial_weights
from cnnlab.arch.layers import Dense, Flatten
from cnnlab.backends import Model, get_backend
from cnnlab.files.npz import npz_bytes, read_npz
from cnnlab.randomness import permutation
from cnnlab.records import (
    Adam,
    BatchDone,
    CategoricalCrossentropy,
    CheckpointMade,
    EpochRow,
    Event,
    Examples,
    Precision,
    Recall,
    Recipe,
    TopKCategoricalAccuracy,
)
from cnnlab.records.metrics import share_of
from cnnlab.training import Fit, fit
from cnnlab.training.callbacks import LambdaCallback
from cnnlab.training.callbacks.callback_list import CallbackList
from cnnlab.training.checkpoints import Checkpoint, decode, encode

METRICS = (TopKCategoricalAccuracy(k=2), Precision(thresholds=0.3), Recall(thresholds=0.3))
NET = chain("small", [Flatten(), Dense(4, activation="softmax")], input_shape=(3, 3, 1))
RECIPE = Recipe(batch_size=16, epochs=3, optimizer=Adam(0.05), loss=CategoricalCrossentropy())


def examples(seed: int, count: int = 70) -> Examples:
    numbers = np.random.default_rng(seed)
    return Examples(numbers.random((count, 3, 3, 1), np.float32), np.eye(4)[numbers.integers(0, 4, count)])


def loaded(backend: str = "numpy") -> Model:
    return get_backend(backend).load(
        NET, initial_weights(NET, 2), loss=RECIPE.loss, optimizer=RECIPE.optimizer, metrics=METRICS, threads=1
    )


def trained(model: Model, **others: Any) -> Fit:  # noqa: ANN401 - arguments of fit
    return fit(model, RECIPE, examples(0), examples(1, 40), seed=5, **others)


def told(history: tuple[EpochRow, ...]) -> list[EpochRow]:
    return [replace(row, seconds=0.0) for row in history]


@pytest.mark.parametrize("backend", ["numpy", "compiled"])
def test_an_epoch_says_what_its_summed_counts_say_and_so_far_what_those_so_far_do(backend: str) -> None:
    events: list[Event] = []
    history = trained(loaded(backend), sink=events.append).history
    again, steps = loaded(backend), [event.metrics for event in events if isinstance(event, BatchDone)]
    for epoch, row in enumerate(history):
        order, counts = permutation(5, epoch, 70), []
        for start in range(0, 70, 16):
            counts.append(again.train_step(examples(0), order[start : start + 16], epoch).counts)
            so_far = np.array(counts).sum(axis=0).tolist()
            assert steps[5 * epoch + len(counts) - 1] == tuple(share_of((first, second)) for first, second in so_far)
        assert row.metrics == steps[5 * epoch + 4]
        assert row.val_metrics == tuple(map(share_of, again.evaluate(examples(1, 40), 16).counts))
        assert len(row.metrics) == len(METRICS)


@pytest.mark.parametrize("cut", [1, 3, 5, 7])
def test_a_run_cut_amid_an_epoch_goes_on_to_the_same_metrics(cut: int) -> None:
    whole = trained(loaded())
    kept: list[Checkpoint] = []
    asked: list[int] = []

    def keep(event: Event) -> None:
        if isinstance(event, CheckpointMade) and not event.best:
            kept.append(decode(event.content))

    def stop() -> bool:
        asked.append(1)
        return len(asked) == cut

    trained(loaded(), sink=keep, stop=stop, checkpoint_every=1e9)
    assert kept[-1].images in {16 * (cut % 5), 70}
    assert all(first + second > 0 for first, second in kept[-1].counts)
    assert told(trained(loaded(), resume=kept[-1]).history) == told(whole.history)


def test_callbacks_hear_the_metrics_by_name_with_batches_validations_and_epochs() -> None:
    heard: dict[str, list[str]] = {}

    def note(moment: str) -> Any:  # noqa: ANN401 - a hook
        return lambda _, logs: heard.setdefault(moment, list(logs))

    callback = LambdaCallback(on_epoch_end=note("epoch"), on_train_batch_end=note("batch"))
    names = ["top", "precision", "recall"]
    trained(
        loaded(),
        callbacks=CallbackList([callback], SimpleNamespace(stop_training=False), metrics=["accuracy"], counted=names),
    )
    assert heard["batch"] == ["loss", "accuracy", *names]
    shown = sorted(["accuracy", "loss", *names])
    assert heard["epoch"] == [*shown, *(f"val_{name}" for name in shown)]


def some_checkpoint(**others: Any) -> Checkpoint:  # noqa: ANN401 - fields
    row = EpochRow(1, 0.3, 0.9, 0.4, 0.8, 1.25, 0.001, metrics=(0.5, 1 / 3), val_metrics=(0.25, 1.0))
    weights = [np.zeros(2, np.float32)]
    state = {"step": np.array(7)}
    return Checkpoint(weights, state, 1, 20, 0.3, 3, (row,), weights, None, [], 2.5, **others)


def test_counts_and_rows_come_back_from_a_checkpoint_as_they_were() -> None:
    written = some_checkpoint(counts=((3, 4), (0, 7)))
    read = decode(encode(written))
    assert read.counts == written.counts
    assert read.history == written.history


def test_a_checkpoint_of_before_there_were_metrics_is_read() -> None:
    content = encode(some_checkpoint())
    heading = content.index(b"\n") + 1
    arrays = read_npz(BytesIO(content[heading + 64 :]))
    about = json.loads(arrays["about"].tobytes())
    del about["counts"], about["history"][0]["metrics"], about["history"][0]["val_metrics"]
    arrays["about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)
    old = npz_bytes(arrays)
    read = decode(content[:heading] + sha256(old).hexdigest().encode() + old)
    assert read.counts == ()
    assert read.history[0].metrics == read.history[0].val_metrics == ()


def test_the_store_keeps_of_a_row_what_it_always_kept() -> None:
    (row,) = some_checkpoint().history
    assert list(row.stored()) == ["epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds", "learning_rate"]

"""The loop of one training run: epochs, steps, validation, events."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from time import perf_counter

import numpy as np
import numpy.typing as npt

from cnnlab.backends import Evaluation, Model
from cnnlab.randomness import permutation
from cnnlab.records import (
    BatchDone,
    EpochDone,
    EpochRow,
    Examples,
    Recipe,
    RunKey,
    RunStarted,
    RunStatus,
    Sink,
)


def _nobody(event: object) -> None:
    del event


def _never() -> bool:
    return False


@dataclass(frozen=True, eq=False)
class Fit:
    """What the loop did.

    Attributes:
        status: Whether it trained all epochs.
        history: A row for each whole epoch.
        weights: In Keras' order: at the end, or at the end of the last whole epoch of an interrupted run.
        test: The final weights' evaluation on the validation images; None without them or without a whole epoch.
        seconds: Wall-clock time, validation included.
        error: What ended it early, where that was no wish of the user's to stop.
    """

    status: RunStatus
    history: tuple[EpochRow, ...]
    weights: list[npt.NDArray[np.floating]]
    test: Evaluation | None
    seconds: float
    error: BaseException | None = None


def fit(
    model: Model,
    recipe: Recipe,
    train: Examples,
    validation: Examples | None = None,
    *,
    seed: int = 0,
    key: RunKey | None = None,
    initial_epoch: int = 0,
    sink: Sink = _nobody,
    stop: Callable[[], bool] = _never,
) -> Fit:
    """Train a loaded model by a recipe.

    Args:
        model: Loaded with the recipe's loss and optimizer.
        recipe: Batch size, epochs, shuffling; epochs are counted from 0, so ``initial_epoch`` of them are skipped.
        train: Checked by `prepare`.
        validation: Likewise; evaluated after each epoch.
        seed: Decides the order of the images: the same seed and epoch give the same order.
        key: How the events name the run.
        initial_epoch: Where to begin, for a run that goes on.
        sink: Told of every step and epoch.
        stop: Asked after every few steps; True ends the run there.

    Returns:
        The history and the final weights. Whatever ends the run early, a second Ctrl-C or a full disk, stands in
        ``error`` beside what was trained until then, so that the caller can keep it before raising.
    """
    run = _Run(model, recipe, train, validation, seed, key or RunKey("network", seed), sink, stop)
    try:
        sink(RunStarted(run.key, recipe.epochs, -(-len(train) // recipe.batch_size), len(train)))
        for epoch in range(initial_epoch, recipe.epochs):
            if not run.train_epoch(epoch):
                return run.interrupted()
        return run.finished()
    except BaseException as error:  # noqa: BLE001 - handed to the caller with what has been trained
        return run.interrupted(error)


@dataclass
class _Run:
    """The state of one run between its epochs."""

    model: Model
    recipe: Recipe
    train: Examples
    validation: Examples | None
    seed: int
    key: RunKey
    sink: Sink
    stop: Callable[[], bool]
    history: list[EpochRow] = field(default_factory=list)
    evaluation: Evaluation | None = None
    started: float = field(default_factory=perf_counter)

    def __post_init__(self) -> None:
        self.last_weights = self.model.get_weights()

    def train_epoch(self, epoch: int) -> bool:
        """Train and validate one epoch; False if it was stopped in the middle."""
        began = perf_counter()
        row = self._steps(epoch, began)
        if row is None:
            return False
        if self.validation is not None:
            self.evaluation = self.model.evaluate(self.validation, self.recipe.batch_size)
            row = replace(row, val_loss=self.evaluation.loss, val_accuracy=self.evaluation.accuracy)
        row = replace(row, seconds=perf_counter() - began)
        self.history.append(row)
        self.last_weights = self.model.get_weights()
        self.sink(EpochDone(self.key, row, self.evaluation.predictions if self.evaluation else None))
        return True

    def _steps(self, epoch: int, began: float) -> EpochRow | None:
        """Train every batch of one epoch; means are weighted by batch size, as Keras' are."""
        order = self._order(epoch)
        loss, correct, count, step = 0.0, 0, 0, 0
        while count < len(order):
            for result in self.model.train_batches(self.train, order[count:], self.recipe.batch_size, epoch):
                loss += result.loss * result.count
                correct += result.correct
                count += result.count
                step += 1
                seconds = perf_counter() - began
                self.sink(BatchDone(self.key, epoch + 1, step, loss / count, correct / count, seconds))
            if self.stop():
                return None
        return EpochRow(epoch + 1, loss / count, correct / count, None, None, 0.0)

    def _order(self, epoch: int) -> npt.NDArray[np.int64]:
        if self.recipe.shuffle:
            return permutation(self.seed, epoch, len(self.train))
        return np.arange(len(self.train))

    def finished(self) -> Fit:
        """End a whole run; an optimizer that averages weights puts the average in place here."""
        self.model.finish()
        weights = self.model.get_weights()
        changed = any(not np.array_equal(a, b) for a, b in zip(weights, self.last_weights, strict=True))
        if changed and self.validation is not None:
            self.evaluation = self.model.evaluate(self.validation, self.recipe.batch_size)
        return Fit("finished", tuple(self.history), weights, self.evaluation, perf_counter() - self.started)

    def interrupted(self, error: BaseException | None = None) -> Fit:
        """End a run in the middle of an epoch: what counts is the last whole one."""
        seconds = perf_counter() - self.started
        return Fit("interrupted", tuple(self.history), self.last_weights, self.evaluation, seconds, error)

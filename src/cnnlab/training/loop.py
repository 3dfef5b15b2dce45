"""The loop of one training run: epochs, steps, validation, callbacks, checkpoints, events."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from time import perf_counter

import numpy as np
import numpy.typing as npt

from cnnlab.backends import Evaluation, Model
from cnnlab.errors import NonFiniteLossError
from cnnlab.randomness import permutation
from cnnlab.records import (
    BatchDone,
    CheckpointMade,
    Counts,
    EpochDone,
    EpochRow,
    Examples,
    Recipe,
    RunKey,
    RunStarted,
    RunStatus,
    Sink,
    TestPredictions,
)
from cnnlab.records.metrics import added, share_of
from cnnlab.training.callbacks.callback_list import CallbackList
from cnnlab.training.checkpoints import Checkpoint, encode


def _nobody(event: object) -> None:
    del event


def _never() -> bool:
    return False


@dataclass(frozen=True, eq=False)
class Fit:
    """What the loop did.

    Attributes:
        status: Whether it came to its end: all epochs, or as many as a callback wanted.
        history: A row for each whole epoch.
        weights: In Keras' order: at the end, or at the end of the last whole epoch of an interrupted run.
        test_loss: Of these weights on the test images, where there are any: then None for an interrupted run, whose
            test has not come. Without them on the validation images; None without these or without a whole epoch.
        test_accuracy: Likewise.
        seconds: Wall-clock time, validation and test included; also of before an interruption.
        ended: Why a callback ended it early; None if none did.
        error: What ended it early, where that was no wish of the user's to stop.
        test_predictions: What these weights said of the images of the test; None where that is what they said after
            the last epoch.
    """

    status: RunStatus
    history: tuple[EpochRow, ...]
    weights: list[npt.NDArray[np.floating]]
    test_loss: float | None
    test_accuracy: float | None
    seconds: float
    ended: str | None = None
    error: BaseException | None = None
    test_predictions: TestPredictions | None = None


def fit(
    model: Model,
    recipe: Recipe,
    train: Examples,
    validation: Examples | None = None,
    *,
    test: Examples | None = None,
    seed: int = 0,
    key: RunKey | None = None,
    initial_epoch: int = 0,
    callbacks: CallbackList | None = None,
    resume: Checkpoint | None = None,
    checkpoint_every: float | None = None,
    sink: Sink = _nobody,
    stop: Callable[[], bool] = _never,
) -> Fit:
    """Train a loaded model by a recipe.

    Args:
        model: Loaded with the recipe's loss and optimizer.
        recipe: Batch size, epochs, shuffling; epochs are counted from 0, so ``initial_epoch`` of them are skipped.
        train: Checked by `prepare`.
        validation: Likewise; evaluated after each epoch.
        test: Likewise; evaluated once, with the final weights, when nothing can be decided by it any more. None where
            the validation images are also those of the test.
        seed: Decides the order of the images: the same seed and epoch give the same order.
        key: How the events name the run.
        initial_epoch: Where to begin, for a training that goes on.
        callbacks: Called as Keras calls them.
        resume: Where an interrupted run stood: it goes on from there with the bits of one that never stopped.
        checkpoint_every: Seconds between two checkpoints, which go to the sink; the wish to stop makes one more. None
            for none at all.
        sink: Told of every step and epoch.
        stop: Asked after every few steps; True ends the run there.

    Returns:
        The history and the final weights. Whatever ends the run early, a second Ctrl-C or a full disk, stands in
        ``error`` beside what was trained until then, so that the caller can keep it before raising.
    """
    run = _Run(
        model,
        recipe,
        train,
        validation,
        test,
        seed,
        key or RunKey("network", seed),
        callbacks or CallbackList(),
        checkpoint_every,
        sink,
        stop,
        epoch=initial_epoch,
    )
    try:
        run.begin(resume)
        while run.epoch < recipe.epochs and run.ended is None:
            if not run.train_epoch():
                return run.interrupted()
        return run.finished()
    except BaseException as error:  # noqa: BLE001 - handed to the caller with what has been trained
        return run.interrupted(error)


@dataclass
class _Run:
    """One run: what it works with, and where it stands."""

    model: Model
    recipe: Recipe
    train: Examples
    validation: Examples | None
    test: Examples | None
    seed: int
    key: RunKey
    callbacks: CallbackList
    checkpoint_every: float | None
    sink: Sink
    stop: Callable[[], bool]
    epoch: int = 0
    images: int = 0
    loss: float = 0.0
    correct: int = 0
    counts: tuple[Counts, ...] = ()
    history: list[EpochRow] = field(default_factory=list)
    best_val_loss: float | None = None
    best: Checkpoint | None = None
    ended: str | None = None
    evaluation: Evaluation | None = None
    started: float = field(default_factory=perf_counter)

    def __post_init__(self) -> None:
        self.last_weights = self.model.get_weights()
        self.last_checkpoint = self.started

    @property
    def seconds(self) -> float:
        """Return how long the run has taken."""
        return perf_counter() - self.started

    @property
    def metrics(self) -> tuple[float, ...]:
        """Return what the further metrics say of the epoch's images so far."""
        return tuple(map(share_of, self.counts))

    def begin(self, resume: Checkpoint | None) -> None:
        """Take back where the run stood, and begin."""
        if resume is not None:
            self.model.set_weights(resume.weights)
            self.model.set_state(resume.state)
            self.epoch, self.images = resume.epoch, resume.images
            self.loss, self.correct, self.counts = resume.loss, resume.correct, resume.counts
            self.history, self.last_weights = list(resume.history), resume.last_weights
            self.best_val_loss = resume.best_val_loss
            self.started -= resume.seconds
        steps = -(-len(self.train) // self.recipe.batch_size)
        self.callbacks.train_begin(None if resume is None else resume.callbacks)
        self.sink(RunStarted(self.key, self.recipe.epochs, steps, len(self.train), self.epoch))

    def train_epoch(self) -> bool:
        """Train and validate one epoch, or the rest of one; False if it was stopped in the middle."""
        began = perf_counter()
        if self.images == 0:
            self.callbacks.epoch_begin(self.epoch)
        try:
            if not self._steps(began):
                self._checkpoint()
                return False
        except NonFiniteLossError as error:
            if not self.callbacks.handles(error):
                raise
            self.ended = str(error)
            return True
        row = self._validated(EpochRow(self.epoch + 1, self.loss / self.images, self.correct / self.images, *_NO_VAL))
        row = replace(row, seconds=perf_counter() - began, learning_rate=self.model.learning_rate, metrics=self.metrics)
        self.history.append(row)
        self.last_weights = self.model.get_weights()
        self.sink(EpochDone(self.key, row, self.evaluation.predictions if self.evaluation else None))
        self.epoch, self.images, self.loss, self.correct, self.counts = self.epoch + 1, 0, 0.0, 0, ()
        self.callbacks.epoch_end(row)
        self.ended = self.callbacks.stopped
        self._note_best(row)
        if self.ended is None and self.epoch < self.recipe.epochs:
            self._checkpoint_if_due()
        return True

    def _steps(self, began: float) -> bool:
        """Train what is left of an epoch; means are weighted by batch size, as Keras' are. False to stop there."""
        order = self._order()
        batch_size, alone = self.recipe.batch_size, self.callbacks.wants_batches
        step = -(-self.images // batch_size)
        while self.images < len(order):
            rows = order[self.images :]
            if alone:
                self.callbacks.batch_begin(step)
                rows = rows[:batch_size]
            for result in self.model.train_batches(self.train, rows, batch_size, self.epoch):
                self.loss += result.loss * result.count
                self.correct += result.correct
                self.counts = added(self.counts, result.counts)
                self.images += result.count
                step += 1
                loss, accuracy = self.loss / self.images, self.correct / self.images
                now, seconds = self.epoch + 1, perf_counter() - began
                self.sink(BatchDone(self.key, now, step, loss, accuracy, seconds, self.metrics))
            if alone:
                self.callbacks.batch_end(step - 1, loss, accuracy, self.metrics)
                if self.callbacks.stopped is not None:
                    return True
            if self.stop():
                return False
            self._checkpoint_if_due()
        return True

    def _order(self) -> npt.NDArray[np.int64]:
        if self.recipe.shuffle:
            return permutation(self.seed, self.epoch, len(self.train))
        return np.arange(len(self.train))

    def _validated(self, row: EpochRow) -> EpochRow:
        if self.validation is None:
            return row
        self.callbacks.test_begin()
        self.evaluation = self.model.evaluate(self.validation, self.recipe.batch_size)
        said, metrics = self.evaluation, tuple(map(share_of, self.evaluation.counts))
        self.callbacks.test_end(said.loss, said.accuracy, metrics)
        return replace(row, val_loss=said.loss, val_accuracy=said.accuracy, val_metrics=metrics)

    # Checkpoints.

    def _note_best(self, row: EpochRow) -> None:
        """Remember the epoch of the lowest validation loss; it is handed over with the next checkpoint."""
        if self.checkpoint_every is None or row.val_loss is None:
            return
        if self.best_val_loss is None or row.val_loss < self.best_val_loss:
            self.best_val_loss = row.val_loss
            self.best = self._now()

    def _checkpoint_if_due(self) -> None:
        if self.checkpoint_every is not None and perf_counter() - self.last_checkpoint >= self.checkpoint_every:
            self._checkpoint()

    def _checkpoint(self) -> None:
        """Hand over where the run stands, and the best so far where that has not been done."""
        if self.checkpoint_every is None:
            return
        self._hand_over_best()
        self._hand_over(self._now(), best=False)
        self.last_checkpoint = perf_counter()

    def _hand_over_best(self) -> None:
        if self.best is not None:
            self._hand_over(self.best, best=True)
            self.best = None

    def _hand_over(self, checkpoint: Checkpoint, *, best: bool) -> None:
        step = int(checkpoint.state["step"])
        self.sink(CheckpointMade(self.key, checkpoint.epoch, step, best, encode(checkpoint)))

    def _now(self) -> Checkpoint:
        return Checkpoint(
            weights=self.model.get_weights(),
            state=self.model.get_state(),
            epoch=self.epoch,
            images=self.images,
            loss=self.loss,
            correct=self.correct,
            history=tuple(self.history),
            last_weights=self.last_weights,
            best_val_loss=self.best_val_loss,
            callbacks=self.callbacks.get_state(),
            seconds=self.seconds,
            counts=self.counts,
        )

    # The end.

    def finished(self) -> Fit:
        """End a whole run; an optimizer that averages weights and callbacks that restore them do so here."""
        self._hand_over_best()
        self.model.finish()
        self.callbacks.train_end(self.history[-1] if self.history else None)
        weights, history = self.model.get_weights(), tuple(self.history)
        images = self._last_images(weights)
        if images is None:
            return Fit("finished", history, weights, *self._last_test(), self.seconds, self.ended)
        said = self.model.evaluate(images, self.recipe.batch_size)
        return Fit(
            "finished",
            history,
            weights,
            said.loss,
            said.accuracy,
            self.seconds,
            self.ended,
            test_predictions=said.predictions,
        )

    def _last_images(self, weights: list[npt.NDArray[np.floating]]) -> Examples | None:
        """Return what the final weights are still to be tested with: their last epoch may have said it all."""
        if self.test is not None:
            return self.test
        changed = any(not np.array_equal(a, b) for a, b in zip(weights, self.last_weights, strict=True))
        return self.validation if changed else None

    def interrupted(self, error: BaseException | None = None) -> Fit:
        """End a run in the middle of an epoch: what counts is the last whole one."""
        history = tuple(self.history)
        return Fit("interrupted", history, self.last_weights, *self._last_test(), self.seconds, error=error)

    def _last_test(self) -> tuple[float | None, float | None]:
        """Return the numbers of the last epoch where its validation was the test."""
        if self.test is not None or not self.history:
            return None, None
        return self.history[-1].val_loss, self.history[-1].val_accuracy


_NO_VAL = (None, None, 0.0)

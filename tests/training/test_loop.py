"""The loop, with a model that only writes down what it is asked."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from time import sleep
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.backends import Evaluation, StepResult
from cnnlab.records import (
    BatchDone,
    EpochDone,
    Event,
    Examples,
    Recipe,
    RunStarted,
    TestPredictions,
)
from cnnlab.training import fit

Array = npt.NDArray[Any]


@dataclass
class Notebook:
    """A model whose loss is the mean of the rows of its batch, and whose weight counts the steps."""

    rows: list[list[int]] = field(default_factory=list)
    epochs: list[int] = field(default_factory=list)
    steps: int = 0
    at_the_end: int = 0
    learning_rate: float = 0.1

    def train_step(self, examples: Examples, rows: npt.NDArray[np.integer], epoch: int) -> StepResult:
        self.rows.append([int(row) for row in rows])
        self.epochs.append(epoch)
        self.steps += 1
        return StepResult(float(np.mean(rows)), sum(int(row) % 2 for row in rows), len(rows))

    def train_batches(
        self, examples: Examples, order: npt.NDArray[np.integer], batch_size: int, epoch: int
    ) -> list[StepResult]:
        return [self.train_step(examples, order[:batch_size], epoch)]

    def evaluate(self, examples: Examples, batch_size: int) -> Evaluation:
        predictions = TestPredictions(np.zeros(len(examples), np.uint8), np.zeros(len(examples), np.float32))
        return Evaluation(float(self.steps + self.at_the_end), 0.5, predictions)

    def predict(self, images: Array, batch_size: int) -> Array:
        return images

    def get_weights(self) -> list[Array]:
        return [np.array([self.steps + self.at_the_end])]

    def set_weights(self, weights: Sequence[Array]) -> None:
        raise NotImplementedError

    def get_state(self) -> dict[str, Array]:
        raise NotImplementedError

    def set_state(self, state: dict[str, Array]) -> None:
        raise NotImplementedError

    def finish(self) -> None:
        self.steps += self.at_the_end


def examples(count: int) -> Examples:
    return Examples(np.zeros((count, 1)), np.zeros(count, np.int64))


@given(count=st.integers(1, 40), batch_size=st.integers(1, 50), epochs=st.integers(1, 3), seed=st.integers(0, 99))
def test_every_epoch_trains_on_every_image_once_in_an_order_of_its_own(
    count: int, batch_size: int, epochs: int, seed: int
) -> None:
    model = Notebook()
    fit(model, Recipe(batch_size=batch_size, epochs=epochs), examples(count), seed=seed)
    steps = -(-count // batch_size)
    assert model.epochs == [epoch for epoch in range(epochs) for _ in range(steps)]
    orders = [list(chain.from_iterable(model.rows[epoch * steps :][:steps])) for epoch in range(epochs)]
    assert all(sorted(order) == list(range(count)) for order in orders)
    if count > 20 and epochs > 1:
        assert orders[0] != orders[1]


@given(count=st.integers(1, 30), batch_size=st.integers(1, 40))
def test_epoch_metrics_are_means_weighted_by_batch_size(count: int, batch_size: int) -> None:
    fitted = fit(Notebook(), Recipe(batch_size=batch_size), examples(count))
    assert fitted.history[0].loss == pytest.approx(np.mean(np.arange(count)))
    assert fitted.history[0].accuracy == pytest.approx(np.mean(np.arange(count) % 2))


def test_without_shuffling_the_images_come_in_their_order() -> None:
    model = Notebook()
    fit(model, Recipe(batch_size=2, shuffle=False), examples(5))
    assert model.rows == [[0, 1], [2, 3], [4]]


def test_the_same_seed_gives_the_same_order_and_another_seed_another() -> None:
    models = [Notebook() for _ in range(3)]
    for model, seed in zip(models, (1, 1, 2), strict=True):
        fit(model, Recipe(batch_size=50), examples(50), seed=seed)
    assert models[0].rows == models[1].rows
    assert models[0].rows != models[2].rows


def test_a_run_that_goes_on_at_an_epoch_takes_that_epochs_order() -> None:
    whole, later = Notebook(), Notebook()
    fit(whole, Recipe(epochs=3), examples(40))
    fit(later, Recipe(epochs=3), examples(40), initial_epoch=2)
    assert later.rows == whole.rows[-len(later.rows) :]


def test_events_tell_of_the_start_each_step_and_each_epoch() -> None:
    events: list[Event] = []
    fit(Notebook(), Recipe(batch_size=2, epochs=2), examples(5), examples(3), sink=events.append)
    kinds = [type(event) for event in events]
    assert kinds == [RunStarted, *([BatchDone] * 3 + [EpochDone]) * 2]
    last = events[-1]
    assert isinstance(last, EpochDone)
    assert (last.row.epoch, last.row.val_loss, last.row.val_accuracy) == (2, 6.0, 0.5)
    assert last.predictions is not None
    assert len(last.predictions.classes) == 3


def test_a_stop_ends_the_run_after_the_step_and_keeps_the_last_whole_epoch() -> None:
    model = Notebook()
    fitted = fit(model, Recipe(batch_size=1, epochs=9), examples(4), examples(1), stop=lambda: model.steps == 6)
    assert (fitted.status, model.steps, len(fitted.history)) == ("interrupted", 6, 1)
    assert fitted.weights[0] == [4]
    assert fitted.test_loss == 4


def test_a_stop_before_the_first_epoch_ends_with_the_initial_weights() -> None:
    fitted = fit(Notebook(), Recipe(batch_size=1), examples(4), examples(1), stop=lambda: True)
    assert (fitted.status, fitted.history, fitted.test_loss) == ("interrupted", (), None)
    assert fitted.weights[0] == [0]


def test_weights_that_change_at_the_end_are_evaluated_again() -> None:
    fitted = fit(Notebook(at_the_end=7), Recipe(batch_size=4), examples(4), examples(1))
    assert fitted.test_loss == 15


def test_without_validation_the_row_says_so() -> None:
    row = fit(Notebook(), Recipe(), examples(4)).history[0]
    assert (row.val_loss, row.val_accuracy) == (None, None)


def test_whatever_ends_a_run_is_handed_over_with_what_was_trained() -> None:
    model = Notebook()

    def full_disk(event: Event) -> None:
        if isinstance(event, EpochDone) and event.row.epoch == 2:
            raise OSError("no space left")

    fitted = fit(model, Recipe(batch_size=1, epochs=9), examples(3), sink=full_disk)
    assert (fitted.status, len(fitted.history), fitted.weights[0].tolist()) == ("interrupted", 2, [6])
    assert isinstance(fitted.error, OSError)


def test_the_time_of_an_epoch_counts_its_validation() -> None:
    class Slow(Notebook):
        def evaluate(self, examples: Examples, batch_size: int) -> Evaluation:
            sleep(0.05)
            return super().evaluate(examples, batch_size)

    fitted = fit(Slow(), Recipe(epochs=2), examples(3), examples(1))
    assert all(row.seconds >= 0.05 for row in fitted.history)
    assert fitted.seconds >= 0.1

"""Images held out for validation: the test images are looked at once, with the final weights, and by nobody before."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hold_out_data import NET, RECIPE, held_out_split, loaded

from cnnlab.backends import Evaluation, Model
from cnnlab.errors import DataError
from cnnlab.experiments.prepare import prepared_for
from cnnlab.records import CallbackRecipe, CategoricalCrossentropy, EpochDone, Event, Examples, Recipe
from cnnlab.training import Fit, Prepared, fit, prepare
from cnnlab.training.callbacks import callback_of
from cnnlab.training.callbacks.callback_list import CallbackList
from cnnlab.training.trainee import Trainee

DATA = prepared_for(NET, CategoricalCrossentropy(), held_out_split(80))


class Spy:
    """A model that notes what it is evaluated with, and after how many epochs."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.seen: list[tuple[Examples, int]] = []
        self.epochs = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._model, name)

    def evaluate(self, examples: Examples, batch_size: int) -> Evaluation:
        self.seen.append((examples, self.epochs))
        return self._model.evaluate(examples, batch_size)

    def note(self, event: Event) -> None:
        self.epochs += isinstance(event, EpochDone)


def trained(
    prepared: Prepared,
    recipe: Recipe = RECIPE,
    stop: Callable[[], bool] = lambda: False,
    spy: Spy | None = None,
) -> Fit:
    model = spy or Spy(loaded(recipe))
    callbacks = CallbackList([callback_of(one) for one in recipe.callbacks], Trainee(NET, model, "net", 0))  # type: ignore[arg-type]
    return fit(
        model,  # type: ignore[arg-type]
        recipe,
        prepared.train,
        prepared.validation,
        test=prepared.test,
        callbacks=callbacks,
        sink=model.note,
        stop=stop,
    )


def same_training(one: Fit, other: Fit) -> None:
    assert [replace(row, seconds=0) for row in one.history] == [replace(row, seconds=0) for row in other.history]
    assert [weight.tobytes() for weight in one.weights] == [weight.tobytes() for weight in other.weights]


def test_the_test_images_are_evaluated_once_and_after_the_last_epoch() -> None:
    spy = Spy(loaded(RECIPE))
    done = trained(DATA, spy=spy)
    assert DATA.test is not None
    assert [(examples is DATA.test, epochs) for examples, epochs in spy.seen] == [
        *((False, epoch) for epoch in range(RECIPE.epochs)),
        (True, RECIPE.epochs),
    ]
    assert {id(examples) for examples, _ in spy.seen[:-1]} == {id(DATA.validation)}
    said = loaded(RECIPE)
    said.set_weights(done.weights)
    alone = said.evaluate(DATA.test, 16)
    assert (done.test_loss, done.test_accuracy) == (alone.loss, alone.accuracy)
    assert done.test_predictions is not None
    np.testing.assert_array_equal(done.test_predictions.classes, alone.predictions.classes)
    assert done.test_loss != done.history[-1].val_loss


@pytest.mark.parametrize(
    "callback",
    [
        CallbackRecipe("EarlyStopping", (("patience", 1), ("restore_best_weights", True))),
        CallbackRecipe("ReduceLROnPlateau", (("patience", 1), ("factor", 0.1))),
    ],
    ids=lambda one: one.name,
)
def test_permuted_test_labels_change_nothing_but_the_test(callback: CallbackRecipe) -> None:
    assert DATA.test is not None
    recipe = replace(RECIPE, epochs=6, callbacks=(callback,))
    permuted = replace(DATA, test=replace(DATA.test, labels=DATA.test.labels[::-1].copy()))
    one, other = trained(DATA, recipe), trained(permuted, recipe)
    same_training(one, other)
    assert one.test_loss != other.test_loss
    # Where the test images validate, such a callback does listen to them: the same fault is seen there.
    first, second = (trained(Prepared(DATA.train, part.test, ()), recipe) for part in (DATA, permuted))
    assert [row.val_loss for row in first.history] != [row.val_loss for row in second.history]


def test_a_run_that_is_stopped_has_no_test_numbers_where_images_are_held_out() -> None:
    spy = Spy(loaded(RECIPE))
    stopped = trained(DATA, stop=lambda: spy.epochs == 2, spy=spy)
    assert (stopped.status, len(stopped.history) > 0) == ("interrupted", True)
    assert (stopped.test_loss, stopped.test_accuracy, stopped.test_predictions) == (None, None, None)
    assert not any(examples is DATA.test for examples, _ in spy.seen)


def test_without_images_held_out_the_last_epoch_says_it_all_unless_the_weights_change_at_the_end() -> None:
    both = Prepared(DATA.train, DATA.test, ())
    plain = trained(both)
    assert plain.test_predictions is None
    assert plain.test_loss == plain.history[-1].val_loss
    best = CallbackRecipe("EarlyStopping", (("patience", 1), ("restore_best_weights", True), ("mode", "max")))
    # By that mode the first epoch's high loss is the best one.
    restored = trained(both, replace(RECIPE, epochs=6, callbacks=(best,)))
    assert restored.ended is not None
    assert restored.test_predictions is not None
    assert (restored.test_predictions.classes == DATA.test.labels.argmax(axis=1)).mean() == restored.test_accuracy  # type: ignore[union-attr]


def test_the_check_before_training_names_the_test_part() -> None:
    assert DATA.test is not None
    wrong = replace(DATA.test, labels=DATA.test.labels[:-1])
    with pytest.raises(DataError, match=r"test labels: expected 80 labels, one for each image, got 79"):
        prepare(NET, RECIPE.loss, DATA.train, DATA.validation, wrong)

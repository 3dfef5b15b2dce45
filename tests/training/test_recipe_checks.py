"""Each number of a recipe has a kind and a range, and a message that names it."""

import numpy as np
import pytest

from cnnlab.errors import UsageError
from cnnlab.records import SGD, Adadelta, Adam, CategoricalCrossentropy, Recipe, RMSprop


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Adam(clipnorm=1.0, clipvalue=1.0), "Adam: expected one of clipnorm, .*, got clipnorm and clipvalue"),
        (lambda: SGD(momentum=2), "optimizer SGD, momentum: expected a number from 0 to 1, got 2"),
        (lambda: SGD(nesterov=1), "nesterov: expected true or false, got 1"),
        (lambda: Adam(beta_1=1.0), r"beta_1: expected a number from 0 to below 1, got 1\.0"),
        (lambda: Adam(float("inf")), "learning_rate: expected a number that is not negative, got inf"),
        (lambda: Adam(True), "learning_rate: expected a number that is not negative, got True"),
        (lambda: Adam(gradient_accumulation_steps=1), "steps: expected a whole number of at least 2, got 1"),
        (lambda: Adam(gradient_accumulation_steps=2.5), "steps: expected a whole number of at least 2, got 2.5"),
        (lambda: RMSprop(ema_momentum=5), "ema_momentum: expected a number from 0 to 1, got 5"),
        (lambda: RMSprop(ema_overwrite_frequency=1.5), "frequency: expected a whole number of at least 1, got 1.5"),
        (lambda: Adadelta(loss_scale_factor=0), "loss_scale_factor: expected a number above 0, got 0"),
        (lambda: CategoricalCrossentropy(label_smoothing=2), "label_smoothing: expected a number from 0 to 1, got 2"),
        (lambda: Recipe(batch_size=0), "recipe, batch_size: expected a whole number of at least 1, got 0"),
        (lambda: Recipe(epochs=np.array([1, 2])), r"recipe, epochs: expected a whole number of at least 1, got array"),
    ],
)
def test_a_number_out_of_its_range_is_refused_by_name(make, message: str) -> None:  # noqa: ANN001
    with pytest.raises(UsageError, match=message):
        make()


def test_numpys_numbers_become_plain_ones_so_that_their_precision_reaches_no_weight() -> None:
    optimizer = Adam(np.float64(0.5), gradient_accumulation_steps=np.int64(3))
    assert type(optimizer.learning_rate) is float
    assert type(optimizer.gradient_accumulation_steps) is int
    assert Adam(np.float32(0.5)) == Adam(0.5)

"""Losses as plain data: the loss of guessing against the losses themselves, and what each has."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.backends.reference import losses
from cnnlab.errors import UsageError
from cnnlab.records import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Loss,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
    named_table,
)

KINDS = st.one_of(
    st.builds(CategoricalCrossentropy),
    st.builds(SparseCategoricalCrossentropy),
    st.builds(BinaryCrossentropy, label_smoothing=st.floats(0, 0.9)),
    st.builds(MeanSquaredError),
)


@given(KINDS, st.integers(2, 12), st.booleans())
def test_the_loss_of_guessing_is_the_least_that_one_answer_to_all_images_has(
    loss: Loss, classes: int, single: bool
) -> None:
    outputs = 1 if single and loss.separate else classes
    classes = 2 if outputs == 1 else classes
    labels = np.arange(classes)
    mean = losses.targets_of(loss, labels, outputs, np.float64).mean(axis=0)
    found = losses.compared(loss, np.tile(mean, (classes, 1)), labels, logits=False)[0].mean()
    assert loss.of_guessing(classes) == pytest.approx(found, rel=1e-6)
    for step in (-0.01, 0.01):
        other = np.clip(mean + step * (np.arange(outputs) == 0), 1e-3, 1 - 1e-3)
        assert losses.compared(loss, np.tile(other, (classes, 1)), labels, logits=False)[0].mean() >= found - 1e-12


def test_squared_errors_have_no_argument_and_take_no_logits() -> None:
    assert fields(MeanSquaredError()) == ()
    assert MeanSquaredError().from_logits is False
    assert named_table(MeanSquaredError()) == {"name": "MeanSquaredError"}


def test_what_was_written_of_the_older_losses_is_written_as_it_was() -> None:
    assert list(named_table(CategoricalCrossentropy()).items()) == [
        ("name", "CategoricalCrossentropy"),
        ("from_logits", False),
        ("label_smoothing", 0.0),
    ]
    assert named_table(SparseCategoricalCrossentropy(from_logits=True)) == {
        "name": "SparseCategoricalCrossentropy",
        "from_logits": True,
    }


def test_smoothing_beyond_its_range_is_refused() -> None:
    with pytest.raises(UsageError, match=r"loss BinaryCrossentropy, label_smoothing: expected a number from 0 to 1"):
        BinaryCrossentropy(label_smoothing=1.5)

"""Checkpoints: what is written is what is read, and nothing else is taken for one."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.errors import CnnlabError
from cnnlab.records import EpochRow
from cnnlab.training.checkpoints import Checkpoint, decode, encode

arrays = st.integers(0, 2**32 - 1).map(lambda seed: np.random.default_rng(seed).normal(size=(seed % 4, 3)))
plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
names = st.text().filter(lambda name: name != "the array")
states = st.dictionaries(
    names, st.recursive(plain | arrays, lambda inner: st.lists(inner) | st.dictionaries(names, inner))
)


def checkpoint(callbacks: list[dict[str, Any]], **others: object) -> Checkpoint:
    about: dict[str, Any] = {
        "weights": [np.arange(6, dtype=np.float32).reshape(2, 3), np.zeros(0, np.float32)],
        "state": {"step": np.array(7), "learning_rate": np.array(0.1), "dense/kernel/m": np.ones((2, 3), np.float32)},
        "epoch": 1,
        "images": 20,
        "loss": 0.1 + 0.2,
        "correct": 3,
        "history": (EpochRow(1, 0.3, 0.9, None, None, 1.25, 0.001),),
        "last_weights": [np.full((2, 3), 2, np.float32), np.zeros(0, np.float32)],
        "best_val_loss": None,
        "callbacks": callbacks,
        "seconds": 2.5,
    }
    return Checkpoint(**{**about, **others})


def same(one: Any, other: Any) -> bool:  # noqa: ANN401 - nested plain data
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and one.dtype == other.dtype and np.array_equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) and type(one) is type(other)


@given(st.lists(states, max_size=3))
def test_a_checkpoint_reads_back_as_it_was_written(callbacks: list[dict[str, Any]]) -> None:
    written = checkpoint(callbacks)

    assert same(vars(written), vars(decode(encode(written))))


def test_infinity_and_the_smallest_numbers_come_back(subtests: pytest.Subtests) -> None:
    for number in (float("inf"), 5e-324, -0.0, 1 / 3):
        with subtests.test(number=number):
            assert repr(decode(encode(checkpoint([], loss=number))).loss) == repr(number)


@given(st.data())
def test_a_checkpoint_with_any_byte_changed_is_refused(data: st.DataObject) -> None:
    content = bytearray(encode(checkpoint([])))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))

    with pytest.raises(CnnlabError, match="expected"):
        decode(bytes(content))


@given(st.integers(0, 200))
def test_a_checkpoint_that_was_cut_short_is_refused(missing: int) -> None:
    content = encode(checkpoint([]))

    with pytest.raises(CnnlabError, match="expected"):
        decode(content[: -missing - 1])


def test_a_state_that_would_read_back_as_something_else_is_refused(subtests: pytest.Subtests) -> None:
    for state in ({"the array": 1}, {"seen": {3: "three"}}):
        with subtests.test(state=state), pytest.raises(TypeError, match="expected names other than"):
            encode(checkpoint([state]))

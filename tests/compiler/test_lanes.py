"""Sums across the 16 lanes are one tree on every processor: lane l with l + 8, then + 4, + 2, + 1."""

import numpy as np
import pytest
from native import call, computed, dtype_of

from cnnlab.compiler import host_target
from cnnlab.compiler.frame import Frame, Shared
from cnnlab.compiler.ir import F32, F64, PTR, Type, Value
from cnnlab.compiler.kernel import Kernel
from cnnlab.compiler.lowering.lanes import reduce_rows, sum_of_lanes, sum_of_one

KINDS = pytest.mark.parametrize("kind", [F32, F64], ids=str)


def tree(lanes: np.ndarray) -> np.floating:
    """Add up 16 numbers, each half to the other."""
    while len(lanes) > 1:
        half = len(lanes) // 2
        lanes = lanes[:half] + lanes[half:]
    return lanes[0]


def rows_of(kind: Type, count: int) -> np.ndarray:
    """Draw numbers of very different sizes, so that every other order of adding them gives another sum."""
    numbers = np.random.default_rng(3)
    drawn = numbers.normal(0, 1, (count, 16)) * 10.0 ** numbers.integers(-6, 7, (count, 16))
    return drawn.astype(dtype_of(kind))


@KINDS
def test_the_sums_of_16_vectors_are_the_trees(kind: Type) -> None:
    rows = rows_of(kind, 16)
    got = computed(sum_of_lanes, *((kind.times(16), row) for row in rows))
    assert np.array_equal(got, [tree(row) for row in rows])


@KINDS
def test_the_sum_of_one_vector_is_the_same_tree(kind: Type) -> None:
    for row in rows_of(kind, 8):
        got = computed(lambda b, values: sum_of_one(b, values[0]), (kind.times(16), row))
        assert got == tree(row)


def neighbours(lanes: np.ndarray) -> np.floating:
    """Add up 16 numbers, each to the one beside it: another tree."""
    while len(lanes) > 1:
        lanes = lanes[::2] + lanes[1::2]
    return lanes[0]


@KINDS
def test_another_order_would_be_seen(kind: Type) -> None:
    rows = rows_of(kind, 16)
    assert any(neighbours(row) != tree(row) for row in rows)
    assert any(np.cumsum(row)[-1] != tree(row) for row in rows)


@KINDS
def test_many_rows_are_reduced_16_at_a_time_and_into_every_copy(kind: Type) -> None:
    rows = rows_of(kind, 48)
    out, copy = np.zeros(48, rows.dtype), np.zeros(48, rows.dtype)
    k = Kernel("run", kind, host_target(), exported=True)

    def pointer(slot: Frame) -> Value:
        return k.own(slot, PTR)

    reduce_rows(k, pointer(Frame.TILE), pointer(Frame.SCRATCH), 48, [pointer(Frame.PARTIAL)])
    frame, shared = np.zeros(Frame.SIZE, np.int64), np.zeros(Shared.SIZE, np.int64)
    for slot, array in ((Frame.SHARED, shared), (Frame.TILE, rows), (Frame.SCRATCH, out), (Frame.PARTIAL, copy)):
        frame[slot] = array.ctypes.data
    call([k.function], frame.ctypes.data)
    assert np.array_equal(out, [tree(row) for row in rows])
    assert np.array_equal(out, copy)

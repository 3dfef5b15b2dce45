"""``.npy`` read without NumPy's own reader: the same arrays, and of everything else a refusal."""

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cnnlab.errors import UsageError
from cnnlab.files.npy import announced, read_npy

KINDS = ["|b1", "|u1", "|i1", "<u2", ">i2", "<i4", ">u4", "<i8", "<f2", ">f4", "<f4", "<f8"]


def written(array: np.ndarray[Any, Any]) -> bytes:
    """Write an array as NumPy does."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


@given(
    array=st.sampled_from(KINDS).flatmap(
        lambda kind: arrays.arrays(kind, arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
    ),
    columns_first=st.booleans(),
)
def test_what_numpy_writes_is_read_to_the_bit(array: np.ndarray[Any, Any], columns_first: bool) -> None:
    content = written(np.asfortranarray(array) if columns_first and array.ndim else array)
    found = read_npy(content, "here")
    assert (found.dtype, found.shape) == (array.dtype, array.shape)
    assert found.tobytes() == array.tobytes()
    assert announced(content[:200], len(content), "here") == (array.dtype, array.shape)


@pytest.mark.parametrize(
    "spelt",
    ["{'shape': (3,), 'fortran_order': False, 'descr': '<f4'}", '{"descr":"<f4","fortran_order":False,"shape":(3,)}'],
)
def test_a_header_in_another_order_and_spelling_is_read(spelt: str) -> None:
    content = b"\x93NUMPY\x01\x00" + len(spelt).to_bytes(2, "little") + spelt.encode() + np.ones(3, "<f4").tobytes()
    assert read_npy(content, "here").tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array([{}], object), "Python's objects, which are a pickle"),
        (np.zeros(3, "M8[ns]"), "plain numbers, got '<M8"),
        (np.zeros(3, "U5"), "plain numbers, got '<U5'"),
        (np.zeros(3, [("a", "f4")]), "plain numbers, got .*'a'"),
        (np.zeros(3, complex), "plain numbers, got '<c16'"),
    ],
)
def test_anything_but_plain_numbers_is_refused_by_name(array: np.ndarray[Any, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_npy(written(array), "here")


@given(place=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255), cut=st.booleans())
def test_a_damaged_array_is_read_or_refused_and_nothing_else(place: float, byte: int, cut: bool) -> None:
    content = bytearray(written(np.arange(6, dtype=np.int16).reshape(2, 3)))
    at = int(place * len(content))
    content[at] = byte
    try:
        read_npy(bytes(content[:at] if cut else content), "here")
    except UsageError:
        return

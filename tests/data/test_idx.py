"""The IDX format."""

import hashlib
import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cnnlab.data import idx
from cnnlab.data.failures import SourceError

uint8_arrays = arrays.arrays(np.uint8, arrays.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=6))


@given(uint8_arrays)
def test_what_is_written_is_read_back(array: np.ndarray) -> None:
    read = idx.parse(idx.header(array.shape) + array.tobytes(), "some")
    assert read.dtype == np.uint8
    assert np.array_equal(read, array)


@given(uint8_arrays)
def test_the_sum_is_that_of_the_file_written_word_by_word(array: np.ndarray) -> None:
    file = bytes([0, 0, 8, array.ndim]) + b"".join(struct.pack(">I", side) for side in array.shape)
    file += bytes(int(pixel) for pixel in array.ravel())
    assert idx.sha256(array) == hashlib.sha256(file).hexdigest()


def test_a_transposed_array_is_summed_as_it_reads_not_as_it_lies() -> None:
    array = np.arange(6, dtype=np.uint8).reshape(2, 3).T
    assert idx.sha256(array) == idx.sha256(array.copy())


@given(uint8_arrays.filter(lambda array: array.size > 0), st.data())
def test_a_file_cut_anywhere_is_refused(array: np.ndarray, data: st.DataObject) -> None:
    file = idx.header(array.shape) + array.tobytes()
    kept = data.draw(st.integers(0, len(file) - 1))
    with pytest.raises(SourceError, match=r"^cut-file: expected "):
        idx.parse(file[:kept], "cut-file")


def test_a_file_too_long_is_refused_with_both_lengths() -> None:
    with pytest.raises(SourceError, match=r"long: expected 6 bytes after the header, for shape \(2, 3\), got 7\."):
        idx.parse(idx.header((2, 3)) + bytes(math.prod((2, 3)) + 1), "long")


@pytest.mark.parametrize(
    ("content", "shown"), [(b"<!DO", "3c 21 44 4f"), (b"\0\0\x0d\1abcd", "00 00 0d 01"), (b"", "an empty file")]
)
def test_another_format_or_type_is_refused_by_its_first_bytes(content: bytes, shown: str) -> None:
    with pytest.raises(SourceError, match=f"begins with 00 00 08, got {shown}"):
        idx.parse(content, "other")

"""Our HDF5 against h5py, which is HDF5's own library: what either writes the other reads."""

import io
from collections.abc import Mapping
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from cnnlab.errors import CnnlabError, UsageError
from cnnlab.formats.hdf5 import read_hdf5, write_hdf5

Arrays = dict[str, npt.NDArray[Any]]

DTYPES = ("<f2", "<f4", "<f8", ">f4", "<i4", "<u4", ">i8", "|u1", "|i1")
NAMES = st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1, max_size=12).filter(
    lambda name: name not in {".", ".."}
)


@st.composite
def trees(draw: st.DrawFn) -> Arrays:
    """Draw arrays in groups: some groups hold more names than a table."""
    found: Arrays = {}
    for folder in draw(st.lists(NAMES, max_size=4, unique=True)):
        for name in draw(st.lists(NAMES, max_size=30, unique=True)):
            dtype = draw(st.sampled_from(DTYPES))
            shape = draw(st.just(()) | array_shapes(min_dims=1, max_dims=4, max_side=4) | st.just((0, 3)))
            found[f"{folder}/{name}"] = draw(arrays(dtype, shape))
    return found


def by_h5py(content: bytes) -> Arrays:
    """Read all arrays with HDF5's own library."""
    found: Arrays = {}
    with h5py.File(io.BytesIO(content), "r") as file:
        file.visititems(lambda name, one: found.update({name: one[()]}) if isinstance(one, h5py.Dataset) else None)
    return found


def from_h5py(made: Mapping[str, npt.NDArray[Any]], libver: str | None = None) -> bytes:
    """Write arrays with HDF5's own library."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", libver=libver) as file:
        for path, array in made.items():
            file[path] = array
    return buffer.getvalue()


def assert_same(one: Arrays, other: Arrays) -> None:
    assert one.keys() == other.keys()
    for path, array in one.items():
        assert np.shape(array) == np.shape(other[path])
        assert np.asarray(array).dtype.newbyteorder("=") == np.asarray(other[path]).dtype.newbyteorder("=")
        assert np.array_equal(array, other[path], equal_nan=np.asarray(array).dtype.kind == "f")


@given(made=trees())
def test_what_we_write_hdf5_reads(made: Arrays) -> None:
    content = write_hdf5(made)
    assert_same(made, by_h5py(content))
    assert_same(made, read_hdf5(content, "here"))
    assert write_hdf5(made) == content


@pytest.mark.parametrize("libver", [None, "earliest", "v108", "latest"])
@given(made=trees())
def test_what_hdf5_writes_we_read(made: Arrays, libver: str | None) -> None:
    assert_same(made, read_hdf5(from_h5py(made, libver), "here"))


@pytest.mark.parametrize("count", [1, 8, 9, 60, 256, 257, 1_200])
def test_a_group_holds_any_number_of_names(count: int) -> None:
    made = {f"layers/{index}": np.full(3, index, np.int32) for index in range(count)}
    content = write_hdf5(made)
    assert_same(made, by_h5py(content))
    assert_same(made, read_hdf5(content, "here"))
    for libver in ("earliest", "v108", "latest"):
        assert_same(made, read_hdf5(from_h5py(made, libver), "here"))


def _soft(file: h5py.File) -> None:
    file["there"] = np.zeros(3)
    file["here"] = h5py.SoftLink("/there")


def _external_link(file: h5py.File) -> None:
    file["here"] = h5py.ExternalLink("/etc/passwd", "/")


def _hard_twice(file: h5py.File) -> None:
    file["one"] = np.zeros(3)
    file["two"] = file["one"]


def _ring(file: h5py.File) -> None:
    file.create_group("one")["two"] = file["/"]


def _external_data(file: h5py.File) -> None:
    file.create_dataset("here", (4,), "u1", external=[("/etc/passwd", 0, 4)])


def _virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((4,), "u1")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (4,))
    file.create_virtual_dataset("here", layout)


def _odd_float(file: h5py.File) -> None:
    """A number of 32 bits whose exponent is counted from elsewhere: its bytes are no float of NumPy's."""
    odd = h5py.h5t.IEEE_F32LE.copy()
    odd.set_ebias(100)
    space = h5py.h5s.create_simple((3,))
    made = h5py.h5d.create(file.id, b"here", odd, space)
    made.write(h5py.h5s.ALL, h5py.h5s.ALL, np.ones(3, np.float32))


STRANGE = {
    "something else than plain numbers|shape of version": _odd_float,
    "by name": _soft,
    "external": _external_link,
    "two ways": _hard_twice,
    "two ways to what is at": _ring,
    "in other files": _external_data,
    "virtual": _virtual,
    "chunked": lambda file: file.create_dataset("here", data=np.zeros((100, 100)), chunks=(10, 10)),
    "compressed": lambda file: file.create_dataset("here", data=np.zeros(10_000), compression="gzip"),
    "may grow|chunked": lambda file: file.create_dataset("here", (4,), "f4", maxshape=(None,)),
    "something else than plain numbers": lambda file: file.create_dataset("here", data=b"text"),
    "holds nothing|something else": lambda file: file.create_dataset("here", data=h5py.Empty("f4")),
    "nothing was written": lambda file: file.create_dataset("here", (1_000_000, 1_000_000), "f8"),
}


@pytest.mark.parametrize("libver", ["earliest", "latest"])
@pytest.mark.parametrize("message", STRANGE)
def test_what_no_file_of_weights_has_is_named_and_refused(message: str, libver: str) -> None:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", libver=libver) as file:
        STRANGE[message](file)
    with pytest.raises(UsageError, match=message) as caught:
        read_hdf5(buffer.getvalue(), "model.weights.h5")
    assert "in model.weights.h5" in str(caught.value) or "model.weights.h5" in str(caught.value)


@given(made=trees(), at=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_damaged_file_is_read_or_refused_and_nothing_else(made: Arrays, at: list[tuple[float, int]]) -> None:
    content = bytearray(write_hdf5(made))
    for place, value in at:
        content[min(int(place * len(content)), len(content) - 1)] = value
    try:
        found = read_hdf5(bytes(content), "here")
    except CnnlabError:
        return
    assert sum(array.nbytes for array in found.values()) <= len(content)


@given(made=trees(), share=st.floats(0, 1, exclude_max=True))
def test_a_file_that_ends_too_early_is_refused(made: Arrays, share: float) -> None:
    content = write_hdf5(made)
    cut = content[: int(share * len(content))]
    try:
        found = read_hdf5(cut, "here")
    except UsageError:
        return
    assert_same(found, made)  # only padding was cut off

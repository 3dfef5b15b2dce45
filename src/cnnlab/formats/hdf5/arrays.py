"""Arrays of numbers: their shape, the form of their numbers, and where these lie."""

from math import prod
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cnnlab.formats.hdf5.headers import DATASPACE, DATATYPE, EXTERNAL_FILES, FILTERS, LAYOUT, Message
from cnnlab.formats.hdf5.source import UNDEFINED, Source

_MOST_AXES: Final = 8
_FIXED, _FLOAT = 0, 1
_LITTLE_OR_BIG: Final = "<>"
# Of each size: where the exponent begins, its bits, the bits of the mantissa, and what is added to the exponent.
IEEE: Final = {2: (10, 5, 10, 15), 4: (23, 8, 23, 127), 8: (52, 11, 52, 1023)}
_COMPACT, _CONTIGUOUS, _CHUNKED, _VIRTUAL = range(4)
_LAYOUTS: Final = {_CHUNKED: "an array in pieces (chunked)", _VIRTUAL: "a virtual dataset, which reads other files"}


def array_of(source: Source, found: list[Message], path: str) -> npt.NDArray[Any]:
    """Read an array.

    Args:
        source: The whole file.
        found: The messages of the array's header.
        path: Its place in the file, for messages.

    Raises:
        UsageError: If the file is damaged.
        NotSupportedError: If the array is compressed, in pieces, in another file, or holds no numbers.
    """
    by_kind = {message.kind: message.body for message in found}
    if EXTERNAL_FILES in by_kind:
        raise source.strange(f"{path}, an array that lies in other files")
    if FILTERS in by_kind:
        raise source.strange(f"{path}, an array that is compressed")
    if not {LAYOUT, DATATYPE, DATASPACE} <= set(by_kind):
        raise source.damaged(f"{path}, which is neither a group nor an array")
    shape, dtype = _shape(by_kind[DATASPACE], path), _dtype(by_kind[DATATYPE], path)
    raw = _bytes(source, by_kind[LAYOUT], prod(shape) * dtype.itemsize, path)
    source.spend(len(raw))
    try:
        return np.frombuffer(raw, dtype).reshape(shape).astype(dtype.newbyteorder("="))
    except ValueError:  # nothing in it, and an axis beyond all numbers
        raise source.damaged(f"{path}, an empty array of shape {shape}") from None


def _shape(body: Source, path: str) -> tuple[int, ...]:
    version, axes, flags = body.number(0, 1), body.number(1, 1), body.number(2, 1)
    if version not in {1, 2} or axes > _MOST_AXES:
        raise body.strange(f"{path}, a shape of version {version} with {axes} axes")
    if version == 2 and body.number(3, 1) not in {0, 1}:  # noqa: PLR2004 - the newer of both
        raise body.strange(f"{path}, which holds nothing")
    start = 8 if version == 1 else 4
    shape = tuple(body.number(start + 8 * axis, 8) for axis in range(axes))
    grows = [body.number(start + 8 * (axes + axis), 8) for axis in range(axes)] if flags & 1 else shape
    if tuple(grows) != shape:
        raise body.strange(f"{path}, an array that may grow")
    return shape


def _dtype(body: Source, path: str) -> np.dtype[Any]:
    kind, size, told = body.number(0, 1) & 15, body.number(4, 4), body.number(1, 1)
    order = _LITTLE_OR_BIG[told & 1]
    if kind == _FIXED and size in {1, 2, 4, 8} and (body.number(8, 2), body.number(10, 2)) == (0, 8 * size):
        return np.dtype(f"{order}{'i' if told & 8 else 'u'}{size}")
    if kind == _FLOAT and size in IEEE and not told & 0x40:
        form = (body.number(12, 1), body.number(13, 1), body.number(15, 1), body.number(16, 4))
        if form == IEEE[size] and (body.number(8, 2), body.number(10, 2), body.number(14, 1)) == (0, 8 * size, 0):
            return np.dtype(f"{order}f{size}")
    raise body.strange(f"{path}, an array of something else than plain numbers")


def _bytes(source: Source, body: Source, size: int, path: str) -> memoryview:
    """Find the numbers; an array can never be larger than the file."""
    version, kind = body.number(0, 1), body.number(1, 1)
    if version not in {3, 4}:
        raise source.strange(f"{path}, a layout of version {version}")
    if kind == _COMPACT:
        return _exactly(source, body.piece(4, body.number(2, 2)), size, path)
    if kind == _CONTIGUOUS:
        at, length = body.number(2, 8), body.number(10, 8)
        if at == UNDEFINED and size == 0:
            return memoryview(b"")
        if at == UNDEFINED:
            raise source.damaged(f"{path}, an array of which nothing was written")
        return _exactly(source, source.piece(at, length), size, path)
    raise source.strange(f"{path}, {_LAYOUTS.get(kind, f'a layout of class {kind}')}")


def _exactly(source: Source, raw: memoryview, size: int, path: str) -> memoryview:
    if len(raw) != size:
        raise source.damaged(f"{path}, {len(raw)} bytes for an array of {size}")
    return raw

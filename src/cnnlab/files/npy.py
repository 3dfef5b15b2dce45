"""NumPy's ``.npy``: one array of plain numbers, read without running or allocating what its header says.

NumPy's own reader hands the header to Python's parser and takes memory for as many items as it names. The format:
"NEP 1 - A simple file format for NumPy arrays".
"""

import io
import re
from math import prod
from typing import IO, Any, Final, Literal

import numpy as np
import numpy.typing as npt

from cnnlab.errors import UsageError, explain

HEADER_ROOM: Final = 10_240
"""So long is a header at most, with what stands before it."""

_MAGIC: Final = b"\x93NUMPY"
_WIDTHS: Final = {1: 2, 2: 4, 3: 4}
"""How many bytes say the header's length, by the version."""
_ENTRY: Final = re.compile(
    r"""\s*(?:'(\w+)'|"(\w+)")\s*:\s*(?:'([^']*)'|"([^"]*)"|(True|False)|(\([\d\s,L]*\)))\s*(?:,|(?=\}))"""
)
_NUMBERS: Final = re.compile(r"[<>=|]?(?:b1|[iu][1248]|f[248])")
_PLAIN: Final = re.compile(r"[<>=|]?\w+")
_ENTRIES: Final = {"descr", "fortran_order", "shape"}
_MOST_AXES: Final = 16
_MOST_DIGITS: Final = 19


def announced(head: bytes, size: int, where: str) -> tuple[np.dtype[Any], tuple[int, ...]]:
    """Say what an array is by its beginning, before all of it is unpacked.

    Args:
        head: Its first bytes, `HEADER_ROOM` of them or all.
        size: How long all of it is.
        where: What messages call it.

    Returns:
        The kind of its numbers, and its shape.

    Raises:
        UsageError: If it is damaged, or holds anything but plain numbers.
    """
    kind, shape, _, start = _told(head, where)
    if size - start != prod(shape) * kind.itemsize:
        raise _damaged(where, f"{size - start:,} bytes for an array of shape {shape}")
    return kind, shape


def read_npy(content: bytes, where: str) -> npt.NDArray[Any]:
    """Read an array of numbers.

    Args:
        content: The whole file.
        where: What messages call it.

    Returns:
        Read-only, over the content itself.

    Raises:
        UsageError: If it is damaged, or holds anything but plain numbers.

    Example:
        >>> import io
        >>> buffer = io.BytesIO()
        >>> np.save(buffer, np.arange(3))
        >>> read_npy(buffer.getvalue(), "three.npy").tolist()
        [0, 1, 2]
    """
    dtype, shape, order, start = _told(content, where)
    if len(content) - start != prod(shape) * dtype.itemsize:
        raise _damaged(where, f"{len(content) - start:,} bytes for an array of shape {shape}")
    try:
        return np.frombuffer(content, dtype, offset=start).reshape(shape, order=order)
    except ValueError as error:  # an empty array with axes beyond all numbers
        raise _damaged(where, str(error)) from None


def _told(content: bytes, where: str) -> tuple[np.dtype[Any], tuple[int, ...], Literal["C", "F"], int]:
    """Return what the header says: the kind of numbers, the shape, the order, and where the numbers begin."""
    file = io.BytesIO(content)
    kind, shape, order = read_header(file, where)
    if not _NUMBERS.fullmatch(kind):
        raise UsageError(explain(expected="an array of plain numbers", got=_words_for(kind), where=where))
    return np.dtype(kind), shape, order, file.tell()


def read_header(file: IO[bytes], where: str) -> tuple[str, tuple[int, ...], Literal["C", "F"]]:
    """Read what stands before an array's numbers, as text; nothing is made of it yet.

    Args:
        file: Open, at its beginning; afterwards where the numbers begin.
        where: What messages call it.

    Returns:
        The kind of numbers as NumPy writes it, which may be anything; the shape, and the order.

    Raises:
        UsageError: If it is damaged.
    """
    told = _entries(_header(file, where), where)
    kind, order = told.get("descr"), told.get("fortran_order")
    if kind is not None and set(told) != _ENTRIES and not _PLAIN.fullmatch(kind):
        raise UsageError(explain(expected="an array of plain numbers", got=_words_for(kind), where=where))
    if kind is None or set(told) != _ENTRIES or order not in {"True", "False"}:
        raise _damaged(where, f"a header with {', '.join(sorted(told))[:100] or 'nothing'}")
    return kind, _shape(told["shape"], where), "F" if order == "True" else "C"


def _header(file: IO[bytes], where: str) -> str:
    head = file.read(len(_MAGIC) + 2)
    width = _WIDTHS.get(head[6], 0) if len(head) == len(_MAGIC) + 2 else 0
    if not head.startswith(_MAGIC) or not width:
        raise _damaged(where, "another beginning")
    length = int.from_bytes(file.read(width), "little")
    text = file.read(length) if length <= HEADER_ROOM - len(head) - width else b""
    if len(text) != length or not length:
        raise _damaged(where, f"a header of {length:,} bytes")
    return text.decode("latin-1")


def _entries(header: str, where: str) -> dict[str, str]:
    """Read what a header says, which is a dictionary as Python writes it, of three plain values."""
    text = header.strip()
    if not text.startswith("{") or not text.endswith("}"):
        raise _damaged(where, f"the header {text[:80]!r}")
    found: dict[str, str] = {}
    at, end = 1, len(text) - 1
    while text[at:end].strip():
        entry = _ENTRY.match(text, at)
        if entry is None:
            return {**found, "descr": text[at:end]} if "descr" in text[at:end] else found
        name = entry[1] or entry[2]
        if name in found:
            raise _damaged(where, f"{name} twice in the header")
        found[name] = next((value for value in entry.groups()[2:] if value is not None), "")
        at = entry.end()
    return found


def _shape(told: str, where: str) -> tuple[int, ...]:
    lengths = re.findall(r"\d+", told)
    if not told.startswith("(") or len(lengths) > _MOST_AXES or any(len(length) > _MOST_DIGITS for length in lengths):
        raise _damaged(where, f"the shape {told[:80]}")
    return tuple(int(length) for length in lengths)


def _words_for(kind: str) -> str:
    if kind.strip("<>=|") == "O":
        return "Python's objects, which are a pickle: a program and not data"
    return repr(kind)[:80]


def _damaged(where: str, got: str) -> UsageError:
    return UsageError(explain(expected="a sound array", got=got, where=where, fix="It is damaged; save it again."))

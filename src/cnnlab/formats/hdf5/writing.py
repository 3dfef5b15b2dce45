"""HDF5 written: arrays of numbers in groups, in the oldest form, which every HDF5 library since 1.0 reads.

The structures are those of "HDF5 File Format Specification Version 3.0" (The HDF Group), sections II to IV.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cnnlab.formats.hdf5.arrays import IEEE
from cnnlab.formats.hdf5.headers import DATASPACE, DATATYPE, LAYOUT, SYMBOL_TABLE
from cnnlab.formats.hdf5.reading import SIGNATURE
from cnnlab.formats.hdf5.source import UNDEFINED

_FILL: Final = 0x05
_LEAF: Final = 4
"""Half of the names that a table holds."""
_LEAST_BRANCHES: Final = 16
"""Half of the tables that a tree holds, at least; all groups of a file have trees of one size."""
_SUPERBLOCK: Final = 96


@dataclass
class _Group:
    members: dict[str, "_Group | npt.NDArray[Any]"] = field(default_factory=dict)


def write_hdf5(arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """Write arrays as a file; the same arrays are the same bytes.

    Args:
        arrays: Of floats or whole numbers, by their paths: "layers/dense/vars/0".

    Raises:
        ValueError: If a path leads through an array, or an array holds no numbers.
    """
    root = _tree(arrays)
    branches = max(_LEAST_BRANCHES, ceil(_widest(root) / (2 * _LEAF) / 2))
    file = _File(bytearray(_SUPERBLOCK), branches)
    header, tree, heap = file.group(root)
    file.content[:_SUPERBLOCK] = _superblock(branches, len(file.content), header, tree, heap)
    return bytes(file.content)


def _tree(arrays: Mapping[str, npt.NDArray[Any]]) -> _Group:
    root = _Group()
    for path, array in arrays.items():
        *folders, name = path.split("/")
        group = root
        for folder in folders:
            inner = group.members.setdefault(folder, _Group())
            if not isinstance(inner, _Group):
                raise ValueError(f"{path} leads through an array")  # noqa: TRY004 - of the value, not of its type
            group = inner
        if name in group.members or not all([*folders, name]):
            raise ValueError(f"{path} is taken or has an empty name")
        group.members[name] = array
    return root


def _widest(group: _Group) -> int:
    inner = [_widest(one) for one in group.members.values() if isinstance(one, _Group)]
    return max([len(group.members), *inner])


def _superblock(branches: int, end: int, header: int, tree: int, heap: int) -> bytes:
    versions = struct.pack("<8B", 0, 0, 0, 0, 0, 8, 8, 0)
    sizes = struct.pack("<HHI", _LEAF, branches, 0)
    addresses = struct.pack("<4Q", 0, UNDEFINED, end, UNDEFINED)
    return SIGNATURE + versions + sizes + addresses + _entry(0, header, tree, heap)


def _entry(name: int, header: int, tree: int | None = None, heap: int = 0) -> bytes:
    """Return a line of a table; that of a group may repeat where its tree and its names are."""
    return struct.pack("<QQIIQQ", name, header, int(tree is not None), 0, tree or 0, heap)


@dataclass
class _File:
    """A file as it grows; everything begins at a multiple of eight."""

    content: bytearray
    branches: int

    def put(self, piece: bytes) -> int:
        """Append a piece and return its address."""
        at = len(self.content)
        self.content += piece + bytes(-len(piece) % 8)
        return at

    def group(self, group: _Group) -> tuple[int, int, int]:
        """Append a group behind its members; return the addresses of its header, its tree and its names."""
        names = sorted(group.members, key=lambda name: name.encode("utf-8"))
        headers = {name: self._member(group.members[name]) for name in names}
        places, heap = self._heap(names)
        tables = []
        for start in range(0, len(names), 2 * _LEAF):
            some = names[start : start + 2 * _LEAF]
            entries = b"".join(_entry(places[name], headers[name]) for name in some)
            table = b"SNOD" + struct.pack("<BBH", 1, 0, len(some)) + entries.ljust(2 * _LEAF * 40, b"\0")
            tables.append((self.put(table), places[some[-1]]))
        tree = self._branch(tables)
        return self.put(_header([(SYMBOL_TABLE, struct.pack("<QQ", tree, heap))])), tree, heap

    def _member(self, member: "_Group | npt.NDArray[Any]") -> int:
        return self.group(member)[0] if isinstance(member, _Group) else self._array(member)

    def _heap(self, names: list[str]) -> tuple[dict[str, int], int]:
        """Append names; return where in the heap each is, and the heap's address."""
        text, places = bytearray(8), {}
        for name in names:
            places[name] = len(text)
            raw = name.encode("utf-8") + b"\0"
            text += raw + bytes(-len(raw) % 8)
        data = self.put(bytes(text))
        no_free_block = 1
        return places, self.put(b"HEAP" + struct.pack("<B3xQQQ", 0, len(text), no_free_block, data))

    def _branch(self, tables: list[tuple[int, int]]) -> int:
        """Append the tree over the tables; its keys are the last name of each."""
        keys = struct.pack("<Q", 0) + b"".join(struct.pack("<QQ", at, last) for at, last in tables)
        whole = 8 * (4 * self.branches + 1)
        head = struct.pack("<BBHQQ", 0, 0, len(tables), UNDEFINED, UNDEFINED)
        return self.put(b"TREE" + head + keys.ljust(whole, b"\0"))

    def _array(self, array: npt.NDArray[Any]) -> int:
        # ascontiguousarray would make a row of a single number
        little = np.asarray(array, dtype=array.dtype.newbyteorder("<"), order="C")
        at = self.put(little.tobytes()) if little.size else UNDEFINED
        shape = struct.pack(f"<BBB5x{little.ndim}Q", 1, little.ndim, 0, *little.shape)
        layout = struct.pack("<BBQQ", 3, 1, at, little.nbytes)
        default_fill = struct.pack("<BBBBI", 2, 2, 2, 1, 0)
        told = [(DATASPACE, shape), (DATATYPE, _number(little.dtype)), (_FILL, default_fill), (LAYOUT, layout)]
        return self.put(_header(told))


def _header(told: list[tuple[int, bytes]]) -> bytes:
    """Return an object's header of version 1."""
    bodies = b""
    for kind, body in told:
        padded = body + bytes(-len(body) % 8)
        bodies += struct.pack("<HHB3x", kind, len(padded), 0) + padded
    return struct.pack("<BxHII4x", 1, len(told), 1, len(bodies)) + bodies


def _number(dtype: np.dtype[Any]) -> bytes:
    """Return the form of a number: IEEE's floats, or whole numbers with or without a sign."""
    size = dtype.itemsize
    if dtype.kind == "f" and size in IEEE:
        start, exponent, mantissa, bias = IEEE[size]
        implied_leading_one, sign = 0x20, 8 * size - 1
        head = struct.pack("<BBBBI", 0x11, implied_leading_one, sign, 0, size)
        return head + struct.pack("<HHBBBBI", 0, 8 * size, start, exponent, 0, mantissa, bias)
    if dtype.kind in "iu":
        signed = 0x08 if dtype.kind == "i" else 0
        return struct.pack("<BBBBI", 0x10, signed, 0, 0, size) + struct.pack("<HH", 0, 8 * size)
    raise ValueError(f"{dtype} is no number that a file of weights has")

"""The links of large groups in the newer form: messages in a heap, found by a tree over the sums of their names.

"HDF5 File Format Specification Version 3.0" (The HDF Group), III.A.2 (trees of version 2) and III.G (fractal heaps).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cnnlab.formats.hdf5.source import UNDEFINED, Source

_BY_NAME: Final = 5
_SUM_OF_NAME: Final = 4
_SUM_OF_BLOCK: Final = 4
_HEAD_OF_NODE: Final = 6
_MOST_DEPTH: Final = 8
_MOST_BITS: Final = 64


def dense_links(source: Source, heap: int, tree: int) -> Iterator[Source]:
    """Read the messages of all links.

    Args:
        source: The whole file.
        heap: The address of the heap.
        tree: The address of the tree.

    Raises:
        UsageError: If the file is damaged.
        NotSupportedError: If there are more links than a network has layers.
    """
    store = _heap(source, heap)
    for identifier in _identifiers(source, tree):
        yield source.part(store.object(identifier))


@dataclass(frozen=True)
class _Heap:
    """A heap's blocks: where each begins in the heap's own count, where in the file, and how long it is."""

    source: Source
    blocks: tuple[tuple[int, int, int], ...]
    offset_bytes: int
    length_bytes: int

    def object(self, identifier: Source) -> memoryview:
        """Find an object by what stands in the tree."""
        if identifier.number(0, 1) != 0:
            raise self.source.strange("a link in an object of its own")
        offset = _whole(identifier, 1, self.offset_bytes)
        length = _whole(identifier, 1 + self.offset_bytes, self.length_bytes)
        for start, at, size in self.blocks:
            if start <= offset < start + size:
                if offset + length > start + size:
                    break
                return self.source.piece(at + offset - start, length)
        raise self.source.damaged("a link beyond its heap")


def _heap(source: Source, at: int) -> _Heap:
    source.expect(source.once(at), b"FRHP")
    if source.number(at + 7, 2) != 0:
        raise source.strange("a heap that is compressed")
    most_managed = source.number(at + 10, 4)
    width, first, largest = source.number(at + 110, 2), source.number(at + 112, 8), source.number(at + 120, 8)
    bits, root, rows = source.number(at + 128, 2), source.number(at + 132, 8), source.number(at + 140, 2)
    if bits > _MOST_BITS or not 0 < first <= largest or not 0 < width <= len(source.data):
        raise source.damaged(f"a heap at {at} of impossible measures")
    offset_bytes = (bits + 7) // 8
    blocks = [(0, root, first)] if rows == 0 else _blocks(source, root, (width, first, largest, rows), offset_bytes)
    for _, place, size in blocks:
        source.expect(source.once(place), b"FHDB")
        source.piece(place, size)
    return _Heap(source, tuple(blocks), offset_bytes, _bytes_for(min(largest, most_managed)))


def _blocks(
    source: Source, at: int, measures: tuple[int, int, int, int], offset_bytes: int
) -> list[tuple[int, int, int]]:
    """List the blocks under a root: in each row as many, twice as large from the third row on."""
    width, first, largest, rows = measures
    source.expect(source.once(at), b"FHIB")
    entry, start, found = at + 5 + 8 + offset_bytes, 0, []
    for row in range(rows):
        size = first << max(row - 1, 0)
        if size > largest:
            raise source.strange("more links than a network has layers")
        for _ in range(width):
            place = source.number(entry, 8)
            if place != UNDEFINED:
                found.append((start, place, size))
            entry, start = entry + 8, start + size
    return found


def _identifiers(source: Source, at: int) -> Iterator[Source]:
    """Walk a tree of version 2; each record is the sum of a name and where in the heap its link is."""
    source.expect(source.once(at), b"BTHD")
    kind, node, record, depth = (source.number(at + 5, 1), source.number(at + 6, 4), source.number(at + 10, 2), 0)
    depth, root, count = source.number(at + 12, 2), source.number(at + 16, 8), source.number(at + 24, 2)
    if kind != _BY_NAME or depth > _MOST_DEPTH or not _SUM_OF_NAME < record <= node:
        raise source.damaged(f"a tree at {at} that is none of links")
    if root == UNDEFINED:
        return
    widths = _Widths(node, record, depth)
    waiting = [(root, count, depth)]
    while waiting:
        place, records, level = waiting.pop()
        source.expect(source.once(place), b"BTIN" if level else b"BTLF")
        for index in range(records):
            start = place + _HEAD_OF_NODE + index * record
            yield source.part(source.piece(start + _SUM_OF_NAME, record - _SUM_OF_NAME))
        if not level:
            continue
        pointer = place + _HEAD_OF_NODE + records * record
        for _ in range(records + 1):
            child = source.number(pointer, 8)
            waiting.append((child, _whole(source, pointer + 8, widths.count), level - 1))
            pointer += 8 + widths.count + widths.total(level)


class _Widths:
    """How many bytes count the records of a node, and of all below it, in a node at some height."""

    def __init__(self, node: int, record: int, depth: int) -> None:
        room = node - _HEAD_OF_NODE - _SUM_OF_BLOCK
        most = room // record
        self.count = _bytes_for(most)
        self._totals = [0, 0]  # a leaf has no pointers; a node above leaves counts nothing but their records
        below = most
        for level in range(1, depth + 1):
            pointer = 8 + self.count + self.total(level)
            here = max(room - pointer, 0) // (record + pointer)
            below = (here + 1) * below + here
            self._totals.append(_bytes_for(below))

    def total(self, level: int) -> int:
        """Return the bytes that count all records below a child of a node at a height; leaves are at 0."""
        return self._totals[level]


def _whole(source: Source, at: int, size: int) -> int:
    return int.from_bytes(source.piece(at, size), "little")


def _bytes_for(number: int) -> int:
    """Return how many bytes hold all numbers up to one."""
    return max((number.bit_length() + 7) // 8, 1)

"""Object headers: the list of messages that says what a group or an array is."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from cnnlab.formats.hdf5.source import Source

DATASPACE: Final = 0x01
LINK_INFO: Final = 0x02
DATATYPE: Final = 0x03
LINK: Final = 0x06
EXTERNAL_FILES: Final = 0x07
LAYOUT: Final = 0x08
FILTERS: Final = 0x0B
CONTINUATION: Final = 0x10
SYMBOL_TABLE: Final = 0x11

_SHARED: Final = 0x02
_OF_INTEREST: Final = frozenset([DATASPACE, DATATYPE, LINK, LAYOUT, SYMBOL_TABLE])
_MOST_BLOCKS: Final = 1_000


class Message(NamedTuple):
    """One message of a header."""

    kind: int
    body: Source


def messages(source: Source, at: int) -> list[Message]:
    """Read the messages of the object at an address.

    Raises:
        UsageError: If the header is damaged.
        NotSupportedError: If a message that matters lies elsewhere in the file.
    """
    source.once(at)
    new = bytes(source.piece(at, 4)) == b"OHDR"
    found, blocks = [], [_block_2(source, at) if new else _block_1(source, at)]
    for block in blocks:  # grows while it is walked
        for kind, flags, body in block:
            if flags & _SHARED and kind in _OF_INTEREST:
                raise source.strange("a shared message")
            if kind != CONTINUATION:
                found.append(Message(kind, body))
                continue
            if len(blocks) == _MOST_BLOCKS:
                raise source.damaged("a header in more pieces than anybody writes")
            start, size = source.once(body.number(0, 8)), body.number(8, 8)
            blocks.append(_more_2(source, start, size, at) if new else _walk_1(source, start, size))
    return found


def _block_1(source: Source, at: int) -> Iterator[tuple[int, int, Source]]:
    """Walk the first block of a header of version 1: 12 bytes and 4 of padding before the messages."""
    if source.number(at, 1) != 1:
        raise source.damaged(f"no header of an object at {at}")
    return _walk_1(source, at + 16, source.number(at + 8, 4))


def _walk_1(source: Source, at: int, size: int) -> Iterator[tuple[int, int, Source]]:
    end = at + size
    source.piece(at, size)
    while at + 8 <= end:
        kind, length, flags = source.number(at, 2), source.number(at + 2, 2), source.number(at + 4, 1)
        yield kind, flags, source.part(source.piece(at + 8, length))
        at += 8 + length


def _block_2(source: Source, at: int) -> Iterator[tuple[int, int, Source]]:
    """Walk the first block of a header of version 2; its sum at the end is not looked at."""
    flags = source.number(at + 5, 1)
    start = at + 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
    width = 1 << (flags & 3)
    return _walk_2(source, start + width, source.number(start, width), flags)


def _more_2(source: Source, at: int, size: int, header: int) -> Iterator[tuple[int, int, Source]]:
    """Walk a further block: a mark before the messages, a sum behind."""
    source.expect(at, b"OCHK")
    return _walk_2(source, at + 4, size - 8, source.number(header + 5, 1))


def _walk_2(source: Source, at: int, size: int, flags: int) -> Iterator[tuple[int, int, Source]]:
    end, head = at + size, 6 if flags & 0x04 else 4
    source.piece(at, size)
    while at + head <= end:
        kind, length, told = source.number(at, 1), source.number(at + 1, 2), source.number(at + 3, 1)
        yield kind, told, source.part(source.piece(at + head, length))
        at += head + length

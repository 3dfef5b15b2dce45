"""Zip archives and streams of zeros, byte by byte: what no library would write, and large bombs in no time."""

import struct
import zlib
from dataclasses import dataclass
from typing import Final

_STEP: Final = 1 << 20


@dataclass(frozen=True)
class Member:
    """A member as it stands in an archive.

    Attributes:
        name: Raw.
        packed: Its bytes.
        way: 0 stored, 8 deflated.
        size: Unpacked.
        crc: Of it unpacked.
    """

    name: bytes
    packed: bytes
    way: int
    size: int
    crc: int


def stored(name: str, content: bytes) -> Member:
    """Return a member that is stored as it is."""
    return Member(name.encode(), content, 0, len(content), zlib.crc32(content))


def deflated(name: str, content: bytes) -> Member:
    """Return a member that is compressed."""
    packer = zlib.compressobj(wbits=-15)
    return Member(name.encode(), packer.compress(content) + packer.flush(), 8, len(content), zlib.crc32(content))


def zeros(name: str, size: int, head: bytes = b"") -> Member:
    """Return a member of zeros, behind a head."""
    crc = zlib.crc32(head)
    for _ in range(size // _STEP):
        crc = zlib.crc32(_ZEROS, crc)
    return Member(name.encode(), _stream(size, -15, head), 8, len(head) + size, crc)


def archive(members: list[Member]) -> bytes:
    """Write an archive."""
    body, directory = bytearray(), bytearray()
    for one in members:
        told = struct.pack("<HHHHIIIHH", 0, one.way, 0, 33, one.crc, len(one.packed), one.size, len(one.name), 0)
        directory += b"PK\x01\x02" + struct.pack("<HH", 20, 20) + told + struct.pack("<HHHII", 0, 0, 0, 0, len(body))
        directory += one.name
        body += b"PK\x03\x04" + struct.pack("<H", 20) + told + one.name + one.packed
    end = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), len(body), 0)
    return bytes(body + directory) + b"PK\x05\x06" + end


def zlib_zeros(size: int, head: bytes = b"") -> bytes:
    """Return a zlib stream of zeros; its sum is left out, since nobody who is careful comes that far."""
    return _stream(size, 15, head) + bytes(4)


def gzip_zeros(size: int, head: bytes = b"") -> bytes:
    """Return a gzip of zeros, likewise."""
    return _stream(size, 31, head) + bytes(8)


_ZEROS: Final = bytes(_STEP)


def _stream(size: int, wbits: int, head: bytes) -> bytes:
    """Compress a mebibyte once, to a piece that may stand any number of times."""
    packer = zlib.compressobj(9, wbits=wbits)
    start = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    piece = packer.compress(_ZEROS) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + piece * (size // _STEP) + b"\x03\x00"

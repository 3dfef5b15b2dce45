"""Files that hold a known data set, each form read by one function: IDX, IDX in gzip, Keras-style NPZ."""

import hashlib
import math
import os
import zlib
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy.typing as npt

from cnnlab.data import idx
from cnnlab.data.failures import AbsentError, SourceError
from cnnlab.data.known import KnownFiles, Part
from cnnlab.data.parts import Parts, check_sum, checked
from cnnlab.errors import UsageError, explain
from cnnlab.files.archive import Archive
from cnnlab.files.npy import HEADER_ROOM, announced, read_npy

_GZIP: Final = b"\x1f\x8b"
_PIECE: Final = 1 << 16
_MOST_PIECES: Final = 100


def sum_of_file(path: Path) -> str:
    """Return the SHA-256 sum of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_idx_file(path: Path, part: Part) -> idx.Bytes:
    """Read one raw file, plain or in gzip (told by its first bytes, not by its name), and check its sum.

    Args:
        path: The file.
        part: What it should be.

    Returns:
        uint8, of the part's shape.

    Raises:
        SourceError: If it is cut, is something else, or has another sum.
    """
    # No file of this data set is longer, so neither is what we are willing to unpack.
    limit = len(idx.header(part.shape)) + math.prod(part.shape)
    try:
        if part.packed_md5:
            check_published(path, part.packed_md5, limit + _PIECE)
        with path.open("rb") as file:
            content = read_packed(file, limit)
    except (EOFError, zlib.error, OSError) as error:
        raise SourceError(f"{path.name}: it cannot be unpacked: {error}") from error
    array = idx.parse(content, path.name)
    if not part.packed_md5:
        check_sum(part, array)
    elif array.shape != part.shape:
        raise SourceError(explain(where=path.name, expected=f"shape {part.shape}", got=str(array.shape)))
    return array


def check_published(path: Path, md5: str, most: int) -> None:
    """Hold a file against the MD5 sum that its authors published, before anything in it is looked at.

    MD5 tells a damaged file and another one; whoever wants to can make two files of one sum.

    Args:
        path: The file.
        md5: In hexadecimal.
        most: A longer file is another one.

    Raises:
        SourceError: If it is another file.
        OSError: If it cannot be read.
    """
    found = "more bytes than it has"
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) <= most:
            file.seek(0)
            found = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if found != md5:
        raise SourceError(explain(where=path.name, expected=f"MD5 {md5}", got=f"{found}: another file"))


def read_packed(file: BinaryIO, limit: int) -> bytes:
    """Read a file, and unpack it if it is a gzip.

    Args:
        file: Open, at its beginning.
        limit: So many bytes are wanted.

    Returns:
        At most one byte more, so that a longer file is seen to be one.

    Raises:
        EOFError: If it ends too early.
        OSError: If it is packed in more pieces than anybody writes, as whoever wants to keep us busy does.
        zlib.error: If it is damaged.
    """
    head = file.read(len(_GZIP))
    if head != _GZIP:
        return head + file.read(limit + 1 - len(head))
    most_packed = limit + limit // 100 + _PIECE
    packed, content = head + file.read(most_packed), b""
    for _ in range(_MOST_PIECES):
        unpacker = zlib.decompressobj(wbits=31)
        content += unpacker.decompress(packed, limit + 1 - len(content))
        if len(content) > limit:
            return content
        if not unpacker.eof:
            raise EOFError("Compressed file ended too early")
        packed = unpacker.unused_data.lstrip(b"\0")
        if not packed:
            return content
    raise OSError(f"more than {_MOST_PIECES} pieces")


def read_npz(path: Path, known: KnownFiles) -> Parts:
    """Read a Keras-style archive with x_train, y_train, x_test and y_test.

    Args:
        path: The file.
        known: What it should hold.

    Raises:
        AbsentError: If there is no such file.
        SourceError: If it is cut, lacks an array, holds Python objects, or has another content.
    """
    if not path.is_file():
        raise AbsentError("no such file")
    try:
        with path.open("rb") as file:
            archive = Archive(file, "archive")
            _check_names(archive, known)
            arrays = {part.name: _member(archive, part) for part in known.parts}
    except (UsageError, OSError) as error:
        raise SourceError(f"{path.name} cannot be read as .npz: {error}") from error
    return checked(known, arrays)


def _check_names(archive: Archive, known: KnownFiles) -> None:
    for part in known.parts:
        if f"{part.key}.npy" not in archive.names:
            keys = ", ".join(sorted(entry.removesuffix(".npy") for entry in archive.names))
            raise SourceError(explain(where=archive.where, expected=f"an array {part.key!r}", got=keys or "nothing"))


def _member(archive: Archive, part: Part) -> npt.NDArray[Any]:
    name = f"{part.key}.npy"
    kind, shape = announced(*archive.beginning(name, HEADER_ROOM), name)
    if math.prod(shape) != math.prod(part.shape):
        raise SourceError(explain(where=part.key, expected=f"numbers of shape {part.shape}", got=f"{kind} of {shape}"))
    # Eight bytes a number (int64) is the widest that anyone saves; more is not unpacked.
    return read_npy(archive.read(name, 8 * math.prod(part.shape) + HEADER_ROOM), name)

"""Zip archives from strangers: what is in them is read only where its size is known to be small enough."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from cnnlab.errors import UsageError, explain

_END: Final = b"PK\x05\x06"
_END_SIZE: Final = 22
_LONGEST_COMMENT: Final = 0xFFFF
_LOCATOR: Final = b"PK\x06\x07"
_LOCATOR_SIZE: Final = 20
_MOST_DIRECTORY: Final = 1 << 20
"""Bytes of an archive's list of members: a million bytes are some ten thousand names."""
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
_COMPRESSIONS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_MILLION: Final = 1 << 20


class Archive:
    """An open archive; each member is named once, and read with a limit.

    Args:
        file: The open file.
        where: What messages call it.

    Raises:
        UsageError: If it is no archive, a damaged one, or one with a list of members that nobody needs.
    """

    def __init__(self, file: BinaryIO, where: str) -> None:
        self.where = where
        _check_directory(file, where)
        try:
            self._zip = zipfile.ZipFile(file)
        except _BROKEN as error:
            raise _damaged(where, str(error)) from None
        self._members: dict[str, zipfile.ZipInfo] = {}
        for member in self._zip.infolist():
            if member.filename in self._members:
                raise _damaged(where, f"{member.filename!r} twice in it")
            self._members[member.filename] = member

    @property
    def names(self) -> tuple[str, ...]:
        """List the members."""
        return tuple(self._members)

    def read(self, name: str, most: int, *, any_stored: bool = False) -> bytes:
        """Read a member.

        Args:
            name: Of a member.
            most: So many bytes it may be long.
            any_stored: Whether it may be longer where it is stored as it is, and so never longer than the file.

        Raises:
            UsageError: If there is none, it is longer, or damaged.
        """
        member = self._members.get(name)
        if member is None:
            raise UsageError(explain(expected=f"{name} in the archive", got="none", where=self.where))
        if member.compress_type not in _COMPRESSIONS:
            got = f"{name} compressed in another way"  # some ways take memory that the file names
            raise UsageError(explain(expected="zip's usual compression", got=got, where=self.where))
        stored = member.compress_type == zipfile.ZIP_STORED and member.file_size == member.compress_size
        if member.file_size > most and not (stored and any_stored):
            got = f"{name} with {member.file_size / _MILLION:,.0f} MiB in {member.compress_size / _MILLION:,.0f}"
            raise UsageError(explain(expected=f"at most {most / _MILLION:,.0f} MiB", got=got, where=self.where))
        if stored and member.file_size > self._size():
            raise _damaged(self.where, f"{name} longer than the file")
        try:
            return self._zip.read(member)
        except _BROKEN as error:
            raise _damaged(self.where, f"{name}: {error}") from None

    def _size(self) -> int:
        assert self._zip.fp is not None
        at = self._zip.fp.tell()
        size = self._zip.fp.seek(0, 2)
        self._zip.fp.seek(at)
        return size


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Open an archive.

    Raises:
        UsageError: If it is missing or no sound archive.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        got = "no such file" if isinstance(error, FileNotFoundError) else str(error.strerror or error)
        raise UsageError(explain(expected="a file that can be read", got=got, where=str(path))) from None
    with file:
        yield Archive(file, str(path))


def _check_directory(file: BinaryIO, where: str) -> None:
    """Refuse a list of members that is long: to read it would take longer than anybody waits.

    The list is found as Python's `zipfile` finds it.
    """
    size = file.seek(0, 2)
    file.seek(max(size - _END_SIZE - _LONGEST_COMMENT - _LOCATOR_SIZE, 0))
    tail = file.read()
    plain = tail[-_END_SIZE:]
    at = len(tail) - _END_SIZE if plain[:4] == _END and plain[-2:] == b"\0\0" else tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        raise _damaged(where, "no zip archive")
    if tail[:at].rfind(_LOCATOR, max(at - _LOCATOR_SIZE, 0)) >= 0:
        raise _damaged(where, "a list of members for archives of more than 4 GiB")
    length = int.from_bytes(tail[at + 12 : at + 16], "little")
    if length > min(_MOST_DIRECTORY, size):
        raise _damaged(where, f"a list of members with {length:,} bytes")


def _damaged(where: str, got: str) -> UsageError:
    return UsageError(
        explain(expected="a sound archive", got=got, where=where, fix="It is damaged or no such file; save it again.")
    )

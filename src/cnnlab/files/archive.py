"""Zip archives from strangers: what is in them is read only where its size is known to be small enough."""

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, Final

from cnnlab.errors import UsageError, explain

_END: Final = b"PK\x05\x06"
_END_SIZE: Final = 22
_LONGEST_COMMENT: Final = 0xFFFF
_LOCATOR: Final = b"PK\x06\x07"
_LOCATOR_SIZE: Final = 20
_END_64: Final = b"PK\x06\x06"
_END_64_SIZE: Final = 56
_MOST_DIRECTORY: Final = 1 << 20
"""Bytes of an archive's list of members: a million bytes are some ten thousand names."""
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    OverflowError,
    ValueError,
)
_COMPRESSIONS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED: Final = 0x1
_LEADS_OUT: Final = re.compile(r"[/\\]|[A-Za-z]:|(?:.*[/\\])?\.\.(?:[/\\]|$)", re.DOTALL)
_MILLION: Final = 1 << 20


class Archive:
    """An open archive; each member is named once, and read with a limit.

    Args:
        file: The open file.
        where: What messages call it.
        most_directory: So many bytes its list of members may be long. A list of more than the usual length is read
            also where it is written for archives of more than 4 GiB or 65,535 members.

    Raises:
        UsageError: If it is no archive, a damaged one, or one with a list of members that nobody needs.
    """

    def __init__(self, file: BinaryIO, where: str, most_directory: int = _MOST_DIRECTORY) -> None:
        self.where = where
        _check_directory(file, where, most_directory)
        try:
            self._zip = zipfile.ZipFile(file)
        except _BROKEN as error:
            raise _damaged(where, str(error)) from None
        self._members: dict[str, zipfile.ZipInfo] = {}
        starts: set[int] = set()
        for member in self._zip.infolist():
            if member.filename in self._members:
                raise _damaged(where, f"{member.filename!r} twice in it")
            if most_directory <= _MOST_DIRECTORY:  # whoever reads more than a model's few members looks at them himself
                _check_name(member, where)
                if member.header_offset in starts:
                    raise _damaged(where, f"{member.filename!r} and another member over each other")
            starts.add(member.header_offset)
            self._members[member.filename] = member

    @property
    def names(self) -> tuple[str, ...]:
        """List the members."""
        return tuple(self._members)

    def beginning(self, name: str, most: int) -> tuple[bytes, int]:
        """Return a member's first bytes, and how long it says that it is.

        Raises:
            UsageError: As `read`.
        """
        member = self._member(name)
        try:
            with self._zip.open(member) as file:
                return file.read(most), member.file_size
        except _BROKEN as error:
            raise _damaged(self.where, f"{name}: {error}") from None

    def read(self, name: str, most: int, *, any_stored: bool = False) -> bytes:
        """Read a member.

        Args:
            name: Of a member.
            most: So many bytes it may be long.
            any_stored: Whether it may be longer where it is stored as it is, and so never longer than the file.

        Raises:
            UsageError: If there is none, it is longer, or damaged.
        """
        member = self._sound(name, most, any_stored=any_stored)
        try:
            return self._zip.read(member)
        except _BROKEN as error:
            raise _damaged(self.where, f"{name}: {error}") from None

    @property
    def packed(self) -> int:
        """Sum what the members take of the file; more than it has means that some lie over each other."""
        return sum(member.compress_size for member in self._members.values())

    def size(self, name: str) -> int:
        """Return how many bytes a member says that it has; reading it gives no more."""
        return self._members[name].file_size

    @contextmanager
    def member(self, name: str, most: int) -> Iterator[IO[bytes]]:
        """Open a member to be read piece by piece.

        Args:
            name: Of a member.
            most: So many bytes it may be long.

        Raises:
            UsageError: As :meth:`read`; what is damaged further on is told where it is read.
        """
        member = self._sound(name, most)
        try:
            with self._zip.open(member) as opened_member:
                yield opened_member
        except _BROKEN as error:
            if isinstance(error, UsageError):
                raise
            raise _damaged(self.where, f"{name}: {error}") from None

    def _sound(self, name: str, most: int, *, any_stored: bool = False) -> zipfile.ZipInfo:
        """Return a member that may be read, or refuse it by what the list of members says."""
        member = self._member(name)
        stored = member.compress_type == zipfile.ZIP_STORED and member.file_size == member.compress_size
        if member.file_size > most and not (stored and any_stored):
            got = f"{name} with {member.file_size / _MILLION:,.0f} MiB in {member.compress_size / _MILLION:,.0f}"
            raise UsageError(explain(expected=f"at most {most / _MILLION:,.0f} MiB", got=got, where=self.where))
        if stored and member.file_size > self._size():
            raise _damaged(self.where, f"{name} longer than the file")
        return member

    def _member(self, name: str) -> zipfile.ZipInfo:
        member = self._members.get(name)
        if member is None:
            raise UsageError(explain(expected=f"{name} in the archive", got="none", where=self.where))
        if member.flag_bits & _ENCRYPTED:
            raise UsageError(explain(expected="members that can be read", got=f"{name} encrypted", where=self.where))
        if member.compress_type not in _COMPRESSIONS:
            got = f"{name} compressed in another way"  # some ways take memory that the file names
            raise UsageError(explain(expected="zip's usual compression", got=got, where=self.where))
        return member

    def _size(self) -> int:
        assert self._zip.fp is not None
        at = self._zip.fp.tell()
        size = self._zip.fp.seek(0, 2)
        self._zip.fp.seek(at)
        return size


@contextmanager
def opened(path: Path, most_directory: int = _MOST_DIRECTORY) -> Iterator[Archive]:
    """Open an archive.

    Args:
        path: The file.
        most_directory: As for `Archive`.

    Raises:
        UsageError: If it is missing or no sound archive.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        got = "no such file" if isinstance(error, FileNotFoundError) else str(error.strerror or error)
        raise UsageError(explain(expected="a file that can be read", got=got, where=str(path))) from None
    with file:
        yield Archive(file, str(path), most_directory)


def _check_directory(file: BinaryIO, where: str, most: int) -> None:
    """Refuse a list of members that is long: to read it would take longer than anybody waits.

    The list is found as Python's `zipfile` finds it.
    """
    size = file.seek(0, 2)
    reach = _END_SIZE + _LONGEST_COMMENT + _LOCATOR_SIZE + _END_64_SIZE
    file.seek(max(size - reach, 0))
    tail = file.read()
    plain = tail[-_END_SIZE:]
    at = len(tail) - _END_SIZE if plain[:4] == _END and plain[-2:] == b"\0\0" else tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        raise _damaged(where, "no zip archive")
    length = int.from_bytes(tail[at + 12 : at + 16], "little")
    if tail[:at].rfind(_LOCATOR, max(at - _LOCATOR_SIZE, 0)) >= 0:
        if most <= _MOST_DIRECTORY:
            raise _damaged(where, "a list of members for archives of more than 4 GiB")
        large = tail[max(at - _LOCATOR_SIZE - _END_64_SIZE, 0) : at - _LOCATOR_SIZE]
        if not large.startswith(_END_64):
            raise _damaged(where, "a list of members that is not where it should be")
        length = int.from_bytes(large[40:48], "little")
    if length > min(most, size):
        raise _damaged(where, f"a list of members with {length:,} bytes")


def _check_name(member: zipfile.ZipInfo, where: str) -> None:
    """Refuse what would be written elsewhere if somebody unpacked it, though nobody here does."""
    name = member.filename
    expected = "members with plain names"
    if _LEADS_OUT.match(member.orig_filename):
        got = f"{name!r}, a name that leads elsewhere"
        raise UsageError(explain(expected=expected, got=got, where=where))
    if stat.S_ISLNK(member.external_attr >> 16):
        raise UsageError(explain(expected=expected, got=f"{name!r}, a link to another file", where=where))


def _damaged(where: str, got: str) -> UsageError:
    return UsageError(
        explain(expected="a sound archive", got=got, where=where, fix="It is damaged or no such file; save it again.")
    )

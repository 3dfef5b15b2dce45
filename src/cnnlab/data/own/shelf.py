"""Files that lie in a folder or in an archive, read alike: names, and the bytes of each."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from cnnlab.data.own.layout import named
from cnnlab.data.own.pictures import MOST_BYTES
from cnnlab.errors import DataError, explain
from cnnlab.files.archive import Archive, opened

MOST_FILES: Final = 10_000_000
MOST_DIRECTORY: Final = 1 << 27
"""Bytes of an archive's list of members: enough for a million pictures."""


class Shelf(Protocol):
    """Where pictures lie."""

    @property
    def files(self) -> tuple[str, ...]:
        """Their paths from the top, with slashes."""

    @property
    def folders(self) -> tuple[str, ...]:
        """Those of folders, empty ones as well."""

    def read(self, name: str) -> bytes:
        """Read one file; at most 64 MiB.

        Raises:
            CnnlabError: If it cannot be read.
        """


@dataclass(frozen=True)
class FolderShelf:
    """A folder of the user's."""

    root: Path
    files: tuple[str, ...]
    folders: tuple[str, ...]

    def read(self, name: str) -> bytes:
        """Read one file."""
        try:
            with (self.root / name).open("rb") as file:
                content = file.read(MOST_BYTES + 1)
        except OSError as error:
            raise DataError(explain(expected="a file that can be read", got=str(error.strerror), where=name)) from None
        if len(content) > MOST_BYTES:
            raise DataError(explain(expected=f"at most {MOST_BYTES >> 20} MiB", got="a larger file", where=name))
        return content


@dataclass(frozen=True)
class ArchiveShelf:
    """A zip archive, read in place: nothing is unpacked onto the disk, so that no name in it is ever a path."""

    archive: Archive
    files: tuple[str, ...]
    folders: tuple[str, ...]

    def read(self, name: str) -> bytes:
        """Read one member."""
        return self.archive.read(name, MOST_BYTES)


def folder_shelf(root: Path, where: str) -> FolderShelf:
    """List a folder.

    A link to a file inside the folder is the file. What leads out of it, and every link to a folder, is refused: what
    somebody has packed into a data set shall not decide which of the user's files are read and shown.

    Raises:
        DataError: If it cannot be listed, has links that lead out of it, or more files than anybody has.
    """
    real = root.resolve()
    files: list[str] = []
    folders: list[str] = []
    links: list[str] = []
    for name, entry in _walk(real, where):
        if entry.is_symlink() and not _inside(entry, real):
            links.append(name)
        elif entry.is_dir(follow_symlinks=False):
            folders.append(name)
        elif entry.is_file():  # no pipes and devices
            files.append(name)
        if len(files) > MOST_FILES:
            raise DataError(explain(expected=f"at most {MOST_FILES:,} files", got="more", where=where))
    if links:
        several = f"{len(links):,} links" if len(links) > 1 else "a link"
        fix = "Put the files themselves there, or name the folder that they lie in."
        got = f"{several} to elsewhere: {named(sorted(links))}"
        raise DataError(explain(expected="files in the folder itself", got=got, where=where, fix=fix))
    return FolderShelf(real, tuple(sorted(files)), tuple(sorted(folders)))


@contextmanager
def archive_shelf(path: Path, where: str) -> Iterator[ArchiveShelf]:
    """Open a zip archive.

    Raises:
        CnnlabError: If it is none, or has names that lead out of it or members that lie over each other.
    """
    with opened(path, MOST_DIRECTORY) as archive:
        for name in archive.names:
            words = name.replace("\\", "/").split("/")
            if ".." in words or name.startswith(("/", "\\")) or ":" in words[0] or "\0" in name:
                fix = "Make the archive again from the folder; nothing was unpacked."
                got = ascii(name)
                raise DataError(explain(expected="names that stay in the archive", got=got, where=where, fix=fix))
        if archive.packed > path.stat().st_size:
            raise DataError(explain(expected="members beside each other", got="members over each other", where=where))
        files = tuple(sorted(name for name in archive.names if not name.endswith("/")))
        folders = tuple(sorted(name.rstrip("/") for name in archive.names if name.endswith("/") and name.rstrip("/")))
        yield ArchiveShelf(archive, files, folders)


def _walk(root: Path, where: str) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
    """Yield all that lies below a folder, its path from there with slashes; links are not followed."""
    waiting = [""]
    while waiting:
        above = waiting.pop()
        try:
            with os.scandir(root / above) as entries:
                found = list(entries)
        except OSError as error:
            got = f"{error.strerror}: {above or root}"
            raise DataError(explain(expected="a folder that can be read", got=got, where=where)) from None
        for entry in found:
            name = f"{above}/{entry.name}" if above else entry.name
            if not entry.name.startswith("."):
                yield name, entry
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(name)


def _inside(link: "os.DirEntry[str]", root: Path) -> bool:
    """Tell whether a link is to a file inside the folder."""
    try:
        target = Path(link.path).resolve(strict=True)
        return target.is_relative_to(root) and stat.S_ISREG(target.stat().st_mode)
    except (OSError, RuntimeError):
        return False

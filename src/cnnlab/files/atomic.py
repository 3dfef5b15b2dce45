"""One way to write a file: beside its place, flushed to the disk, read back, renamed."""

import contextlib
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from typing import Final

from cnnlab.errors import CnnlabError, explain

_FORSAKEN: Final = 3600.0  # seconds; nobody writes a draft for so long, so that its process was killed


@contextmanager
def written_beside(path: Path) -> Iterator[Path]:
    """Give a draft path to write to; when the block ends well it takes the place of ``path``, else it is removed.

    One that a killed process has left goes when the same file is written an hour later.

    Args:
        path: Where the file shall be; its folder exists.

    Yields:
        A path in the same folder that nobody else writes to.

    Raises:
        OSError: If the folder cannot be written: read-only, full.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        yield draft
        _flush(draft)
        draft.replace(path)
        _flush_folder(path.parent)
        _sweep(path)
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole: an old one stays until the new one has been read back.

    Raises:
        CnnlabError: If the file cannot be written, or reads back differently.
    """
    try:
        with written_beside(path) as draft:
            draft.write_bytes(content)
            if draft.read_bytes() != content:
                raise CnnlabError(explain(expected="the bytes that were written", got="others", where=str(path)))
    except OSError as error:
        raise not_written(path, error) from error


def not_written(path: Path, error: OSError) -> CnnlabError:
    """Return what to raise where the disk refuses a file."""
    fix = "Free some space or choose another folder."
    return CnnlabError(
        explain(expected="to be able to write", got=error.strerror or str(error), where=str(path), fix=fix)
    )


def write_text(path: Path, content: str) -> None:
    """Write a text file whole, in UTF-8 with plain line ends on every system."""
    write_bytes(path, content.encode("utf-8"))


def _sweep(path: Path) -> None:
    """Remove drafts of the same file that killed processes have left."""
    with contextlib.suppress(OSError):
        for draft in path.parent.glob(f".{escape(path.name)}.*.tmp"):
            if time.time() - draft.stat().st_mtime > _FORSAKEN:
                draft.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    """Make a rename outlive a power cut, where the system can; the file is in its place either way."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

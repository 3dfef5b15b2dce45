"""Whether a file is a store of cnnlab, told from its first hundred bytes; a stranger is only ever read."""

from pathlib import Path
from typing import Final

from cnnlab.errors import CnnlabError, UsageError, explain
from cnnlab.store.migrations import APPLICATION_ID, VERSION

_MAGIC: Final = b"SQLite format 3\x00"
_HEADER: Final = 100


def check_identity(path: Path) -> None:
    """Refuse a file that is no store, that was cut off, or that a newer cnnlab has made.

    Args:
        path: A file that is there.

    Raises:
        UsageError: If it cannot be used; it has only been read.
    """
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER)
            size = file.seek(0, 2)
    except OSError as error:
        raise CnnlabError(
            explain(expected="a store that can be read", got=error.strerror or str(error), where=str(path))
        ) from error
    if header[: len(_MAGIC)] != _MAGIC[: len(header)]:
        raise _refused(path, "a file of another kind")
    if len(header) < _HEADER:
        raise _cut_off(path, f"{size:,} bytes")
    if _number(header, 68) != APPLICATION_ID:
        raise _refused(path, "a database of another program")
    check_version(path, _number(header, 60))
    page = int.from_bytes(header[16:18], "big")
    whole = (65536 if page == 1 else page) * _number(header, 28)
    # Behind an interrupted checkpoint the rest stands in the log beside it.
    log = path.with_name(f"{path.name}-wal")
    if size < whole and not (log.exists() and log.stat().st_size):
        raise _cut_off(path, f"{size:,} bytes of {whole:,}")


def check_version(path: Path, version: int) -> None:
    """Refuse a store that a newer cnnlab has made.

    Raises:
        UsageError: If it is one.
    """
    if version > VERSION:
        raise UsageError(
            explain(
                expected=f"a store of version {VERSION} or older",
                got=f"version {version}",
                where=str(path),
                fix="A newer cnnlab made it. Type: pip install --upgrade cnnlab",
            )
        )


def _number(header: bytes, offset: int) -> int:
    return int.from_bytes(header[offset : offset + 4], "big")


def _refused(path: Path, got: str) -> UsageError:
    fix = "Move the file away or choose another folder with --out DIR."
    return UsageError(explain(expected="a store of cnnlab", got=got, where=str(path), fix=fix))


def _cut_off(path: Path, got: str) -> UsageError:
    fix = "Put a copy in its place, or move it away; the folders of the studies hold their results."
    return UsageError(
        explain(expected="a whole store of cnnlab", got=f"one that was cut off ({got})", where=str(path), fix=fix)
    )

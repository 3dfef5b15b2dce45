"""How much of the disk the data take that are kept ready: nobody else removes them, so whoever reads them is told."""

from dataclasses import dataclass
from pathlib import Path

from cnnlab.data.folders import cache_root
from cnnlab.data.own.loading import FOLDER, Loaded


@dataclass(frozen=True)
class Kept:
    """Data of the user's in the cache.

    Attributes:
        folder: Of these.
        size: Theirs, in bytes.
        all_size: That of all such data in the cache, in bytes.
    """

    folder: Path
    size: int
    all_size: int


def kept(loaded: Loaded) -> Kept | None:
    """Say how large the copy of data in the cache is; None where they are used where they lie."""
    above = cache_root() / FOLDER
    if loaded.folder.parent != above:
        return None
    return Kept(loaded.folder, _size(loaded.folder), _size(above))


def _size(folder: Path) -> int:
    total = 0
    for one in folder.rglob("*"):
        try:
            total += one.stat().st_size if one.is_file() else 0
        except OSError:  # a draft of another process, gone since
            continue
    return total

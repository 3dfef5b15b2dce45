"""Our cache of a known data set: one plain ``.npy`` a part, opened by memory map, and a manifest beside them.

Every load sums all parts again: a sum of 55 MB costs tens of milliseconds, and then nothing is ever trained on a file
that a full disk or a curious editor has changed.

A file is written beside its final name, flushed to the disk, read back, summed and only then renamed. Since the only
file that can get a part's name is the one with the right sum, any mixture of two processes' files is good, and
two that write at once need no lock.
"""

import contextlib
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np

from cnnlab.data import idx
from cnnlab.data.failures import AbsentError, SourceError
from cnnlab.data.known import KnownFiles, Part
from cnnlab.data.parts import Parts, check_sum
from cnnlab.errors import explain
from cnnlab.files import written_beside

_MANIFEST: Final = "manifest.json"
_FORMAT: Final = 1
_STALE_SECONDS: Final = 86_400

State = Literal["ok", "damaged", "missing"]


@dataclass(frozen=True)
class PartState:
    """What is held of one part that should have this sum, and why it cannot be used where it cannot."""

    name: str
    sha256: str
    state: State
    reason: str = ""


def is_there(folder: Path) -> bool:
    """Say whether a data set has been stored in this folder, without reading it."""
    return (folder / _MANIFEST).is_file()


def origin(folder: Path) -> str:
    """Return what the stored copy was made from, as the manifest says; empty where none can be read."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_text("utf-8"))
        return str(manifest["source"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def read(folder: Path, known: KnownFiles) -> Parts:
    """Open the cached parts and check the sum of each.

    Args:
        folder: Of this data set.
        known: What it should hold.

    Returns:
        Read-only arrays, mapped from the files.

    Raises:
        AbsentError: If nothing has been stored here.
        SourceError: If a part is missing, cannot be read, or has another sum.
    """
    if not is_there(folder):
        raise AbsentError("empty")
    return {part.name: _open(folder, part) for part in _summed(folder, known).parts}


def states(folder: Path, known: KnownFiles) -> list[PartState]:
    """Check every part on its own, for people who want to know which one is damaged."""
    return [_state(folder, part) for part in _summed(folder, known).parts]


def write(folder: Path, known: KnownFiles, parts: Parts, source: str) -> None:
    """Store checked parts; whole files appear at once, each under its final name.

    Args:
        folder: Of this data set; made if need be.
        known: What the parts are.
        parts: Checked arrays.
        source: Where they came from, for the manifest.

    Raises:
        OSError: If the folder cannot be written: read-only, full.
        SourceError: If a file reads back differently from what was written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    known = known.with_sums_of(parts)
    for part in known.parts:
        _write_part(folder, part, parts[part.name])
    manifest = {"format": _FORMAT, "source": source, "sums": {part.name: part.sha256 for part in known.parts}}
    with written_beside(folder / _MANIFEST) as draft:
        draft.write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")


def _summed(folder: Path, known: KnownFiles) -> KnownFiles:
    """Return the sums to hold parts against: where only packed files have known ones, those of what was read then."""
    if known.sums_known:
        return known
    try:
        sums = json.loads((folder / _MANIFEST).read_text("utf-8"))["sums"]
        return known.with_sums({str(name): str(value) for name, value in sums.items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return known


def _file(folder: Path, part: Part) -> Path:
    return folder / f"{part.name}.npy"


def _open(folder: Path, part: Part) -> idx.Bytes:
    return _open_file(_file(folder, part), part)


def _open_file(path: Path, part: Part) -> idx.Bytes:
    try:
        # asarray: a plain array over the map, since np.memmap's own class would travel into everything made of it.
        array = np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except (OSError, ValueError, EOFError) as error:
        raise SourceError(f"{path.name} cannot be opened: {error}") from error
    if array.dtype != np.uint8 or array.shape != part.shape:
        got = f"{array.dtype} of shape {array.shape}"
        raise SourceError(explain(where=path.name, expected=f"uint8 of shape {part.shape}", got=got))
    check_sum(part, array)
    return array


def _state(folder: Path, part: Part) -> PartState:
    if not _file(folder, part).exists():
        return PartState(part.name, part.sha256, "missing", "no such file")
    try:
        _open(folder, part)
    except SourceError as error:
        return PartState(part.name, part.sha256, "damaged", str(error))
    return PartState(part.name, part.sha256, "ok")


def _write_part(folder: Path, part: Part, array: idx.Bytes) -> None:
    with written_beside(_file(folder, part)) as draft:
        with draft.open("wb") as file:
            np.save(file, array, allow_pickle=False)
        _open_file(draft, part)


def _sweep(folder: Path) -> None:
    """Remove drafts of processes that were killed; a living one's is never a day old."""
    for draft in folder.glob(".*.tmp"):
        with contextlib.suppress(OSError):
            if time.time() - draft.stat().st_mtime > _STALE_SECONDS:
                draft.unlink()

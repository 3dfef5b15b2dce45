"""Files that hold a known data set, each form read by one function: IDX, IDX in gzip, Keras-style NPZ."""

import gzip
import hashlib
import math
import zipfile
import zlib
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cnnlab.data import idx
from cnnlab.data.failures import AbsentError, SourceError
from cnnlab.data.known import KnownFiles, Part
from cnnlab.data.parts import Parts, check_sum, checked
from cnnlab.errors import explain

_NPY_HEADER_ROOM: Final = 1024


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
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if packed else path.open("rb") as file:
            content = file.read(limit + 1)
    except (EOFError, zlib.error, OSError) as error:
        raise SourceError(f"{path.name}: it cannot be unpacked: {error}") from error
    array = idx.parse(content, path.name)
    check_sum(part, array)
    return array


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
        with zipfile.ZipFile(path) as archive:
            arrays = {part.name: _member(archive, part) for part in known.parts}
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise SourceError(f"{path.name} cannot be read as .npz: {error}") from error
    return checked(known, arrays)


def _member(archive: zipfile.ZipFile, part: Part) -> npt.NDArray[Any]:
    name = f"{part.key}.npy"
    if name not in archive.namelist():
        keys = ", ".join(sorted(entry.removesuffix(".npy") for entry in archive.namelist()))
        raise SourceError(
            explain(where=str(archive.filename), expected=f"an array {part.key!r}", got=keys or "nothing")
        )
    # Eight bytes a number (int64) is the widest that anyone saves; more is not unpacked.
    if archive.getinfo(name).file_size > 8 * math.prod(part.shape) + _NPY_HEADER_ROOM:
        raise SourceError(explain(where=part.key, expected=f"an array of shape {part.shape}", got="a much larger one"))
    with archive.open(name) as member:
        array: npt.NDArray[Any] = np.lib.format.read_array(member, allow_pickle=False)
    return array

"""NumPy's ``.npz`` of our own making: arrays to bytes and back, never objects."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from cnnlab.files.interrupt import interrupt_held


def npz_bytes(arrays: Mapping[str, npt.NDArray[Any]], *, compressed: bool = False) -> bytes:
    """Write arrays by name."""
    buffer = io.BytesIO()
    save = np.savez_compressed if compressed else np.savez
    with interrupt_held():
        save(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def read_npz(source: Path | BinaryIO) -> dict[str, npt.NDArray[Any]]:
    """Read all arrays by name, in their order.

    Raises:
        OSError, ValueError, zipfile.BadZipFile, zlib.error: If the file is missing, damaged, or holds objects.
    """
    with interrupt_held(), np.load(source, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}

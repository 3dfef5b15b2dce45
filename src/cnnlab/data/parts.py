"""The arrays of a known data set: brought into the raw files' form, and checked against the raw files' sums."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab.data import idx
from cnnlab.data.failures import SourceError
from cnnlab.data.known import KnownFiles, Part
from cnnlab.errors import explain

Parts = dict[str, idx.Bytes]
"""Each part's array by the part's name: uint8, in the shape of the raw file."""


def checked(known: KnownFiles, arrays: Mapping[str, npt.NDArray[Any]]) -> Parts:
    """Return the arrays as the raw files have them, if each is bit for bit what it should be.

    Args:
        known: What the data set should be.
        arrays: One for each part, by the part's name; any integer type, and any shape that holds as many numbers
            (with a channel axis, or flat), since people save them so.

    Raises:
        SourceError: If the SHA-256 sum of one is not the known one.
    """
    if not known.sums_known:
        fix = "Give the folder with the files as they were published, packed."
        raise SourceError(explain(expected="files whose sums were published", got="arrays", where=known.name, fix=fix))
    parts = {part.name: _as_raw(part, arrays[part.name]) for part in known.parts}
    for part in known.parts:
        check_sum(part, parts[part.name])
    return parts


def check_sum(part: Part, array: idx.Bytes) -> None:
    """Refuse an array whose raw IDX file would not have the known SHA-256 sum.

    Raises:
        SourceError: Naming the part and both sums.
    """
    found = idx.sha256(array)
    if found != part.sha256:
        raise SourceError(
            explain(where=part.name, expected=f"SHA-256 {_short(part.sha256)}", got=f"{_short(found)}: other content")
        )


def _short(digest: str) -> str:
    return f"{digest[:12]}..."


def _as_raw(part: Part, array: npt.NDArray[Any]) -> idx.Bytes:
    if array.dtype.kind not in "iu" or array.size != math.prod(part.shape):
        raise SourceError(
            explain(
                where=part.name,
                expected=f"whole numbers of shape {part.shape}",
                got=f"{array.dtype} of shape {array.shape}",
            )
        )
    # What is handed out is this uint8 array, and this is what is summed: a number outside 0..255 does not get through.
    return array.astype(np.uint8, copy=False).reshape(part.shape)

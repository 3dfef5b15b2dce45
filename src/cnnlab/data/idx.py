"""The IDX format of the MNIST files: two zero bytes, a type, the number of axes, their lengths, the numbers.

Lengths are big-endian 32-bit words. Only the type "unsigned byte" (8) is read, since MNIST and its kin have no other.
Described at the foot of Y. LeCun's page "The MNIST database of handwritten digits".
"""

import hashlib
import math
import struct
from typing import Final

import numpy as np
import numpy.typing as npt

from cnnlab.data.failures import SourceError
from cnnlab.errors import explain

Bytes = npt.NDArray[np.uint8]

_MOST_AXES: Final = 8
_UNSIGNED_BYTE: Final = b"\x00\x00\x08"


def header(shape: tuple[int, ...]) -> bytes:
    """Write what stands before the numbers in an IDX file of unsigned bytes.

    Args:
        shape: Lengths of the axes.

    Returns:
        4 + 4 * axes bytes.

    Example:
        >>> header((10000,)).hex(" ", 4)
        '00000801 00002710'
    """
    return _UNSIGNED_BYTE + struct.pack(f">B{len(shape)}I", len(shape), *shape)


def sha256(array: Bytes) -> str:
    """Sum the IDX file that this array would be, header and numbers, without writing it.

    Args:
        array: uint8, any shape.

    Returns:
        64 hexadecimal digits.
    """
    total = hashlib.sha256(header(array.shape))
    total.update(np.ascontiguousarray(array).data)
    return total.hexdigest()


def parse(content: bytes, where: str) -> Bytes:
    """Read an IDX file of unsigned bytes.

    Args:
        content: The whole file, not compressed.
        where: The file's name, for messages.

    Returns:
        uint8, of the shape that the file names; read-only, and without a copy.

    Raises:
        SourceError: If it is another kind of file, or is longer or shorter than its header says.

    Example:
        >>> parse(header((2, 2)) + bytes([1, 2, 3, 4]), "tiny-idx2-ubyte").tolist()
        [[1, 2], [3, 4]]
    """
    shape = _shape(content, where)
    start = 4 + 4 * len(shape)
    if len(content) - start != math.prod(shape):
        raise SourceError(
            explain(
                where=where,
                expected=f"{math.prod(shape):,} bytes after the header, for shape {shape}",
                got=f"{len(content) - start:,}",
            )
        )
    try:
        return np.frombuffer(content, np.uint8, offset=start).reshape(shape)
    except ValueError:  # nothing in it, and axes beyond all numbers
        raise SourceError(explain(where=where, expected="a shape that can be", got=str(shape)[:80])) from None


def _shape(content: bytes, where: str) -> tuple[int, ...]:
    axes = content[3] if len(content) > len(_UNSIGNED_BYTE) else 0
    if not content.startswith(_UNSIGNED_BYTE) or not 0 < axes <= _MOST_AXES or len(content) < 4 + 4 * axes:
        raise SourceError(
            explain(
                where=where,
                expected="an IDX file of unsigned bytes, which begins with 00 00 08",
                got=content[:4].hex(" ") or "an empty file",
            )
        )
    return struct.unpack_from(f">{axes}I", content, 4)

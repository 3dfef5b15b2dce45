"""Small images as PNG, and as addresses that hold them: a page loads none from elsewhere."""

import struct
import zlib
from base64 import b64encode
from typing import Any

import numpy as np
import numpy.typing as npt

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY, _COLOUR = 0, 2
_CHANNELS = {1: _GREY, 3: _COLOUR}


def png_bytes(image: npt.NDArray[Any]) -> bytes:
    """Write an image as PNG.

    Args:
        image: Shape (h, w), (h, w, 1) or (h, w, 3), uint8.

    Raises:
        ValueError: If it is none of these.

    Reference:
        W3C, "Portable Network Graphics (PNG) Specification", third edition (2025).
    """
    pixels = image[..., None] if image.ndim == 2 else image  # noqa: PLR2004 - grey without a channel axis
    if pixels.ndim != 3 or pixels.shape[2] not in _CHANNELS or pixels.dtype != np.uint8:  # noqa: PLR2004 - h, w, c
        message = f"an image of shape (h, w) or (h, w, 1 or 3), uint8; got {image.shape}, {image.dtype}"
        raise ValueError(message)
    height, width, channels = pixels.shape
    header = struct.pack(">2I5B", width, height, 8, _CHANNELS[channels], 0, 0, 0)
    # Each row begins with the number of its filter; 0 is none.
    rows = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, -1)], axis=1)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(name, content) for name, content in parts)


def png_address(image: npt.NDArray[Any]) -> str:
    """Write an image as a ``data:`` address.

    Example:
        >>> png_address(np.zeros((1, 1), np.uint8))[:22]
        'data:image/png;base64,'
    """
    return f"data:image/png;base64,{b64encode(png_bytes(image)).decode()}"


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

"""A small image as an address that holds it: a PNG that no page needs to fetch."""

from base64 import b64encode
from io import BytesIO
from math import isqrt
from typing import Any, Final

import numpy as np
import numpy.typing as npt

LARGEST: Final = 64
"""So many pixels a picture has along its longer side at most; larger ones are drawn smaller."""

Pixels = npt.NDArray[np.uint8]


def data_address(image: npt.NDArray[Any]) -> str:
    """Write an image as a ``data:`` address.

    Args:
        image: Shape (h, w), (h, w, 1) or (h, w, 3); other numbers of channels are averaged. A row of features is laid
            out as a square where there are enough for one. uint8, or floats from 0 to 1.

    Returns:
        The same for the same pixels.
    """
    from PIL import Image  # noqa: PLC0415 - start-up time

    drawn = Image.fromarray(_pixels(image))
    drawn.thumbnail((LARGEST, LARGEST))
    file = BytesIO()
    drawn.save(file, format="PNG", optimize=True)
    return f"data:image/png;base64,{b64encode(file.getvalue()).decode('ascii')}"


def shape_of(image: npt.NDArray[Any]) -> tuple[int, int]:
    """Return the rows and columns of an image as it is drawn."""
    height, width = _laid_out(image).shape[:2]
    return height, width


def _laid_out(image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Give a row of features two axes: those of a square, or a single line."""
    if image.ndim > 1:
        return image
    side = isqrt(image.size)
    return image.reshape(side, side) if side * side == image.size else image.reshape(1, -1)


def _pixels(image: npt.NDArray[Any]) -> Pixels:
    """Bring an image into bytes, grey or of three colours."""
    values = _laid_out(np.asarray(image))
    if values.dtype != np.uint8:
        scale = 255 if np.issubdtype(values.dtype, np.floating) else 1
        values = np.clip(np.rint(np.nan_to_num(values.astype(np.float64)) * scale), 0, 255).astype(np.uint8)
    if values.ndim == 3 and values.shape[-1] != 3:  # noqa: PLR2004 - height, width, colours
        values = np.rint(values.mean(axis=-1)).astype(np.uint8)
    return np.ascontiguousarray(values)

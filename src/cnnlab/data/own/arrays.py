"""Arrays of people's to bytes: which axis is which, which numbers are which greys, which labels are which classes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cnnlab.data.own.pictures import MOST_PIXELS, Size, resized
from cnnlab.data.own.raw import Bytes, images_at_once
from cnnlab.data.own.reading import LARGEST_SIDE, Reading, check_size, square
from cnnlab.errors import DataError, explain

Array = npt.NDArray[Any]
_COLOURS: Final = 3
_BRIGHTEST: Final = 255


@dataclass(frozen=True, eq=False)
class Numbers:
    """An array that is read piece by piece.

    Attributes:
        shape: Of the whole, images first.
        dtype: Of its numbers.
        pieces: Gives it, a given number of images at once, from the first on; may be called again.
        where: For messages.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    pieces: Callable[[int], Iterator[Array]]
    where: str


@dataclass(frozen=True, eq=False)
class Images:
    """Images as bytes, piece by piece, with what was done to them."""

    shape: tuple[int, ...]
    blocks: Callable[[], Iterator[Bytes]]
    notices: tuple[str, ...]


def numbers_of(array: Array, where: str) -> Numbers:
    """See an array that is in memory or mapped as one that is read piece by piece."""

    def pieces(many: int) -> Iterator[Array]:
        for start in range(0, len(array), many):
            yield array[start : start + many]

    return Numbers(array.shape, array.dtype, pieces, where)


def images_of(numbers: Numbers, reading: Reading) -> Images:
    """Find out what an array's numbers mean, and give them as bytes.

    Args:
        numbers: Shape (n, h, w), (n, h, w, 1 or 3), (n, 1 or 3, h, w), or flat, (n, pixels). Bytes are taken as they
            are; whole numbers and floats from 0 to 255 are rounded; floats from 0 to 1 are multiplied by 255.
        reading: May name the shape of a flat row, and a size to bring images to.

    Raises:
        DataError: If the shape or the numbers are none of these.
    """
    shape, first = _shape(numbers, reading)
    if not numbers.shape[0] or int(np.prod(shape)) > MOST_PIXELS:
        expected = f"images, each of at most {MOST_PIXELS:,} pixels"
        raise DataError(explain(expected=expected, got=f"an array of shape {numbers.shape}", where=numbers.where))
    scale, said = _scale(numbers)
    final = shape if reading.resize is None else (*reading.resize, *shape[2:])
    if reading.resize is None and max(shape[:2]) > LARGEST_SIDE:
        fix = "Bring them to a smaller size: --resize 64x64."
        expected = f"images of at most {LARGEST_SIDE} x {LARGEST_SIDE} pixels"
        got = f"{shape[0]} x {shape[1]}"
        raise DataError(explain(expected=expected, got=got, where=numbers.where, fix=fix))

    def blocks() -> Iterator[Bytes]:
        for piece in numbers.pieces(images_at_once(shape)):
            yield _sized(_as_bytes(piece, shape, scale, channels_first=first), reading.resize)

    moved = f"{numbers.where}: the channel axis was moved from the front to the end." if first else ""
    brought = ""
    if final != shape:
        brought = f"Images are brought to {final[0]} x {final[1]} by a bilinear filter, whatever their proportions."
    return Images(final, blocks, tuple(text for text in (moved, said, brought) if text))


def labels_of(array: Array, count: int, where: str) -> Array:
    """Return one label for each image: whole numbers or words, shape (n,); of one-hot rows the class.

    Raises:
        DataError: If they are none of these.
    """
    if array.ndim == 2 and array.shape[1] == 1:  # noqa: PLR2004 - a column, as CIFAR-10's labels are
        array = array[:, 0]
    if array.shape[:1] != (count,) or array.ndim not in {1, 2}:
        expected = f"{count:,} labels, one for each image"
        raise DataError(explain(expected=expected, got=f"an array of shape {array.shape}", where=where))
    if array.ndim == 2:  # noqa: PLR2004 - a row for each image
        hot = array.astype(np.float64) if array.dtype.kind in "iufb" else np.zeros((count, 0))
        if not ((hot == 0) | (hot == 1)).all() or not (hot.sum(axis=1) == 1).all():
            got = f"rows of {array.shape[1]} that are not one-hot"
            raise DataError(explain(expected="one class for each image", got=got, where=where))
        classes: Array = hot.argmax(axis=1)
        return classes
    if array.dtype.kind == "f" and np.isfinite(array).all() and (array == np.rint(array)).all():
        return array.astype(np.int64)
    if array.dtype.kind == "b":
        return array.astype(np.int64)
    if array.dtype.kind not in "iuU":
        fix = "Labels are whole numbers or words."
        raise DataError(explain(expected="labels", got=f"an array of {array.dtype}", where=where, fix=fix))
    return array


def _shape(numbers: Numbers, reading: Reading) -> tuple[tuple[int, ...], bool]:
    """Return the shape of an image, and whether its channels come first in the array."""
    sides = numbers.shape[1:]
    if len(sides) == 1:
        return flat_shape(sides[0], reading, numbers.where), False
    if len(sides) == 2 or (len(sides) == 3 and sides[2] in {1, _COLOURS}):  # noqa: PLR2004 - height, width
        shape, first = sides, False
    elif len(sides) == 3 and sides[0] in {1, _COLOURS}:  # noqa: PLR2004 - channels, height, width
        shape, first = (*sides[1:], sides[0]), True
    else:
        fix = "Images have 1 or 3 channels: (n, h, w), (n, h, w, 1), (n, h, w, 3), or flat rows with a shape."
        got = f"an array of shape {numbers.shape}"
        raise DataError(explain(expected="grey or colour images", got=got, where=numbers.where, fix=fix))
    if 0 in shape:
        raise DataError(explain(expected="images with pixels", got=f"shape {numbers.shape}", where=numbers.where))
    return (shape[:2] if shape[2:] == (1,) else shape), first


def flat_shape(pixels: int, reading: Reading, where: str) -> tuple[int, ...]:
    """Return the shape of the image that a flat row of pixels is.

    Raises:
        DataError: If it is no square and no shape was told, or one with another number of pixels.
    """
    shape: tuple[int, ...] | None = reading.shape or square(pixels)
    if shape is None or int(np.prod(shape)) != pixels:
        coloured = square(pixels // _COLOURS) if pixels % _COLOURS == 0 else None
        guess = square(pixels) or (coloured and (*coloured, _COLOURS)) or (24, 32)
        like = "x".join(map(str, guess))
        expected = "a square number of pixels" if reading.shape is None else f"{int(np.prod(reading.shape)):,} pixels"
        fix = f"Say what an image is: --shape {like} (height, width, and 3 where each pixel has three numbers)."
        raise DataError(explain(expected=expected, got=f"{pixels:,} in a row", where=where, fix=fix))
    check_size(shape, where, axes=(2, 3))
    return shape[:2] if shape[2:] == (1,) else shape


def _scale(numbers: Numbers) -> tuple[int, str]:
    """Say what numbers are multiplied by to be bytes, and what the user should know of that."""
    if numbers.dtype == np.uint8:
        return 1, ""
    if numbers.dtype.kind == "b":
        return _BRIGHTEST, ""
    if numbers.dtype.kind not in "iuf":
        raise DataError(explain(expected="pixels as numbers", got=str(numbers.dtype), where=numbers.where))
    least, most, whole = _range(numbers)
    if not (least >= 0 and most <= _BRIGHTEST):  # NaN is neither
        fix = "Give the pixels themselves, before anything was subtracted from them."
        got = f"{least:g} to {most:g}"
        raise DataError(explain(expected="pixels from 0 to 255, or from 0 to 1", got=got, where=numbers.where, fix=fix))
    if numbers.dtype.kind in "iu" or most > 1:
        rounded = f"{numbers.where}: pixels with decimals are rounded to whole numbers from 0 to 255."
        return 1, "" if whole else rounded
    return _BRIGHTEST, f"{numbers.where}: pixels from 0 to 1 are kept as whole numbers from 0 to 255."


def _range(numbers: Numbers) -> tuple[float, float, bool]:
    least, most, whole = np.inf, -np.inf, True
    for piece in numbers.pieces(images_at_once(numbers.shape[1:])):
        if piece.size:
            low, high = float(piece.min()), float(piece.max())
            if np.isnan(low) or np.isnan(high):
                return np.nan, np.nan, False
            least, most = min(least, low), max(most, high)
            whole = whole and (piece.dtype.kind != "f" or bool((piece == np.rint(piece)).all()))
    return least, most, whole


def _as_bytes(piece: Array, shape: tuple[int, ...], scale: int, *, channels_first: bool) -> Bytes:
    if channels_first:
        piece = np.moveaxis(piece, 1, -1)
    if piece.dtype != np.uint8 or scale != 1:
        piece = np.rint(piece.astype(np.float64) * scale).astype(np.uint8)
    return np.ascontiguousarray(piece).reshape(len(piece), *shape)


def _sized(block: Bytes, size: Size | None) -> Bytes:
    if size is None or block.shape[1:3] == size:
        return block
    return np.stack([resized(image, size) for image in block])

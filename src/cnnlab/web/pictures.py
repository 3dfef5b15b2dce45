"""From a file of a stranger's to a drawing: looked at before it is decoded, and refused for whatever it does."""

import io
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from cnnlab.data.drawing import inked
from cnnlab.data.own.pictures import LONGEST, MOST_PIXELS
from cnnlab.web.problems import UNUSABLE, Problem

PAD: Final = 280
_KINDS: Final = {"image/png": "PNG", "image/jpeg": "JPEG"}
_MARGIN: Final = 20
_SCALED_AS_THEY_ARE: Final = ("L", "RGB")
_SMALL_IN_MEMORY: Final = ("1", "L", "P", "RGB")
_MOST_OF_OTHERS: Final = 12_000_000
"""Of a picture that is copied on its way: one with transparency, or of 16 bits."""


def drawing(content: bytes, kind: str) -> npt.NDArray[np.uint8]:
    """Bring a picture onto the pad: ink on nothing, whichever of both was bright.

    Args:
        content: The file's bytes.
        kind: "image/png" or "image/jpeg".

    Returns:
        Shape (280, 280), 0 empty to 255 ink.

    Raises:
        Problem: If it is no such picture, a damaged one, or larger than anybody needs.
    """
    name = _KINDS[kind]
    try:
        with Image.open(io.BytesIO(content), formats=[name]) as picture:
            _check_size(*picture.size, MOST_PIXELS if picture.mode in _SMALL_IN_MEMORY else _MOST_OF_OTHERS)
            picture.load()
            ImageOps.exif_transpose(picture, in_place=True)
            grey = _flattened(picture)
    except Problem:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large("many more") from None
    except UnidentifiedImageError:
        # Pillow's own words name an object of ours and its address.
        raise Problem(UNUSABLE, expected=f"a whole {name} picture", got="something else", where="upload") from None
    except Exception as error:  # noqa: BLE001 - whatever a damaged file makes a decoder do
        got = str(error)[:100] or type(error).__name__
        raise Problem(UNUSABLE, expected=f"a whole {name} picture", got=got, where="upload") from None
    return _inked(np.asarray(grey))


def _check_size(width: int, height: int, most: int) -> None:
    """Refuse by what the file says of its size, before memory is taken for its pixels."""
    if width * height > most or max(width, height) > LONGEST:
        raise _too_large(f"{width:,} x {height:,}", most)
    if not width * height:
        raise Problem(UNUSABLE, expected="a picture with pixels", got=f"{width} x {height}", where="upload")


def _too_large(got: str, most: int = MOST_PIXELS) -> Problem:
    return Problem(
        UNUSABLE,
        expected=f"a picture of {most:,} pixels at most, no side over {LONGEST:,}",
        got=got,
        where="upload",
    )


def _flattened(picture: Image.Image) -> Image.Image:
    """Lay a picture onto white, in greys, small enough for the pad."""
    if picture.mode.startswith("I"):  # 16 bits, which Pillow would cut off at 255
        picture = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    room = (PAD - 2 * _MARGIN, PAD - 2 * _MARGIN)
    if picture.mode in _SCALED_AS_THEY_ARE:  # a copy of the largest picture takes a hundred million bytes
        picture.thumbnail(room)
    coloured = picture.convert("RGBA")
    coloured.thumbnail(room)
    paper = Image.new("RGBA", coloured.size, (255, 255, 255, 255))
    return Image.alpha_composite(paper, coloured).convert("L")


def _inked(grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Take the ink alone, and put it in the middle of the pad."""
    ink = inked(grey)
    pad = np.zeros((PAD, PAD), np.uint8)
    height, width = ink.shape
    top, left = (PAD - height) // 2, (PAD - width) // 2
    pad[top : top + height, left : left + width] = ink
    return pad

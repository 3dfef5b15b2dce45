"""From a file of a stranger's to a drawing: looked at before it is decoded, and refused for whatever it does."""

import io
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from cnnlab.web.problems import UNUSABLE, Problem

PAD: Final = 280
_KINDS: Final = {"image/png": "PNG", "image/jpeg": "JPEG"}
_MOST_PIXELS: Final = 25_000_000
_LONGEST: Final = 12_000
_BRIGHT: Final = 128
_MARGIN: Final = 20


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
            _check_size(*picture.size)
            picture.load()
            grey = _flattened(ImageOps.exif_transpose(picture))
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


def _check_size(width: int, height: int) -> None:
    """Refuse by what the file says of its size, before memory is taken for its pixels."""
    if width * height > _MOST_PIXELS or max(width, height) > _LONGEST:
        raise _too_large(f"{width:,} x {height:,}")
    if not width * height:
        raise Problem(UNUSABLE, expected="a picture with pixels", got=f"{width} x {height}", where="upload")


def _too_large(got: str) -> Problem:
    return Problem(
        UNUSABLE,
        expected=f"a picture of {_MOST_PIXELS:,} pixels at most, no side over {_LONGEST:,}",
        got=got,
        where="upload",
    )


def _flattened(picture: Image.Image) -> Image.Image:
    """Lay a picture onto white, in greys, small enough for the pad."""
    if picture.mode.startswith("I"):  # 16 bits, which Pillow would cut off at 255
        picture = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    coloured = picture.convert("RGBA")
    coloured.thumbnail((PAD - 2 * _MARGIN, PAD - 2 * _MARGIN))
    paper = Image.new("RGBA", coloured.size, (255, 255, 255, 255))
    return Image.alpha_composite(paper, coloured).convert("L")


def _inked(grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Take what the border mostly shows for paper, what differs from it for ink, and put it in the middle."""
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    paper = float(np.median(border))
    ink = paper - grey.astype(np.float64) if paper >= _BRIGHT else grey.astype(np.float64) - paper
    strongest = ink.max()
    scaled = np.clip(ink / strongest * 255, 0, 255) if strongest > 0 else np.zeros_like(ink)
    pad = np.zeros((PAD, PAD), np.uint8)
    height, width = scaled.shape
    top, left = (PAD - height) // 2, (PAD - width) // 2
    pad[top : top + height, left : left + width] = scaled.round().astype(np.uint8)
    return pad

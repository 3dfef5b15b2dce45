"""One PNG or JPEG to bytes of grey or colour: looked at before it is decoded, refused for whatever it does.

As people see them: a picture that lies transparent is laid onto white, one of 16 bits keeps its upper 8, one that a
camera took on its side is turned (JPEG), a palette becomes its colours.
"""

import io
import warnings
from dataclasses import dataclass
from typing import IO, Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

Bytes = npt.NDArray[np.uint8]
Size = tuple[int, int]

MOST_PIXELS: Final = 25_000_000
LONGEST: Final = 12_000
MOST_BYTES: Final = 1 << 26
FILTER: Final = Image.Resampling.BILINEAR
"""Over all pixels that a new one covers (Pillow's bilinear filter widens as it shrinks)."""
_FORMATS: Final = ("PNG", "JPEG")
_GREY: Final = frozenset(["1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L"])
_ORIENTATION: Final = 0x0112
_ON_ITS_SIDE: Final = frozenset([5, 6, 7, 8])
_LEVELS: Final = 257  # 65535 / 255
_WHITE: Final = (255, 255, 255, 255)


class PictureError(Exception):
    """A file that is no picture that can be used; its text is the rest of "got ..."."""


@dataclass(frozen=True)
class Header:
    """What a file says of itself: (height, width) as it will be shown, and whether it has colours."""

    size: Size
    coloured: bool


def header(content: bytes | IO[bytes]) -> Header:
    """Look at a picture without decoding it.

    Args:
        content: The file.

    Raises:
        PictureError: If it is none, or has more pixels than anybody needs.
    """
    with _opened(content) as picture:
        width, height = picture.size
        if picture.format != "PNG" and picture.getexif().get(_ORIENTATION) in _ON_ITS_SIDE:
            width, height = height, width
        return Header((height, width), _coloured(picture))


def decoded(content: bytes, *, coloured: bool, size: Size | None = None) -> Bytes:
    """Decode a picture.

    Args:
        content: The file.
        coloured: Whether to give colours, else greys.
        size: (height, width) to bring it to, by Pillow's bilinear filter, its sides each for itself; None to leave it.

    Returns:
        Shape (height, width) or (height, width, 3).

    Raises:
        PictureError: If it is none, damaged, or has more pixels than anybody needs.
    """
    with _opened(content) as picture:
        try:
            turned = picture if picture.format == "PNG" else ImageOps.exif_transpose(picture)
            flat = _on_white(turned).convert("RGB" if coloured else "L")
        except Exception as error:  # noqa: BLE001 - whatever a damaged file makes a decoder do
            raise PictureError(f"a damaged picture ({_reason(error)})") from None
    return np.asarray(flat if size is None else flat.resize((size[1], size[0]), FILTER))


def resized(image: Bytes, size: Size) -> Bytes:
    """Bring an image that is bytes already to a size, by the same filter."""
    return np.asarray(Image.fromarray(image).resize((size[1], size[0]), FILTER))


def _opened(content: bytes | IO[bytes]) -> Image.Image:
    file = io.BytesIO(content) if isinstance(content, bytes) else content
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            picture = Image.open(file, formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureError(f"one of more than {MOST_PIXELS:,} pixels") from None
    except UnidentifiedImageError:
        raise PictureError("no PNG or JPEG") from None
    except Exception as error:  # noqa: BLE001 - whatever a damaged file makes a parser do
        raise PictureError(f"a damaged picture ({_reason(error)})") from None
    width, height = picture.size
    if width * height > MOST_PIXELS or max(width, height) > LONGEST:
        raise PictureError(f"one of {height:,} x {width:,} pixels; at most {MOST_PIXELS:,}, no side over {LONGEST:,}")
    if not width * height:
        raise PictureError("one without pixels")
    return picture


def _coloured(picture: Image.Image) -> bool:
    """Say whether a picture has colours, by its kind; a palette by what stands in it."""
    if picture.mode == "P" and picture.palette is not None and picture.palette.rawmode in (None, "RGB"):
        table = np.frombuffer(bytes(picture.palette.palette), np.uint8)
        entries = table[: len(table) // 3 * 3].reshape(-1, 3)
        return bool((entries != entries[:, :1]).any())
    return picture.mode not in _GREY


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):  # 16 bits, which Pillow would cut off at 255
        deep = np.asarray(picture).astype(np.int64).clip(0, 255 * _LEVELS)
        return Image.fromarray(((deep + _LEVELS // 2) // _LEVELS).astype(np.uint8))
    if picture.mode in {"LA", "La", "PA", "RGBA", "RGBa"} or "transparency" in picture.info:
        seen = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", seen.size, _WHITE), seen)
    return picture.convert("RGB") if picture.mode == "P" else picture


def _reason(error: Exception) -> str:
    return str(error)[:80] or type(error).__name__

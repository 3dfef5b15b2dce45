"""From a picture file to the image that a network takes: its colours, its size, and what was done to get there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from cnnlab.data.drawing import BRIGHT, inked, prepare_drawing
from cnnlab.data.own.layout import PICTURES
from cnnlab.data.own.pictures import MOST_BYTES, PictureError, decoded, header, resized
from cnnlab.errors import DataError, explain

Bytes = npt.NDArray[np.uint8]

_CHANNELS: Final = {1: "grey", 3: "colours"}
_LONGEST_DRAWING: Final = 400


@dataclass(frozen=True)
class Wanted:
    """What a network takes, and how pictures shall be brought there.

    Attributes:
        shape: (height, width, channels) or (height, width), channels last.
        drawing: Whether pictures are drawn or photographed digits, to be prepared as MNIST's were.
        invert: Whether bright and dark change places.
    """

    shape: tuple[int, ...]
    drawing: bool = False
    invert: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Return (height, width)."""
        return self.shape[0], self.shape[1]

    @property
    def channels(self) -> int:
        """Count the channels; an image without an axis for them is grey."""
        return self.shape[2] if len(self.shape) > 2 else 1  # noqa: PLR2004 - height, width, channels


@dataclass(frozen=True, eq=False)
class Seen:
    """A picture as a network sees it.

    Attributes:
        pixels: Of the wanted shape.
        done: What was done to it, for people; nothing where it was as it should be.
        bright_border: Whether its border is mostly bright, as paper is; None where it is neither clearly.
    """

    pixels: Bytes
    done: tuple[str, ...]
    bright_border: bool | None


def check_wanted(wanted: Wanted, where: str) -> None:
    """Refuse a network that takes no pictures.

    Raises:
        DataError: Saying what it takes.
    """
    if len(wanted.shape) not in {2, 3} or wanted.channels not in _CHANNELS:
        got = f"shape {wanted.shape}"
        raise DataError(explain(expected="a network of images with 1 or 3 channels", got=got, where=where))
    if wanted.drawing and wanted.channels != 1:
        raise DataError(explain(expected="a network of grey images for --as-drawing", got="colours", where=where))


def see(path: Path, wanted: Wanted) -> Seen:
    """Read a picture file and bring it into the form that a network takes.

    Args:
        path: A PNG or JPEG.
        wanted: That form; `check_wanted` has passed it.

    Raises:
        DataError: If it is no such file, a damaged one, or larger than anybody needs.
    """
    try:
        content = _content(path)
        coloured, size = header(content).coloured, header(content).size
        pixels = decoded(content, coloured=wanted.channels == 3)  # noqa: PLR2004 - red, green, blue
    except PictureError as error:
        raise DataError(explain(expected="a picture", got=str(error), where=str(path))) from None
    done = []
    if coloured != (wanted.channels == 3):  # noqa: PLR2004 - likewise
        done.append("colours made grey" if coloured else "grey taken as colours")
    border = bright_border(pixels)
    if wanted.drawing:
        return Seen(_drawn(pixels, wanted), (*done, "prepared as MNIST's digits were"), border)
    if size != wanted.size:
        pixels = resized(pixels, wanted.size)
        done.append(f"{size[0]} x {size[1]} scaled to {wanted.size[0]} x {wanted.size[1]}")
    if wanted.invert:
        pixels, border = 255 - pixels, None if border is None else not border
        done.append("inverted")
    return Seen(pixels.reshape(wanted.shape), tuple(done), border)


def bright_border(pixels: Bytes) -> bool | None:
    """Tell whether what stands around an image is bright or dark; None where it is neither clearly.

    Args:
        pixels: Shape (h, w) or (h, w, c).
    """
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    shade = float(np.median(border))
    return None if abs(shade - BRIGHT) < BRIGHT / 4 else shade > BRIGHT


def _drawn(grey: Bytes, wanted: Wanted) -> Bytes:
    height, width = grey.shape
    shrink = max(height, width) / _LONGEST_DRAWING
    if shrink > 1:
        grey = resized(grey, (max(1, round(height / shrink)), max(1, round(width / shrink))))
    return prepare_drawing(inked(grey), wanted.size).reshape(wanted.shape)


def _content(path: Path) -> bytes:
    """Read a file that is no longer than any picture."""
    try:
        if not path.is_file():
            raise PictureError("no such file" if not path.exists() else "no file")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise PictureError(error.strerror or str(error)) from None
    if len(content) > MOST_BYTES:
        raise PictureError(f"one of more than {MOST_BYTES >> 20} MiB")
    return content


def picture_files(words: Sequence[Path]) -> Iterator[Path]:
    """List files: those that are named, and of folders all pictures in them, by their endings, in their order."""
    for word in words:
        if not word.is_dir():
            yield word
            continue
        found = (path for path in word.rglob("*") if path.suffix.lower() in PICTURES and path.is_file())
        yield from sorted(path for path in found if not path.name.startswith("."))

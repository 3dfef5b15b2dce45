"""From a drawing of any size to the small image that a network of MNIST expects, the way MNIST itself was made.

The digits of MNIST were cut to their ink, scaled with anti-aliasing to fit a box of 20 x 20 pixels with their aspect
ratio kept, and put into 28 x 28 pixels with their centre of mass at the centre (Y. LeCun, C. Cortes and C. Burges, "The
MNIST database of handwritten digits"). All arithmetic is of whole numbers, so that `report/pad/prepare.js` gives the
same pixels.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

Greys = npt.NDArray[np.uint8]

SHAPE: Final = (28, 28)
ENLARGED: Final = 10
"""A pixel of an image is so many pixels of a drawing high and wide."""
BRIGHT: Final = 128
"""Paper from here on is bright, and its ink dark."""
_FAINT: Final = 0.4
_BOX: Final = (20, 28)
"""The box is as large as the first number where the image is as large as the second."""


def prepare_drawing(pixels: npt.NDArray[np.integer], shape: tuple[int, int] = SHAPE) -> Greys:
    """Bring a drawing into the form of MNIST's images.

    Args:
        pixels: Shape (height, width), 0 empty to 255 ink; a drawing pad has 280 x 280.
        shape: (height, width) of what comes out.

    Returns:
        Greys of that shape; all 0 for an empty drawing.

    Example:
        >>> stroke = np.zeros((280, 280), np.uint8)
        >>> stroke[10:110, 30:40] = 255
        >>> image = prepare_drawing(stroke)
        >>> np.argwhere(image)[[0, -1]].tolist()
        [[5, 14], [24, 15]]
    """
    ink = _cut_to_ink(np.asarray(pixels).astype(np.int64))
    prepared = np.zeros(shape, np.uint8)
    small = _scaled(ink, max(1, min(shape) * _BOX[0] // _BOX[1])) if ink.size else ink
    if small.any():  # a few faint dots far apart are none any more in a small image
        top, left = (_start(small.sum(axis=1 - axis), shape[axis]) for axis in (0, 1))
        prepared[top : top + small.shape[0], left : left + small.shape[1]] = small
    return prepared


def inked(grey: Greys) -> Greys:
    """Find the ink of a drawn or photographed picture: what its border mostly shows is paper, what differs from it ink.

    Args:
        grey: Shape (height, width), 0 black to 255 white; ink may be dark on bright paper or bright on dark.

    Returns:
        The same shape, 0 paper to 255 for the strongest ink; what is fainter than two fifths of that is taken for the
        paper's shade or the camera's noise, which would else be ink up to the border. All 0 where nothing differs.

    Example:
        >>> paper = np.full((5, 5), 200, np.uint8)
        >>> paper[2, 2] = 50
        >>> inked(paper)[2].tolist()
        [0, 0, 255, 0, 0]
    """
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    paper = float(np.median(border))
    ink = paper - grey.astype(np.float64) if paper >= BRIGHT else grey.astype(np.float64) - paper
    strongest = ink.max()
    if strongest <= 0:
        return np.zeros(grey.shape, np.uint8)
    ink[ink < _FAINT * strongest] = 0
    scaled: Greys = np.clip(ink / strongest * 255, 0, 255).round().astype(np.uint8)
    return scaled


def as_drawing(image: Greys) -> Greys:
    """Enlarge an image to the drawing of which it would be made: each pixel becomes a square.

    Args:
        image: Shape (h, w).

    Returns:
        Shape (10 h, 10 w).
    """
    return image.repeat(ENLARGED, axis=0).repeat(ENLARGED, axis=1)


def _cut_to_ink(pixels: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Cut to the smallest rectangle that holds all ink; without ink nothing is left."""
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    if not rows.size:
        return pixels[:0, :0]
    return pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _scaled(ink: npt.NDArray[np.int64], box: int) -> npt.NDArray[np.int64]:
    """Scale so that the larger side is the box's: each pixel the mean of what it covers."""
    larger = max(ink.shape)
    height, width = (max(1, (2 * side * box + larger) // (2 * larger)) for side in ink.shape)
    area = ink.shape[0] * ink.shape[1]
    covered = _shares(ink.shape[0], height) @ ink @ _shares(ink.shape[1], width).T
    scaled: npt.NDArray[np.int64] = (2 * covered + area) // (2 * area)
    return scaled


def _shares(before: int, after: int) -> npt.NDArray[np.int64]:
    """Say how much of each old cell every new one covers, shape (after, before); a new one covers `before` in all."""
    old, new = np.arange(before) * after, np.arange(after)[:, None] * before
    shares: npt.NDArray[np.int64] = np.minimum(old + after, new + before) - np.maximum(old, new)
    return shares.clip(min=0)


def _start(mass: npt.NDArray[np.int64], size: int) -> int:
    """Say where to begin along one axis so that the centre of mass is nearest to pixel 14 of 28, as in MNIST."""
    total, moment = int(mass.sum()), int(mass @ np.arange(len(mass)))
    start = (2 * (size // 2 * total - moment) + total) // (2 * total)
    return min(max(start, 0), size - len(mass))

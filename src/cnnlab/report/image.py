"""A small image as characters."""

from typing import Any

import numpy as np
import numpy.typing as npt

MOST_COLUMNS = 56
ASCII_RAMP = " .:-=+*#%@"
GLYPHS = {" ": (0, 0), "░": (0.25, 0.25), "▒": (0.5, 0.5), "▓": (0.75, 0.75), "█": (1, 1), "▀": (1, 0), "▄": (0, 1)}
"""How much ink each character has in its upper and its lower half."""


def sample_image(image: npt.NDArray[Any], *, unicode: bool = True, colour: bool = False) -> str:
    """Draw an image with characters, ink in the terminal's own text colour so that it suits dark and light ones.

    A character is about twice as high as wide and stands for two pixels, one above the other.

    Args:
        image: Shape (h, w), uint8, 255 is full ink; channels of (h, w, c) are averaged. More than 56 pixels in either
            direction are averaged down.
        unicode: Half blocks and shades; without it the ASCII characters of " .:-=+*#%@".
        colour: True greys by 256-colour escape codes on a black ground, where the terminal knows them.

    Returns:
        At most 56 columns and 28 lines, without trailing blanks (unless coloured) and without a final line break.

    Example:
        >>> print(sample_image(np.array([[0, 255, 255], [0, 255, 0]], dtype=np.uint8)))
         █▀
    """
    pixels = _shrunk(np.asarray(image, dtype=np.float64) / 255)
    if len(pixels) % 2:
        pixels = np.vstack([pixels, np.zeros((1, pixels.shape[1]))])
    cell = _coloured if colour else _block if unicode else _ascii
    lines = [
        "".join(cell(float(above), float(below)) for above, below in zip(*rows, strict=True))
        for rows in zip(pixels[::2], pixels[1::2], strict=True)
    ]
    return "\n".join(f"{line}\x1b[0m" if colour else line.rstrip() for line in lines)


def _shrunk(pixels: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Average channels, and blocks of pixels until neither direction has more than fits."""
    if pixels.ndim == 3:  # noqa: PLR2004 - height, width, channels
        pixels = pixels.mean(axis=-1)
    step = -(-max(pixels.shape) // MOST_COLUMNS)
    height, width = (-(-size // step) * step for size in pixels.shape)
    padded = np.zeros((height, width))
    padded[: pixels.shape[0], : pixels.shape[1]] = pixels
    blocks: npt.NDArray[np.float64] = padded.reshape(height // step, step, width // step, step).mean(axis=(1, 3))
    return blocks


def _block(above: float, below: float) -> str:
    """Choose the character whose halves are nearest to the two pixels."""
    return min(GLYPHS, key=lambda glyph: (GLYPHS[glyph][0] - above) ** 2 + (GLYPHS[glyph][1] - below) ** 2)


def _ascii(above: float, below: float) -> str:
    """Choose a character by the mean ink of both pixels."""
    return ASCII_RAMP[round((above + below) / 2 * (len(ASCII_RAMP) - 1))]


def _coloured(above: float, below: float) -> str:
    """Paint the upper pixel as text and the lower one as ground, in the 24 greys of the 256 colours."""
    upper, lower = (232 + round(ink * 23) for ink in (above, below))
    return f"\x1b[38;5;{upper};48;5;{lower}m▀"

"""Drawings as people make them, from MNIST's images: anywhere, of any size, with any pen.

What the drawing pad must bring back into the form of MNIST; `tools/prove_pad.py` measures with it at length.
"""

from typing import Final

import numpy as np
from scipy.ndimage import affine_transform, distance_transform_edt

SIDE: Final = 280
ENLARGED: Final = 10
FARTHEST: Final = 80
SCALES: Final = (0.5, 1.3)
STROKES: Final = (0.7, 1.5)
INK: Final = 128


def redrawn(image: np.ndarray, numbers: np.random.Generator) -> np.ndarray:
    """Draw a digit again with another scale, pen and place; whole, as nobody draws beyond the pad.

    Args:
        image: Shape (28, 28), uint8.
        numbers: Where chance comes from.

    Returns:
        Shape (280, 280), uint8, with smooth edges.
    """
    ink = rescaled(image, numbers.uniform(*SCALES)) >= INK
    return shifted(with_stroke(ink, numbers.uniform(*STROKES)), numbers)


def rescaled(image: np.ndarray, scale: float) -> np.ndarray:
    """Enlarge to the pad, times the scale, around the centre, by cubic splines."""
    step = 1 / (ENLARGED * scale)
    middle = (len(image) - 1) / 2 - step * (SIDE - 1) / 2
    return affine_transform(image.astype(float), [step, step], offset=middle, output_shape=(SIDE, SIDE), order=3)


def stroke_width(ink: np.ndarray) -> float:
    """Estimate how wide the strokes are: those of a long bar of width w are w / 4 from its edge in the mean."""
    return float(4 * (distance_transform_edt(ink)[ink] - 0.5).mean()) if ink.any() else 0.0


def with_stroke(ink: np.ndarray, factor: float) -> np.ndarray:
    """Make the strokes wider or thinner by a factor, as a pen of another width would; edges are smooth."""
    grow = (factor - 1) * stroke_width(ink) / 2
    if not ink.any():
        return np.zeros(ink.shape, np.uint8)
    outside = distance_transform_edt(~ink) - distance_transform_edt(ink)
    return np.round(255 * np.clip(grow + 0.5 - outside, 0, 1)).astype(np.uint8)


def shifted(drawing: np.ndarray, numbers: np.random.Generator) -> np.ndarray:
    """Move a drawing by up to 80 pixels along each axis, as far as it stays whole."""
    moves = [_move(np.flatnonzero(drawing.any(axis=1 - axis)), numbers) for axis in (0, 1)]
    return np.roll(drawing, moves, axis=(0, 1))


def _move(where: np.ndarray, numbers: np.random.Generator) -> int:
    if not where.size:
        return 0
    return int(numbers.integers(max(-FARTHEST, -where[0]), min(FARTHEST, SIDE - 1 - where[-1]) + 1))


def shrunk(drawing: np.ndarray) -> np.ndarray:
    """Average each 10 x 10 pixels, which is all that a pad without preparation would do."""
    return np.round(drawing.reshape(SIDE // ENLARGED, ENLARGED, -1, ENLARGED).mean(axis=(1, 3))).astype(np.uint8)

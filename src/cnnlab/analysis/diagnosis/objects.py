"""How large the object in an image is."""

from typing import Any

import numpy as np
import numpy.typing as npt

_OF_BRIGHTEST = 0.1


def object_size(images: npt.NDArray[Any]) -> float | None:
    """Return the side of a square as large as the boxes around the objects, in pixels: the median over the images.

    An object is what differs from the image's most frequent border value by more than a tenth of its range; an image
    without any counts as one that is filled.

    Args:
        images: Shape (n, height, width) or (n, height, width, channels), n > 0.

    Returns:
        None for rows of features, which have no sides.
    """
    if images.ndim < 3:  # noqa: PLR2004 - without height and width
        return None
    grey = images.astype(np.float32)
    if grey.ndim == 4:  # noqa: PLR2004 - with channels
        grey = grey.mean(axis=3)
    sizes = [_side(image) for image in grey]
    return float(np.median(sizes))


def _side(image: npt.NDArray[np.float32]) -> float:
    border = np.median(np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]]))
    range_ = float(image.max() - image.min())
    inside = np.abs(image - border) > _OF_BRIGHTEST * range_
    if range_ == 0 or not inside.any():
        return float(np.sqrt(image.size))
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    return float(np.sqrt((rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1)))

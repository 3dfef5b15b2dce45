"""Keras' ``load_img`` and ``img_to_array``: one picture file as an array."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from cnnlab.data.own.pictures import MOST_BYTES, PictureError, decoded
from cnnlab.errors import DataError, DataUnavailableError, NotSupportedError, explain

_COLOURED: Final = {"grayscale": False, "rgb": True}


def load_img(
    path: str | Path,
    color_mode: str = "rgb",
    target_size: tuple[int, int] | None = None,
    interpolation: str = "bilinear",
    keep_aspect_ratio: bool = False,
) -> Image.Image:
    """Read a PNG or JPEG file.

    Args:
        path: Of the file.
        color_mode: "rgb" or "grayscale".
        target_size: (height, width) to bring it to; None to leave it.
        interpolation: "bilinear", the only filter here; Keras' own default is "nearest".
        keep_aspect_ratio: False, the only value.

    Returns:
        A picture of Pillow's.

    Raises:
        DataUnavailableError: If there is no such file.
        DataError: If it is no picture, damaged, or larger than anybody needs.
        NotSupportedError: If an argument has another value than cnnlab has.
    """
    where = f"load_img, {path}"
    if color_mode not in _COLOURED or interpolation != "bilinear" or keep_aspect_ratio:
        got = f"color_mode={color_mode!r}, interpolation={interpolation!r}, keep_aspect_ratio={keep_aspect_ratio!r}"
        raise NotSupportedError(explain(expected="rgb or grayscale, bilinear, False", got=got, where=where))
    file = Path(path)
    if not file.is_file():
        raise DataUnavailableError(explain(expected="a picture", got="no such file", where=where))
    if file.stat().st_size > MOST_BYTES:
        raise DataError(explain(expected=f"at most {MOST_BYTES:,} bytes", got=f"{file.stat().st_size:,}", where=where))
    size = None if target_size is None else (int(target_size[0]), int(target_size[1]))
    try:
        return Image.fromarray(decoded(file.read_bytes(), coloured=_COLOURED[color_mode], size=size))
    except PictureError as error:
        raise DataError(explain(expected="a PNG or JPEG file", got=str(error), where=where)) from None


def img_to_array(img: Any, data_format: str | None = None, dtype: str = "float32") -> npt.NDArray[Any]:  # noqa: ANN401
    """Return a picture as an array, shape (height, width, 1 or 3), from 0 to 255.

    Args:
        img: A picture of Pillow's, or an array without or with channels.
        data_format: None or "channels_last", the only ones.
        dtype: Of the numbers.

    Raises:
        NotSupportedError: If the channels shall come first.
    """
    if data_format not in {None, "channels_last"}:
        fix = "Write numpy.moveaxis(img_to_array(img), -1, 0)."
        raise NotSupportedError(explain(expected="channels_last", got=repr(data_format), where="img_to_array", fix=fix))
    array = np.asarray(img, dtype)
    return array[..., None] if array.ndim == 2 else array  # noqa: PLR2004 - height, width

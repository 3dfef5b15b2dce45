import io

import numpy as np
import pytest
from PIL import Image

from cnnlab.report.png import png_bytes


@pytest.mark.parametrize("shape", [(28, 28), (5, 9, 1), (7, 3, 3), (1, 1)])
def test_another_program_reads_the_image_as_it_was(shape: tuple[int, ...]) -> None:
    image = np.random.default_rng(3).integers(0, 256, shape, np.uint8)
    read = np.asarray(Image.open(io.BytesIO(png_bytes(image))))
    np.testing.assert_array_equal(read, image[..., 0] if image.shape[2:] == (1,) else image)


@pytest.mark.parametrize("image", [np.zeros(4, np.uint8), np.zeros((2, 2, 2), np.uint8), np.zeros((2, 2))])
def test_what_is_no_image_is_refused(image: np.ndarray) -> None:
    with pytest.raises(ValueError, match="an image of shape"):
        png_bytes(image)

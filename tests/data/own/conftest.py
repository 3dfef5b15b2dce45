"""Makes `import makers` work in the tests of this folder, and gives them some images."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from makers import Images


@pytest.fixture
def grey() -> Images:
    """Return 60 small grey images of three classes, each image another one."""
    rng = np.random.default_rng(1)
    return Images(rng.integers(0, 256, (60, 6, 5), np.uint8), np.arange(60) % 3)


@pytest.fixture
def coloured() -> Images:
    """Return 40 small images in colour of two classes."""
    rng = np.random.default_rng(2)
    return Images(rng.integers(0, 256, (40, 5, 7, 3), np.uint8), np.arange(40) % 2)

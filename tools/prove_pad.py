"""Prove that drawings are recognised once they are prepared, wherever and however they are drawn.

All test images of MNIST are drawn again at 280 x 280 pixels, shifted by up to 80 pixels, scaled by 0.5 to 1.3, with
strokes 0.7 to 1.5 times as wide. A trained architecture-1 looks at the test images themselves, at the prepared
drawings, and at the drawings merely shrunk.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from proofs_page import ROOT, write_line

sys.path.insert(0, str(ROOT / "tests" / "training"))

from redrawing import FARTHEST, SCALES, STROKES, redrawn, shrunk
from trained_on_mnist import accuracy, trained

from cnnlab import data
from cnnlab.data.drawing import prepare_drawing

COMMAND = "make prove-pad"
PROVED = ("src/cnnlab/data/drawing.py", "tests/training/redrawing.py", "tools/prove_pad.py")
NAME = "architecture-1"
EPOCHS = 12
IMAGES = 10_000
ALLOWED = 0.015


def finished(place: Path) -> list[np.ndarray]:
    """Read the weights of a finished run: an npz of arrays in Keras' order."""
    with np.load(place) as stored:
        return [stored[name] for name in stored.files]


def measure(weights: list[np.ndarray], images: np.ndarray, labels: np.ndarray) -> tuple[float, float, float]:
    """Return the accuracy on the images, on prepared drawings of them, and on drawings merely shrunk."""
    numbers = np.random.default_rng(2024)
    drawings = [redrawn(image, numbers) for image in images]

    def seen(by: Callable[[np.ndarray], np.ndarray]) -> float:
        return accuracy(NAME, weights, np.array([by(drawing) for drawing in drawings]), labels)

    return accuracy(NAME, weights, images, labels), seen(prepare_drawing), seen(shrunk)


def main() -> int:
    """Read the command line and prove."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=IMAGES, help=f"so many ({IMAGES:,}); fewer write no line")
    parser.add_argument(
        "--weights", type=Path, help=f"of a finished run of {NAME}, as npz; none trains {EPOCHS} epochs"
    )
    chosen = parser.parse_args()
    split = data.load("mnist")
    weights = finished(chosen.weights) if chosen.weights else trained(NAME, split, epochs=EPOCHS)
    images, labels = np.array(split.test.images[: chosen.images]), np.array(split.test.labels[: chosen.images])
    plain, prepared, unprepared = measure(weights, images, labels)
    figure = (
        f"{NAME} on {len(images):,} test images of MNIST {plain:.2%}; drawn again (shifted by up to {FARTHEST} of 280 "
        f"pixels, scaled by {SCALES[0]} to {SCALES[1]}, strokes {STROKES[0]} to {STROKES[1]} times as wide) and "
        f"prepared {prepared:.2%}, merely shrunk {unprepared:.2%}"
    ).replace("%", " %")
    print(f"pad: {figure}")
    if prepared < plain - ALLOWED:
        print(f"Prepared drawings may be {ALLOWED * 100:g} points worse at most.")
        return 1
    if chosen.images >= IMAGES:
        write_line(COMMAND, figure, PROVED)
    return 0


if __name__ == "__main__":
    sys.exit(main())

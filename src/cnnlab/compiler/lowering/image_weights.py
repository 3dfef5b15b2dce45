"""What the losses of a tile's images are multiplied by: one number for each image, or 1 where all count alike."""

from collections.abc import Sequence

from cnnlab.compiler.frame import LANES, Frame, Shared
from cnnlab.compiler.ir import PTR, Value
from cnnlab.compiler.kernel import Kernel


def fetch_weights(k: Kernel, rows: Sequence[Value]) -> None:
    """Write the weights of a tile's images into the frame.

        frame.weights = (1, 1, ..., 1)
        if shared.weights:
            frame.weights[lane] = shared.weights[rows[lane]]     for each of the 16

    A product with 1 is the other factor, bit for bit: without weights all numbers are those of a program without them.

    Args:
        k: Where to write.
        rows: Of each image the number in its data set.
    """
    k.store(k.const(k.vector, 1.0), k.frame, 8 * Frame.WEIGHTS)
    with k.when(k.bit(k.common(Shared.WEIGHTS))):
        weights, size = k.common(Shared.WEIGHTS, PTR), k.element.bytes
        for lane in range(LANES):
            weight = k.load(k.element, k.offset(weights, rows[lane], size))
            k.store(weight, k.frame, 8 * Frame.WEIGHTS + lane * size)


def weights_of_tile(k: Kernel) -> Value:
    """Return what `fetch_weights` left in the frame, a number for each of the tile's images."""
    return k.load(k.vector, k.frame, 8 * Frame.WEIGHTS)

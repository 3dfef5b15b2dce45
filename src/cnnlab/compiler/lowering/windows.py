"""How far windows reach beyond an image, and which of their taps meet it: what all that slides has in common."""

from cnnlab.arch.layer import Shape, Window
from cnnlab.compiler.buffers import Halo


def leading_padding(window: Window, size: tuple[int, int], out: tuple[int, int]) -> tuple[int, int]:
    """Return the rows and columns of padding before the image: TensorFlow puts the odd one at the end."""
    if window.padding == "valid":
        return (0, 0)
    total = [max((out[axis] - 1) * window.strides[axis] + window.reach[axis] - size[axis], 0) for axis in (0, 1)]
    return (total[0] // 2, total[1] // 2)


def reading_halo(window: Window, size: tuple[int, int], out: tuple[int, int]) -> Halo:
    """Return how far the windows reach beyond an image."""
    before = leading_padding(window, size, out)
    after = [
        max((out[axis] - 1) * window.strides[axis] - before[axis] + window.reach[axis] - size[axis], 0)
        for axis in (0, 1)
    ]
    return Halo(before[0], after[0], before[1], after[1])


def meets(first: int, step: int, count: int, size: int) -> bool:
    """Say whether one of first, first + step, ... (count of them) lies within 0 .. size - 1."""
    return any(0 <= first + index * step < size for index in range(count))


def gradient_halo(window: Window, source: Shape, out: Shape) -> Halo:
    """Return how far the flipped kernel reaches beyond the output's gradient."""
    before, after = [0, 0], [0, 0]
    for axis in (0, 1):
        for residue in range(min(window.strides[axis], source[axis])):
            count = turns(source[axis], residue, window.strides[axis])
            for _, place in axis_taps(window, source, out, axis, residue):
                before[axis] = max(before[axis], -place)
                after[axis] = max(after[axis], place + count - out[axis])
    return Halo(before[0], after[0], before[1], after[1])


def turns(size: int, residue: int, stride: int) -> int:
    """Count the places residue, residue + stride, ... below size."""
    return -(-(size - residue) // stride)


def axis_taps(window: Window, source: Shape, out: Shape, axis: int, residue: int) -> list[tuple[int, int]]:
    """List the taps that reach places of one residue, with the place of the output that the first of them enters."""
    stride, dilation = window.strides[axis], window.dilation[axis]
    before = leading_padding(window, (source[0], source[1]), (out[0], out[1]))[axis]
    count, taps = turns(source[axis], residue, stride), []
    for tap in range(window.size[axis]):
        reached = residue + before - tap * dilation
        if reached % stride == 0 and meets(reached // stride, 1, count, out[axis]):
            taps.append((tap, reached // stride))
    return taps

"""Winograd's convolution: a kernel of 3x3 or 2x2 with four ninths of the multiplications.

An output patch of m x m under a kernel of r x r (m + r = 5) looks at 4 x 4 cells. Cells and kernel are brought into a
basis in which the convolution is one product for each of 16 numbers, and brought back: Lavin and Gray, "Fast
Algorithms for Convolutional Neural Networks" (2015), with Toom and Cook's points 0, 1, -1 and infinity. With the images
in the lanes the changes of basis are plain additions. The gradient by the input is the same convolution with the kernel
flipped; that by the weights goes the direct way, which was measured to be faster: its new basis needs more memory than
the second cache has.

Patches lie side by side; the last one of a row or column is moved back inside where it would hang over.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from cnnlab.compiler.buffers import Buffer, padded
from cnnlab.compiler.frame import LANES
from cnnlab.compiler.ir import Type, Value
from cnnlab.compiler.kernel import Kernel, View
from cnnlab.compiler.lowering.contraction import Contraction, Tap, contract

Matrix = Sequence[Sequence[float]]
Square = list[list[Value]]

CELLS: Final = 16  # numbers of a patch in the new basis
_SIDE: Final = 4
# Channels below which the changes of basis cost more than they save.
_LEAST: Final = 8

_CELLS_IN: Final[Matrix] = ((1, 0, -1, 0), (0, 1, 1, 0), (0, -1, 1, 0), (0, -1, 0, 1))
_KERNEL_IN: Final[dict[int, Matrix]] = {
    3: ((1, 0, 0), (0.5, 0.5, 0.5), (0.5, -0.5, 0.5), (0, 0, 1)),
    2: ((1, 0), (0.5, 0.5), (0.5, -0.5), (0, 1)),
}
_PATCH_OUT: Final[dict[int, Matrix]] = {
    3: ((1, 1, 1, 0), (0, 1, -1, 1)),
    2: ((1, 1, 1, 0), (0, 1, -1, 0), (0, 1, 1, 1)),
}


def patch_side(kernel: int) -> int:
    """Return the side of an output patch."""
    return _SIDE + 1 - kernel


def keeps_zeros(kernel: int) -> bool:
    """Say whether an output under which all cells are 0 becomes exactly 0, whatever else its patch holds.

    With three taps each product that enters an output is of cells under its kernel; with two, cells beside it enter too
    and leave their rounding. Where images have black borders and biases begin at 0, relu must see the 0: its derivative
    there is 0, and that of a rounding error above it 1.
    """
    return kernel == 3  # noqa: PLR2004 - the other is 2


def pays(kernel: tuple[int, int], sources: int, outputs: int, size: tuple[int, int]) -> bool:
    """Say whether the changes of basis cost less than the multiplications that they save.

    Args:
        kernel: Rows and columns.
        sources: Channels in.
        outputs: Channels out.
        size: Rows and columns of the output.
    """
    if kernel[0] != kernel[1] or kernel[0] not in _KERNEL_IN:
        return False
    side = patch_side(kernel[0])
    return min(size) >= side and min(sources, outputs) >= _LEAST


def _combined(k: Kernel, matrix: Matrix, values: Sequence[Value]) -> list[Value]:
    """Multiply a column by a matrix of 0, 1, -1 and one half, from the left to the right of each row."""
    return [_sum(k, row, values) for row in matrix]


def _sum(k: Kernel, row: Sequence[float], values: Sequence[Value]) -> Value:
    total: Value | None = None
    for factor, value in zip(row, values, strict=True):
        if factor == 0:
            continue
        if total is None:
            total = k.neg(value) if factor < 0 else value
        else:
            total = k.sub(total, value) if factor < 0 else k.add(total, value)
    assert total is not None
    size = max(abs(factor) for factor in row)
    return total if size == 1 else k.mul(total, size)


def _both_sides(k: Kernel, matrix: Matrix, square: Square) -> Square:
    """Multiply a square by a matrix from the left and by its transpose from the right."""
    columns = [_combined(k, matrix, column) for column in zip(*square, strict=True)]
    rows = list(zip(*columns, strict=True))
    return [_combined(k, matrix, row) for row in rows]


@dataclass(frozen=True)
class Kernels:
    """A kernel in the new basis: for each of the 16 numbers all pairs of channels, in the kernel's own order.

    Attributes:
        buffer: Where it is written to; each thread has its own.
        side: Rows of the kernel.
        pairs: Channels in times channels out.
        flipped: Whether rows and columns are turned round, for the gradient by the input.
    """

    buffer: Buffer
    side: int
    pairs: int
    flipped: bool


def kernels_buffer(name: str, element: Type, pairs: int) -> Buffer:
    """Return room for a kernel in the new basis."""
    return Buffer(name, (CELLS * padded(pairs), 1, 1), element, lanes=1)


def change_kernel(k: Kernel, what: Kernels, weights: Value) -> None:
    """Write a kernel in the new basis, 16 pairs of channels at a time."""
    size, side = k.element.bytes, what.side
    out = k.view(what.buffer).pointer
    with k.loop(0, what.pairs, LANES, label="16 pairs of channels") as turn:
        place = k.offset(weights, turn.at, size)
        taps = [[k.load(k.vector, place, (y * side + x) * what.pairs * size) for x in range(side)] for y in range(side)]
        if what.flipped:
            taps = [row[::-1] for row in taps[::-1]]
        target = k.offset(out, turn.at, size)
        for number, value in enumerate(_flat(_both_sides(k, _KERNEL_IN[side], taps))):
            k.store(value, target, number * padded(what.pairs) * size)


def _flat(square: Square) -> list[Value]:
    return [value for row in square for value in row]


@dataclass(frozen=True)
class Convolution:
    """What is computed: as `Contraction`, with the taps of a square kernel.

    Attributes:
        side: Rows of the kernel.
        outputs: Channels out.
        rows: Of the output.
        columns: Of the output.
        sources: Channels in.
        source: Walk over the input; its place (0, 0) is the first tap's of the first output.
        out: Walk over the output.
        kernels: In the new basis.
        weight_step: Numbers from one channel out to the next, and from one source to the next.
        start: Pointer to one number for each channel out; None for 0.
        other: A walk beside the output that `finish` wants to see.
        finish: From a sum (and the other's value) to what is stored.
        room: For the cells, and for the products.
    """

    side: int
    outputs: int
    rows: int
    columns: int
    sources: int
    source: View
    out: View
    kernels: Kernels
    weight_step: tuple[int, int]
    start: Value | None
    other: View | None
    finish: Callable[[Value, Value | None], Value]
    room: tuple[Buffer, Buffer]


def room_for(name: str, element: Type, sources: int, outputs: int) -> tuple[Buffer, Buffer]:
    """Return room for the cells and the products of one patch."""
    return (
        Buffer(f"{name} cells", (CELLS * sources, 1, 1), element, passing=True),
        Buffer(f"{name} products", (CELLS * outputs, 1, 1), element, passing=True),
    )


def convolve(k: Kernel, what: Convolution) -> None:
    """Write the convolution of one tile."""
    side = patch_side(what.side)
    with (
        k.loop(0, what.rows, side, label="row of patches") as row,
        k.loop(0, what.columns, side, label="patch") as column,
    ):
        top, left = k.smaller(row.at, what.rows - side), k.smaller(column.at, what.columns - side)
        _change_cells(k, what, top, left)
        _multiply(k, what)
        _change_back(k, what, top, left)


def _change_cells(k: Kernel, what: Convolution, top: Value, left: Value) -> None:
    """Write the cells of a patch in the new basis: for each of 16 numbers all sources."""
    cells = k.view(what.room[0]).pointer
    first = k.offset(what.source.at(k, 0, top), left, what.source.column)
    with k.loop(0, what.sources, label="channel") as channel:
        source = k.offset(first, channel.at, what.source.channel)
        columns = _columns_in(k, what.source, source)
        _fetch_ahead(k, what, source)
        out = k.offset(cells, channel.at, k.vector.bytes)
        for number, value in enumerate(_rows_in(k, columns)):
            k.store(value, out, number * what.sources * k.vector.bytes)


def _fetch_ahead(k: Kernel, what: Convolution, source: Value) -> None:
    """Fetch what the next patch will read: 4 rows of many channels are more streams than the processor foresees."""
    for y in range(_SIDE):
        for x in range(patch_side(what.side)):
            k.prefetch(source, y * what.source.row + (_SIDE + x) * what.source.column)


def _columns_in(k: Kernel, view: View, source: Value) -> list[list[Value]]:
    """Read four columns of four cells, and bring each into the new basis."""
    return [
        _combined(k, _CELLS_IN, [k.load(k.vector, source, y * view.row + x * view.column) for y in range(_SIDE)])
        for x in range(_SIDE)
    ]


def _rows_in(k: Kernel, columns: list[list[Value]]) -> list[Value]:
    """Bring the rows of four columns into the new basis; return its 16 numbers."""
    rows = list(zip(*columns, strict=True))
    return _flat([_combined(k, _CELLS_IN, row) for row in rows])


def _multiply(k: Kernel, what: Convolution) -> None:
    """Write the products of cells and kernels, summed over the sources: a contraction for each of the 16 numbers."""
    size, vector = k.element.bytes, k.vector.bytes
    cells, products = (k.view(buffer).pointer for buffer in what.room)
    contract(
        k,
        Contraction(
            outputs=what.outputs,
            rows=CELLS,
            columns=1,
            sources=what.sources,
            taps=[Tap(0, 0)],
            source=View(cells, vector, what.sources * vector, vector),
            out=View(products, CELLS * vector, vector, vector),
            weights=k.view(what.kernels.buffer).pointer,
            weight_step=(what.weight_step[0] * size, what.weight_step[1] * size),
            start=None,
            other=None,
            finish=lambda value, _: value,
            weight_row=padded(what.kernels.pairs) * size,
        ),
    )


def _change_back(k: Kernel, what: Convolution, top: Value, left: Value) -> None:
    """Write the patch of the output."""
    products, vector = k.view(what.room[1]).pointer, k.vector.bytes
    with k.loop(0, what.outputs, label="channel out") as channel:
        source = k.offset(products, channel.at, CELLS * vector)
        out = k.offset(what.out.at(k, channel.at, top), left, what.out.column)
        beside = None
        if what.other is not None:
            beside = k.offset(what.other.at(k, channel.at, top), left, what.other.column)
        start = None
        if what.start is not None:
            start = k.splat(k.load(k.element, k.offset(what.start, channel.at, k.element.bytes)), LANES)
        square = [[k.load(k.vector, source, (y * _SIDE + x) * vector) for x in range(_SIDE)] for y in range(_SIDE)]
        for y, line in enumerate(_both_sides(k, _PATCH_OUT[what.side], square)):
            for x, value in enumerate(line):
                seen = None
                if what.other is not None and beside is not None:
                    seen = k.load(k.vector, beside, y * what.other.row + x * what.other.column)
                shifted = value if start is None else k.add(value, start)
                k.store(what.finish(shifted, seen), out, y * what.out.row + x * what.out.column)

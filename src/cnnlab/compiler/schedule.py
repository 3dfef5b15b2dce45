"""Every tuning number of the compiler. They decide how fast code is, never what it computes.

An accumulator is a sum that stays in a register while everything that enters it goes by, always in the same order; a
block is the accumulators that are worked on together. Wider or narrower blocks leave the order of each sum alone, so
the bits are the same on every processor.
"""

from dataclasses import dataclass
from typing import Final

from cnnlab.compiler.frame import LANES
from cnnlab.compiler.ir import Type
from cnnlab.compiler.target import Target

# Registers that a block leaves for what it reads.
_SPARE: Final = 3
# Multiply-adds in one loop body: more would leave the instruction cache, and LLVM's time grows faster than the body.
MOST_IN_A_BODY: Final = 700
# A multiply-add takes this many cycles; as many must be on their way, two begin in each cycle (one of 512 bits).
_LATENCY: Final = 4
# Turns of an elementwise loop that are written out.
UNROLL: Final = 4


@dataclass(frozen=True)
class Shape:
    """How 16 images are spread over registers.

    Attributes:
        lanes: Images in one register.
        parts: Registers for the 16.
    """

    lanes: int
    parts: int


def register_shape(target: Target, element: Type) -> Shape:
    """Return how the target holds 16 numbers."""
    lanes = min(LANES, target.register_bytes // element.bytes)
    return Shape(lanes, LANES // lanes)


@dataclass(frozen=True)
class Block:
    """Accumulators of a convolution: so many channels out times so many columns (times the parts of each)."""

    outputs: int
    columns: int


def convolution_block(target: Target, element: Type, outputs: int, columns: int, taps: int, rows: int) -> Block:
    """Choose the block that is expected to take the fewest cycles over a whole image.

    Args:
        target: Says how many registers there are.
        element: float32 or float64.
        outputs: Channels out.
        columns: Columns of the output.
        taps: Of the kernel.
        rows: Of the output.
    """
    del rows
    shape = register_shape(target, element)
    best, fewest = Block(1, 1), float("inf")
    for across in range(1, min(columns, 6) + 1):
        for deep in range(1, min(outputs, 28) + 1):
            wide = across * shape.parts
            if deep * wide + wide + 1 > target.registers - (_SPARE if target.registers > 16 else 1):  # noqa: PLR2004
                break
            if deep * wide * taps > MOST_IN_A_BODY and deep * across > 1:
                break
            cycles = _cost(target, shape, outputs, columns, Block(deep, across))
            if cycles < fewest:
                best, fewest = Block(deep, across), cycles
    return best


def _cost(target: Target, shape: Shape, outputs: int, columns: int, block: Block) -> float:
    """Estimate the cycles of one tap over all outputs and columns."""
    total = 0.0
    for deep, times_deep in _pieces(outputs, block.outputs):
        for across, times_across in _pieces(columns, block.columns):
            total += times_deep * times_across * _cycles(target, shape, deep, across)
    return total


def _pieces(count: int, size: int) -> list[tuple[int, int]]:
    whole, rest = divmod(count, size)
    return [(size, whole)] * bool(whole) + [(rest, 1)] * bool(rest)


def _cycles(target: Target, shape: Shape, deep: int, across: int) -> float:
    """Estimate one tap of one block: limited by multiply-adds, by reads or by latency."""
    wide = across * shape.parts
    full = target.isa == "avx512"
    multiply = deep * wide / (1 if full else 2)
    read = wide / (1 if full else 2) + deep / 2
    overhead = 0.25 + 0.1 * deep
    return max(multiply, read, _LATENCY) + overhead


@dataclass(frozen=True)
class GradientBlock:
    """Accumulators of a weight gradient: so many taps times so many filters; one part of the lanes at a time.

    Attributes:
        taps: Of one kernel row or of all.
        filters: Channels of the output's gradient.
        columns: Columns written out in a loop body.
    """

    taps: int
    filters: int
    columns: int


def weight_gradient_block(target: Target, taps_in_a_row: int, rows: int, filters: int, columns: int) -> GradientBlock:
    """Choose the block with the fewest reads for each multiply-add.

    Args:
        target: Says how many registers there are.
        taps_in_a_row: Columns of the kernel.
        rows: Of the kernel.
        filters: Channels out.
        columns: Of the output.
    """
    room = target.registers - (2 if target.registers <= 16 else 4)  # noqa: PLR2004
    best, least = GradientBlock(1, 1, 1), float("inf")
    whole = taps_in_a_row * rows
    for taps in sorted({whole, taps_in_a_row, *range(1, min(taps_in_a_row, room - 1) + 1)}):
        for deep in range(1, min(filters, 12) + 1):
            if taps * deep + deep > room:
                break
            # each column of the input serves all taps of its row once it is read
            reads = (taps / 2 + deep) / (taps * deep)
            waste = -(-filters // deep) * deep / filters * (-(-whole // taps) * taps / whole)
            latency = max(1.0, (_LATENCY if target.isa == "avx512" else 2 * _LATENCY) / (taps * deep))
            cost = max(1.0, 1.3 * reads) * waste * latency + 0.02 * reads
            if cost < least:
                best, least = GradientBlock(taps, deep, 1), cost
    unroll = max(1, min(columns, 4, MOST_IN_A_BODY // (best.taps * best.filters)))
    return GradientBlock(best.taps, best.filters, unroll)

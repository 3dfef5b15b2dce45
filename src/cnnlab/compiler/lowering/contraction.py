"""The kernel that nearly all time goes into: out[o] = start[o] + sum over sources and taps of source * weight.

A convolution, its input gradient and a dense layer are all this, with other strides and other orders of the weights.
A block of accumulators (channels out times columns) stays in registers while sources and taps go by. The order of each
sum is sources outside, taps inside, whatever the block.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cnnlab.compiler.ir import I64, Value
from cnnlab.compiler.kernel import Kernel, View
from cnnlab.compiler.schedule import Shape, convolution_block, register_shape


class Tap(NamedTuple):
    """One tap of a kernel: bytes from the source's place, and from the weights of a pair of channels."""

    source: int
    weight: int


@dataclass(frozen=True)
class Contraction:
    """What is computed.

    Attributes:
        outputs: Channels out.
        rows: Of the output.
        columns: Of the output.
        sources: Channels in.
        taps: What of each source enters one output.
        source: Walk over the input: channel, row and column of the *output's* step.
        out: Walk over the output.
        weights: Pointer to the weights.
        weight_step: Bytes from one channel out to the next, and from one source to the next.
        start: Pointer to one number for each channel out, where sums begin; None for 0.
        other: A walk beside the output that `finish` wants to see; None if none.
        finish: From a sum (and the other's value) to what is stored.
        weight_row: Bytes from the weights of one row to those of the next; 0 where all rows share them.
    """

    outputs: int
    rows: int
    columns: int
    sources: int
    taps: Sequence[Tap]
    source: View
    out: View
    weights: Value
    weight_step: tuple[int, int]
    start: Value | None
    other: View | None
    finish: Callable[[Value, Value | None], Value]
    weight_row: int = 0


@dataclass
class _Block:
    """One block at its place: how large, and the pointers to its first output and column."""

    outputs: int
    columns: int
    source: Value
    out: Value
    other: Value | None
    weights: Value
    start: Value | None


def contract(k: Kernel, what: Contraction) -> None:
    """Write a contraction for one tile."""
    size = convolution_block(k.target, k.element, what.outputs, what.columns, len(what.taps), what.rows)
    whole = what.outputs - what.outputs % size.outputs
    if whole:
        with k.loop(0, whole, size.outputs, label="channels out") as turn:
            _outputs(k, what, turn.at, size.outputs, size.columns)
    if whole < what.outputs:
        _outputs(k, what, k.const(I64, whole), what.outputs - whole, size.columns)


def _outputs(k: Kernel, what: Contraction, first: Value, deep: int, across: int) -> None:
    """Write all rows and columns of a group of channels out."""
    weights = k.offset(what.weights, first, what.weight_step[0])
    start = k.offset(what.start, first, k.element.bytes) if what.start is not None else None
    with k.loop(0, what.rows, label="row") as row:
        source = k.offset(what.source.pointer, row.at, what.source.row)
        of_row = k.offset(weights, row.at, what.weight_row) if what.weight_row else weights
        out = what.out.at(k, first, row.at)
        other = what.other.at(k, first, row.at) if what.other is not None else None

        def block(at: Value | int, columns: int) -> None:
            beside = k.offset(other, at, what.other.column) if what.other is not None and other is not None else None
            place = (k.offset(source, at, what.source.column), k.offset(out, at, what.out.column), beside)
            _block(k, what, _Block(deep, columns, *place, of_row, start))

        whole = what.columns - what.columns % across
        if whole == across:
            block(0, across)
        elif whole:
            with k.loop(0, whole, across, label="columns") as column:
                block(column.at, across)
        if whole < what.columns:
            block(whole, what.columns - whole)


def _block(k: Kernel, what: Contraction, block: _Block) -> None:
    shape = register_shape(k.target, k.element)
    sums = _begin(k, block, shape)
    if what.sources == 1:
        sums = _taps(k, what, block, shape, (block.source, block.weights), sums)
    elif what.taps:
        with k.loop(0, what.sources, carry=[block.source, block.weights, *sums], label="sources") as turn:
            source, weights, *inside = turn.values
            inside = _taps(k, what, block, shape, (source, weights), inside)
            moved = (k.offset(source, what.source.channel), k.offset(weights, what.weight_step[1]))
            turn.hand_on([*moved, *inside])
        sums = turn.results[2:]
    _end(k, what, block, shape, sums)


def _begin(k: Kernel, block: _Block, shape: Shape) -> list[Value]:
    """Return the accumulators' first values: outputs outside, columns and parts inside."""
    each = block.columns * shape.parts
    if block.start is None:
        return [k.const(k.element.times(shape.lanes), 0.0)] * (block.outputs * each)
    begun = []
    for output in range(block.outputs):
        value = k.splat(k.load(k.element, block.start, output * k.element.bytes), shape.lanes)
        begun += [value] * each
    return begun


def _taps(
    k: Kernel, what: Contraction, block: _Block, shape: Shape, at: tuple[Value, Value], sums: list[Value]
) -> list[Value]:
    """Add all taps of one source."""
    source, weights = at
    kind = k.element.times(shape.lanes)
    read: dict[int, Value] = {}

    def seen(displacement: int) -> Value:
        if displacement not in read:
            read[displacement] = k.load(kind, source, displacement)
        return read[displacement]

    sums = list(sums)
    each = block.columns * shape.parts
    for tap in what.taps:
        places = [
            tap.source + column * what.source.column + part * kind.bytes
            for column in range(block.columns)
            for part in range(shape.parts)
        ]
        for output in range(block.outputs):
            weight = k.load(k.element, weights, tap.weight + output * what.weight_step[0])
            spread = k.splat(weight, shape.lanes)
            for index, place in enumerate(places):
                number = output * each + index
                sums[number] = k.fma(seen(place), spread, sums[number])
    return sums


def _end(k: Kernel, what: Contraction, block: _Block, shape: Shape, sums: list[Value]) -> None:
    kind = k.element.times(shape.lanes)
    numbers = iter(sums)
    for output in range(block.outputs):
        for column in range(block.columns):
            for part in range(shape.parts):
                value, beside = next(numbers), None
                if what.other is not None and block.other is not None:
                    place = output * what.other.channel + column * what.other.column + part * kind.bytes
                    beside = k.load(kind, block.other, place)
                place = output * what.out.channel + column * what.out.column + part * kind.bytes
                k.store(what.finish(value, beside), block.out, place)

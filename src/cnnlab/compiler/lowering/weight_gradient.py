"""Gradients by weights: for each tap and pair of channels, the sum over all places of input times output gradient.

The sums of a block (taps times filters) stay in registers over a whole image, 16 images side by side; what remains are
16 partial sums for each weight, which are then added across the lanes. Sums over tiles come later, in their order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cnnlab.compiler.ir import I64, Value
from cnnlab.compiler.kernel import Kernel, View
from cnnlab.compiler.schedule import register_shape, weight_gradient_block


class WeightTap(NamedTuple):
    """One tap: bytes from the source's place, and the weight's number for channels 0 in and 0 out."""

    source: int
    weight: int


@dataclass(frozen=True)
class WeightGradient:
    """What is computed.

    Attributes:
        filters: Channels of the gradient.
        sources: Channels of the input.
        rows: Of the gradient.
        columns: Of the gradient.
        taps: The kernel's, those that meet the image at all.
        across: How many of them stand in one row of the kernel.
        source: Walk over the input: channel, row and column of the gradient's step.
        gradient: Walk over the gradient.
        rows_out: Pointer to a vector of 16 for each weight.
        number_step: From one source's weights to the next one's.
    """

    filters: int
    sources: int
    rows: int | Value
    columns: int
    taps: Sequence[WeightTap]
    across: int
    source: View
    gradient: View
    rows_out: Value
    number_step: int


def weight_gradient(k: Kernel, what: WeightGradient) -> None:
    """Write the gradient by a kernel for one tile: 16 partial sums for each weight."""
    if not what.taps:
        return
    kernel_rows = -(-len(what.taps) // what.across)
    block = weight_gradient_block(k.target, what.across, kernel_rows, what.filters, what.columns)
    groups = [what.taps[i : i + block.taps] for i in range(0, len(what.taps), block.taps)]
    whole = what.filters - what.filters % block.filters
    shape = register_shape(k.target, k.element)
    with (
        k.loop(0, shape.parts, label="part of the lanes") as part,
        # Sources outside: the input comes from far, the gradient has just been written.
        k.loop(0, what.sources, label="sources") as source,
    ):
        lanes = k.mul(part.at, k.element.bytes * shape.lanes)
        if whole:
            with k.loop(0, whole, block.filters, label="filters") as turn:
                _filters(k, what, groups, (turn.at, block.filters), (lanes, source.at), block.columns)
        if whole < what.filters:
            rest = (k.const(I64, whole), what.filters - whole)
            _filters(k, what, groups, rest, (lanes, source.at), block.columns)


def _filters(
    k: Kernel,
    what: WeightGradient,
    groups: Sequence[Sequence[WeightTap]],
    filters: tuple[Value, int],
    at: tuple[Value, Value],
    unroll: int,
) -> None:
    """Write all taps of a group of filters, for one part of the lanes and one source."""
    (first, deep), (lanes, number) = filters, at
    size = k.vector.bytes
    gradient = k.offset(k.offset(what.gradient.pointer, lanes), first, what.gradient.channel)
    source = k.offset(k.offset(what.source.pointer, lanes), number, what.source.channel)
    out = k.offset(k.offset(k.offset(what.rows_out, lanes), first, size), number, what.number_step * size)
    for taps in groups:
        sums = _over_image(k, what, taps, deep, (source, gradient), unroll)
        for index, tap in enumerate(taps):
            for filter_number in range(deep):
                k.store(sums[index * deep + filter_number], out, (tap.weight + filter_number) * size)


def _over_image(
    k: Kernel,
    what: WeightGradient,
    taps: Sequence[WeightTap],
    deep: int,
    at: tuple[Value, Value],
    unroll: int,
) -> list[Value]:
    """Write the sums of one block over all places of an image."""
    shape = register_shape(k.target, k.element)
    kind = k.element.times(shape.lanes)
    begun = [k.const(kind, 0.0)] * (len(taps) * deep)
    unroll = min(unroll, what.columns)
    whole = what.columns - what.columns % unroll
    with k.loop(0, what.rows, carry=[*at, *begun], label="row") as row:
        source, gradient, *sums = row.values
        if whole == unroll:
            sums = _columns(k, what, taps, deep, (source, gradient), unroll, sums)
        else:
            with k.loop(0, whole, unroll, carry=[source, gradient, *sums], label="columns") as column:
                here, there, *inside = column.values
                inside = _columns(k, what, taps, deep, (here, there), unroll, inside)
                step = (unroll * what.source.column, unroll * what.gradient.column)
                column.hand_on([k.offset(here, step[0]), k.offset(there, step[1]), *inside])
            sums = column.results[2:]
        if whole < what.columns:
            rest = (k.offset(source, whole * what.source.column), k.offset(gradient, whole * what.gradient.column))
            sums = _columns(k, what, taps, deep, rest, what.columns - whole, sums)
        row.hand_on([k.offset(source, what.source.row), k.offset(gradient, what.gradient.row), *sums])
    return row.results[2:]


def _columns(
    k: Kernel,
    what: WeightGradient,
    taps: Sequence[WeightTap],
    deep: int,
    at: tuple[Value, Value],
    count: int,
    sums: Sequence[Value],
) -> list[Value]:
    """Add some columns."""
    source, gradient = at
    shape = register_shape(k.target, k.element)
    kind = k.element.times(shape.lanes)
    read: dict[int, Value] = {}

    def seen(displacement: int) -> Value:
        if displacement not in read:
            read[displacement] = k.load(kind, source, displacement)
        return read[displacement]

    result = list(sums)
    for column in range(count):
        incoming = [
            k.load(kind, gradient, number * what.gradient.channel + column * what.gradient.column)
            for number in range(deep)
        ]
        for index, tap in enumerate(taps):
            place = seen(tap.source + column * what.source.column)
            for number in range(deep):
                at_sum = index * deep + number
                result[at_sum] = k.fma(place, incoming[number], result[at_sum])
    return result


def channel_sums(k: Kernel, gradient: View, shape: tuple[int, int, int], rows_out: Value) -> None:
    """Write the sum of each channel over all places, 16 images side by side: a bias's gradient."""
    channels, height, width = shape
    group = min(4, channels)
    whole = channels - channels % group
    with k.loop(0, whole, group, label="channels") as turn:
        _sum_channels(k, gradient, turn.at, group, (height, width), rows_out)
    if whole < channels:
        _sum_channels(k, gradient, k.const(I64, whole), channels - whole, (height, width), rows_out)


def _sum_channels(k: Kernel, gradient: View, first: Value, count: int, shape: tuple[int, int], rows_out: Value) -> None:
    """Write several channels at once, so that their additions overlap."""
    base = k.offset(gradient.pointer, first, gradient.channel)
    begun = [k.zeros()] * count
    with k.loop(0, shape[0], carry=begun, label="row") as row:
        line = k.offset(base, row.at, gradient.row)
        with k.loop(0, shape[1], carry=row.values, label="column") as column:
            place = k.offset(line, column.at, gradient.column)
            read = [k.load(k.vector, place, number * gradient.channel) for number in range(count)]
            column.hand_on([k.add(value, more) for value, more in zip(column.values, read, strict=True)])
        row.hand_on(column.results)
    out = k.offset(rows_out, first, k.vector.bytes)
    for number, value in enumerate(row.results):
        k.store(value, out, number * k.vector.bytes)

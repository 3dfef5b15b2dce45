"""Passes over all cells of a buffer."""

from collections.abc import Callable, Sequence

from cnnlab.compiler.buffers import Buffer
from cnnlab.compiler.ir import Value
from cnnlab.compiler.kernel import Cell, Kernel
from cnnlab.compiler.lowering.step import Sink


def clear(k: Kernel, buffer: Buffer) -> None:
    """Write zeros."""
    k.over_all(buffer.shape, [k.view(buffer)], lambda cells: k.write(k.zeros(), cells[0]))


def derive_in_place(k: Kernel, sink: Sink) -> None:
    """Derive a whole gradient by the producer's activation, after everything has been added to it."""
    if not sink.derives:
        return

    def body(cells: list[Cell]) -> None:
        gradient, out = cells
        k.write(sink.finish(k, k.read(gradient), k.read(out)), gradient)

    k.over_all(sink.gradient.shape, [k.view(sink.gradient), k.view(sink.out)], body)


def each_cell(k: Kernel, target: Buffer, sources: Sequence[Buffer], compute: Callable[[list[Value]], Value]) -> None:
    """Write every cell of a buffer from the same cells of others."""

    def body(cells: list[Cell]) -> None:
        k.write(compute([k.read(cell) for cell in cells[1:]]), cells[0])

    k.over_all(target.shape, [k.view(target), *map(k.view, sources)], body)


def each_gradient(k: Kernel, sink: Sink, sources: Sequence[Buffer], compute: Callable[[list[Value]], Value]) -> None:
    """Write every cell of a sink: what ``compute`` makes of the same cells of other buffers, then derived."""
    beside = [sink.out] if sink.derives else []

    def made(values: list[Value]) -> Value:
        out = values.pop() if sink.derives else None
        return sink.finish(k, compute(values), out)

    each_cell(k, sink.gradient, [*sources, *beside], made)

"""LayerNormalization: each image alone, so tile by tile without a barrier.

Channels lie far apart in a tile and columns side by side: some columns are walked together over all channels, so that
their sums overlap and each read takes neighbours along. The order of each sum is that of the channels.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from cnnlab.arch.layers import LayerNormalization
from cnnlab.compiler.buffers import Buffer
from cnnlab.compiler.ir import Value
from cnnlab.compiler.kernel import Cell, Kernel
from cnnlab.compiler.lowering.lanes import reduce_rows
from cnnlab.compiler.lowering.step import Lowering, Piece, Pieces, Sink, Step
from cnnlab.compiler.schedule import UNROLL

# What is kept of each place: its mean, and one over its deviation.
_KEPT: Final = ("mean", "inverse")

# From a channel's number and the cells of some buffers at one place to the terms of one or several sums.
_Terms = Callable[[Value, list[Value]], list[Value]]


class LayerNormalizationLowering(Lowering):
    """See the module."""

    def add_buffers(self, step: Step) -> None:
        """Keep what the backward pass needs of each place."""
        if step.training:
            _, height, width = step.source.shape
            for name in _KEPT:
                step.extra[name] = Buffer(f"{step.name} {name}", (1, height, width), step.source.element)

    def forward(self, step: Step) -> Pieces:
        """Normalize, scale and shift."""
        touches = [step.source, step.out, *step.extra.values()]
        emit = lambda k: _normalize(k, step)  # noqa: E731 - what a piece writes
        return [Piece(f"{step.name}_forward", "normalize each place", "tile", touches, emit, "forward")]

    def backward(self, step: Step) -> Pieces:
        """Return the gradients by gamma and beta, then by the input through mean and variance too."""
        sink, kept = step.by_source, list(step.extra.values())
        pieces: Pieces = []
        if step.rows:
            touches = [step.source, step.incoming, *kept, *step.rows.values()]
            name, about = f"{step.name}_weights", "gradients by gamma and beta"
            pieces.append(Piece(name, about, "tile", touches, lambda k: _sum_gradients(k, step), "weight gradient"))
        if sink is not None:
            touches = [step.source, step.incoming, *kept, *sink.buffers]
            emit = lambda k: _by_input(k, step, sink)  # noqa: E731
            name, about = f"{step.name}_input", "gradient by the input"
            pieces.append(Piece(name, about, "tile", touches, emit, "input gradient"))
        return pieces


class _Places:
    """Some neighbouring columns of a row, while code is written that walks over their channels.

    Args:
        k: Where to.
        step: The layer.
        row: Of the columns.
        first: Of them.
        count: Of them.
    """

    def __init__(self, k: Kernel, step: Step, row: Value, first: Value | int, count: int) -> None:
        self._k, self._step, self._row, self._first, self.count = k, step, row, first, count

    def kept(self, name: str) -> list[Cell]:
        """Return the cell of each column in a buffer of one channel."""
        return self.cells(self._step.extra[name], 0)

    def cells(self, buffer: Buffer, channel: Value | int) -> list[Cell]:
        """Return the cell of each column in one channel of a buffer."""
        k, view = self._k, self._k.view(buffer)
        line = k.offset(k.offset(view.pointer, self._row, view.row), self._first, view.column)
        start = k.offset(line, channel, view.channel)
        return [(start, column * view.column) for column in range(self.count)]

    def sums(self, buffers: Sequence[Buffer], terms: Callable[[int], _Terms], count: int = 1) -> list[list[Value]]:
        """Write ``count`` sums over the channels for each column.

        Args:
            buffers: Whose cells are read.
            terms: For a column what makes the terms of its sums.
            count: How many sums.

        Returns:
            For each column its sums.
        """
        k, channels = self._k, self._step.source.shape[0]
        with k.loop(0, channels, carry=[k.zeros()] * (count * self.count), label="channel") as turn:
            read = [[k.read(cell) for cell in self.cells(buffer, turn.at)] for buffer in buffers]
            more = [
                term for column in range(self.count) for term in terms(column)(turn.at, [row[column] for row in read])
            ]
            turn.hand_on([k.add(total, term) for total, term in zip(turn.values, more, strict=True)])
        return [turn.results[count * column : count * (column + 1)] for column in range(self.count)]

    @contextmanager
    def each_channel(self) -> Iterator[Value]:
        """Write a loop over the channels."""
        with self._k.loop(0, self._step.source.shape[0], label="channel") as turn:
            yield turn.at


def _over_places(k: Kernel, step: Step, body: Callable[[_Places], None]) -> None:
    """Write a loop over rows and groups of columns."""
    _, height, width = step.source.shape
    group = min(UNROLL, width)
    whole = width - width % group
    with k.loop(0, height, label="row") as row:
        with k.loop(0, whole, group, label="columns") as column:
            body(_Places(k, step, row.at, column.at, group))
        if whole < width:
            body(_Places(k, step, row.at, whole, width - whole))


def _weight(k: Kernel, step: Step, name: str, channel: Value) -> Value | None:
    """Return a channel's gamma or beta; None where there is none."""
    if name not in step.weights:
        return None
    return k.load(k.element, k.offset(k.parameter(step.weights[name]), channel, k.element.bytes))


def _normalize(k: Kernel, step: Step) -> None:
    layer, channels = step.layer, float(step.source.shape[0])
    assert isinstance(layer, LayerNormalization)

    def body(places: _Places) -> None:
        means = [k.div(total, channels) for (total,) in places.sums([step.source], lambda _: lambda _, cells: cells)]

        def squared(column: int) -> _Terms:
            def terms(_: Value, cells: list[Value]) -> list[Value]:
                apart = k.sub(cells[0], means[column])
                return [k.mul(apart, apart)]

            return terms

        spreads = [k.div(total, channels) for (total,) in places.sums([step.source], squared)]
        inverses = [k.div(k.const(k.vector, 1.0), k.sqrt(k.add(spread, layer.epsilon))) for spread in spreads]
        if step.training:
            for name, values in zip(_KEPT, (means, inverses), strict=True):
                for value, cell in zip(values, places.kept(name), strict=True):
                    k.write(value, cell)
        with places.each_channel() as channel:
            gamma, beta = (_weight(k, step, name, channel) for name in ("gamma", "beta"))
            source, out = places.cells(step.source, channel), places.cells(step.out, channel)
            for column in range(places.count):
                value = k.mul(k.sub(k.read(source[column]), means[column]), inverses[column])
                if beta is not None:
                    value = k.add(value, beta) if gamma is None else k.fma(value, gamma, beta)
                elif gamma is not None:
                    value = k.mul(value, gamma)
                k.write(value, out[column])

    _over_places(k, step, body)


def _sum_gradients(k: Kernel, step: Step) -> None:
    """Write the sums of the gradient (beta) and of gradient times normalized value (gamma) over all places."""
    channels, height, width = step.source.shape
    names = [name for name in ("gamma", "beta") if name in step.rows]
    rows = {name: k.view(step.rows[name]).pointer for name in names}
    looked_at = [k.view(buffer) for buffer in (step.incoming, step.source)]
    kept = [k.view(step.extra[name]) for name in _KEPT]
    with k.over_channels(channels, looked_at) as (channel, moved):
        walks, begun = [*moved, *kept], [k.zeros()] * len(names)
        with k.loop(0, height, carry=begun, label="row") as row:
            lines = [k.offset(view.pointer, row.at, view.row) for view in walks]
            with k.loop(0, width, carry=row.values, label="column") as column:
                places = [k.offset(line, column.at, view.column) for line, view in zip(lines, walks, strict=True)]
                gradient, value, mean, inverse = (k.load(k.vector, place) for place in places)
                normal = k.mul(k.sub(value, mean), inverse)
                more = [
                    k.fma(gradient, normal, total) if name == "gamma" else k.add(total, gradient)
                    for name, total in zip(names, column.values, strict=True)
                ]
                column.hand_on(more)
            row.hand_on(column.results)
        for name, total in zip(names, row.results, strict=True):
            k.store(total, k.offset(rows[name], channel, k.vector.bytes))
    for name in names:
        out = k.offset(k.partial, step.weights[name], k.element.bytes)
        reduce_rows(k, rows[name], out, step.rows[name].shape[0])


def _by_input(k: Kernel, step: Step, sink: Sink) -> None:
    channels = float(step.source.shape[0])
    buffers = [step.incoming, step.source]

    def body(places: _Places) -> None:
        means, inverses = ([k.read(cell) for cell in places.kept(name)] for name in _KEPT)

        def scaled(channel: Value, column: int, cells: list[Value]) -> tuple[Value, Value]:
            """Return the gradient by the normalized value, and that value."""
            gamma = _weight(k, step, "gamma", channel)
            normal = k.mul(k.sub(cells[1], means[column]), inverses[column])
            return cells[0] if gamma is None else k.mul(cells[0], gamma), normal

        def terms_of(column: int) -> _Terms:
            def terms(channel: Value, cells: list[Value]) -> list[Value]:
                gradient, normal = scaled(channel, column, cells)
                return [gradient, k.mul(gradient, normal)]

            return terms

        sums = places.sums(buffers, terms_of, 2)
        shares = [[k.div(total, channels) for total in both] for both in sums]
        with places.each_channel() as channel:
            read = [places.cells(buffer, channel) for buffer in buffers]
            beside = places.cells(sink.out, channel) if sink.derives else None
            targets = places.cells(sink.gradient, channel)
            for column in range(places.count):
                gradient, normal = scaled(channel, column, [k.read(cells[column]) for cells in read])
                along, across = shares[column]
                rest = k.fma(k.neg(normal), across, k.sub(gradient, along))
                out = k.read(beside[column]) if beside is not None else None
                k.write(sink.finish(k, k.mul(rest, inverses[column]), out), targets[column])

    _over_places(k, step, body)

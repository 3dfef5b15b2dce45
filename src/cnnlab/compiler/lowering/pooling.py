"""MaxPooling2D and AveragePooling2D."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product

from cnnlab.arch.layer import Shape, Window
from cnnlab.arch.layers import AveragePooling2D
from cnnlab.compiler.buffers import Halo
from cnnlab.compiler.ir import I64, Value
from cnnlab.compiler.kernel import Kernel, View
from cnnlab.compiler.lowering.convolution import leading_padding, reading_halo
from cnnlab.compiler.lowering.elementwise import clear, derive_in_place
from cnnlab.compiler.lowering.step import Lowering, Piece, Pieces, Sink, Step


def _window(step: Step) -> Window:
    assert step.layer.window is not None
    return step.layer.window


class _Windows:
    """The cells of the windows of one channel, while code is written at one of them.

    Padding is no cell. A place beyond the edge is moved to the edge, which is in the same window: a maximum does not
    mind a cell seen twice, and the second time its gradient is taken already.
    """

    def __init__(self, k: Kernel, step: Step, row: Value, column: Value) -> None:
        self._k, self._window = k, _window(step)
        _, self.height, self.width = step.source.shape
        before = leading_padding(self._window, (self.height, self.width), step.out.shape[1:])
        self.padded = any(reading_halo(self._window, (self.height, self.width), step.out.shape[1:]))
        self._top = k.add(k.mul(row, self._window.strides[0]), -before[0])
        self._left = k.add(k.mul(column, self._window.strides[1]), -before[1])

    def cells(self, *views: View) -> Iterator[list[tuple[Value, int]]]:
        """Yield each cell in row order: its place in every view."""
        k = self._k
        size = self._window.size
        if not self.padded:
            starts = [k.offset(k.offset(view.pointer, self._top, view.row), self._left, view.column) for view in views]
            for y, x in product(range(size[0]), range(size[1])):
                yield [(start, y * view.row + x * view.column) for start, view in zip(starts, views, strict=True)]
            return
        for y, x in product(range(size[0]), range(size[1])):
            row = self._inside(k.add(self._top, y), self.height)
            column = self._inside(k.add(self._left, x), self.width)
            yield [(k.offset(k.offset(view.pointer, row, view.row), column, view.column), 0) for view in views]

    def count(self) -> Value:
        """Return how many cells of the image are under the window."""
        k = self._k
        if not self.padded:
            return k.const(I64, self._window.size[0] * self._window.size[1])
        rows = self._covered(self._top, self._window.size[0], self.height)
        return k.mul(rows, self._covered(self._left, self._window.size[1], self.width))

    def corner(self, view: View) -> Value:
        """Return the window's first place, which may be padding."""
        return self._k.offset(self._k.offset(view.pointer, self._top, view.row), self._left, view.column)

    def bounds(self) -> tuple[Value, Value, Value, Value]:
        """Return the first row and column of the image under the window, and those behind the last."""
        k, size = self._k, self._window.size
        first = (k.larger(self._top, 0), k.larger(self._left, 0))
        after = (k.smaller(k.add(self._top, size[0]), self.height), k.smaller(k.add(self._left, size[1]), self.width))
        return (*first, *after)

    def _covered(self, first: Value, size: int, limit: int) -> Value:
        k = self._k
        return k.sub(k.smaller(k.add(first, size), limit), k.larger(first, 0))

    def _inside(self, place: Value, limit: int) -> Value:
        return self._k.smaller(self._k.larger(place, 0), limit - 1)


@contextmanager
def _at_windows(
    k: Kernel, step: Step, source: list[View], out: list[View]
) -> Iterator[tuple[_Windows, list[View], list[Value]]]:
    """Write loops over channels and windows; inside, ``source`` begins at the channel, ``out`` is the window's."""
    channels, rows, columns = step.out.shape
    with (
        k.over_channels(channels, [*source, *out]) as (_, views),
        k.loop(0, rows, label="row") as row,
        k.loop(0, columns, label="column") as column,
    ):
        places = [
            k.offset(k.offset(view.pointer, row.at, view.row), column.at, view.column) for view in views[len(source) :]
        ]
        yield _Windows(k, step, row.at, column.at), views[: len(source)], places


def _is_disjoint(step: Step) -> bool:
    """Say whether no cell is under two windows and none is moved in from the padding."""
    window = _window(step)
    size = (step.source.shape[1], step.source.shape[2])
    apart = all(stride >= reach for stride, reach in zip(window.strides, window.size, strict=True))
    return apart and not any(reading_halo(window, size, step.out.shape[1:]))


class MaxPoolingLowering(Lowering):
    """Keep the largest cell; its gradient goes to the first such cell in row order."""

    def forward(self, step: Step) -> Pieces:
        """Write the maximum under each window."""

        def emit(k: Kernel) -> None:
            with _at_windows(k, step, [k.view(step.source)], [k.view(step.out)]) as (windows, source, places):
                largest: Value | None = None
                for (cell,) in windows.cells(*source):
                    value = k.read(cell)
                    largest = value if largest is None else k.select(k.compare("ogt", value, largest), value, largest)
                assert largest is not None
                k.store(largest, places[0])

        touches = [step.source, step.out]
        return [Piece(f"{step.name}_forward", "largest under each window", "tile", touches, emit, "forward")]

    def backward(self, step: Step) -> Pieces:
        """Write the gradient into the cells that were the largest."""
        sink = step.by_source
        if sink is None:
            return []
        disjoint = _is_disjoint(step)

        def emit(k: Kernel) -> None:
            if not disjoint:
                clear(k, sink.gradient)
            _give_back(k, step, sink, disjoint)
            if not disjoint:
                derive_in_place(k, sink)

        touches = [step.source, step.out, step.incoming, *sink.buffers]
        return [Piece(f"{step.name}_input", "gradient by the input", "tile", touches, emit, "input gradient")]


def _give_back(k: Kernel, step: Step, sink: Sink, disjoint: bool) -> None:
    views = [k.view(step.source), k.view(sink.gradient)]
    with _at_windows(k, step, views, [k.view(step.out), k.view(step.incoming)]) as (windows, source, places):
        largest, incoming = (k.load(k.vector, place) for place in places)
        free: Value | None = None  # lanes that have not met their largest cell yet
        for value_at, gradient_at in windows.cells(*source):
            value = k.read(value_at)
            hit = k.compare("oeq", value, largest)
            taken = hit if free is None else k.bits("and", hit, free)
            share = k.select(taken, incoming, 0.0)
            if disjoint:
                k.write(sink.finish(k, share, value if sink.derives else None), gradient_at)
            else:
                k.write(k.add(k.read(gradient_at), share), gradient_at)
            missed = k.bits("xor", hit, 1)
            free = missed if free is None else k.bits("and", free, missed)


class AveragePoolingLowering(Lowering):
    """Keep the mean; padding does not count."""

    def source_halo(self, layer: AveragePooling2D, source: Shape) -> Halo:
        """Read zeros as padding."""
        out = layer.output_shape(source)
        return reading_halo(layer.window, (source[0], source[1]), (out[0], out[1]))

    def forward(self, step: Step) -> Pieces:
        """Write the mean under each window."""

        def emit(k: Kernel) -> None:
            with _at_windows(k, step, [k.view(step.source)], [k.view(step.out)]) as (windows, source, places):
                total: Value | None = None
                for cell in _with_padding(k, step, windows, source[0]):
                    value = k.read(cell)
                    total = value if total is None else k.add(total, value)
                assert total is not None
                cells = k.convert("sitofp", windows.count(), k.element)
                k.store(k.div(total, cells), places[0])

        touches = [step.source, step.out]
        return [Piece(f"{step.name}_forward", "mean under each window", "tile", touches, emit, "forward")]

    def backward(self, step: Step) -> Pieces:
        """Share each window's gradient evenly."""
        sink = step.by_source
        if sink is None:
            return []

        def emit(k: Kernel) -> None:
            clear(k, sink.gradient)
            with _at_windows(k, step, [k.view(sink.gradient)], [k.view(step.incoming)]) as (windows, source, places):
                cells = k.convert("sitofp", windows.count(), k.element)
                share = k.div(k.load(k.vector, places[0]), cells)
                _add_to_window(k, windows, source[0], share)
            derive_in_place(k, sink)

        touches = [step.incoming, *sink.buffers]
        return [Piece(f"{step.name}_input", "gradient by the input", "tile", touches, emit, "input gradient")]


def _with_padding(k: Kernel, step: Step, windows: _Windows, view: View) -> Iterator[tuple[Value, int]]:
    """Yield every place under the window, cells and padding alike."""
    start = windows.corner(view)
    size = _window(step).size
    del k
    for y, x in product(range(size[0]), range(size[1])):
        yield start, y * view.row + x * view.column


def _add_to_window(k: Kernel, windows: _Windows, view: View, share: Value) -> None:
    """Add a share to every cell under the window."""
    top, left, bottom, right = windows.bounds()
    with k.loop(top, bottom, label="row of the window") as row, k.loop(left, right, label="its column") as column:
        place = k.offset(k.offset(view.pointer, row.at, view.row), column.at, view.column)
        k.store(k.add(k.load(k.vector, place), share), place)

"""MaxPooling2D and AveragePooling2D."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from math import prod

from cnnlab.arch.layer import Shape, Window
from cnnlab.arch.layers import AveragePooling2D
from cnnlab.compiler.buffers import Buffer, Halo
from cnnlab.compiler.frame import LANES
from cnnlab.compiler.ir import I1, I16, I64, Value
from cnnlab.compiler.kernel import Cell, Kernel, View
from cnnlab.compiler.lowering.elementwise import clear, derive_in_place
from cnnlab.compiler.lowering.step import Lowering, Piece, Pieces, Sink, Step
from cnnlab.compiler.lowering.windows import leading_padding, reading_halo


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
    """Keep the largest cell; its gradient goes to the first such cell in row order.

    Where windows do not overlap, the forward pass notes which cells those are, 16 bits each: the backward pass then has
    no need of the input, which is the largest array of many networks.
    """

    def add_buffers(self, step: Step) -> None:
        """Add the notes."""
        sink = step.by_source
        if step.training and sink is not None and _is_disjoint(step) and sink.activation in {"linear", "relu"}:
            channels, rows, columns = step.out.shape
            cells = prod(_window(step).size)
            step.extra["taken"] = Buffer(f"{step.name} taken", (channels, rows, columns * cells), I16, lanes=1)

    def forward(self, step: Step) -> Pieces:
        """Write the maximum under each window."""
        notes = [step.extra["taken"]] if "taken" in step.extra else []

        def emit(k: Kernel) -> None:
            outs = [k.view(step.out), *(_by_window(k, step, buffer) for buffer in notes)]
            with _at_windows(k, step, [k.view(step.source)], outs) as (windows, source, places):
                cells = [cell for (cell,) in windows.cells(*source)]
                largest = _largest(k, cells)
                k.store(largest, places[0])
                if notes and step.by_source is not None:
                    _note(k, cells, largest, places[1], positive=step.by_source.derives)

        touches = [step.source, step.out, *notes]
        return [Piece(f"{step.name}_forward", "largest under each window", "tile", touches, emit, "forward")]

    def backward(self, step: Step) -> Pieces:
        """Write the gradient into the cells that were the largest."""
        sink = step.by_source
        if sink is None:
            return []
        if "taken" in step.extra:
            return [_from_notes(step, sink, step.extra["taken"])]
        disjoint = _is_disjoint(step)

        def emit(k: Kernel) -> None:
            if not disjoint:
                clear(k, sink.gradient)
            _give_back(k, step, sink, disjoint)
            if not disjoint:
                derive_in_place(k, sink)

        touches = [step.source, step.out, step.incoming, *sink.buffers]
        return [Piece(f"{step.name}_input", "gradient by the input", "tile", touches, emit, "input gradient")]


def _largest(k: Kernel, cells: Sequence[Cell]) -> Value:
    """Return the largest of some cells; NaN if one is: no comparison would keep it, and a bad run would go on."""
    values = [k.read(cell) for cell in cells]
    largest, lost = values[0], None
    for value in values[1:]:
        largest = k.larger(value, largest)
    for first, second in zip(values[::2], [*values[1::2], values[-1]], strict=False):
        unordered = k.compare("uno", first, second)
        lost = unordered if lost is None else k.bits("or", lost, unordered)
    assert lost is not None
    return k.select(lost, float("nan"), largest)


def _by_window(k: Kernel, step: Step, notes: Buffer) -> View:
    """Return a walk over the notes from window to window."""
    view = k.view(notes)
    return View(view.pointer, view.channel, view.row, view.column * prod(_window(step).size))


def _note(k: Kernel, cells: Sequence[Cell], largest: Value, place: Value, *, positive: bool) -> None:
    """Write for each cell which images take their gradient there; with ``positive`` only where relu lets it pass."""
    free = k.compare("ogt", largest, 0.0) if positive else None
    for number, cell in enumerate(cells):
        hit = k.compare("oeq", k.read(cell), largest)
        taken = hit if free is None else k.bits("and", hit, free)
        k.store(k.convert("bitcast", taken, I16), place, number * I16.bytes)
        missed = k.bits("xor", hit, 1)
        free = missed if free is None else k.bits("and", free, missed)


def _from_notes(step: Step, sink: Sink, notes: Buffer) -> Piece:
    """Return the piece that hands the gradient back without looking at the input."""

    def emit(k: Kernel) -> None:
        views = [_by_window(k, step, notes), k.view(step.incoming)]
        with _at_windows(k, step, [k.view(sink.gradient)], views) as (windows, source, places):
            incoming = k.load(k.vector, places[1])
            for number, (cell,) in enumerate(windows.cells(*source)):
                bits = k.load(I16, places[0], number * I16.bytes)
                k.write(k.select(k.convert("bitcast", bits, I1.times(LANES)), incoming, 0.0), cell)

    touches = [notes, step.incoming, sink.gradient]
    return Piece(f"{step.name}_input", "gradient by the input", "tile", touches, emit, "input gradient")


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

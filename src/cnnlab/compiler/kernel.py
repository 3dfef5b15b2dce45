"""What a lowering writes with: a builder, the pointers of the frame, and loops over the places of a tile."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from cnnlab.compiler.buffers import Buffer
from cnnlab.compiler.frame import LANES, Frame, Shared
from cnnlab.compiler.ir import F64, I32, I64, PTR, Builder, Number, Type, Value
from cnnlab.compiler.schedule import UNROLL
from cnnlab.compiler.target import Target

Cell = tuple[Value, int]  # a pointer and a displacement


@dataclass(frozen=True)
class View:
    """A walk over memory: a pointer to place (0, 0, 0) and the bytes from one channel, row and column to the next."""

    pointer: Value
    channel: int
    row: int
    column: int

    def at(self, b: Builder, channel: Number = 0, row: Number = 0) -> Value:
        """Return a pointer to the first column of a row."""
        return b.offset(b.offset(self.pointer, channel, self.channel), row, self.row)


class Kernel(Builder):
    """One function of a program: it takes the frame.

    Args:
        name: Of the function.
        element: float32 or float64: what all numbers are.
        target: What it is compiled for.
        about: What it is for.
        exported: Whether it can be called from outside.
    """

    def __init__(self, name: str, element: Type, target: Target, about: str = "", *, exported: bool = False) -> None:
        super().__init__(name, [("frame", PTR)], about, exported=exported)
        self.element = element
        self.vector = element.times(LANES)
        self.target = target
        self.frame = self.parameters[0]
        self.shared = self.load(PTR, self.frame, 8 * Frame.SHARED)
        self.parameters_at = self.load(PTR, self.shared, 8 * Shared.PARAMETERS)
        self.tile = self.load(PTR, self.frame, 8 * Frame.TILE)
        self.scratch = self.load(PTR, self.frame, 8 * Frame.SCRATCH)
        self.partial = self.load(PTR, self.frame, 8 * Frame.PARTIAL)

    # The frame.

    def own(self, slot: Frame, kind: Type = I64) -> Value:
        """Read a slot of the thread's frame."""
        return self.load(kind, self.frame, 8 * slot)

    def common(self, slot: Shared, kind: Type = I64) -> Value:
        """Read a slot of what all threads share."""
        return self.load(kind, self.shared, 8 * slot)

    def number(self, value: Value) -> Value:
        """Bring an f64 to the program's own kind of number."""
        return self.convert("fptrunc", value, self.element)

    def own_number(self, slot: Frame) -> Value:
        """Read an f64 slot of the frame as the program's own kind of number."""
        return self.number(self.own(slot, F64))

    def lane_numbers(self) -> Value:
        """Return 0 to 15."""
        return self.const(I32.times(LANES), tuple(range(LANES)))

    def real_lanes(self) -> Value:
        """Return a bit for each of the tile's images: the last tile of a batch may have fewer than 16."""
        valid = self.convert("trunc", self.own(Frame.VALID), I32)
        return self.compare("slt", self.lane_numbers(), valid)

    # Memory.

    def view(self, buffer: Buffer) -> View:
        """Return a walk over a buffer."""
        base = self.tile if buffer.where == "tile" else self.scratch
        pointer = self.offset(base, buffer.offset + buffer.origin)
        return View(pointer, buffer.channel, buffer.row, buffer.column)

    def parameter(self, offset: int) -> Value:
        """Return a pointer to an array of weights."""
        return self.offset(self.parameters_at, offset, self.element.bytes)

    def read(self, cell: Cell) -> Value:
        """Read the 16 numbers of a cell."""
        return self.load(self.vector, *cell)

    def write(self, value: Value, cell: Cell) -> None:
        """Write the 16 numbers of a cell."""
        self.store(value, *cell)

    # Loops.

    @contextmanager
    def over_channels(self, count: int, views: Sequence[View]) -> Iterator[tuple[Value, list[View]]]:
        """Write a loop over channels; inside, the views begin at the channel."""
        with self.loop(0, count, label="channel") as turn:
            moved = [
                View(self.offset(view.pointer, turn.at, view.channel), view.channel, view.row, view.column)
                for view in views
            ]
            yield turn.at, moved

    def over_image(self, shape: tuple[int, int], views: Sequence[View], body: Callable[[list[Cell]], None]) -> None:
        """Write a loop over all rows and columns of one channel.

        Args:
            shape: Height and width.
            views: That begin at the channel.
            body: Called with a cell of each view, as often as a turn is written out.
        """
        height, width = shape
        if all(view.row == width * view.column for view in views):
            height, width = 1, height * width
        with self.loop(0, height, label="row") as turn:
            pointers = [self.offset(view.pointer, turn.at, view.row) for view in views]
            self._over_row(width, pointers, [view.column for view in views], body)

    def over_all(self, shape: tuple[int, int, int], views: Sequence[View], body: Callable[[list[Cell]], None]) -> None:
        """Write a loop over all cells, in the order of memory."""
        channels, height, width = shape
        if all(view.row == width * view.column and view.channel == height * view.row for view in views):
            self.over_image((1, channels * height * width), views, body)
            return
        with self.over_channels(channels, views) as (_, moved):
            self.over_image((height, width), moved, body)

    def _over_row(
        self, width: int, pointers: list[Value], steps: list[int], body: Callable[[list[Cell]], None]
    ) -> None:
        unroll = min(UNROLL, width)
        whole = width - width % unroll
        with self.loop(0, whole, unroll, label="column") as turn:
            moved = [self.offset(pointer, turn.at, step) for pointer, step in zip(pointers, steps, strict=True)]
            for ahead in range(unroll):
                body([(pointer, ahead * step) for pointer, step in zip(moved, steps, strict=True)])
        for column in range(whole, width):
            body([(pointer, column * step) for pointer, step in zip(pointers, steps, strict=True)])

    def zeros(self) -> Value:
        """Return sixteen zeros."""
        return self.const(self.vector, 0.0)

    def bit(self, value: Value) -> Value:
        """Return whether an i64 is not 0."""
        return self.compare("ne", value, 0)

    def masked(self, real: Value, value: Value) -> Value:
        """Return 0 for images that are not real."""
        return self.select(real, value, 0.0)

"""Layers of several inputs: one pass over the cells of all of them, and one backward for each input."""

from collections.abc import Callable, Sequence
from functools import reduce

from cnnlab.compiler.buffers import Buffer
from cnnlab.compiler.ir import Value
from cnnlab.compiler.kernel import Cell, Kernel, View
from cnnlab.compiler.lowering.step import Lowering, Piece, Pieces, Sink, Step

# From an output's gradient and the inputs' values at one place to the gradient by one input.
_Given = Callable[[Kernel, Sequence[Cell]], Value]


class MergeLowering(Lowering):
    """What all layers have in common that join inputs value by value.

    Attributes:
        needs_values: Whether the gradient by an input depends on the inputs' values.
    """

    needs_values = False

    def join(self, k: Kernel, values: Sequence[Value]) -> Value:
        """Write one value from those of all inputs, in their order."""
        raise NotImplementedError

    def share(self, k: Kernel, step: Step, place: int, values: Sequence[Value], gradient: Value) -> Value:
        """Write the gradient by the input at that place; ``values`` are empty where nobody needs them."""
        raise NotImplementedError

    def forward(self, step: Step) -> Pieces:
        """Join."""

        def emit(k: Kernel) -> None:
            views = [k.view(step.out), *(_spread(k, source, step.out) for source in step.sources)]
            k.over_all(step.out.shape, views, lambda cells: k.write(self.join(k, _values(k, cells[1:])), cells[0]))

        about = f"{len(step.sources)} inputs into one"
        return [Piece(f"{step.name}_forward", about, "tile", [*step.sources, step.out], emit, "forward")]

    def backward(self, step: Step) -> Pieces:
        """Write each input's gradient, in the order of the inputs."""
        return [self._by_input(step, place, sink) for place, sink in enumerate(step.by_sources) if sink is not None]

    def _by_input(self, step: Step, place: int, sink: Sink) -> Piece:
        sources = step.sources if self.needs_values else []

        def given(k: Kernel, cells: Sequence[Cell]) -> Value:
            gradient, *values = _values(k, cells)
            return self.share(k, step, place, values, gradient)

        def emit(k: Kernel) -> None:
            views = [k.view(step.incoming), *(_spread(k, source, step.out) for source in sources)]
            if _is_spread(sink.gradient, step.out):
                _sum_over_image(k, step, sink, views, given)
                return
            beside = [k.view(sink.out)] if sink.derives else []

            def body(cells: list[Cell]) -> None:
                value = given(k, cells[1 : 1 + len(views)])
                k.write(sink.finish(k, value, k.read(cells[-1]) if sink.derives else None), cells[0])

            k.over_all(step.out.shape, [k.view(sink.gradient), *views, *beside], body)

        touches = [step.incoming, *sources, *sink.buffers]
        about = f"gradient by input {place + 1}"
        return Piece(f"{step.name}_input{place + 1}", about, "tile", touches, emit, "input gradient")


def _values(k: Kernel, cells: Sequence[Cell]) -> list[Value]:
    return [k.read(cell) for cell in cells]


def _is_spread(buffer: Buffer, whole: Buffer) -> bool:
    """Tell whether a buffer has one number for each channel of whole images."""
    return buffer.shape != whole.shape


def _spread(k: Kernel, buffer: Buffer, whole: Buffer) -> View:
    """Return a walk over whole images on which one number for each channel stands still."""
    view = k.view(buffer)
    return View(view.pointer, view.channel, 0, 0) if _is_spread(buffer, whole) else view


def _sum_over_image(k: Kernel, step: Step, sink: Sink, views: Sequence[View], given: _Given) -> None:
    """Write the gradient by one number for each channel: the sum over all places that it met, in their order."""
    channels, height, width = step.out.shape
    ends = [k.view(sink.gradient), k.view(sink.out)]
    with k.over_channels(channels, [*ends, *views]) as (_, (target, beside, *walks)):
        with k.loop(0, height, carry=[k.zeros()], label="row") as row:
            lines = [k.offset(view.pointer, row.at, view.row) for view in walks]
            with k.loop(0, width, carry=row.values, label="column") as column:
                cells = [(k.offset(line, column.at, view.column), 0) for line, view in zip(lines, walks, strict=True)]
                column.hand_on([k.add(column.values[0], given(k, cells))])
            row.hand_on(column.results)
        seen = k.load(k.vector, beside.pointer) if sink.derives else None
        k.store(sink.finish(k, row.results[0], seen), target.pointer)


class AddLowering(MergeLowering):
    """The gradient goes to every input as it is."""

    def join(self, k: Kernel, values: Sequence[Value]) -> Value:
        """Add up."""
        return reduce(k.add, values)

    def share(self, k: Kernel, step: Step, place: int, values: Sequence[Value], gradient: Value) -> Value:
        """Hand the gradient on."""
        del k, step, place, values
        return gradient


class AverageLowering(MergeLowering):
    """As a sum that is divided by how many there are."""

    def join(self, k: Kernel, values: Sequence[Value]) -> Value:
        """Add up and divide."""
        return k.div(reduce(k.add, values), float(len(values)))

    def share(self, k: Kernel, step: Step, place: int, values: Sequence[Value], gradient: Value) -> Value:
        """Divide the gradient."""
        del place, values
        return k.div(gradient, float(len(step.sources)))


class SubtractLowering(MergeLowering):
    """The second input's gradient has the other sign."""

    def join(self, k: Kernel, values: Sequence[Value]) -> Value:
        """Take the second from the first."""
        return k.sub(values[0], values[1])

    def share(self, k: Kernel, step: Step, place: int, values: Sequence[Value], gradient: Value) -> Value:
        """Hand the gradient on, to the second with its sign turned."""
        del step, values
        return k.neg(gradient) if place else gradient


class MultiplyLowering(MergeLowering):
    """Each input's gradient is multiplied by the others."""

    needs_values = True

    def join(self, k: Kernel, values: Sequence[Value]) -> Value:
        """Multiply."""
        return reduce(k.mul, values)

    def share(self, k: Kernel, step: Step, place: int, values: Sequence[Value], gradient: Value) -> Value:
        """Multiply the gradient by the product of the other inputs."""
        del step
        others = [value for other, value in enumerate(values) if other != place]
        return k.mul(gradient, reduce(k.mul, others))


class ExtremeLowering(MergeLowering):
    """Maximum or Minimum: pairs from the first input on; of two that are alike each takes half the gradient.

    Args:
        predicate: "ogt" to keep the larger, "olt" the smaller.
    """

    needs_values = True

    def __init__(self, predicate: str) -> None:
        self._predicate = predicate

    def join(self, k: Kernel, values: Sequence[Value]) -> Value:
        """Keep the largest (smallest); NaN if one is."""
        return reduce(lambda left, right: self._pick(k, left, right), values)

    def _pick(self, k: Kernel, left: Value, right: Value) -> Value:
        picked = k.select(k.compare(self._predicate, right, left), right, left)
        return k.select(k.compare("uno", left, right), float("nan"), picked)

    def share(self, k: Kernel, step: Step, place: int, values: Sequence[Value], gradient: Value) -> Value:
        """Follow the pairs back from the last one."""
        del step
        for right in range(len(values) - 1, max(place, 1) - 1, -1):
            left = self.join(k, values[:right])
            mine, other = (values[right], left) if right == place else (left, values[right])
            halved = k.select(k.compare("oeq", mine, other), k.mul(gradient, 0.5), 0.0)
            gradient = k.select(k.compare(self._predicate, mine, other), gradient, halved)
        return gradient


class ConcatenateLowering(Lowering):
    """Channels of all inputs one after the other."""

    def forward(self, step: Step) -> Pieces:
        """Copy each input to its channels."""

        def emit(k: Kernel) -> None:
            for source, first in _firsts(step):
                views = [_from_channel(k, step.out, first), k.view(source)]
                k.over_all(source.shape, views, lambda cells: k.write(k.read(cells[1]), cells[0]))

        about = f"the channels of {len(step.sources)} inputs"
        return [Piece(f"{step.name}_forward", about, "tile", [*step.sources, step.out], emit, "forward")]

    def backward(self, step: Step) -> Pieces:
        """Copy each input's channels of the gradient back."""
        pieces: Pieces = []
        for place, (sink, (source, first)) in enumerate(zip(step.by_sources, _firsts(step), strict=True)):
            if sink is not None:
                pieces.append(_copy_back(step, place, sink, source, first))
        return pieces


def _firsts(step: Step) -> list[tuple[Buffer, int]]:
    """Return each input with its first channel in the output."""
    firsts, first = [], 0
    for source in step.sources:
        firsts.append((source, first))
        first += source.shape[0]
    return firsts


def _from_channel(k: Kernel, buffer: Buffer, channel: int) -> View:
    view = k.view(buffer)
    return View(k.offset(view.pointer, channel * view.channel), view.channel, view.row, view.column)


def _copy_back(step: Step, place: int, sink: Sink, source: Buffer, first: int) -> Piece:
    def emit(k: Kernel) -> None:
        beside = [k.view(sink.out)] if sink.derives else []
        views = [k.view(sink.gradient), _from_channel(k, step.incoming, first), *beside]

        def body(cells: list[Cell]) -> None:
            k.write(sink.finish(k, k.read(cells[1]), k.read(cells[2]) if sink.derives else None), cells[0])

        k.over_all(source.shape, views, body)

    touches = [step.incoming, *sink.buffers]
    about = f"channels {first} to {first + source.shape[0] - 1} back"
    return Piece(f"{step.name}_input{place + 1}", about, "tile", touches, emit, "input gradient")


def sum_gradients(step: Step) -> Pieces:
    """Return the piece that adds up what several takers of a step's output hand back, in their order, and derives it.

    Each taker has a buffer of its own: a layer that leaves cells of it unwritten, as a pool with gaps does, leaves
    zeros there.
    """
    parts = step.parts
    if not parts:
        return []
    sink = Sink(step.incoming, step.out, step.activation)

    def emit(k: Kernel) -> None:
        beside = [k.view(sink.out)] if sink.derives else []

        def body(cells: list[Cell]) -> None:
            values = _values(k, cells[1:])
            seen = values.pop() if sink.derives else None
            k.write(sink.finish(k, reduce(k.add, values), seen), cells[0])

        k.over_all(step.out.shape, [k.view(sink.gradient), *map(k.view, parts), *beside], body)

    about = f"gradients of {len(parts)} takers, derived by {step.activation}"
    return [Piece(f"{step.name}_gradient", about, "tile", [*parts, *sink.buffers], emit, "input gradient")]

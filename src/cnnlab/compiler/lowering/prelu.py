"""PReLU: one pass forward; one backward that writes the input's gradient and sums alpha's on the way."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from cnnlab.arch.layers import PReLU
from cnnlab.compiler.frame import LANES
from cnnlab.compiler.ir import I64, Value
from cnnlab.compiler.kernel import Kernel, View
from cnnlab.compiler.lowering.lanes import reduce_rows
from cnnlab.compiler.lowering.step import Lowering, Piece, Pieces, Role, Sink, Step


class PReLULowering(Lowering):
    """See the module."""

    def forward(self, step: Step) -> Pieces:
        """Multiply what is below 0."""
        touches = [step.source, step.out]
        emit = lambda k: _forward(k, step)  # noqa: E731 - what a piece writes
        return [Piece(f"{step.name}_forward", "alpha below 0", "tile", touches, emit, "forward")]

    def backward(self, step: Step) -> Pieces:
        """Return the gradients by alpha and by the input."""
        sink = step.by_source
        touches = [step.source, step.incoming, *step.rows.values(), *([] if sink is None else sink.buffers)]
        about = "gradient by alpha" + ("" if sink is None else " and by the input")
        role: Role = "weight gradient" if sink is None else "input gradient"
        return [Piece(f"{step.name}_backward", about, "tile", touches, lambda k: _backward(k, step, sink), role)]


@dataclass(frozen=True)
class _Axis:
    """One axis of the image beside alpha.

    Attributes:
        name: For readers.
        size: Of the image.
        number: Alphas from one place to the next; 0 where all share one.
        shared: Whether alpha's gradient is summed along it.
    """

    name: str
    size: int
    number: int
    shared: bool

    def step_of(self, view: View) -> int:
        """Return the bytes from one place of a view to the next."""
        return {"channel": view.channel, "row": view.row, "column": view.column}[self.name]


def _axes(step: Step) -> list[_Axis]:
    """List channel, row and column; a row of features has one row and column, rows of them one row."""
    assert isinstance(step.layer, PReLU)
    alpha = step.node.parameters[0].shape
    rows, columns, channels = (1,) * (3 - len(alpha)) + alpha
    sizes = step.source.shape
    return [
        _Axis("channel", sizes[0], int(channels > 1), channels < sizes[0]),
        _Axis("row", sizes[1], columns * channels if rows > 1 else 0, rows < sizes[1]),
        _Axis("column", sizes[2], channels if columns > 1 else 0, columns < sizes[2]),
    ]


@dataclass(frozen=True)
class _Place:
    """Where a walk is: a pointer into each view, and the number of the alpha."""

    pointers: list[Value]
    alpha: Value

    def moved(self, k: Kernel, axis: _Axis, at: Value, views: Sequence[View]) -> "_Place":
        """Return the place so many turns further along an axis."""
        pairs = zip(self.pointers, views, strict=True)
        pointers = [k.offset(pointer, at, axis.step_of(view)) for pointer, view in pairs]
        return _Place(pointers, k.add(self.alpha, k.mul(at, axis.number)) if axis.number else self.alpha)


def _first(k: Kernel, views: Sequence[View]) -> _Place:
    return _Place([view.pointer for view in views], k.const(I64, 0))


@contextmanager
def _over(k: Kernel, axes: Sequence[_Axis], views: Sequence[View], place: _Place) -> Iterator[_Place]:
    """Write loops over some axes, the first outermost."""
    with ExitStack() as stack:
        for axis in axes:
            turn = stack.enter_context(k.loop(0, axis.size, label=axis.name))
            place = place.moved(k, axis, turn.at, views)
        yield place


def _alpha(k: Kernel, step: Step, place: _Place) -> Value:
    pointer = k.offset(k.parameter(step.weights["alpha"]), place.alpha, k.element.bytes)
    return k.splat(k.load(k.element, pointer), LANES)


def _forward(k: Kernel, step: Step) -> None:
    views = [k.view(step.out), k.view(step.source)]
    with _over(k, _axes(step), views, _first(k, views)) as place:
        value = k.load(k.vector, place.pointers[1])
        below = k.mul(value, _alpha(k, step, place))
        k.store(k.select(k.compare("ogt", value, 0.0), value, below), place.pointers[0])


def _backward(k: Kernel, step: Step, sink: Sink | None) -> None:
    """Write loops over alpha's own axes, and inside over those that share one, along which its gradient is summed."""
    axes, rows = _axes(step), step.rows["alpha"]
    targets = [] if sink is None else [k.view(sink.gradient), *([k.view(sink.out)] if sink.derives else [])]
    views = [k.view(step.source), k.view(step.incoming), *targets]
    own, shared = ([axis for axis in axes if axis.shared is wanted] for wanted in (False, True))
    sums = k.view(rows).pointer
    with _over(k, own, views, _first(k, views)) as place:
        alpha = _alpha(k, step, place)

        def along(axes: Sequence[_Axis], place: _Place, total: Value) -> Value:
            if not axes:
                return _one(k, sink, place, alpha, total)
            with k.loop(0, axes[0].size, carry=[total], label=axes[0].name) as turn:
                turn.hand_on([along(axes[1:], place.moved(k, axes[0], turn.at, views), turn.values[0])])
            return turn.results[0]

        k.store(along(shared, place, k.zeros()), k.offset(sums, place.alpha, k.vector.bytes))
    reduce_rows(k, sums, k.offset(k.partial, step.weights["alpha"], k.element.bytes), rows.shape[0])


def _one(k: Kernel, sink: Sink | None, place: _Place, alpha: Value, total: Value) -> Value:
    """Write one cell's gradient by the input, if wanted; return the sum with its part of alpha's."""
    value, incoming = (k.load(k.vector, pointer) for pointer in place.pointers[:2])
    is_below = k.compare("olt", value, 0.0)
    below = k.select(is_below, incoming, 0.0)
    if sink is not None:
        given = k.select(k.compare("ogt", value, 0.0), incoming, k.mul(below, alpha))
        out = k.load(k.vector, place.pointers[3]) if sink.derives else None
        k.store(sink.finish(k, given, out), place.pointers[2])
    return k.fma(below, k.select(is_below, value, 0.0), total)

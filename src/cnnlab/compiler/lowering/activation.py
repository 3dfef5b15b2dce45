"""Activation as a layer of its own; softmax over the channels, all others cell by cell."""

from cnnlab.arch.layer import Shape
from cnnlab.arch.layers import Activation, Softmax
from cnnlab.compiler.buffers import Buffer
from cnnlab.compiler.ir import Value
from cnnlab.compiler.kernel import Kernel, View
from cnnlab.compiler.lowering.activations import BY_INPUT, activate, derive
from cnnlab.compiler.lowering.elementwise import each_cell, each_gradient
from cnnlab.compiler.lowering.mathematics import exp
from cnnlab.compiler.lowering.step import Lowering, Piece, Pieces, Sink, Step


class ActivationLowering(Lowering):
    """See the module."""

    def does_nothing(self, layer: Activation | Softmax, shape: Shape, training: bool) -> bool:
        """Say whether it is the linear one."""
        del shape, training
        return layer.activation == "linear"

    def forward(self, step: Step) -> Pieces:
        """Activate."""
        name = step.layer.activation  # type: ignore[attr-defined]

        def emit(k: Kernel) -> None:
            put_behind(k, name, step.source, step.out)

        return [Piece(f"{step.name}_forward", name, "tile", [step.source, step.out], emit, "forward")]

    def backward(self, step: Step) -> Pieces:
        """Derive."""
        name, sink = step.layer.activation, step.by_source  # type: ignore[attr-defined]
        if sink is None:
            return []
        kept = step.source if name in BY_INPUT else step.out

        def emit(k: Kernel) -> None:
            if name == "softmax":
                _derive_softmax(k, step, sink)
            else:
                each_gradient(k, sink, [kept, step.incoming], lambda pair: derive(k, name, pair[0], pair[1]))

        touches = [kept, step.incoming, *sink.buffers]
        return [Piece(f"{step.name}_input", f"derivative of {name}", "tile", touches, emit, "input gradient")]


def put_behind(k: Kernel, name: str, source: Buffer, out: Buffer) -> None:
    """Write an activation by its name."""
    if name == "softmax":
        softmax(k, source, out)
    else:
        each_cell(k, out, [source], lambda values: activate(k, name, values[0]))


def softmax(k: Kernel, source: Buffer, out: Buffer) -> None:
    """Write shares of the exponentials over the channels, at every place."""
    channels, rows, columns = source.shape
    with k.loop(0, rows, label="row") as row, k.loop(0, columns, label="column") as column:
        view, target = (_at(k, k.view(buffer), row.at, column.at) for buffer in (source, out))
        largest = largest_channel(k, view, channels)
        total = exponentials(k, view, target, channels, largest)
        with k.loop(0, channels, label="channel") as turn:
            place = k.offset(target.pointer, turn.at, target.channel)
            k.store(k.div(k.load(k.vector, place), total), place)


def largest_channel(k: Kernel, view: View, channels: int) -> Value:
    """Return the largest value over the channels at one place."""
    with k.loop(1, channels, carry=[k.load(k.vector, view.pointer)], label="channel") as turn:
        value = k.load(k.vector, k.offset(view.pointer, turn.at, view.channel))
        turn.hand_on([k.larger(value, turn.values[0])])
    return turn.results[0]


def exponentials(k: Kernel, view: View, target: View, channels: int, largest: Value) -> Value:
    """Write exp(value - largest) over the channels at one place; return their sum."""
    with k.loop(0, channels, carry=[k.zeros()], label="channel") as turn:
        value = k.load(k.vector, k.offset(view.pointer, turn.at, view.channel))
        raised = exp(k, k.sub(value, largest))
        k.store(raised, k.offset(target.pointer, turn.at, target.channel))
        turn.hand_on([k.add(turn.values[0], raised)])
    return turn.results[0]


def _derive_softmax(k: Kernel, step: Step, sink: Sink) -> None:
    channels, rows, columns = step.out.shape
    with k.loop(0, rows, label="row") as row, k.loop(0, columns, label="column") as column:
        out, incoming, target, beside = (
            _at(k, k.view(buffer), row.at, column.at) for buffer in (step.out, step.incoming, sink.gradient, sink.out)
        )
        with k.loop(0, channels, carry=[k.zeros()], label="channel") as turn:
            share, gradient = (
                k.load(k.vector, k.offset(view.pointer, turn.at, view.channel)) for view in (out, incoming)
            )
            turn.hand_on([k.fma(share, gradient, turn.values[0])])
        inner = turn.results[0]
        with k.loop(0, channels, label="channel") as turn:
            share, gradient = (
                k.load(k.vector, k.offset(view.pointer, turn.at, view.channel)) for view in (out, incoming)
            )
            value = k.mul(share, k.sub(gradient, inner))
            seen = k.load(k.vector, k.offset(beside.pointer, turn.at, beside.channel)) if sink.derives else None
            k.store(sink.finish(k, value, seen), k.offset(target.pointer, turn.at, target.channel))


def _at(k: Kernel, view: View, row: Value, column: Value) -> View:
    pointer = k.offset(k.offset(view.pointer, row, view.row), column, view.column)
    return View(pointer, view.channel, view.row, view.column)

"""Reshape: the same numbers, channels fastest, at other places."""

from cnnlab.arch.layer import Shape
from cnnlab.arch.layers import Reshape
from cnnlab.compiler.buffers import Buffer
from cnnlab.compiler.ir import Value
from cnnlab.compiler.kernel import Kernel, View
from cnnlab.compiler.lowering.step import Lowering, Piece, Pieces, Step


class ReshapeLowering(Lowering):
    """See the module."""

    def does_nothing(self, layer: Reshape, shape: Shape, training: bool) -> bool:
        """Say whether every number stays where it is: the same shape, or one position, with its axes or without."""
        del training
        after = layer.output_shape(shape)
        return after == shape or (after[-1] == shape[-1] and _places(after) == _places(shape) == 1)

    def forward(self, step: Step) -> Pieces:
        """Copy each number to its new place."""

        def emit(k: Kernel) -> None:
            source, out = k.view(step.source), k.view(step.out)
            with k.loop(0, _count(step.out), label="number") as turn:
                value = k.load(k.vector, _place(k, source, step.source, turn.at))
                k.store(value, _place(k, out, step.out, turn.at))

        return [Piece(f"{step.name}_forward", "copy", "tile", [step.source, step.out], emit, "forward")]

    def backward(self, step: Step) -> Pieces:
        """Copy each gradient back."""
        sink = step.by_source
        if sink is None:
            return []

        def emit(k: Kernel) -> None:
            target, incoming, beside = k.view(sink.gradient), k.view(step.incoming), k.view(sink.out)
            with k.loop(0, _count(step.out), label="number") as turn:
                value = k.load(k.vector, _place(k, incoming, step.incoming, turn.at))
                seen = k.load(k.vector, _place(k, beside, sink.out, turn.at)) if sink.derives else None
                k.store(sink.finish(k, value, seen), _place(k, target, sink.gradient, turn.at))

        touches = [step.incoming, *sink.buffers]
        return [Piece(f"{step.name}_input", "copy back", "tile", touches, emit, "input gradient")]


def _places(shape: Shape) -> int:
    count = 1
    for axis in shape[:-1]:
        count *= axis
    return count


def _count(buffer: Buffer) -> int:
    channels, height, width = buffer.shape
    return channels * height * width


def _place(k: Kernel, view: View, buffer: Buffer, number: Value) -> Value:
    """Return where the number of that count is, channels fastest."""
    channels, height, width = buffer.shape
    place, channel = _divided(k, number, channels)
    row, column = _divided(k, place, width) if height > 1 else (k.const(number.type, 0), place)
    return k.offset(view.at(k, channel, row), column, view.column)


def _divided(k: Kernel, number: Value, by: int) -> tuple[Value, Value]:
    """Return quotient and rest."""
    if by == 1:
        return number, k.const(number.type, 0)
    quotient = k.div(number, by)
    return quotient, k.sub(number, k.mul(quotient, by))

"""Flatten: from channels, rows, columns to one row of features, channels fastest."""

from collections.abc import Callable

from cnnlab.arch.layer import Shape
from cnnlab.arch.layers import Flatten
from cnnlab.compiler.ir import Value
from cnnlab.compiler.kernel import Kernel
from cnnlab.compiler.lowering.step import Lowering, Piece, Pieces, Step


class FlattenLowering(Lowering):
    """See the module."""

    def does_nothing(self, layer: Flatten, shape: Shape, training: bool) -> bool:
        """Say whether the input is a row of features already."""
        del layer, training
        return len(shape) == 1

    def forward(self, step: Step) -> Pieces:
        """Copy."""

        def emit(k: Kernel) -> None:
            _each(k, step, lambda image, feature: k.store(k.load(k.vector, image), feature))

        return [Piece(f"{step.name}_forward", "copy", "tile", [step.source, step.out], emit, "forward")]

    def backward(self, step: Step) -> Pieces:
        """Copy the gradient back."""
        sink = step.by_source
        if sink is None:
            return []

        def emit(k: Kernel) -> None:
            channels, height, width = step.source.shape
            target, beside, incoming = k.view(sink.gradient), k.view(sink.out), k.view(step.incoming)
            with k.over_channels(channels, [target, beside]) as (channel, (to, out)):
                first = k.offset(incoming.pointer, channel, incoming.channel)
                for row in range(height):
                    for column in range(width):
                        place = row * width + column
                        value = k.load(k.vector, first, place * channels * incoming.channel)
                        seen = (
                            k.load(k.vector, out.pointer, row * out.row + column * out.column) if sink.derives else None
                        )
                        k.store(sink.finish(k, value, seen), to.pointer, row * to.row + column * to.column)

        touches = [step.incoming, *sink.buffers]
        return [Piece(f"{step.name}_input", "copy back", "tile", touches, emit, "input gradient")]


def _each(k: Kernel, step: Step, body: Callable[[Value, Value], None]) -> None:
    channels, height, width = step.source.shape
    source, out = k.view(step.source), k.view(step.out)
    with (
        k.loop(0, height, label="row") as row,
        k.loop(0, width, label="column") as column,
        k.loop(0, channels, label="channel") as channel,
    ):
        place: Value = k.offset(source.at(k, channel.at, row.at), column.at, source.column)
        number = k.add(k.mul(k.add(k.mul(row.at, width), column.at), channels), channel.at)
        body(place, k.offset(out.pointer, number, out.channel))

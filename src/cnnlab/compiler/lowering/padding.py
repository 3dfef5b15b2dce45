"""ZeroPadding2D: a copy into the middle, with zeros written around it."""

from collections.abc import Sequence

from cnnlab.arch.layer import Shape
from cnnlab.arch.layers import ZeroPadding2D
from cnnlab.compiler.kernel import Cell, Kernel, View
from cnnlab.compiler.lowering.step import Lowering, Piece, Pieces, Step


class ZeroPaddingLowering(Lowering):
    """See the module."""

    def does_nothing(self, layer: ZeroPadding2D, shape: Shape, training: bool) -> bool:
        """Say whether no zero is put anywhere."""
        del shape, training
        return not any((*layer.rows, *layer.columns))

    def forward(self, step: Step) -> Pieces:
        """Copy, and write the zeros."""

        def emit(k: Kernel) -> None:
            channels, height, width = step.source.shape
            (top, bottom), (left, right) = _sides(step)
            whole = width + left + right
            views = [k.view(step.out), k.view(step.source)]
            with k.over_channels(channels, views) as (_, (out, source)):
                for shape, row, column in (
                    ((top, whole), 0, 0),
                    ((bottom, whole), top + height, 0),
                    ((height, left), top, 0),
                    ((height, right), top, left + width),
                ):
                    if all(shape):
                        k.over_image(shape, [_moved(k, out, row, column)], lambda cells: k.write(k.zeros(), cells[0]))
                k.over_image((height, width), [_moved(k, out, top, left), source], lambda cells: _copy(k, cells))

        return [Piece(f"{step.name}_forward", "zeros around", "tile", [step.source, step.out], emit, "forward")]

    def backward(self, step: Step) -> Pieces:
        """Copy the middle of the gradient back."""
        sink = step.by_source
        if sink is None:
            return []

        def emit(k: Kernel) -> None:
            (top, _), (left, _) = _sides(step)
            incoming = _moved(k, k.view(step.incoming), top, left)
            beside = [k.view(sink.out)] if sink.derives else []

            def body(cells: list[Cell]) -> None:
                seen = k.read(cells[2]) if sink.derives else None
                k.write(sink.finish(k, k.read(cells[1]), seen), cells[0])

            k.over_all(step.source.shape, [k.view(sink.gradient), incoming, *beside], body)

        touches = [step.incoming, *sink.buffers]
        return [Piece(f"{step.name}_input", "cut the zeros off", "tile", touches, emit, "input gradient")]


def _sides(step: Step) -> tuple[tuple[int, int], tuple[int, int]]:
    assert isinstance(step.layer, ZeroPadding2D), "listed for it alone"
    return step.layer.rows, step.layer.columns


def _moved(k: Kernel, view: View, row: int, column: int) -> View:
    """Let a walk begin at another place."""
    pointer = k.offset(view.pointer, row * view.row + column * view.column)
    return View(pointer, view.channel, view.row, view.column)


def _copy(k: Kernel, cells: Sequence[Cell]) -> None:
    k.write(k.read(cells[1]), cells[0])

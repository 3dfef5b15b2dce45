"""GlobalMaxPooling2D and GlobalAveragePooling2D: each channel's whole image into one number."""

from collections.abc import Callable

from cnnlab.compiler.ir import Value
from cnnlab.compiler.kernel import Cell, Kernel, View
from cnnlab.compiler.lowering.step import Lowering, Piece, Pieces, Sink, Step

# From a cell's value to its gradient.
Share = Callable[[Value], Value]


def _over_image(k: Kernel, step: Step, view: View, begun: Value, join: Callable[[Value, Value], Value]) -> Value:
    """Write a loop that joins all cells of one channel, which the view begins at."""
    _, height, width = step.source.shape
    with k.loop(0, height, carry=[begun], label="row") as row:
        line = k.offset(view.pointer, row.at, view.row)
        with k.loop(0, width, carry=row.values, label="column") as column:
            column.hand_on([join(column.values[0], k.load(k.vector, k.offset(line, column.at, view.column)))])
        row.hand_on(column.results)
    return row.results[0]


def _give_back(k: Kernel, step: Step, sink: Sink, share: Callable[[list[View]], Share]) -> None:
    """Write every cell's gradient: ``share(channel's views, its own value)`` makes it, once for each channel."""
    channels, height, width = step.source.shape
    buffers = [sink.gradient, step.source, step.out, step.incoming, *([sink.out] if sink.derives else [])]
    with k.over_channels(channels, [k.view(buffer) for buffer in buffers]) as (_, views):
        given = share(views)

        def body(cells: list[Cell]) -> None:
            value = given(k.read(cells[1]))
            k.write(sink.finish(k, value, k.read(cells[-1]) if sink.derives else None), cells[0])

        inside = [views[0], views[1], *views[4:]]
        k.over_image((height, width), inside, body)


def _larger_or_nan(k: Kernel) -> Callable[[Value, Value], Value]:
    """Return what joins two values to the larger one, and to NaN if one is NaN."""

    def join(best: Value, value: Value) -> Value:
        return k.select(k.compare("uno", value, best), float("nan"), k.larger(value, best))

    return join


class GlobalMaxLowering(Lowering):
    """Keep the largest; its gradient is shared evenly among all cells that hold it, as TensorFlow and JAX do here."""

    def forward(self, step: Step) -> Pieces:
        """Write the maximum of each channel."""

        def emit(k: Kernel) -> None:
            views = [k.view(step.source), k.view(step.out)]
            with k.over_channels(step.source.shape[0], views) as (_, (source, out)):
                first = k.load(k.vector, source.pointer)
                k.store(_over_image(k, step, source, first, _larger_or_nan(k)), out.pointer)

        return [Piece(f"{step.name}_forward", "largest", "tile", [step.source, step.out], emit, "forward")]

    def backward(self, step: Step) -> Pieces:
        """Share the gradient among the largest."""
        sink = step.by_source
        if sink is None:
            return []

        def emit(k: Kernel) -> None:
            def share(views: list[View]) -> Share:
                largest = k.load(k.vector, views[2].pointer)

                def one_more(count: Value, value: Value) -> Value:
                    return k.add(count, k.select(k.compare("oeq", value, largest), k.const(k.vector, 1.0), 0.0))

                count = _over_image(k, step, views[1], k.zeros(), one_more)
                each = k.div(k.load(k.vector, views[3].pointer), count)
                return lambda value: k.select(k.compare("oeq", value, largest), each, 0.0)

            _give_back(k, step, sink, share)

        touches = [step.source, step.out, step.incoming, *sink.buffers]
        return [Piece(f"{step.name}_input", "gradient by the input", "tile", touches, emit, "input gradient")]


class GlobalAverageLowering(Lowering):
    """Keep the mean."""

    def forward(self, step: Step) -> Pieces:
        """Write the mean of each channel."""
        places = float(step.source.shape[1] * step.source.shape[2])

        def emit(k: Kernel) -> None:
            views = [k.view(step.source), k.view(step.out)]
            with k.over_channels(step.source.shape[0], views) as (_, (source, out)):
                total = _over_image(k, step, source, k.zeros(), k.add)
                k.store(k.div(total, places), out.pointer)

        return [Piece(f"{step.name}_forward", "mean", "tile", [step.source, step.out], emit, "forward")]

    def backward(self, step: Step) -> Pieces:
        """Share the gradient evenly."""
        sink, places = step.by_source, float(step.source.shape[1] * step.source.shape[2])
        if sink is None:
            return []

        def emit(k: Kernel) -> None:
            def share(views: list[View]) -> Share:
                each = k.div(k.load(k.vector, views[3].pointer), places)
                return lambda _: each

            _give_back(k, step, sink, share)

        touches = [step.source, step.out, step.incoming, *sink.buffers]
        return [Piece(f"{step.name}_input", "gradient by the input", "tile", touches, emit, "input gradient")]

"""Dense on a row of features. Its many weights meet few numbers, so their gradient is taken over the whole batch."""

from cnnlab.arch.layer import Shape
from cnnlab.arch.layers import Dense
from cnnlab.compiler.buffers import Buffer, Halo, padded
from cnnlab.compiler.frame import LANES, Frame, Shared
from cnnlab.compiler.ir import I64, PTR, Value
from cnnlab.compiler.kernel import Kernel, View
from cnnlab.compiler.lowering.convolution import ConvolutionLowering, bias_gradient
from cnnlab.compiler.lowering.lanes import reduce_rows
from cnnlab.compiler.lowering.step import Piece, Pieces, Step
from cnnlab.compiler.lowering.weight_gradient import WeightGradient, WeightTap, weight_gradient


class DenseLowering(ConvolutionLowering):
    """Forward and by the input a convolution of 1x1; by the weights, see the module."""

    def source_halo(self, layer: Dense, source: Shape) -> Halo:  # type: ignore[override]
        """Read nothing beyond the input."""
        del layer, source
        return Halo()

    def gradient_halo(self, layer: Dense, source: Shape) -> Halo:  # type: ignore[override]
        """Likewise for the gradient."""
        del layer, source
        return Halo()

    def add_buffers(self, step: Step) -> None:
        """Add room for the partial sums of 16 features' weights."""
        super().add_buffers(step)
        if "kernel" not in step.rows:
            count = padded(min(step.source.shape[0], LANES) * step.out.shape[0])
            step.extra["rows"] = Buffer(f"{step.name} rows", (count, 1, 1), step.out.element)

    def backward(self, step: Step) -> Pieces:
        """Return the gradients by bias, input and (as a share of work over the whole batch) kernel."""
        if "kernel" in step.rows:
            return super().backward(step)
        pieces: Pieces = []
        if "bias" in step.rows:
            touches = [step.incoming, *step.rows.values()]

            def emit(k: Kernel) -> None:
                bias_gradient(k, step)

            pieces.append(Piece(f"{step.name}_bias", "gradient by the bias", "tile", touches, emit, "weight gradient"))
        if step.by_source is not None:
            pieces += self._by_input(step, step.by_source)
        pieces.append(_over_batch(step))
        return pieces


def _over_batch(step: Step) -> Piece:
    features = step.source.shape[0]
    groups = -(-features // LANES)
    work = step.multiply_adds
    touches = [step.source, step.incoming, step.extra["rows"]]

    def emit(k: Kernel) -> None:
        low, high = k.own(Frame.LO), k.own(Frame.HI)
        whole = features // LANES
        last = k.smaller(high, whole)
        with k.loop(low, last, label="16 features") as turn:
            _group(k, step, turn.at, LANES)
        if features % LANES:
            with k.when(k.compare("sgt", high, whole)):
                _group(k, step, k.const(I64, whole), features % LANES)

    about = "gradient by the kernel, summed over the batch"
    return Piece(f"{step.name}_weights", about, "share", touches, emit, "weight gradient", work, shares=groups)


def _group(k: Kernel, step: Step, group: Value, count: int) -> None:
    """Write the gradient of up to 16 features' weights: tiles take the part of an image's rows."""
    tiles = k.common(Shared.TILES, PTR)
    units, size = step.out.shape[0], k.element.bytes
    stride = step.tile_bytes()

    def over_tiles(offset: int, channel: int) -> View:
        return View(k.offset(tiles, offset), channel, stride, 0)

    source = over_tiles(step.source.offset + step.source.origin, step.source.channel)
    first = k.offset(source.pointer, group, LANES * step.source.channel)
    rows = k.view(step.extra["rows"]).pointer
    weight_gradient(
        k,
        WeightGradient(
            filters=units,
            sources=1,
            rows=k.own(Frame.TILES),
            columns=1,
            taps=[WeightTap(row * step.source.channel, row * units) for row in range(count)],
            across=count,
            source=View(first, source.channel, source.row, 0),
            gradient=over_tiles(step.incoming.offset + step.incoming.origin, step.incoming.channel),
            rows_out=rows,
            number_step=0,
        ),
    )
    gradients = k.offset(k.common(Shared.GRADIENTS, PTR), step.weights["kernel"], size)
    out = k.offset(gradients, group, LANES * units * size)
    for row in range(count * units, padded(count * units)):
        k.store(k.zeros(), rows, row * k.vector.bytes)  # what a fuller group has left there
    reduce_rows(k, rows, out, padded(count * units))

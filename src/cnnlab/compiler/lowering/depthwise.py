"""DepthwiseConv2D: for each channel in a contraction of its own, of one source forward, of one output backward.

The batch lies in the lanes, so a channel alone fills them: nothing is lost to few channels, and the weights of a window
are as many scalars. A separable convolution is this and a convolution of 1x1 behind it: two steps of one layer.
"""

from itertools import product

from cnnlab.arch.layer import Shape, Window
from cnnlab.arch.layers import DepthwiseConv2D
from cnnlab.compiler.buffers import Halo
from cnnlab.compiler.ir import Value
from cnnlab.compiler.kernel import Kernel, View
from cnnlab.compiler.lowering.activations import activate
from cnnlab.compiler.lowering.contraction import Contraction, Tap, contract
from cnnlab.compiler.lowering.convolution import bias_gradient
from cnnlab.compiler.lowering.lanes import reduce_rows
from cnnlab.compiler.lowering.step import Lowering, Piece, Pieces, Sink, Step
from cnnlab.compiler.lowering.weight_gradient import WeightGradient, WeightTap, weight_gradient
from cnnlab.compiler.lowering.windows import axis_taps, gradient_halo, leading_padding, meets, reading_halo, turns

# Of each tap that meets the image at all: its row, its column and its number in the kernel.
_Taps = list[tuple[int, int, int]]


class DepthwiseLowering(Lowering):
    """See the module."""

    has_activation = True

    def source_halo(self, layer: DepthwiseConv2D, source: Shape) -> Halo:
        """Say how far the kernel reaches beyond the image."""
        out = layer.output_shape(source)
        return reading_halo(layer.window, (source[0], source[1]), (out[0], out[1]))

    def gradient_halo(self, layer: DepthwiseConv2D, source: Shape) -> Halo:
        """Say how far the flipped kernel reaches beyond the output's gradient."""
        return gradient_halo(layer.window, source, layer.output_shape(source))

    def forward(self, step: Step) -> Pieces:
        """Slide each channel's kernels over it, add the bias, activate."""
        about = f"{step.source.shape[0]} channels x {_multiplier(step)}, each alone, then {step.activation}"
        touches = [step.source, step.out]
        emit = lambda k: _forward(k, step)  # noqa: E731 - what a piece writes
        return [Piece(f"{step.name}_forward", about, "tile", touches, emit, "forward", step.multiply_adds)]

    def backward(self, step: Step) -> Pieces:
        """Return the gradients by kernel and bias, then by the input."""
        sink, work = step.by_source, step.multiply_adds
        name, about = f"{step.name}_weights", "gradient by the weights"
        touches = [step.source, step.incoming, *step.rows.values()]
        pieces: Pieces = [Piece(name, about, "tile", touches, lambda k: _weights(k, step), "weight gradient", work)]
        if sink is not None:
            name, about = f"{step.name}_input", f"gradient by the input, derived by {sink.activation}"
            touches = [step.incoming, *sink.buffers]
            emit = lambda k: _input(k, step, sink)  # noqa: E731
            pieces.append(Piece(name, about, "tile", touches, emit, "input gradient", work))
        return pieces


def _window(step: Step) -> Window:
    assert isinstance(step.layer, DepthwiseConv2D)
    return step.layer.window


def _multiplier(step: Step) -> int:
    assert isinstance(step.layer, DepthwiseConv2D)
    return step.layer.depth_multiplier


def _taps(step: Step) -> _Taps:
    """List the taps that meet the image, by where the first output sees them."""
    window = _window(step)
    (_, height, width), (_, rows, columns) = step.source.shape, step.out.shape
    before = leading_padding(window, (height, width), (rows, columns))
    taps = []
    for y, x in product(range(window.size[0]), range(window.size[1])):
        top, left = y * window.dilation[0] - before[0], x * window.dilation[1] - before[1]
        if meets(top, window.strides[0], rows, height) and meets(left, window.strides[1], columns, width):
            taps.append((top, left, y * window.size[1] + x))
    return taps


def _strided(view: View, window: Window) -> View:
    """Return a walk by the output's steps."""
    return View(view.pointer, view.channel, view.row * window.strides[0], view.column * window.strides[1])


def _channels_of(k: Kernel, view: View, channel: Value, multiplier: int) -> View:
    """Return a walk that begins at the first of the channels that one channel in makes."""
    return View(k.offset(view.pointer, channel, multiplier * view.channel), view.channel, view.row, view.column)


def _forward(k: Kernel, step: Step) -> None:
    multiplier, size, window = _multiplier(step), k.element.bytes, _window(step)
    (channels, _, _), (outputs, rows, columns) = step.source.shape, step.out.shape
    out, kernel = k.view(step.out), k.parameter(step.weights["kernel"])
    bias = k.parameter(step.weights["bias"]) if "bias" in step.weights else None
    with k.over_channels(channels, [k.view(step.source)]) as (channel, (source,)):
        contract(
            k,
            Contraction(
                outputs=multiplier,
                rows=rows,
                columns=columns,
                sources=1,
                taps=[
                    Tap(top * source.row + left * source.column, tap * outputs * size) for top, left, tap in _taps(step)
                ],
                source=_strided(source, window),
                out=_channels_of(k, out, channel, multiplier),
                weights=k.offset(kernel, channel, multiplier * size),
                weight_step=(size, 0),
                start=None if bias is None else k.offset(bias, channel, multiplier * size),
                other=None,
                finish=lambda value, _: activate(k, step.activation, value),
            ),
        )


def _weights(k: Kernel, step: Step) -> None:
    multiplier, window = _multiplier(step), _window(step)
    (channels, _, _), (outputs, rows, columns) = step.source.shape, step.out.shape
    taps, sums = _taps(step), step.rows["kernel"]
    gradient, sums_at = k.view(step.incoming), k.view(sums).pointer
    with k.over_channels(channels, [k.view(step.source)]) as (channel, (source,)):
        weight_gradient(
            k,
            WeightGradient(
                filters=multiplier,
                sources=1,
                rows=rows,
                columns=columns,
                taps=[WeightTap(top * source.row + left * source.column, tap * outputs) for top, left, tap in taps],
                across=max(len({left for _, left, _ in taps}), 1),
                source=_strided(source, window),
                gradient=_channels_of(k, gradient, channel, multiplier),
                rows_out=k.offset(sums_at, channel, multiplier * k.vector.bytes),
                number_step=0,
            ),
        )
    reduce_rows(k, sums_at, k.offset(k.partial, step.weights["kernel"], k.element.bytes), sums.shape[0])
    bias_gradient(k, step)


def _input(k: Kernel, step: Step, sink: Sink) -> None:
    """Write the gradient by the input, in turn for the rows and columns of each residue of the strides."""
    (channels, height, width), window = step.source.shape, _window(step)
    beside = [k.view(sink.out)] if sink.derives else []
    with k.over_channels(channels, [k.view(sink.gradient), *beside]) as (channel, views):
        for residue in product(range(window.strides[0]), range(window.strides[1])):
            if residue[0] < height and residue[1] < width:
                _input_residue(k, step, sink, residue, (channel, views))


def _input_residue(k: Kernel, step: Step, sink: Sink, residue: tuple[int, int], at: tuple[Value, list[View]]) -> None:
    """Write what concerns one channel and one residue: the sum over the channels that it makes and over the taps."""
    (channel, (target, *beside)), multiplier, window = at, _multiplier(step), _window(step)
    size = k.element.bytes
    (channels, height, width), (outputs, rows, columns) = step.source.shape, step.out.shape
    shapes = (height, width, channels), (rows, columns, outputs)
    gradient = _channels_of(k, k.view(step.incoming), channel, multiplier)
    taps = [
        Tap(down * gradient.row + right * gradient.column, (y * window.size[1] + x) * outputs * size)
        for y, down in axis_taps(window, *shapes, 0, residue[0])
        for x, right in axis_taps(window, *shapes, 1, residue[1])
    ]

    def every(view: View) -> View:
        start = k.offset(view.pointer, residue[0] * view.row + residue[1] * view.column)
        return _strided(View(start, view.channel, view.row, view.column), window)

    contract(
        k,
        Contraction(
            outputs=1,
            rows=turns(height, residue[0], window.strides[0]),
            columns=turns(width, residue[1], window.strides[1]),
            sources=multiplier,
            taps=taps,
            source=gradient,
            out=every(target),
            weights=k.offset(k.parameter(step.weights["kernel"]), channel, multiplier * size),
            weight_step=(0, size),
            start=None,
            other=every(beside[0]) if beside else None,
            finish=lambda value, out: sink.finish(k, value, out),
        ),
    )

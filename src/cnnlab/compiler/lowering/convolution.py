"""Conv2D, and Dense at every position of an image: a contraction over taps and channels."""

from itertools import product

from cnnlab.arch.layer import Shape, Window
from cnnlab.arch.layers import Conv2D
from cnnlab.compiler.buffers import Halo
from cnnlab.compiler.ir import Value
from cnnlab.compiler.kernel import Kernel, View
from cnnlab.compiler.lowering import winograd
from cnnlab.compiler.lowering.activations import activate
from cnnlab.compiler.lowering.contraction import Contraction, Tap, contract
from cnnlab.compiler.lowering.lanes import reduce_rows
from cnnlab.compiler.lowering.step import Lowering, Piece, Pieces, Sink, Step
from cnnlab.compiler.lowering.weight_gradient import WeightGradient, WeightTap, channel_sums, weight_gradient
from cnnlab.compiler.lowering.windows import axis_taps, gradient_halo, leading_padding, meets, reading_halo, turns


class ConvolutionLowering(Lowering):
    """See the module."""

    has_activation = True

    def source_halo(self, layer: Conv2D, source: Shape) -> Halo:
        """Say how far the kernel reaches beyond the image."""
        out = layer.output_shape(source)
        return reading_halo(layer.window, (source[0], source[1]), (out[0], out[1]))

    def gradient_halo(self, layer: Conv2D, source: Shape) -> Halo:
        """Say how far the flipped kernel reaches beyond the output's gradient."""
        return gradient_halo(layer.window, source, layer.output_shape(source))

    def add_buffers(self, step: Step) -> None:
        """Add room for Winograd's way, where it pays."""
        channels, filters, element = step.source.shape[0], step.out.shape[0], step.out.element
        pairs = channels * filters
        if _winograd_pays(step, "forward"):
            step.extra["forward kernels"] = winograd.kernels_buffer(f"{step.name} kernels", element, pairs)
            room = winograd.room_for(step.name, element, channels, filters)
            step.extra["forward cells"], step.extra["forward products"] = room
        if step.training and _winograd_pays(step, "input"):
            step.extra["input kernels"] = winograd.kernels_buffer(f"{step.name} flipped kernels", element, pairs)
            room = winograd.room_for(f"{step.name} input", element, filters, channels)
            step.extra["input cells"], step.extra["input products"] = room

    def forward(self, step: Step) -> Pieces:
        """Slide the kernel, add the bias, activate."""
        if "forward kernels" in step.extra:
            return _winograd_forward(step)
        touches = [step.source, step.out]
        work = step.multiply_adds
        about = f"{_shape(step.source.shape)} -> {_shape(step.out.shape)}, then {step.activation}"

        def emit(k: Kernel) -> None:
            size = k.element.bytes
            _, height, width = step.source.shape
            filters, rows, columns = step.out.shape
            window, channels = window_of(step), step.source.shape[0]
            before = leading_padding(window, (height, width), (rows, columns))
            source = k.view(step.source)
            taps = []
            for y, x in product(range(window.size[0]), range(window.size[1])):
                top, left = y * window.dilation[0] - before[0], x * window.dilation[1] - before[1]
                if meets(top, window.strides[0], rows, height) and meets(left, window.strides[1], columns, width):
                    weight = (y * window.size[1] + x) * channels * filters * size
                    taps.append(Tap(top * source.row + left * source.column, weight))
            strided = View(
                source.pointer, source.channel, source.row * window.strides[0], source.column * window.strides[1]
            )
            contract(
                k,
                Contraction(
                    outputs=filters,
                    rows=rows,
                    columns=columns,
                    sources=channels,
                    taps=taps,
                    source=strided,
                    out=k.view(step.out),
                    weights=k.parameter(step.weights["kernel"]),
                    weight_step=(size, filters * size),
                    start=k.parameter(step.weights["bias"]) if "bias" in step.weights else None,
                    other=None,
                    finish=lambda value, _: activate(k, step.activation, value),
                ),
            )

        return [Piece(f"{step.name}_forward", about, "tile", touches, emit, "forward", work)]

    def backward(self, step: Step) -> Pieces:
        """Return the gradients by kernel and bias, then by the input."""
        pieces: Pieces = [self._weights(step)]
        if step.by_source is not None:
            pieces += self._by_input(step, step.by_source)
        return pieces

    def _by_input(self, step: Step, sink: Sink) -> Pieces:
        return _winograd_input(step, sink) if "input kernels" in step.extra else [self._input(step, sink)]

    def _weights(self, step: Step) -> Piece:
        def emit(k: Kernel) -> None:
            kernel = step.rows["kernel"]
            out = k.offset(k.partial, step.weights["kernel"], k.element.bytes)
            _kernel_gradient(k, step)
            reduce_rows(k, k.view(kernel).pointer, out, kernel.shape[0])
            bias_gradient(k, step)

        touches = [step.source, step.incoming, *step.rows.values()]
        work = step.multiply_adds
        return Piece(f"{step.name}_weights", "gradient by the weights", "tile", touches, emit, "weight gradient", work)

    def _input(self, step: Step, sink: Sink) -> Piece:
        def emit(k: Kernel) -> None:
            window = window_of(step)
            for residue in product(range(window.strides[0]), range(window.strides[1])):
                if residue[0] < step.source.shape[1] and residue[1] < step.source.shape[2]:
                    _input_gradient(k, step, sink, residue)

        work = step.multiply_adds
        about = f"gradient by the input, derived by {sink.activation}"
        touches = [step.incoming, *sink.buffers]
        return Piece(f"{step.name}_input", about, "tile", touches, emit, "input gradient", work)


def window_of(step: Step) -> Window:
    """Return the kernel's window; Dense has one of 1x1."""
    window = step.layer.window
    return window if window is not None else Window((1, 1), (1, 1))


def bias_gradient(k: Kernel, step: Step) -> None:
    """Write the sums of the gradient over all places, where there is a bias."""
    if "bias" in step.rows:
        rows = step.rows["bias"]
        pointer = k.view(rows).pointer
        channel_sums(k, k.view(step.incoming), step.incoming.shape, pointer)
        reduce_rows(k, pointer, k.offset(k.partial, step.weights["bias"], k.element.bytes), rows.shape[0])


def _kernel_gradient(k: Kernel, step: Step) -> None:
    window, source = window_of(step), k.view(step.source)
    channels, height, width = step.source.shape
    filters, rows, columns = step.out.shape
    before = leading_padding(window, (height, width), (rows, columns))
    taps, across = [], set()
    for y, x in product(range(window.size[0]), range(window.size[1])):
        top, left = y * window.dilation[0] - before[0], x * window.dilation[1] - before[1]
        if meets(top, window.strides[0], rows, height) and meets(left, window.strides[1], columns, width):
            across.add(x)
            number = (y * window.size[1] + x) * channels * filters
            taps.append(WeightTap(top * source.row + left * source.column, number))
    strided = View(source.pointer, source.channel, source.row * window.strides[0], source.column * window.strides[1])
    weight_gradient(
        k,
        WeightGradient(
            filters=filters,
            sources=channels,
            rows=rows,
            columns=columns,
            taps=taps,
            across=max(len(across), 1),
            source=strided,
            gradient=k.view(step.incoming),
            rows_out=k.view(step.rows["kernel"]).pointer,
            number_step=filters,
        ),
    )


def _input_gradient(k: Kernel, step: Step, sink: Sink, residue: tuple[int, int]) -> None:
    """Write the gradient by those rows and columns of the input that leave one residue when divided by the strides."""
    window, size = window_of(step), k.element.bytes
    channels, height, width = step.source.shape
    filters, rows, columns = step.out.shape
    source_shape, out_shape = (height, width, channels), (rows, columns, filters)
    gradient, target, beside = k.view(step.incoming), k.view(sink.gradient), k.view(sink.out)
    taps = []
    for y, down in axis_taps(window, source_shape, out_shape, 0, residue[0]):
        for x, right in axis_taps(window, source_shape, out_shape, 1, residue[1]):
            weight = (y * window.size[1] + x) * channels * filters * size
            taps.append(Tap(down * gradient.row + right * gradient.column, weight))

    def every(view: View) -> View:
        start: Value = k.offset(view.pointer, residue[0] * view.row + residue[1] * view.column)
        return View(start, view.channel, view.row * window.strides[0], view.column * window.strides[1])

    contract(
        k,
        Contraction(
            outputs=channels,
            rows=turns(height, residue[0], window.strides[0]),
            columns=turns(width, residue[1], window.strides[1]),
            sources=filters,
            taps=taps,
            source=gradient,
            out=every(target),
            weights=k.parameter(step.weights["kernel"]),
            weight_step=(filters * size, size),
            start=None,
            other=every(beside) if sink.derives else None,
            finish=lambda value, out: sink.finish(k, value, out),
        ),
    )


def _shape(shape: tuple[int, int, int]) -> str:
    return "x".join(map(str, shape))


def _winograd_pays(step: Step, role: str) -> bool:
    """Say whether one of the two passes goes Winograd's way: "forward" or "input"."""
    window = window_of(step)
    if window.strides != (1, 1) or window.dilation != (1, 1):
        return False
    channels, height, width = step.source.shape
    filters, rows, columns = step.out.shape
    if role == "input":
        return winograd.pays(window.size, filters, channels, (height, width))
    return winograd.keeps_zeros(window.size[0]) and winograd.pays(window.size, channels, filters, (rows, columns))


def _kernels(step: Step, role: str) -> winograd.Kernels:
    pairs = step.source.shape[0] * step.out.shape[0]
    return winograd.Kernels(step.extra[f"{role} kernels"], window_of(step).size[0], pairs, role == "input")


def _change_kernel(step: Step, role: str) -> Piece:
    """Return the piece that brings the kernel into Winograd's basis: by each thread for itself."""
    kernels = _kernels(step, role)

    def emit(k: Kernel) -> None:
        winograd.change_kernel(k, kernels, k.parameter(step.weights["kernel"]))

    return Piece(f"{step.name}_{role}_kernels", "the kernel in Winograd's basis", "thread", [kernels.buffer], emit)


def _first_tap(k: Kernel, view: View, before: tuple[int, int]) -> View:
    """Return a walk whose place (0, 0) is what the first tap of the first output sees."""
    pointer = k.offset(view.pointer, -before[0] * view.row - before[1] * view.column)
    return View(pointer, view.channel, view.row, view.column)


def _padding_of(step: Step) -> tuple[int, int]:
    (_, height, width), (_, rows, columns) = step.source.shape, step.out.shape
    return leading_padding(window_of(step), (height, width), (rows, columns))


def _winograd_forward(step: Step) -> Pieces:
    def emit(k: Kernel) -> None:
        filters, rows, columns = step.out.shape
        winograd.convolve(
            k,
            winograd.Convolution(
                side=window_of(step).size[0],
                outputs=filters,
                rows=rows,
                columns=columns,
                sources=step.source.shape[0],
                source=_first_tap(k, k.view(step.source), _padding_of(step)),
                out=k.view(step.out),
                kernels=_kernels(step, "forward"),
                weight_step=(1, filters),
                start=k.parameter(step.weights["bias"]) if "bias" in step.weights else None,
                other=None,
                finish=lambda value, _: activate(k, step.activation, value),
                room=(step.extra["forward cells"], step.extra["forward products"]),
            ),
        )

    about = f"{_shape(step.source.shape)} -> {_shape(step.out.shape)} by Winograd, then {step.activation}"
    touches = [step.source, step.out, *(step.extra[f"forward {name}"] for name in ("kernels", "cells", "products"))]
    work = step.multiply_adds
    piece = Piece(f"{step.name}_forward", about, "tile", touches, emit, "forward", work)
    return [_change_kernel(step, "forward"), piece]


def _winograd_input(step: Step, sink: Sink) -> Pieces:
    def emit(k: Kernel) -> None:
        channels, height, width = step.source.shape
        filters, side = step.out.shape[0], window_of(step).size[0]
        before = _padding_of(step)
        around = (side - 1 - before[0], side - 1 - before[1])
        winograd.convolve(
            k,
            winograd.Convolution(
                side=side,
                outputs=channels,
                rows=height,
                columns=width,
                sources=filters,
                source=_first_tap(k, k.view(step.incoming), around),
                out=k.view(sink.gradient),
                kernels=_kernels(step, "input"),
                weight_step=(filters, 1),
                start=None,
                other=k.view(sink.out) if sink.derives else None,
                finish=lambda value, out: sink.finish(k, value, out),
                room=(step.extra["input cells"], step.extra["input products"]),
            ),
        )

    about = f"gradient by the input by Winograd, derived by {sink.activation}"
    room = [step.extra[f"input {name}"] for name in ("kernels", "cells", "products")]
    touches = [step.incoming, *sink.buffers, *room]
    work = step.multiply_adds
    piece = Piece(f"{step.name}_input", about, "tile", touches, emit, "input gradient", work)
    return [_change_kernel(step, "input"), piece]

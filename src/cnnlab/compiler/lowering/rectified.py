"""ReLU and LeakyReLU with arguments of their own; both are derived by what came in."""

from cnnlab.arch.layers import LeakyReLU, ReLU
from cnnlab.compiler.ir import Value
from cnnlab.compiler.kernel import Kernel
from cnnlab.compiler.lowering.elementwise import each_cell, each_gradient
from cnnlab.compiler.lowering.step import Lowering, Piece, Pieces, Step


class RectifiedLowering(Lowering):
    """See the module."""

    def forward(self, step: Step) -> Pieces:
        """Bend."""
        layer = step.layer
        assert isinstance(layer, ReLU | LeakyReLU), "listed for these two"

        def emit(k: Kernel) -> None:
            each_cell(k, step.out, [step.source], lambda values: _bent(k, layer, values[0]))

        return [Piece(f"{step.name}_forward", "bend", "tile", [step.source, step.out], emit, "forward")]

    def backward(self, step: Step) -> Pieces:
        """Multiply by the slope."""
        layer, sink = step.layer, step.by_source
        assert isinstance(layer, ReLU | LeakyReLU), "listed for these two"
        if sink is None:
            return []

        def emit(k: Kernel) -> None:
            each_gradient(k, sink, [step.source, step.incoming], lambda pair: _derived(k, layer, pair[0], pair[1]))

        touches = [step.source, step.incoming, *sink.buffers]
        return [Piece(f"{step.name}_input", "times the slope", "tile", touches, emit, "input gradient")]


def _bent(k: Kernel, layer: ReLU | LeakyReLU, x: Value) -> Value:
    """Apply the layer; NaN stays NaN."""
    if isinstance(layer, LeakyReLU):
        return k.select(k.compare("oge", x, 0.0), x, k.mul(x, layer.negative_slope))
    # without a slope no product: 0 times minus infinity is no number
    slope = layer.negative_slope
    below = k.mul(k.sub(x, layer.threshold), slope) if slope else k.zeros()
    out = k.select(k.compare("ole", x, layer.threshold), below, x)
    if layer.max_value is None:
        return out
    return k.select(k.compare("ogt", out, layer.max_value), layer.max_value, out)


def _derived(k: Kernel, layer: ReLU | LeakyReLU, x: Value, gradient: Value) -> Value:
    """Return the gradient by what came in; the places where the slope jumps have slopes of their own."""
    if isinstance(layer, LeakyReLU):
        return k.select(k.compare("oge", x, 0.0), gradient, k.mul(gradient, layer.negative_slope))
    above = gradient
    if layer.max_value is not None:
        at_most = k.mul(gradient, layer.slope_at_max)
        above = k.select(k.compare("olt", x, layer.max_value), gradient, at_most)
        above = k.select(k.compare("ogt", x, layer.max_value), 0.0, above)
    below = k.mul(gradient, layer.negative_slope)
    at = k.mul(gradient, layer.slope_at_threshold)
    outside = k.select(k.compare("oeq", x, layer.threshold), at, below)
    return k.select(k.compare("ogt", x, layer.threshold), above, outside)

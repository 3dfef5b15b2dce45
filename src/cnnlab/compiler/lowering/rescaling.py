"""Rescaling: value * scale + offset."""

from cnnlab.compiler.kernel import Kernel
from cnnlab.compiler.lowering.elementwise import each_cell, each_gradient
from cnnlab.compiler.lowering.step import Lowering, Piece, Pieces, Step


class RescalingLowering(Lowering):
    """See the module."""

    def forward(self, step: Step) -> Pieces:
        """Scale and shift."""
        layer = step.layer

        def emit(k: Kernel) -> None:
            scale, offset = float(layer.scale), float(layer.offset)  # type: ignore[attr-defined]
            each_cell(k, step.out, [step.source], lambda values: k.add(k.mul(values[0], scale), offset))

        return [Piece(f"{step.name}_forward", "scale and shift", "tile", [step.source, step.out], emit, "forward")]

    def backward(self, step: Step) -> Pieces:
        """Scale the gradient alike."""
        sink, scale = step.by_source, float(step.layer.scale)  # type: ignore[attr-defined]
        if sink is None:
            return []

        def emit(k: Kernel) -> None:
            each_gradient(k, sink, [step.incoming], lambda values: k.mul(values[0], scale))

        touches = [step.incoming, *sink.buffers]
        return [Piece(f"{step.name}_input", "scale back", "tile", touches, emit, "input gradient")]

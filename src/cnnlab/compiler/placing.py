"""Where a plan's numbers lie: weights among the parameters, buffers in the memory of a tile or of a thread."""

from collections.abc import Sequence
from dataclasses import dataclass

from cnnlab.arch import Node
from cnnlab.arch.layers import Dense
from cnnlab.compiler.buffers import Buffer, padded
from cnnlab.compiler.frame import LANES
from cnnlab.compiler.lowering.step import Piece
from cnnlab.compiler.plan import Place, Plan


def place_weights(plan: Plan) -> None:
    """Put the arrays that are summed tile by tile first, then the other trained ones, then the rest."""
    weights = plan.network.weights
    kinds = [
        _Kind(weight.parameter.trainable, not _over_batch(weight.node, weight.parameter.name)) for weight in weights
    ]
    first, places = 0, {}
    for wanted in (_Kind(True, True), _Kind(True, False), _Kind(False, True), _Kind(False, False)):
        for weight, kind in zip(weights, kinds, strict=True):
            if kind == wanted:
                array = weight.parameter
                rules = array.regularizer, array.constraint
                places[weight.index] = Place(weight.name, first, array.shape, kind.trainable, kind.summed, *rules)
                first += padded(array.size)
        if wanted.trainable:
            plan.trained = first
            if wanted.summed:
                plan.summed = first
    plan.parameters = first + LANES  # what is read 16 at a time may begin at the last number
    plan.places = [places[weight.index] for weight in weights]


@dataclass(frozen=True)
class _Kind:
    trainable: bool
    summed: bool


def _over_batch(node: Node, name: str) -> bool:
    """Say whether an array's gradient is taken over the whole batch: a dense layer's kernel on a row of features."""
    return isinstance(node.layer, Dense) and len(node.input_shape) == 1 and name == "kernel"


def place_buffers(plan: Plan) -> None:
    """Put what several phases touch into the tile's memory, the rest (and what is a thread's own) into the thread's."""
    when = _when_touched(plan)
    own = {buffer for phase in plan.phases for piece in phase.by_thread for buffer in piece.touches}
    for buffer, phases in when.items():
        if len(phases) > 1 and buffer not in own and not buffer.passing:
            buffer.where, buffer.offset = "tile", plan.tile_bytes
            plan.tile_bytes += buffer.bytes
        else:
            buffer.where, buffer.offset = "scratch", plan.scratch_bytes
            plan.scratch_bytes += buffer.bytes
    plan.buffers = list(when)


def _when_touched(plan: Plan) -> dict[Buffer, set[int]]:
    """Return for each buffer the phases that touch it; what is done over the batch comes after the last."""
    when: dict[Buffer, set[int]] = {}

    def touch(buffers: Sequence[Buffer], phase: int) -> None:
        for buffer in buffers:
            when.setdefault(buffer, set()).add(phase)

    for number, phase in enumerate(plan.phases):
        for piece in (*phase.by_thread, *phase.by_tile):
            touch(piece.touches, number)
    for piece in (*plan.gathers.values(), *plan.labels.values()):
        touch(piece.touches, _first_phase_of(plan, piece))
    for piece in plan.shares:
        touch(piece.touches, len(plan.phases))
    if plan.shares_of_classes is not None:
        touch([plan.shares_of_classes], len(plan.phases) - 1)
    return when


def _first_phase_of(plan: Plan, piece: Piece) -> int:
    """Images are fetched in the first phase, labels in that of the loss."""
    if piece in plan.gathers.values():
        return 0
    return next(
        number for number, phase in enumerate(plan.phases) if any(other.name == "loss" for other in phase.by_tile)
    )

"""The phases of a plan: pieces of code in their order, split at the barriers."""

from collections.abc import Iterator, Sequence

from cnnlab.arch.layers import BatchNormalization
from cnnlab.compiler.buffers import Buffer, padded
from cnnlab.compiler.frame import ImageKind, LabelKind
from cnnlab.compiler.ir import I8
from cnnlab.compiler.lowering import lowering_of
from cnnlab.compiler.lowering.gather import gather_piece
from cnnlab.compiler.lowering.loss import label_piece, loss_piece
from cnnlab.compiler.lowering.merging import sum_gradients
from cnnlab.compiler.lowering.metrics import metrics_piece
from cnnlab.compiler.lowering.normalization import BATCH_ROWS, TILE_ROWS
from cnnlab.compiler.lowering.separate_losses import separate_form
from cnnlab.compiler.lowering.step import Barrier, Piece, Pieces, Sink, Statistics, Step
from cnnlab.compiler.plan import Phase, Plan


def add_pieces(plan: Plan) -> None:
    """Put the pieces in their order and split them at the barriers."""
    for step in plan.steps:
        step.tile_bytes = lambda: plan.tile_bytes
        step.tile_statistics = lambda: plan.statistics_bytes
        lowering_of(step.layer).add_buffers(step)
        if isinstance(step.layer, BatchNormalization):
            _add_statistics(plan, step)
    pieces: Pieces = [piece for step in plan.steps for piece in lowering_of(step.layer).forward(step)]
    if plan.loss is not None:
        pieces += _loss_pieces(plan)
        if plan.metrics:
            pieces.append(metrics_piece(plan.metrics, plan.outputs, plan.left_out))
    if plan.training:
        for step in reversed(plan.steps):
            if step.gradient is not None:
                pieces += [*sum_gradients(step), *lowering_of(step.layer).backward(step)]
    _add_gathers(plan)
    plan.phases = list(_phases(pieces))
    plan.shares = [piece for piece in pieces if isinstance(piece, Piece) and piece.scope == "share"]


def _add_statistics(plan: Plan, step: Step) -> None:
    channels, size = padded(step.source.shape[0]), plan.element.bytes
    step.statistics = Statistics(plan.statistics_bytes, plan.moving_bytes, channels)
    plan.statistics_bytes += TILE_ROWS * channels * size
    plan.moving_bytes += BATCH_ROWS * channels * size


def _loss_pieces(plan: Plan) -> Pieces:
    assert plan.loss is not None
    assert plan.shares_of_classes is not None
    targets = Buffer("labels", plan.outputs.shape, plan.element)
    plan.labels = {
        kind: label_piece(f"labels_{kind.name.lower()}", targets, kind)
        for kind in (LabelKind.CLASSES, LabelKind.PROBABILITIES)
    }
    last = next((step for step in plan.steps if step.out is plan.outputs), None)
    sink = Sink(last.incoming, last.out, last.activation) if last is not None and last.gradient is not None else None
    separate, shares = separate_form(plan.loss, from_logits=plan.from_logits), plan.shares_of_classes
    return [
        loss_piece("loss", plan.outputs, targets, shares, from_logits=plan.from_logits, sink=sink, separate=separate)
    ]


def _add_gathers(plan: Plan) -> None:
    """Fetch images of every kind into the same buffer, through room for pixels of the widest kind."""
    channels, height, width = plan.input.shape
    for kind in ImageKind:
        stored = I8 if kind in (ImageKind.BYTES, ImageKind.SCALED_BYTES) else plan.element
        pixels = Buffer(f"pixels {kind.name}", (channels * height * width, 1, 1), stored)
        plan.gathers[kind] = gather_piece(f"gather_{kind.name.lower()}", plan.input, pixels, kind)


def _phases(pieces: Sequence[Piece | Barrier]) -> Iterator[Phase]:
    phase = Phase()
    for piece in pieces:
        if isinstance(piece, Barrier):
            yield phase
            phase = Phase()
        elif piece.scope == "thread":
            phase.by_thread.append(piece)
        elif piece.scope == "tile":
            phase.by_tile.append(piece)
    yield phase

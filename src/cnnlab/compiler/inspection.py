"""What a plan says, as plain values for people: layers, phases, pieces, buffers, parameters."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from cnnlab.arch import Node
from cnnlab.arch.layers import (
    Activation,
    Dense,
    Dropping,
    Flatten,
    GaussianNoise,
    RandomMap,
    Reshape,
    SeparableConv2D,
    Softmax,
    ZeroPadding2D,
)
from cnnlab.compiler.buffers import Buffer, Halo
from cnnlab.compiler.frame import LANES
from cnnlab.compiler.lowering.step import Piece, Step
from cnnlab.compiler.parts import Part
from cnnlab.compiler.plan import Phase, Plan
from cnnlab.compiler.program import Program
from cnnlab.compiler.steps import channels_first

# Loss and correct images of a tile.
_RESULT_BYTES = 16
Size = tuple[int, int, int]


@dataclass(frozen=True)
class LayerView:
    """What became of one layer.

    Attributes:
        number: Its place in the network; 0 is the input.
        name: In the network.
        kind: Keras' name of its class.
        output: Channels, rows, columns.
        computed: Whether it has code of its own.
        halo: Zeros around each channel of its output.
        gradient_halo: Likewise of the gradient by its output; None where there is none.
        notes: What was joined with it or left out.
    """

    number: int
    name: str
    kind: str
    output: Size
    computed: bool
    halo: Halo
    gradient_halo: Halo | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class BufferView:
    """A buffer and where it lies.

    Attributes:
        label: "T3" in the tile's memory, "S7" in the thread's.
        name: For readers.
        where: "tile" or "thread".
        offset: Bytes from the beginning of that memory.
        shape: Channels, rows, columns.
        halo: Zeros around each channel.
        lanes: Numbers in a cell: 16 images, or 1.
        bytes: Of one tile, or of one thread.
    """

    label: str
    name: str
    where: str
    offset: int
    shape: Size
    halo: Halo
    lanes: int
    bytes: int


@dataclass(frozen=True)
class PieceView:
    """A function of the program.

    Attributes:
        name: Of the function.
        about: What it does.
        role: "forward", "input gradient", "weight gradient" or "other".
        multiply_adds: For one image.
        shares: In how many shares it can be split, where it is split over the threads; else 0.
        buffers: Labels of what it reads and writes.
    """

    name: str
    about: str
    role: str
    multiply_adds: int
    shares: int
    buffers: tuple[str, ...]


@dataclass(frozen=True)
class PhaseView:
    """What is done between two barriers."""

    by_thread: tuple[PieceView, ...]
    by_tile: tuple[PieceView, ...]


@dataclass(frozen=True)
class ArrayView:
    """An array of weights among the parameters, in numbers."""

    name: str
    first: int
    shape: tuple[int, ...]
    size: int
    trained: bool
    summed_by_tile: bool


@dataclass(frozen=True)
class BatchMemory:
    """What a batch needs beside parameters and the threads' own memory."""

    batch: int
    tiles: int
    bytes: int


@dataclass(frozen=True)
class PlanView:
    """A plan.

    Attributes:
        network: Its name.
        training: Whether it trains.
        element: "f32" or "f64".
        isa: Vector instructions it is made for.
        gathers: One for each kind of images; the program takes the one that fits.
        labels: Likewise for labels.
        phases: With a barrier after each.
        shares: Work over the whole batch.
        update: Names of the functions of the optimizer, and what each does.
        tile_bytes: Of one tile, kept from phase to phase.
        sums_bytes: Of one tile: its sums of gradients, statistics, loss.
        thread_bytes: Of one thread, used anew by each tile.
        parameter_bytes: Of all weights, padding included.
        batches: What some batch sizes need.
        parameters: As they lie in memory.
        buffers: All of them.
    """

    network: str
    training: bool
    element: str
    isa: str
    gathers: tuple[PieceView, ...]
    labels: tuple[PieceView, ...]
    phases: tuple[PhaseView, ...]
    shares: tuple[PieceView, ...]
    update: tuple[tuple[str, str], ...]
    tile_bytes: int
    sums_bytes: int
    thread_bytes: int
    parameter_bytes: int
    batches: tuple[BatchMemory, ...]
    parameters: tuple[ArrayView, ...]
    buffers: tuple[BufferView, ...]


def layer_views(plan: Plan) -> tuple[LayerView, ...]:
    """Say of each layer what became of it."""
    network = plan.network
    first = LayerView(
        0, network.nodes[0].name, "Input", plan.input.shape, True, plan.input.halo, None, ("16 images side by side",)
    )
    return (first, *(_layer(plan, node) for node in network.nodes[1:]))


def _layer(plan: Plan, node: Node) -> LayerView:
    steps = [step for step in plan.steps if step.node is node]
    kind, shape = type(node.layer).__name__, channels_first(node.output_shape)
    if not steps:
        return LayerView(node.index, node.name, kind, shape, False, Halo(), None, (_why_left_out(plan, node),))
    gradient = steps[-1].gradient
    return LayerView(
        number=node.index,
        name=node.name,
        kind=kind,
        output=shape,
        computed=True,
        halo=steps[-1].out.halo,
        gradient_halo=None if gradient is None else gradient.halo,
        notes=tuple(_notes(plan, node, steps)),
    )


def _why_left_out(plan: Plan, node: Node) -> str:
    """Say why a layer has no code."""
    if isinstance(node.layer, Flatten):
        return "left out: a row already"
    if isinstance(node.layer, Dropping):
        return "left out: rate 0" if plan.training else "left out: training only"
    if isinstance(node.layer, GaussianNoise):
        return "left out: no noise" if plan.training else "left out: training only"
    if isinstance(node.layer, RandomMap):
        return "left out: training only"
    if isinstance(node.layer, Activation | Softmax) and plan.left_out and node is plan.network.nodes[-1]:
        return "left out: in the loss"
    return "left out: no change"


def _notes(plan: Plan, node: Node, steps: Sequence[Step]) -> list[str]:
    """Say what is done in the same pass, what on its own, and which gradients nobody wants."""
    first, notes = steps[0], []
    if isinstance(node.layer, SeparableConv2D):
        notes.append("depthwise, then pointwise")
    if _by_winograd(plan, first):
        notes.append("by Winograd")
    notes += [f"{step.activation} joined" for step in steps if step.activation != "linear"]
    notes += [f"{step.layer.activation} apart" for step in steps[1:] if isinstance(step.layer, Activation)]
    if plan.left_out and node is plan.network.nodes[-1]:
        notes.append(f"{plan.left_out} in the loss")
    if isinstance(first.layer, Flatten | Reshape | ZeroPadding2D):
        notes.append("copied")
    if plan.training and not any(first.by_sources):
        notes.append("no input gradient")
    if steps[-1].parts:
        notes.append(f"gradients of {len(steps[-1].parts)} takers added")
    if plan.training and isinstance(first.layer, Dense) and "kernel" in first.weights and "kernel" not in first.rows:
        notes.append("kernel over the batch")
    return notes


def _by_winograd(plan: Plan, step: Step) -> bool:
    """Say whether the forward pass takes fewer multiplications than the sum that defines it."""
    pieces = [piece for phase in plan.phases for piece in phase.by_tile]
    return any(piece.name == f"{step.name}_forward" and "Winograd" in piece.about for piece in pieces)


def plan_view(program: Program, batches: Sequence[int] = (16, 128, 512)) -> PlanView:
    """Lay a plan open.

    Args:
        program: With the plan and its target.
        batches: Batch sizes whose memory shall be told.
    """
    plan, size = program.plan, program.plan.element.bytes
    labels = _labels(plan)

    def views(pieces: Sequence[Piece]) -> tuple[PieceView, ...]:
        return tuple(_piece(piece, labels) for piece in pieces)

    def phase_view(phase: Phase) -> PhaseView:
        return PhaseView(views(phase.by_thread), views(phase.by_tile))

    sums = plan.summed * size + plan.statistics_bytes + _RESULT_BYTES if plan.training else _RESULT_BYTES
    return PlanView(
        network=plan.network.name,
        training=plan.training,
        element=str(plan.element),
        isa=program.target.isa,
        gathers=views(list(plan.gathers.values())),
        labels=views(list(plan.labels.values())),
        phases=tuple(phase_view(phase) for phase in plan.phases),
        shares=views(plan.shares),
        update=tuple((part.name, part.about) for part in _update(program)),
        tile_bytes=plan.tile_bytes,
        sums_bytes=sums,
        thread_bytes=plan.scratch_bytes,
        parameter_bytes=plan.parameters * size,
        batches=tuple(_memory(batch, plan.tile_bytes + sums) for batch in sorted(set(batches))),
        parameters=_arrays(plan),
        buffers=tuple(_buffer(buffer, label) for buffer, label in labels.items()),
    )


def _labels(plan: Plan) -> dict[Buffer, str]:
    """Number the buffers of each memory in the order in which they lie there."""
    found: dict[Buffer, str] = {}
    for where, letter in (("tile", "T"), ("scratch", "S")):
        inside = sorted((each for each in plan.buffers if each.where == where), key=lambda each: each.offset)
        found |= {buffer: f"{letter}{number}" for number, buffer in enumerate(inside, 1)}
    return found


def _piece(piece: Piece, labels: dict[Buffer, str]) -> PieceView:
    touched = dict.fromkeys(labels[buffer] for buffer in piece.touches)
    return PieceView(piece.name, piece.about, piece.role, piece.multiply_adds, piece.shares, tuple(touched))


def _buffer(buffer: Buffer, label: str) -> BufferView:
    where = "tile" if buffer.where == "tile" else "thread"
    return BufferView(label, buffer.name, where, buffer.offset, buffer.shape, buffer.halo, buffer.lanes, buffer.bytes)


def _arrays(plan: Plan) -> tuple[ArrayView, ...]:
    places = sorted(plan.places, key=lambda place: place.first)
    return tuple(
        ArrayView(place.name, place.first, place.shape, prod(place.shape), place.trainable, place.summed)
        for place in places
    )


def _memory(batch: int, each: int) -> BatchMemory:
    tiles = -(-batch // LANES)
    return BatchMemory(batch, tiles, tiles * each)


def _update(program: Program) -> list[Part]:
    names = {"collect", "norms", "new_weights"}
    return [part for part in program.parts if part.name in names] if program.plan.training else []

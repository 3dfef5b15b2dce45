"""From a network to a plan: steps with their buffers, pieces of code in their order, phases between barriers.

The plan says everything about memory that whoever calls the code must know, and it is quick to make: where the machine
code is in the cache already, nothing but the plan is computed.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import prod

from cnnlab.arch import Network, Node
from cnnlab.arch.augmented import refuse_behind_weights
from cnnlab.arch.layer import Shape
from cnnlab.arch.layers import Activation, BatchNormalization, Dense, RandomMap, SeparableConv2D, Softmax
from cnnlab.compiler.buffers import Buffer, padded
from cnnlab.compiler.frame import LANES, ImageKind, LabelKind
from cnnlab.compiler.ir import F32, I8, Type
from cnnlab.compiler.lowering import lowering_of
from cnnlab.compiler.lowering.activations import BY_OUTPUT
from cnnlab.compiler.lowering.gather import gather_piece
from cnnlab.compiler.lowering.loss import label_piece, loss_piece
from cnnlab.compiler.lowering.merging import sum_gradients
from cnnlab.compiler.lowering.normalization import BATCH_ROWS, TILE_ROWS
from cnnlab.compiler.lowering.optimizers import Trained, slot_names
from cnnlab.compiler.lowering.step import Barrier, Piece, Pieces, Sink, Statistics, Step
from cnnlab.compiler.separable import depthwise_step, name_in_step
from cnnlab.records import Loss, Optimizer


@dataclass(frozen=True)
class Place:
    """Where one array of weights lies among the parameters, in numbers."""

    name: str
    first: int
    shape: Shape
    trainable: bool
    summed: bool

    @property
    def size(self) -> int:
        """Count its numbers."""
        return prod(self.shape)


@dataclass
class Phase:
    """What is done between two barriers: first by each thread, then for each tile."""

    by_thread: list[Piece] = field(default_factory=list)
    by_tile: list[Piece] = field(default_factory=list)


@dataclass(eq=False)
class Plan:
    """A network, ready to become code.

    Attributes:
        network: What it was made of.
        loss: What the outputs are compared by; None to predict only.
        optimizer: What moves the weights; None where nothing is trained.
        element: float32 or float64.
        steps: The layers that do something.
        places: Every array of weights, in Keras' order.
        phases: Of training, or the single one of evaluation.
        shares: Work over the whole batch, split over the threads.
        gathers: For each kind of images the piece that fetches them.
        labels: For each kind of labels the piece that fetches them.
        input: The network's input.
        outputs: What the loss sees.
        shares_of_classes: The outputs as probabilities.
        softmax_after: Whether outputs are logits that a softmax belongs behind.
        tile_bytes: Memory of one tile that outlives a barrier.
        scratch_bytes: Memory of one thread.
        statistics_bytes: Of one tile, for batch normalization.
        moving_bytes: Of the batch, for batch normalization.
        summed: How many numbers are summed tile by tile; they stand first among the parameters.
        trained: How many numbers are trained; they stand before the others.
        parameters: How many numbers there are in all, padding included.
        drawing: Nodes of the layers that draw random numbers, in the order of their keys.
        augmentations: Nodes of the augmentation layers, in the order of their maps.
    """

    network: Network
    loss: Loss | None
    optimizer: Optimizer | None
    element: Type
    steps: list[Step] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    phases: list[Phase] = field(default_factory=list)
    shares: list[Piece] = field(default_factory=list)
    gathers: dict[ImageKind, Piece] = field(default_factory=dict)
    labels: dict[LabelKind, Piece] = field(default_factory=dict)
    input: Buffer = field(default_factory=lambda: Buffer("none", (1, 1, 1), F32))
    outputs: Buffer = field(default_factory=lambda: Buffer("none", (1, 1, 1), F32))
    shares_of_classes: Buffer | None = None
    softmax_after: bool = False
    tile_bytes: int = 0
    scratch_bytes: int = 0
    statistics_bytes: int = 0
    moving_bytes: int = 0
    summed: int = 0
    trained: int = 0
    parameters: int = 0
    drawing: list[Node] = field(default_factory=list)
    augmentations: list[Node] = field(default_factory=list)
    buffers: list[Buffer] = field(default_factory=list)

    @property
    def training(self) -> bool:
        """Say whether it trains."""
        return self.optimizer is not None

    @property
    def from_logits(self) -> bool:
        """Say whether the loss takes the outputs for logits."""
        return self.softmax_after or (self.loss is not None and self.loss.from_logits)

    @property
    def trained_arrays(self) -> list[Trained]:
        """List the trained arrays with their vectors, in Keras' order."""
        return [
            Trained(place.name, place.first // LANES, (place.first + padded(place.size)) // LANES)
            for place in self.places
            if place.trainable
        ]

    @property
    def slots(self) -> list[str]:
        """Name what the optimizer remembers of each weight."""
        return slot_names(self.optimizer) if self.optimizer is not None else []


def make_plan(network: Network, loss: Loss | None, optimizer: Optimizer | None, element: Type = F32) -> Plan:
    """Plan a network.

    Args:
        network: Its description.
        loss: None to predict only.
        optimizer: None to evaluate and predict.
        element: What all numbers are.

    Raises:
        NotSupportedError: If the compiler lacks a layer or the optimizer, or if an augmentation layer that is trained
            with stands behind weights.
    """
    if optimizer is not None:
        refuse_behind_weights(network)
    plan = Plan(network, loss, optimizer, element)
    plan.softmax_after = _ends_in_softmax(network) and not (loss is not None and loss.from_logits)
    _place_weights(plan)
    _make_steps(plan)
    if loss is not None or plan.softmax_after:
        plan.shares_of_classes = Buffer("probabilities", plan.outputs.shape, plan.element)
    if plan.training:
        _add_gradients(plan)
    _add_pieces(plan)
    _place_buffers(plan)
    return plan


def _ends_in_softmax(network: Network) -> bool:
    return getattr(network.nodes[-1].layer, "activation", None) == "softmax" and len(network.output_shape) == 1


def _place_weights(plan: Plan) -> None:
    """Put the arrays that are summed tile by tile first, then the other trained ones, then the rest."""
    weights = plan.network.weights
    kinds = [
        _Kind(weight.parameter.trainable, not _over_batch(weight.node, weight.parameter.name)) for weight in weights
    ]
    first, places = 0, {}
    for wanted in (_Kind(True, True), _Kind(True, False), _Kind(False, True), _Kind(False, False)):
        for weight, kind in zip(weights, kinds, strict=True):
            if kind == wanted:
                shape = weight.parameter.shape
                places[weight.index] = Place(weight.name, first, shape, kind.trainable, kind.summed)
                first += padded(weight.parameter.size)
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


def channels_first(shape: Shape) -> tuple[int, int, int]:
    """Return (channels, height, width) of (h, w, c) or (features,)."""
    if len(shape) == 1:
        return (shape[0], 1, 1)
    if len(shape) == 3:  # noqa: PLR2004 - height, width, channels
        return (shape[2], shape[0], shape[1])
    return (shape[-1], 1, prod(shape[:-1]))


def _make_steps(plan: Plan) -> None:
    """Turn nodes into steps: what does nothing is left out, an activation that looks at its input gets its own step."""
    network, training = plan.network, plan.training
    values: dict[int, Buffer] = {}
    plan.input = values[0] = Buffer("images", channels_first(network.input_shape), plan.element)
    for node in _live(network):
        layer, (source, *others) = node.layer, [values[index] for index in node.inputs]
        if isinstance(layer, SeparableConv2D):
            plan.steps.append(depthwise_step(node, layer, source, training))
            _weights_of(plan, plan.steps[-1])
            source, layer = plan.steps[-1].out, layer.pointwise
        lowering = lowering_of(layer)
        if lowering.does_nothing(layer, node.input_shape, training):
            values[node.index] = source
            continue
        name = f"layer{node.index}_{type(layer).__name__.lower()}"
        activation = str(getattr(layer, "activation", None) or "linear") if lowering.has_activation else "linear"
        if plan.softmax_after and node is network.nodes[-1] and activation == "softmax":
            activation = "linear"
        if isinstance(layer, Activation | Softmax) and plan.softmax_after and node is network.nodes[-1]:
            values[node.index] = source
            continue
        fused = activation if activation in BY_OUTPUT else "linear"
        out = Buffer(name, channels_first(node.output_shape), plan.element)
        step = Step(name, node, layer, fused, source, out, training, others=others)
        plan.steps.append(step)
        if fused != activation:
            after = Activation(activation)
            made = Buffer(f"{name}_{activation}", out.shape, plan.element)
            plan.steps.append(Step(f"{name}_{activation}", node, after, "linear", out, made, training))
            out = made
        values[node.index] = out
        _weights_of(plan, step)
        if layer.draws:
            step.key = len(plan.drawing)
            plan.drawing.append(node)
        if isinstance(layer, RandomMap):
            step.key = len(plan.augmentations)
            plan.augmentations.append(node)
    plan.outputs = values[network.nodes[-1].index]
    _widen_for_readers(plan)


def _live(network: Network) -> list[Node]:
    """List the nodes that the output depends on, the input left out."""
    needed = {network.nodes[-1].index}
    for node in reversed(network.nodes):
        needed.update(node.inputs if node.index in needed else ())
    return [node for node in network.nodes[1:] if node.index in needed]


def _weights_of(plan: Plan, step: Step) -> None:
    """Tell a step where its weights are, and give it room for the partial sums of their gradients."""
    for weight, place in zip(plan.network.weights, plan.places, strict=True):
        name = name_in_step(step, weight.parameter.name)
        if weight.node is not step.node or name is None:
            continue
        step.weights[name] = place.first
        if plan.training and place.trainable and place.summed and not isinstance(step.layer, BatchNormalization):
            step.rows[name] = Buffer(f"{step.name} {name} sums", (padded(place.size), 1, 1), plan.element)


def _widen_for_readers(plan: Plan) -> None:
    """Give each buffer the halo that its reader needs."""
    for step in plan.steps:
        halo = lowering_of(step.layer).source_halo(step.layer, _as_image_of(step.source))
        step.source.halo = step.source.halo.joined(halo)


def _as_image_of(buffer: Buffer) -> Shape:
    channels, height, width = buffer.shape
    return (height, width, channels)


def _add_gradients(plan: Plan) -> None:
    """Give each step that training reaches the gradient by its output, and the way on to its inputs'."""
    reached: dict[Buffer, Step] = {}
    for step in plan.steps:
        if any(place.trainable for place in _places_of(plan, step)) or any(one in reached for one in step.sources):
            reached[step.out] = step
            step.gradient = Buffer(f"{step.name} gradient", step.out.shape, plan.element)
    takers = Counter(source for step in plan.steps for source in step.sources)
    for step in plan.steps:
        sinks = [_sink(step, reached[one], takers[one]) if one in reached else None for one in step.sources]
        step.by_source, *step.by_others = sinks
        if step.by_source is not None:
            halo = lowering_of(step.layer).gradient_halo(step.layer, _as_image_of(step.source))
            step.incoming.halo = step.incoming.halo.joined(halo)


def _sink(taker: Step, before: Step, takers: int) -> Sink:
    """Return where a step hands a gradient back: to the only taker's producer at once, else to a buffer of its own."""
    if takers == 1:
        return Sink(before.incoming, before.out, before.activation)
    part = Buffer(f"{before.name} gradient by {taker.name}", before.out.shape, before.out.element)
    before.parts.append(part)
    return Sink(part, before.out, "linear")


def _places_of(plan: Plan, step: Step) -> list[Place]:
    return [place for place in plan.places if place.first in step.weights.values()]


def _add_pieces(plan: Plan) -> None:
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
    assert plan.shares_of_classes is not None
    targets = Buffer("labels", plan.outputs.shape, plan.element)
    plan.labels = {
        kind: label_piece(f"labels_{kind.name.lower()}", targets, kind)
        for kind in (LabelKind.CLASSES, LabelKind.PROBABILITIES)
    }
    last = next((step for step in plan.steps if step.out is plan.outputs), None)
    sink = Sink(last.incoming, last.out, last.activation) if last is not None and last.gradient is not None else None
    return [loss_piece("loss", plan.outputs, targets, plan.shares_of_classes, from_logits=plan.from_logits, sink=sink)]


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


def _place_buffers(plan: Plan) -> None:
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

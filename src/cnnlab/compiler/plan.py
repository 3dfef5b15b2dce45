"""A plan: what a network becomes before it is code, and all about memory that whoever calls the code must know.

It is quick to make (`planning.py`): where the machine code is in the cache already, nothing but the plan is computed.
"""

from dataclasses import dataclass, field
from math import prod

from cnnlab.arch import Network, Node
from cnnlab.arch.constraints import Constraint
from cnnlab.arch.layer import Shape
from cnnlab.arch.regularizers import Regularizer
from cnnlab.compiler.buffers import Buffer, padded
from cnnlab.compiler.frame import LANES, ImageKind, LabelKind
from cnnlab.compiler.ir import F32, Type
from cnnlab.compiler.lowering.constraints import Constrained
from cnnlab.compiler.lowering.optimizers import Trained, slot_names
from cnnlab.compiler.lowering.penalties import Penalized
from cnnlab.compiler.lowering.step import Piece, Step
from cnnlab.records import Counted, Loss, Optimizer


@dataclass(frozen=True)
class Place:
    """Where one array of weights lies among the parameters, in numbers."""

    name: str
    first: int
    shape: Shape
    trainable: bool
    summed: bool
    regularizer: Regularizer | None = None
    constraint: Constraint | None = None

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
        left_out: The softmax or sigmoid that belongs behind the outputs, which are its logits then; None where the
            network is computed to its end.
        tile_bytes: Memory of one tile that outlives a barrier.
        scratch_bytes: Memory of one thread.
        statistics_bytes: Of one tile, for batch normalization.
        moving_bytes: Of the batch, for batch normalization.
        summed: How many numbers are summed tile by tile; they stand first among the parameters.
        trained: How many numbers are trained; they stand before the others.
        parameters: How many numbers there are in all, padding included.
        drawing: Nodes of the layers that draw random numbers, in the order of their keys.
        augmentations: Nodes of the augmentation layers, in the order of their maps.
        metrics: What is counted beside the right answers.
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
    left_out: str | None = None
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
    metrics: tuple[Counted, ...] = ()

    @property
    def training(self) -> bool:
        """Say whether it trains."""
        return self.optimizer is not None

    @property
    def from_logits(self) -> bool:
        """Say whether the loss takes the outputs for logits."""
        return self.left_out is not None or (self.loss is not None and self.loss.from_logits)

    @property
    def trained_arrays(self) -> list[Trained]:
        """List the trained arrays with their vectors, in Keras' order."""
        return [
            Trained(place.name, place.first // LANES, (place.first + padded(place.size)) // LANES)
            for place in self.places
            if place.trainable
        ]

    @property
    def penalized(self) -> list[Penalized]:
        """List the trained arrays whose size the loss contains, in Keras' order."""
        return [
            Penalized(place.first // LANES, place.size, *place.regularizer.factors)
            for place in self.places
            if place.trainable and place.regularizer is not None
        ]

    @property
    def constrained(self) -> list[Constrained]:
        """List the trained arrays that are constrained, in Keras' order."""
        return [
            Constrained(place.name, place.first, place.shape, place.constraint)
            for place in self.places
            if place.trainable and place.constraint is not None
        ]

    @property
    def slots(self) -> list[str]:
        """Name what the optimizer remembers of each weight."""
        return slot_names(self.optimizer) if self.optimizer is not None else []

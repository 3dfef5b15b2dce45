"""What a layer is to the compiler: a step with its buffers, and pieces of code for forward and backward."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Literal

from cnnlab.arch import Layer, Node
from cnnlab.arch.layer import Shape
from cnnlab.compiler.buffers import Buffer, Halo
from cnnlab.compiler.ir import Value
from cnnlab.compiler.kernel import Kernel
from cnnlab.compiler.lowering import activations

Scope = Literal["tile", "thread", "share"]
Role = Literal["forward", "input gradient", "weight gradient", "other"]


class Barrier(Enum):
    """Where all threads wait for each other."""

    BARRIER = "barrier"


BARRIER: Final = Barrier.BARRIER


@dataclass(eq=False)
class Piece:
    """A function of the program.

    Attributes:
        name: Of the function.
        about: What it does, for readers.
        scope: "tile": for each tile; "thread": once by each thread, all alike; "share": once, split over the threads.
        touches: Buffers that it reads or writes.
        emit: Writes it.
        role: For the roofline.
        multiply_adds: For one image.
        shares: How many shares there are, for scope "share".
    """

    name: str
    about: str
    scope: Scope
    touches: Sequence[Buffer]
    emit: Callable[[Kernel], None]
    role: Role = "other"
    multiply_adds: int = 0
    shares: int = 0


Pieces = list[Piece | Barrier]


@dataclass(eq=False)
class Sink:
    """Where a layer writes the gradient by its input: through the activation that the input came out of.

    Attributes:
        gradient: By the producer's output before its activation.
        out: The producer's output.
        activation: The producer's.
    """

    gradient: Buffer
    out: Buffer
    activation: str

    @property
    def derives(self) -> bool:
        """Say whether the producer's output is needed."""
        return self.activation != "linear"

    @property
    def buffers(self) -> list[Buffer]:
        """List what a writer touches."""
        return [self.gradient, self.out] if self.derives else [self.gradient]

    def finish(self, k: Kernel, value: Value, out: Value | None) -> Value:
        """Turn a gradient by the producer's output into one by what came before its activation."""
        return value if out is None else activations.derive(k, self.activation, out, value)


@dataclass(eq=False)
class Statistics:
    """Sums that batch normalization takes over a batch.

    Attributes:
        offset: Bytes from the beginning of a tile's statistics.
        moving: Bytes from the beginning of the batch's own.
        channels: Rounded up to whole vectors.
    """

    offset: int
    moving: int
    channels: int


@dataclass(eq=False)
class Step:
    """A layer at its place in a program.

    Attributes:
        name: Begins the names of its functions.
        node: Its place in the network.
        layer: What it does.
        activation: What is applied to its output in the same pass; "linear" for nothing.
        source: What it reads; the first of several inputs.
        out: What it writes.
        training: Whether gradients will be wanted.
        gradient: By its output before the activation.
        by_source: Where the gradient by the input goes; None where nobody wants it.
        others: Its further inputs.
        by_others: Where their gradients go.
        parts: Where several takers of its output put their gradients, to be added up; empty where there is one taker.
        weights: Where each array of weights begins among the parameters, in numbers.
        rows: For each array whose gradient is summed tile by tile: 16 partial sums for each weight.
        sums: Where each array begins among a tile's sums, in numbers.
        extra: Further buffers of its own.
        statistics: For batch normalization.
        key: Which key is its own, where it draws random numbers, or which maps.
        tile_bytes: Gives the bytes from one tile to the next, known once all buffers are.
        tile_statistics: Likewise of their statistics.
    """

    name: str
    node: Node
    layer: Layer
    activation: str
    source: Buffer
    out: Buffer
    training: bool
    gradient: Buffer | None = None
    by_source: Sink | None = None
    others: list[Buffer] = field(default_factory=list)
    by_others: list[Sink | None] = field(default_factory=list)
    parts: list[Buffer] = field(default_factory=list)
    weights: dict[str, int] = field(default_factory=dict)
    rows: dict[str, Buffer] = field(default_factory=dict)
    extra: dict[str, Buffer] = field(default_factory=dict)
    statistics: Statistics | None = None
    key: int = 0
    tile_bytes: Callable[[], int] = int
    tile_statistics: Callable[[], int] = int

    @property
    def sources(self) -> list[Buffer]:
        """List all inputs."""
        return [self.source, *self.others]

    @property
    def by_sources(self) -> list[Sink | None]:
        """List where the gradients by all inputs go."""
        return [self.by_source, *self.by_others]

    @property
    def incoming(self) -> Buffer:
        """Return the gradient's buffer, which is there in training."""
        assert self.gradient is not None
        return self.gradient

    @property
    def multiply_adds(self) -> int:
        """Count the multiplications with a weight for one image, forward."""
        channels, height, width = self.source.shape
        return self.layer.multiply_adds((height, width, channels))


class Lowering:
    """How a kind of layer becomes code; one subclass for each, in a file of its own.

    Attributes:
        derives_by_output: Whether a neighbour may apply this layer's activation and derive it by its output.
    """

    has_activation = False

    def source_halo(self, layer: Any, source: Shape) -> Halo:  # noqa: ANN401 - each kind has its own
        """Say how far the layer reads beyond its input."""
        del layer, source
        return Halo()

    def gradient_halo(self, layer: Any, source: Shape) -> Halo:  # noqa: ANN401
        """Say how far the gradient by the input reads beyond the gradient by the output."""
        del layer, source
        return Halo()

    def does_nothing(self, layer: Any, shape: Shape, training: bool) -> bool:  # noqa: ANN401
        """Say whether the output is the input."""
        del layer, shape, training
        return False

    def add_buffers(self, step: Step) -> None:
        """Add buffers of the layer's own to `Step.extra`."""

    def forward(self, step: Step) -> Pieces:
        """Return the pieces from input to output."""
        raise NotImplementedError

    def backward(self, step: Step) -> Pieces:
        """Return the pieces from the output's gradient to those by the weights and by the input."""
        raise NotImplementedError

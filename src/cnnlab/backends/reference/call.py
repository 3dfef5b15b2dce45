"""What a layer is given when it is its turn in a pass over one batch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from cnnlab.arch import Layer, Node
from cnnlab.backends.interface import Array
from cnnlab.backends.reference.arena import Arena
from cnnlab.backends.reference.workers import Workers

AnyLayer = TypeVar("AnyLayer", bound=Layer)


@dataclass(frozen=True, eq=False)
class Pass:
    """One pass of one batch through a network.

    Attributes:
        workers: Who computes.
        arena: Where large arrays come from.
        training: Whether dropout drops and batch normalization looks at the batch.
        rows: Shape (n,): the images' indices in their data set; with seed and epoch they decide dropout masks.
        seed: The run's seed.
        epoch: Counted from 0.
    """

    workers: Workers
    arena: Arena
    training: bool
    rows: npt.NDArray[np.integer]
    seed: int = 0
    epoch: int = 0


@dataclass(frozen=True, eq=False)
class Call(Generic[AnyLayer]):
    """One layer's turn.

    Attributes:
        layer: Its description.
        node: Its place in the network.
        weights: Its arrays by their names; batch normalization changes its moving averages in place.
        needs_input_gradient: False where nothing before the layer is trained, as for the first one.
        batch: The pass.
    """

    layer: AnyLayer
    node: Node
    weights: Mapping[str, Array]
    needs_input_gradient: bool
    batch: Pass


class Gradients(NamedTuple):
    """What a layer hands back: the loss's gradient by its inputs (None if not needed) and by each trained weight."""

    by_input: Array | None
    by_weight: Mapping[str, Array] = {}
    by_others: tuple[Array, ...] = ()


class Operation(NamedTuple):
    """How a kind of layer is computed.

    ``forward(call, x)`` (or of several inputs) gives the output, and what ``backward(call, saved, gradient)`` will need
    besides the gradient by that output.
    """

    forward: Callable[..., tuple[Array, Any]]
    backward: Callable[[Call[Any], Any, Array], Gradients]

"""What a training step consists of, and how each part of it is done many times to be timed."""

from dataclasses import dataclass
from typing import Literal

from cnnlab.compiler.frame import Frame
from cnnlab.compiler.kernel import Kernel
from cnnlab.compiler.lowering.optimizers import Update
from cnnlab.compiler.lowering.step import Piece, Role
from cnnlab.compiler.plan import Plan
from cnnlab.compiler.shares import over_tiles, share


@dataclass(frozen=True)
class Part:
    """Something that a training step does, once or several times: a piece of code, or what stands between them.

    Attributes:
        name: Of the function.
        about: What it does, for readers.
        scope: "tile": for each tile; "thread": once by each thread; "share": once, split over the threads.
        times: How often a step does it.
        role: For the roofline.
        multiply_adds: For one image.
        shares: For scope "share".
    """

    name: str
    about: str
    scope: Literal["tile", "thread", "share"]
    times: int = 1
    role: Role = "other"
    multiply_adds: int = 0
    shares: int = 0

    @property
    def timer(self) -> str:
        """Name the function that does it many times."""
        return f"time_{self.name}"


def parts_of(plan: Plan, update: Update | None) -> list[Part]:
    """List what a training step does, in its order; of the images' and labels' kinds all.

    Args:
        plan: Of the program.
        update: What the optimizer does; None where nothing is trained.
    """
    found = [Part("enter_tile", "point at a tile, in each phase", "tile", len(plan.phases))]
    found += [_part(piece) for piece in plan.gathers.values()]
    for phase in plan.phases:
        found += [_part(piece) for piece in phase.by_thread]
        for piece in phase.by_tile:
            found += [_part(label) for label in plan.labels.values() if piece.name == "loss"]
            found.append(_part(piece))
    found.append(Part("reduce", "add up the tiles' sums, and the work over the batch below", "thread"))
    found += [_part(piece) for piece in plan.shares]
    found.append(Part("sum_results", "add up the tiles' losses", "thread"))
    found += [Part("sum_counts", "add up the tiles' counts", "thread")] * bool(plan.metrics)
    found += [Part("penalties", "gradients of the weights' penalties", "thread")] * bool(plan.penalized)
    found += _parts_of_update(update)
    found += [Part("constraints", "bring weights to where they must be", "thread")] * bool(plan.constrained)
    return [*found, Part("wait", "the barriers", "thread", len(plan.phases) + 2 + bool(plan.constrained))]


def _parts_of_update(update: Update | None) -> list[Part]:
    if update is None:
        return []
    collect = [Part("collect", "accumulate gradients", "thread")] * update.accumulates
    norms = [Part("norms", "norms of the gradients", "thread")] * update.needs_norms
    return [*collect, *norms, Part("new_weights", "the optimizer's update", "thread")]


def write_timer(k: Kernel, part: Part) -> None:
    """Write a function that does a part TURNS times, over all tiles where it is for tiles."""
    mode = k.emit("float_mode", extra=("get",))
    k.emit("float_mode", extra=("set",))
    with k.loop(0, k.own(Frame.TURNS), label="turn"):
        if part.scope == "tile":
            with over_tiles(k):
                if part.name != "enter_tile":
                    k.call(part.name, k.frame)
        else:
            if part.scope == "share":
                share(k, part.shares)
            k.call(part.name, k.frame)
    k.emit("float_mode", mode, extra=("set",))


def _part(piece: Piece) -> Part:
    return Part(piece.name, piece.about, piece.scope, 1, piece.role, piece.multiply_adds, piece.shares)

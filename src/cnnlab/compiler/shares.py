"""Loops over what is one thread's own: its tiles, and its share of other work."""

from collections.abc import Iterator
from contextlib import contextmanager

from cnnlab.compiler.frame import Frame, Shared
from cnnlab.compiler.ir import Value
from cnnlab.compiler.kernel import Kernel


def bounds(k: Kernel, work: int) -> tuple[Value, Value]:
    """Return where this thread's share of some work begins and ends: contiguous, all shares about alike."""
    thread, threads = k.own(Frame.THREAD), k.common(Shared.THREADS)
    return k.div(k.mul(thread, work), threads), k.div(k.mul(k.add(thread, 1), work), threads)


def share(k: Kernel, work: int) -> None:
    """Write where this thread's share of some work begins and ends into the frame."""
    for slot, value in zip((Frame.LO, Frame.HI), bounds(k, work), strict=True):
        k.store(value, k.frame, 8 * slot)


@contextmanager
def over_tiles(k: Kernel) -> Iterator[None]:
    """Write a loop over this thread's tiles."""
    with k.loop(0, k.own(Frame.TILES), label="tile") as turn:
        thread, threads = k.own(Frame.THREAD), k.common(Shared.THREADS)
        left = k.sub(turn.at, k.mul(k.div(turn.at, threads), threads))
        with k.when(k.compare("eq", left, thread)):
            k.store(turn.at, k.frame, 8 * Frame.TILE_INDEX)
            k.call("enter_tile", k.frame)
            yield

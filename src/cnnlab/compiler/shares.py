"""Loops over what is one thread's own: its tiles, and its share of other work."""

from collections.abc import Iterator
from contextlib import contextmanager

from cnnlab.compiler.frame import Frame, Shared
from cnnlab.compiler.kernel import Kernel


def share(k: Kernel, work: int) -> None:
    """Write this thread's share of some work into the frame: contiguous, all shares about alike."""
    thread, threads = k.own(Frame.THREAD), k.common(Shared.THREADS)
    k.store(k.div(k.mul(thread, work), threads), k.frame, 8 * Frame.LO)
    k.store(k.div(k.mul(k.add(thread, 1), work), threads), k.frame, 8 * Frame.HI)


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

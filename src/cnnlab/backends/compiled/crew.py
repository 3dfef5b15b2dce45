"""Threads that run compiled code together."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Lock

from cnnlab.backends.compiled.memory import Slots
from cnnlab.compiler.jit import Native


@cache
def _helpers(count: int) -> tuple[ThreadPoolExecutor, Lock]:
    """Return that many threads, shared by all models of this process, and the lock of who uses them."""
    return ThreadPoolExecutor(count, thread_name_prefix="cnnlab"), Lock()


def run_together(native: Native, frames: Sequence[Slots]) -> None:
    """Call compiled code once for each frame, each on a thread of its own; the first on this one.

    Threads of one call wait for each other inside, so a call has as many helpers to itself as it needs.
    """
    if len(frames) == 1:
        native(frames[0].address)
        return
    helpers, alone = _helpers(len(frames) - 1)
    with alone:
        waiting = [helpers.submit(native, frame.address) for frame in frames[1:]]
        native(frames[0].address)
        for helper in waiting:
            helper.result()

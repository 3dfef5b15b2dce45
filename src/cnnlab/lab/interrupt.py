"""Ctrl-C as a wish: finish the step, keep what is there."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def stop_on_interrupt() -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl-C into a wish to stop after the step at hand; the second one stops at once.

    The handler only sets a flag: it may run in the middle of anything, a print included.

    Yields:
        Whether the user wants to stop.
    """
    wanted = threading.Event()

    def once(number: int, frame: object) -> None:
        del number, frame
        wanted.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    if threading.current_thread() is not threading.main_thread():
        yield wanted.is_set
        return
    before = signal.signal(signal.SIGINT, once)
    try:
        yield wanted.is_set
    finally:
        signal.signal(signal.SIGINT, before)

"""Hold Ctrl-C back where it would break an object half made."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def interrupt_held() -> Iterator[None]:
    """Let a Ctrl-C wait until the block has ended; it is for blocks of milliseconds.

    Python raises KeyboardInterrupt between any two instructions. One amid the making of a zip file leaves an object
    whose clean-up fails, and Python prints that failure on the terminal, where nobody can catch it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # Python runs signal handlers in the main thread alone
        return
    waiting: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: waiting.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL if before is None else before)
        if waiting:
            signal.raise_signal(signal.SIGINT)

"""Chunks of images spread over a few threads, with results that do not depend on how many there are.

NumPy and BLAS release the interpreter's lock while they compute, so plain threads are enough. BLAS itself is held to
one thread meanwhile: its matrices are small here, and two layers of threads would fight for the same cores.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from functools import cache, cached_property
from typing import Final, TypeVar

import numpy as np
from threadpoolctl import ThreadpoolController

Result = TypeVar("Result")

# Bytes of scratch for one chunk: about a common second-level cache. Smaller chunks were no faster, and the more there
# are, the more often threads wait for the interpreter's lock.
CHUNK_BYTES: Final = 2**20


class Workers:
    """A small pool of threads, the calling one included.

    Args:
        threads: How many compute at once, at least 1.
    """

    def __init__(self, threads: int) -> None:
        self.threads = threads

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.threads - 1, thread_name_prefix="cnnlab-numpy")

    def over_images(self, count: int, bytes_per_image: int, task: Callable[[slice], Result]) -> list[Result]:
        """Run a task on chunks of images and return the results in the images' order.

        The chunks depend on the sizes alone, so that sums over them are the same on any number of threads.

        Args:
            count: How many images there are.
            bytes_per_image: Scratch that the task needs for each of them.
            task: Called with the slice of images of one chunk; writes nothing outside its images.
        """
        size = max(1, CHUNK_BYTES // max(1, bytes_per_image))
        chunks = [slice(start, min(start + size, count)) for start in range(0, count, size)]
        if self.threads == 1 or len(chunks) == 1:
            return [task(chunk) for chunk in chunks]
        return self._share(chunks, task)

    def _share(self, chunks: list[slice], task: Callable[[slice], Result]) -> list[Result]:
        """Let every thread take the next chunk until none is left."""
        pending = deque(enumerate(chunks))
        results: dict[int, Result] = {}

        def work() -> None:
            while True:
                try:
                    turn, chunk = pending.popleft()
                except IndexError:
                    return
                results[turn] = task(chunk)

        # NumPy's error state belongs to the context, and each thread needs a copy of its own.
        helpers = [self._pool.submit(copy_context().run, work) for _ in range(min(self.threads, len(chunks)) - 1)]
        work()
        for helper in helpers:
            helper.result()
        return [results[turn] for turn in range(len(chunks))]


@cache
def _blas() -> ThreadpoolController:
    """Find the BLAS libraries that are loaded; looking for them takes milliseconds, so once."""
    return ThreadpoolController()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold BLAS to one thread: the threads of `Workers` call it side by side.

    NumPy keeps silent meanwhile: of what overflows the loss tells, once and by name.
    """
    with _blas().limit(limits=1, user_api="blas"), np.errstate(all="ignore"):
        yield

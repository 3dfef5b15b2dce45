"""Memory that compiled code works in: aligned, zeroed once, and described by rows of 8-byte slots."""

import ctypes
import mmap
import os
import struct
from enum import IntEnum
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab.compiler.frame import Frame, Shared, Sync

Array = npt.NDArray[Any]
_ALIGNMENT = 64
_HUGE_PAGE = 2**21


def aligned(count: int, dtype: npt.DTypeLike) -> Array:
    """Return zeros that begin at a cache line; untouched pages cost no memory."""
    size = np.dtype(dtype).itemsize
    large = count * size >= _HUGE_PAGE // 4
    raw = _huge_pages(count * size) if large else np.zeros(count * size + _ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % (_HUGE_PAGE if large else _ALIGNMENT)
    return raw[start : start + count * size].view(dtype)


def _huge_pages(size: int) -> Array:
    """Return memory that the system may give in pages of 2 MiB: finding small ones costs 5 % of the time."""
    block = mmap.mmap(-1, (size // _HUGE_PAGE + 2) * _HUGE_PAGE)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        block.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(block, np.uint8)


class Slots:
    """A row of 8-byte slots, each a pointer, a whole number or an f64.

    Args:
        size: How many.
    """

    def __init__(self, size: int) -> None:
        self.words = aligned(size, np.int64)
        self.address = self.words.ctypes.data
        self._kept: dict[int, Array] = {}

    def point(self, slot: IntEnum, array: Array | None) -> None:
        """Let a slot point to an array, which is kept alive; None for nowhere."""
        if array is None:
            self.words[slot] = 0
            self._kept.pop(slot, None)
        else:
            self.words[slot] = array.ctypes.data
            self._kept[slot] = array

    def put(self, slot: IntEnum, number: int) -> None:
        """Write a whole number."""
        self.words[slot] = number

    def put_float(self, slot: IntEnum, number: float) -> None:
        """Write an f64."""
        self.words[slot] = struct.unpack("<q", struct.pack("<d", number))[0]


class Frames:
    """What all threads share, and a frame for each of them.

    Args:
        threads: How many at most.
        scratch_bytes: Each thread's own memory.
    """

    def __init__(self, threads: int, scratch_bytes: int) -> None:
        self.shared = Slots(Shared.SIZE)
        self.sync = aligned(Sync.SIZE, np.int64)
        self.shared.point(Shared.SYNC, self.sync)
        self.shared.put(Shared.YIELD, _yield_address())
        self.own = []
        for thread in range(threads):
            frame = Slots(Frame.SIZE)
            frame.put(Frame.SHARED, self.shared.address)
            frame.put(Frame.THREAD, thread)
            frame.point(Frame.SCRATCH, aligned(max(scratch_bytes, _ALIGNMENT), np.uint8))
            self.own.append(frame)


@cache
def _yield_address() -> int:
    """Return the address of the system's function that lets other threads run."""
    library = ctypes.WinDLL("kernel32") if os.name == "nt" else ctypes.CDLL(None)  # type: ignore[attr-defined,unused-ignore]
    function = library.SwitchToThread if os.name == "nt" else library.sched_yield
    address = ctypes.cast(function, ctypes.c_void_p).value
    assert address is not None
    return address

"""The floating-point mode of this thread (MXCSR, FPCR), as some other library may leave it: by code of our own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import numpy as np

from cnnlab.compiler.ir import I64, PTR, Builder, Module, verify
from cnnlab.compiler.jit import Library, emit_object
from cnnlab.compiler.llvm import llvm_text
from cnnlab.compiler.target import host_target

FLUSHES = {"flush to zero": 0x8000, "denormals are zero": 0x0040, "both": 0x8040}
ROUNDINGS = {"rounding down": 0x2000, "rounding up": 0x4000, "rounding towards zero": 0x6000}
PLAIN = 0x1F80  # IEEE's default, all exceptions masked
_STICKY = 0x3F  # which exceptions have been: every operation may set them


@cache
def _library() -> Library:
    get, put = (Builder(name, [("place", PTR)], exported=True) for name in ("get_mode", "set_mode"))
    get.store(get.emit("float_mode", extra=("get",)), get.parameters[0])
    put.emit("float_mode", put.load(I64, put.parameters[0]), extra=("set",))
    module = Module("float mode", [get.function, put.function])
    verify(module)
    target = host_target()
    return Library(emit_object(llvm_text(module, target), target), target)  # whose code is gone with it


@cache
def _functions() -> dict[str, Callable[[int], None]]:
    return _library().functions(["get_mode", "set_mode"])


def current() -> int:
    """Return this thread's mode, without the exceptions that have been."""
    word = np.zeros(1, np.int64)
    _functions()["get_mode"](word.ctypes.data)
    return int(word[0]) & ~_STICKY


@contextmanager
def mode(bits: int) -> Iterator[None]:
    """Set bits of this thread's mode, and check that they are still set at the end."""
    _functions()  # LLVM itself computes in the plain mode
    word = np.array([PLAIN | bits], np.int64)
    before = np.array([current()], np.int64)
    _functions()["set_mode"](word.ctypes.data)
    try:
        yield
        after = current()
    finally:
        _functions()["set_mode"](before.ctypes.data)
    assert after == PLAIN | bits, f"the caller had mode {PLAIN | bits:#x} and found {after:#x} afterwards"

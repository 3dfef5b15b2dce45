"""Small functions of the loop and vector language, compiled and called: what tests of the language share."""
# ruff: noqa: ANN401 - arrays of any type, and ctypes has none

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cnnlab.compiler import host_target, jit
from cnnlab.compiler.ir import PTR, Builder, Function, Module, Type, Value, verify
from cnnlab.compiler.llvm import llvm_text

DTYPES = {"f32": np.float32, "f64": np.float64, "i8": np.uint8, "i16": np.int16, "i32": np.int32, "i64": np.int64}


def dtype_of(kind: Type) -> type[Any]:
    """Return NumPy's type of one lane."""
    return DTYPES[kind.kind]


def call(functions: Sequence[Function], pointer: int, entry: str = "run") -> None:
    """Verify, compile and call a function of one pointer."""
    module = Module("test", list(functions))
    verify(module)
    target = host_target()
    library = jit.Library(jit.emit_object(llvm_text(module, target), target), target)
    library.functions([entry])[entry](pointer)


def computed(write: Callable[[Builder, list[Value]], Value], *inputs: tuple[Type, Sequence[Any]]) -> Any:
    """Return what a function of a few values gives.

    Args:
        write: Writes it: given a builder and the values, it returns the result.
        inputs: For each value its type and its lanes (a single number for a scalar).
    """
    b = Builder("run", [("slots", PTR)], exported=True)
    arrays = [np.array(numbers, dtype_of(kind)).reshape(max(kind.lanes, 1)) for kind, numbers in inputs]
    values = [b.load(kind, b.load(PTR, b.parameters[0], 8 * (1 + place))) for place, (kind, _) in enumerate(inputs)]
    result = write(b, values)
    b.store(result, b.load(PTR, b.parameters[0]))
    out = np.zeros(max(result.type.lanes, 1), dtype_of(result.type))
    slots = np.array([array.ctypes.data for array in (out, *arrays)], np.int64)
    call([b.function], slots.ctypes.data)
    return out if result.type.lanes else out[0]


def over_vectors(write: Callable[[Builder, Value], Value], kind: Type, numbers: Any) -> Any:
    """Apply a function to an array, 16 numbers at a time."""
    vector = kind.times(16)
    dtype = dtype_of(kind)
    count = -(-len(numbers) // 16)
    source, out = np.zeros(count * 16, dtype), np.zeros(count * 16, dtype)
    source[: len(numbers)] = numbers
    b = Builder("run", [("slots", PTR)], exported=True)
    to, start = (b.load(PTR, b.parameters[0], 8 * place) for place in (0, 1))
    with b.loop(0, count) as turn:
        value = b.load(vector, b.offset(start, turn.at, vector.bytes))
        b.store(write(b, value), b.offset(to, turn.at, vector.bytes))
    slots = np.array([out.ctypes.data, source.ctypes.data], np.int64)
    call([b.function], slots.ctypes.data)
    return out[: len(numbers)]


def address_of(function: Any) -> int:
    """Return the address of a ctypes function."""
    found = ctypes.cast(function, ctypes.c_void_p).value
    assert found is not None
    return found

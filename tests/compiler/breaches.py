"""Faults that would break the promise of the same bits, to be planted in the compiler of one side.

Each is a context: what is compiled inside has the fault. Nothing of it reaches the user's object cache.
"""

import ctypes
import ctypes.util
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from cnnlab.compiler import driver, jit, llvm, object_cache, program
from cnnlab.compiler.driver import Driver
from cnnlab.compiler.frame import LANES, Frame, Shared
from cnnlab.compiler.ir import PTR, Builder, Function, Op, Value
from cnnlab.compiler.lowering import activation, activations, lanes, loss, mathematics, normalization, optimizers
from cnnlab.compiler.shares import share


@contextmanager
def own_cache() -> Iterator[None]:
    """Keep objects in a folder that is gone afterwards."""
    with TemporaryDirectory() as folder, patch.dict(os.environ, {object_cache.FOLDER_VARIABLE: folder}):
        yield


@contextmanager
def fast_flags() -> Iterator[None]:
    """Allow LLVM to reassociate, contract and use reciprocals."""

    def written(*given: Any) -> str:  # noqa: ANN401 - whatever the true one takes
        text = llvm.llvm_text(*given)
        for code in ("fadd", "fsub", "fmul", "fdiv"):
            text = text.replace(f"= {code} ", f"= {code} fast ")
        return text

    with own_cache(), patch.object(program, "llvm_text", written):
        yield


@contextmanager
def another_order_of_lanes() -> Iterator[None]:
    """Add up lanes from left to right instead of by the tree."""

    def from_left_to_right(b: Builder, vectors: Sequence[Value]) -> Value:
        sums: Value = b.const(vectors[0].type, 0.0)
        for number, vector in enumerate(vectors):
            total = b.extract(vector, 0)
            for lane in range(1, LANES):
                total = b.add(total, b.extract(vector, lane))
            sums = b.insert(sums, total, number)
        return sums

    with own_cache(), patch.object(lanes, "sum_of_lanes", from_left_to_right):
        yield


@contextmanager
def an_order_of_tiles_by_thread_count() -> Iterator[None]:
    """Add up the tiles' sums beginning at another tile for each number of threads, as if in order of arrival."""

    def reduce(self: Driver) -> Function:
        k = self._kernel("reduce", "a planted fault")
        plan, size = self._plan, self._plan.element.bytes
        share(k, plan.summed // LANES)
        partials, gradients = k.common(Shared.PARTIALS, PTR), k.common(Shared.GRADIENTS, PTR)
        tiles, shift = k.own(Frame.TILES), k.sub(k.common(Shared.THREADS), 1)
        with k.loop(k.own(Frame.LO), k.own(Frame.HI), label="16 weights") as turn:
            first = k.offset(partials, turn.at, k.vector.bytes)
            with k.loop(0, tiles, carry=[k.zeros()], label="tile") as tile:
                number = k.add(tile.at, shift)
                number = k.sub(number, k.mul(k.div(number, tiles), tiles))
                more = k.load(k.vector, k.offset(first, number, plan.summed * size))
                tile.hand_on([k.add(tile.values[0], more)])
            k.store(tile.results[0], k.offset(gradients, turn.at, k.vector.bytes))
        for piece in plan.shares:
            share(k, piece.shares)
            k.call(piece.name, k.frame)
        return k.function

    with own_cache(), patch.object(Driver, "_reduce", reduce):
        yield


@contextmanager
def unfused() -> Iterator[None]:
    """Multiply, round, then add."""
    true = llvm._Writer._operation

    def operation(self: Any, op: Op) -> Iterator[str]:  # noqa: ANN401 - private to llvm.py
        if op.code != "fma":
            yield from true(self, op)
            return
        result, kind = llvm._operand(op.result), llvm._type(op.args[0].type)
        a, b, c = (llvm._operand(arg) for arg in op.args)
        yield f"{result}.product = fmul {kind} {a}, {b}"
        yield f"{result} = fadd {kind} {result}.product, {c}"

    with own_cache(), patch.object(llvm._Writer, "_operation", operation):
        yield


@contextmanager
def exp_of_the_mathematics_library() -> Iterator[None]:
    """Call the system's expf for every exponential."""
    address = ctypes.cast(ctypes.CDLL(ctypes.util.find_library("m") or "ucrtbase").expf, ctypes.c_void_p).value
    true_init, true_intrinsics = jit.Library.__init__, llvm._INTRINSICS

    def init(self: Any, *given: Any) -> None:  # noqa: ANN401 - whatever the true one takes
        true_init(self, *given)
        self._builder = self._builder.import_symbol("expf", address)

    def emit_exp(b: Builder, x: Value) -> Value:
        result = b.sqrt(x)  # has the types of exp, and becomes it below
        b._block[-1] = Op("sqrt", (x,), result, ("exp",))
        return result

    def operation(self: Any, op: Op) -> Iterator[str]:  # noqa: ANN401 - private to llvm.py
        name = "exp" if op.code == "sqrt" and op.extra else "sqrt"
        with patch.dict(true_intrinsics, {"sqrt": name}):
            yield from true_operation(self, op)

    true_operation = llvm._Writer._operation
    with (
        own_cache(),
        patch.object(jit.Library, "__init__", init),
        patch.object(llvm._Writer, "_operation", operation),
        patch.object(activation, "exp", emit_exp),
        patch.object(activations, "exp", emit_exp),
        patch.object(mathematics, "exp", emit_exp),
    ):
        yield


@contextmanager
def mode_of_the_caller() -> Iterator[None]:
    """Leave the floating-point mode as the caller has it."""

    def float_mode(self: Any, op: Op, result: str) -> Iterator[str]:  # noqa: ANN401 - private to llvm.py
        yield f"{result} = add i64 0, 0"

    with own_cache(), patch.dict(llvm._SPECIAL, {"float_mode": float_mode}):
        yield


@contextmanager
def nan_as_the_processor_makes_it() -> Iterator[None]:
    """Store every NaN with the sign and payload that it happens to have."""

    def as_it_is(b: Builder, x: Value) -> Value:
        return x

    with ExitStack() as planted:
        planted.enter_context(own_cache())
        for user in (driver, loss, normalization, optimizers):
            planted.enter_context(patch.object(user, "one_nan", as_it_is))
        yield


# Those that one and the same training shows against a sound compiler.
IN_THE_ARITHMETIC: dict[str, Callable[[], Any]] = {
    "fast flags": fast_flags,
    "another order of lanes": another_order_of_lanes,
    "multiply and add apart": unfused,
    "a library's exp": exp_of_the_mathematics_library,
}

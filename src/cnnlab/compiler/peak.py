"""How fast this processor multiplies and adds when nothing else is in its way: what a roofline is drawn from.

The program is a loop of fused multiply-adds on sums that never leave their registers. Each sum waits for its own last
multiply-add, so there must be as many sums as multiply-adds that can be on their way at once:

    for turn in 0 .. turns carry sum_1, ..., sum_n
      sum_1 = fma(sum_1, 0.5, 1)      # once for each sum, several rounds
      ...
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from ctypes import Array, addressof, c_uint64
from time import perf_counter
from typing import Final

from cnnlab.compiler import jit
from cnnlab.compiler.ir import F32, I64, PTR, Builder, Module, Value, verify
from cnnlab.compiler.llvm import llvm_text
from cnnlab.compiler.target import Target, host_target

NAME: Final = "multiply_adds"
# Registers that are no sums: the two factors, and two to spare.
_OTHERS: Final = 4
_ROUNDS: Final = 8
# One run is short, so that some run falls between the interruptions of a busy machine; several threads take a while to
# begin together.
_SECONDS_OF_A_RUN: Final = 0.002
_SECONDS_TOGETHER: Final = 0.02
_FIRST_TURNS: Final = 2_000

# The memory that the program is handed: how many turns, then room for the sum of its sums.
_WORDS: Final = 32
_RESULT: Final = 64
_Memory = c_uint64 * _WORDS
Memories = Sequence[Array[c_uint64]]


def multiply_adds_in_a_turn(target: Target) -> int:
    """Count the multiplications of one turn of the loop, each lane for itself."""
    return _sums(target) * _ROUNDS * (target.register_bytes // F32.bytes)


def peak_module(target: Target) -> Module:
    """Write the program for a processor."""
    b = Builder(NAME, [("memory", PTR)], "multiply and add in registers", exported=True)
    memory = b.parameters[0]
    vector = F32.times(target.register_bytes // F32.bytes)
    half, one = b.const(vector, 0.5), b.const(vector, 1.0)
    starts = [b.const(vector, 1 + 1 / (2 + number)) for number in range(_sums(target))]
    with b.loop(0, b.load(I64, memory), carry=starts, label="turn") as turn:
        sums = turn.values
        for _ in range(_ROUNDS):
            sums = [b.fma(one_sum, half, one) for one_sum in sums]
        turn.hand_on(sums)
    b.store(_added_up(b, turn.results), memory, _RESULT)
    module = Module("peak", [b.function])
    verify(module)
    return module


def measure_peak(threads: int = 1, seconds: float = 0.3, target: Target | None = None) -> float:
    """Measure the multiply-adds of this processor, in float32.

    Args:
        threads: How many compute at once.
        seconds: How long to measure; the best of many short runs counts, since others may use the machine.
        target: None for the processor at hand.

    Returns:
        GFLOP/s of all threads together; a multiply-add is two operations.

    Raises:
        NotSupportedError: If the processor lacks fused multiply-add on vectors.
    """
    processor = target or host_target()
    library = jit.load(lambda: llvm_text(peak_module(processor), processor), NAME, processor)
    native = library.functions([NAME])[NAME]
    memories = [_Memory() for _ in range(threads)]
    work = 2e-9 * multiply_adds_in_a_turn(processor) * threads
    turns, best, left = _FIRST_TURNS, 0.0, seconds
    wanted = _SECONDS_OF_A_RUN if threads == 1 else _SECONDS_TOGETHER
    with ThreadPoolExecutor(max(threads - 1, 1)) as helpers:
        while left > 0:
            took = _run(native, memories, turns, helpers)
            best = max(best, work * turns / took)
            left -= took
            turns = max(int(turns * wanted / took), 1)
    return best


def _sums(target: Target) -> int:
    """Use all registers but a few: more than are ever on their way at once."""
    return target.registers - _OTHERS


def _added_up(b: Builder, values: Sequence[Value]) -> Value:
    """Add all sums up, so that none is left out as unused."""
    total = values[0]
    for value in values[1:]:
        total = b.add(total, value)
    return total


def _run(native: jit.Native, memories: Memories, turns: int, helpers: ThreadPoolExecutor) -> float:
    """Run the loop once on each thread, all at once, and return the seconds."""
    for memory in memories:
        memory[0] = turns
    began = perf_counter()
    waiting = [helpers.submit(native, addressof(memory)) for memory in memories[1:]]
    native(addressof(memories[0]))
    for helper in waiting:
        helper.result()
    return perf_counter() - began

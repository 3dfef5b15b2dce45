"""The loop that measures the processor's peak; none of this depends on how fast it is."""

import re
from ctypes import addressof, c_float
from math import isfinite
from platform import machine

import pytest

from cnnlab.compiler import jit, peak
from cnnlab.compiler.ir import Loop, Op
from cnnlab.compiler.llvm import llvm_text
from cnnlab.compiler.target import Target, aarch64_linux, host_target

AVX2 = Target("avx2", "x86_64-unknown-linux-gnu", "haswell", "", 32, 16)
AVX512 = Target("avx512", "x86_64-unknown-linux-gnu", "skylake-avx512", "", 64, 32)
TARGETS = pytest.mark.parametrize("target", [AVX2, AVX512, aarch64_linux()], ids=lambda target: target.isa)


@TARGETS
def test_the_loop_is_nothing_but_multiply_adds_on_enough_sums(target: Target) -> None:
    body = peak.peak_module(target).functions[0].body
    loop = next(statement for statement in body if isinstance(statement, Loop))
    assert {op.code for op in loop.body if isinstance(op, Op)} == {"fma"}
    assert len(loop.carried) >= 10
    lanes = loop.carried[0].type.lanes
    assert 4 * lanes == target.register_bytes
    assert len(loop.body) * lanes == peak.multiply_adds_in_a_turn(target)


@TARGETS
def test_the_machine_code_keeps_every_sum_in_its_register(target: Target) -> None:
    assembly = jit.emit_assembly(llvm_text(peak.peak_module(target), target), target)
    lines = [line for line in assembly.splitlines() if re.search(r"\bv?fm(la|add)", line)]
    assert len(lines) == peak.multiply_adds_in_a_turn(target) * 4 // target.register_bytes
    assert [line for line in lines if re.search(r"[(\[]|\bsp\b", line)] == []


@pytest.mark.parametrize("turns", [0, 1, 3])
def test_the_sums_are_what_they_would_be_by_hand(turns: int) -> None:
    target = host_target()
    library = jit.load(lambda: llvm_text(peak.peak_module(target), target), peak.NAME, target)
    memory = (c_float * 64)()
    memory_as_turns = (c_float * 64).from_address(addressof(memory))
    (jit.ctypes.c_uint64).from_address(addressof(memory)).value = turns
    library.functions([peak.NAME])[peak.NAME](addressof(memory))
    loop = next(each for each in peak.peak_module(target).functions[0].body if isinstance(each, Loop))
    rounds = len(loop.body) // len(loop.carried)
    total = 0.0
    for value in loop.initial:
        one = value.literal
        for _ in range(turns * rounds):
            one = 0.5 * one + 1
        total += one
    assert list(memory_as_turns[16:32])[: target.register_bytes // 4] == pytest.approx(
        [total] * (target.register_bytes // 4), rel=1e-5
    )


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_a_peak_is_a_positive_number_on_any_number_of_threads(threads: int) -> None:
    found = peak.measure_peak(threads, seconds=0.01)
    assert isfinite(found)
    assert found > 0


@pytest.mark.skipif(machine().lower() not in {"x86_64", "amd64"}, reason="another processor's instruction sets")
def test_narrower_instructions_than_the_best_can_be_measured() -> None:
    assert peak.measure_peak(seconds=0.01, target=host_target("avx2")) > 0

"""The loop and vector language: how it reads, what its verifier catches, and what each operation computes."""
# ruff: noqa: ANN401 - lanes and extras of any type

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from native import address_of, call, computed

from cnnlab.compiler.ir import (
    F32,
    F64,
    I1,
    I8,
    I16,
    I32,
    I64,
    PTR,
    Builder,
    Function,
    Loop,
    Module,
    Op,
    Type,
    Value,
    When,
    print_function,
    verify,
)
from cnnlab.compiler.ir.operations import FLOAT_COMPARISONS, INT_COMPARISONS, RULES
from cnnlab.errors import InternalError

# The printer.


def scaled() -> Function:
    """Write a function with a loop, a carried value and a branch."""
    b = Builder("scaled", [("rows", PTR), ("count", I64)], "add up vectors, twice each", exported=True)
    rows, count = b.parameters
    with b.loop(0, count, carry=[b.const(F32.times(16), 0.0)], label="row") as turn:
        value = b.load(F32.times(16), b.offset(rows, turn.at, 64))
        turn.hand_on([b.fma(value, 2.0, turn.values[0])])
    with b.when(b.compare("sgt", count, 3)):
        b.store(turn.results[0], rows, 128)
    return b.function


TEXT = """\
# add up vectors, twice each
export function scaled(%rows: ptr, %count: i64)
  for %1 in 0 .. %count carry %2 = 0.0  # row
    %4: i64 = mul %1, 64:i64
    %5: ptr = offset %rows, %4
    %6: f32x16 = load %5, f32x16, 0
    %7: f32x16 = fma %6, 2.0:f32x16, %2
    next %7
  then %3
  %8: i1 = icmp %count, 3:i64, sgt
  when %8
    store %3, %rows, 128"""


def test_a_function_reads_as_it_was_written() -> None:
    assert print_function(scaled()) == TEXT
    verify(Module("test", [scaled()]))


# The verifier: each mistake is planted into a function that is right without it.


def function(*statements: Op | Loop | When, name: str = "f") -> Function:
    return Function(name, [POINTER, COUNT], list(statements))


POINTER, COUNT = Value(PTR, "%p"), Value(I64, "%n")
ONE, HALF, BIT = Value(I64, literal=1), Value(F32, literal=0.5), Value(I1, literal=1)


def sum_of(a: Value, b: Value, kind: Type = I64) -> Op:
    return Op("add", (a, b), Value(kind, "%s"))


def loop_of(**changes: Any) -> Loop:
    carried, result = Value(I64, "%c"), Value(I64, "%r")
    parts: dict[str, Any] = {
        "variable": Value(I64, "%i"),
        "start": ONE,
        "stop": COUNT,
        "step": 1,
        "carried": [carried],
        "initial": [ONE],
        "handed": [carried],
        "results": [result],
    }
    return Loop(**{**parts, **changes})


def used_outside() -> list[Op | Loop | When]:
    inner = sum_of(ONE, COUNT)
    assert inner.result is not None
    return [When(BIT, [inner]), Op("add", (inner.result, ONE), Value(I64, "%t"))]


def used_before() -> list[Op | Loop | When]:
    later = sum_of(ONE, COUNT)
    assert later.result is not None
    return [Op("add", (later.result, ONE), Value(I64, "%t")), later]


NOT_THERE = "f: add uses %s, which is not computed there"
MISTAKES: dict[str, tuple[Callable[[], Sequence[Function]], str]] = {
    "two functions of one name": (lambda: [function(), function()], "test: two functions are named f"),
    "a value from inside a branch": (
        lambda: [function(*used_outside())],
        NOT_THERE,
    ),
    "a value before it is computed": (
        lambda: [function(*used_before())],
        NOT_THERE,
    ),
    "a literal pointer": (
        lambda: [function(Op("load", (Value(PTR, literal=1),), Value(I64, "%l"), (I64, 0)))],
        "load uses 1, which is not computed there",
    ),
    "operands of two types": (lambda: [function(sum_of(ONE, HALF))], "f: add takes 2 int operands of one type"),
    "an operation that is not there": (
        lambda: [function(Op("modulo", (ONE, ONE), Value(I64, "%s")))],
        "f: modulo takes 'modulo'",
    ),
    "a result of another type": (lambda: [function(sum_of(ONE, ONE, F64))], "f: add gives i64, %s is f64"),
    "a result that nothing takes": (lambda: [function(Op("add", (ONE, ONE)))], "add gives i64, which nothing takes"),
    "a call of nobody": (lambda: [function(Op("call", (POINTER,), None, ("g",)))], "f: calls g, which is not there"),
    "a call with other arguments": (
        lambda: [function(Op("call", (POINTER,), None, ("f",)))],
        r"f: f takes \['ptr', 'i64'\]",
    ),
    "a branch on a number": (lambda: [function(When(COUNT))], "f: when takes a bit"),
    "a branch on an unknown bit": (lambda: [function(When(Value(I1, "%b")))], "when uses %b, which is not computed"),
    "a loop to a float": (lambda: [function(loop_of(stop=HALF))], "f: a loop's bounds are i64"),
    "a loop to an unknown bound": (lambda: [function(loop_of(stop=Value(I64, "%x")))], "loop uses %x, which is not"),
    "a loop that stands still": (lambda: [function(loop_of(step=0))], "f: a loop's step is above 0"),
    "a carried value that begins as another": (
        lambda: [function(loop_of(initial=[HALF]))],
        "a carried value keeps its type",
    ),
    "a carried value that becomes another": (
        lambda: [function(loop_of(handed=[HALF]))],
        "a carried value keeps its type",
    ),
    "a carried value that ends as another": (
        lambda: [function(loop_of(results=[Value(F32, "%r")]))],
        "a carried value keeps its type",
    ),
    "a carried value that is not handed on": (lambda: [function(loop_of(handed=[]))], "a carried value keeps its type"),
    "an unknown value handed on": (
        lambda: [function(loop_of(handed=[Value(I64, "%x")]))],
        "next uses %x, which is not",
    ),
    "a loop's variable after the loop": (
        lambda: [function(loop := loop_of(), Op("add", (loop.variable, ONE), Value(I64, "%t")))],
        "add uses %i, which is not computed there",
    ),
    "a mistake within a loop": (
        lambda: [function(loop_of(body=[sum_of(ONE, HALF)]))],
        "f: add takes 2 int operands of one type",
    ),
}


@pytest.mark.parametrize(("functions", "message"), MISTAKES.values(), ids=MISTAKES)
def test_the_verifier_names_a_mistake(functions: Callable[[], Sequence[Function]], message: str) -> None:
    with pytest.raises(InternalError, match=message):
        verify(Module("test", list(functions())))


def test_without_its_mistake_the_function_is_right() -> None:
    verify(Module("test", [function(sum_of(ONE, COUNT), loop_of(), When(BIT, [sum_of(ONE, ONE)]))]))


VECTOR = Value(F32.times(4), literal=1.0)
BROKEN_RULES = {
    "fadd": ((ONE, ONE), (), "2 float operands"),
    "fma": ((HALF, HALF), (), "3 float operands"),
    "sqrt": ((ONE,), (), "1 float operands"),
    "fcmp": ((HALF, HALF), ("ueq",), "one of oeq"),
    "icmp": ((ONE, ONE), ("olt",), "one of eq"),
    "select": ((ONE, HALF, HALF), (), "bits and two values of one type"),
    "splat": ((VECTOR,), (4,), "a scalar"),
    "shuffle": ((VECTOR, VECTOR), ((0, 8),), "lanes that they have"),
    "extract": ((VECTOR,), (4,), "a vector that has the lane"),
    "insert": ((VECTOR, ONE), (0,), "a scalar of its kind"),
    "zext": ((ONE,), (I8,), "narrower integers"),
    "trunc": ((ONE,), (I64,), "wider integers"),
    "fpext": ((HALF,), (F32,), "narrower floats"),
    "fptrunc": ((HALF,), (F64,), "wider floats"),
    "sitofp": ((HALF,), (F64,), "integers to floats"),
    "uitofp": ((ONE,), (F32.times(4),), "integers to floats"),
    "fptosi": ((ONE,), (I32,), "floats to integers"),
    "bitcast": ((ONE,), (F32,), "as many bits"),
    "load": ((ONE,), (I64, 0), "a pointer"),
    "store": ((ONE, ONE), (0,), "a value and a pointer"),
    "offset": ((POINTER, Value(I32, literal=1)), (), "a pointer and an i64"),
    "atomic_add": ((POINTER, HALF), (), "an i64 to add"),
    "wait_while": ((POINTER, ONE), (), "a pointer to a function"),
    "float_mode": ((HALF,), ("set",), "nothing, or a mode"),
}


@pytest.mark.parametrize("code", BROKEN_RULES)
def test_an_operation_says_what_it_takes(code: str) -> None:
    args, extra, message = BROKEN_RULES[code]
    b = Builder("f", [])
    with pytest.raises(TypeError, match=f"f: {code} takes .*{message}"):
        b.emit(code, *args, extra=extra)


# What operations compute. Each is compiled and run.

F4, I4 = F32.times(4), I32.times(4)
Lanes = tuple[Type, Sequence[Any]]
INTS: Lanes = (I4, [7, -9, 2**31 - 1, 5])
OTHER_INTS: Lanes = (I4, [2, 4, 1, -3])
SHIFTS: Lanes = (I4, [1, 3, 31, 0])
FLOATS: Lanes = (F4, [1.5, -2.25, 0.1, 1e30])
OTHERS: Lanes = (F4, [3.0, 0.5, -7.0, 1e-3])
THIRD: Lanes = (F4, [-4.5, 1.125, 0.7, 2.0])


def plain(code: str) -> Callable[[Builder, list[Value]], Value]:
    return lambda b, values: b.emit(code, *values)


def with_extra(code: str, *extra: Any) -> Callable[[Builder, list[Value]], Value]:
    return lambda b, values: b.emit(code, *values, extra=extra)


def as_i32(numbers: Sequence[int]) -> np.ndarray:
    return np.array([number % 2**32 for number in numbers], np.uint32).view(np.int32)


def floats(lanes: Lanes) -> np.ndarray:
    return np.array(lanes[1], np.float32)


A, B, C = floats(FLOATS), floats(OTHERS), floats(THIRD)
COMPUTED: dict[str, tuple[Callable[[Builder, list[Value]], Value], list[Lanes], Any]] = {
    "fadd": (plain("fadd"), [FLOATS, OTHERS], A + B),
    "fsub": (plain("fsub"), [FLOATS, OTHERS], A - B),
    "fmul": (plain("fmul"), [FLOATS, OTHERS], A * B),
    "fdiv": (plain("fdiv"), [FLOATS, OTHERS], A / B),
    "fneg": (plain("fneg"), [FLOATS], -A),
    "fabs": (plain("fabs"), [FLOATS], abs(A)),
    "sqrt": (plain("sqrt"), [(F4, abs(A))], np.sqrt(abs(A))),
    "floor": (plain("floor"), [FLOATS], np.floor(A)),
    "fma": (
        plain("fma"),
        [FLOATS, OTHERS, THIRD],
        (A.astype(np.float64) * B.astype(np.float64) + C.astype(np.float64)).astype(np.float32),
    ),
    "add": (plain("add"), [INTS, OTHER_INTS], as_i32([9, -5, 2**31, 2])),
    "sub": (plain("sub"), [INTS, OTHER_INTS], [5, -13, 2**31 - 2, 8]),
    "mul": (plain("mul"), [INTS, OTHER_INTS], as_i32([14, -36, 2**31 - 1, -15])),
    "sdiv": (plain("sdiv"), [INTS, OTHER_INTS], [3, -2, 2**31 - 1, -1]),
    "and": (plain("and"), [INTS, OTHER_INTS], [2, 4, 1, 5]),
    "or": (plain("or"), [INTS, OTHER_INTS], [7, -9, 2**31 - 1, -3]),
    "xor": (plain("xor"), [INTS, OTHER_INTS], [5, -13, 2**31 - 2, -8]),
    "shl": (plain("shl"), [INTS, SHIFTS], as_i32([14, -72, 2**31, 5])),
    "lshr": (plain("lshr"), [INTS, SHIFTS], [3, (2**32 - 9) >> 3, 0, 5]),
    "rotl": (plain("rotl"), [INTS, SHIFTS], as_i32([14, (2**32 - 9) << 3 & 0xFFFFFFFF | 7, 0xBFFFFFFF, 5])),
    "select": (
        lambda b, values: b.select(b.compare("olt", values[0], values[1]), values[0], values[1]),
        [FLOATS, OTHERS],
        np.minimum(A, B),
    ),
    "splat": (with_extra("splat", 4), [(F32, [2.5])], [2.5] * 4),
    "shuffle": (with_extra("shuffle", (0, 4, 3, 7)), [FLOATS, OTHERS], [A[0], B[0], A[3], B[3]]),
    "extract": (with_extra("extract", 2), [FLOATS], A[2]),
    "insert": (with_extra("insert", 1), [FLOATS, (F32, [9.0])], [A[0], 9.0, A[2], A[3]]),
    "zext": (with_extra("zext", I4), [(I8.times(4), [0, 1, 128, 255])], [0, 1, 128, 255]),
    "trunc": (with_extra("trunc", I16.times(4)), [(I4, [1, 70000, -1, 32768])], [1, 4464, -1, -32768]),
    "fpext": (with_extra("fpext", F64.times(4)), [FLOATS], A.astype(np.float64)),
    "fptrunc": (
        with_extra("fptrunc", F4),
        [(F64.times(4), [0.1, 1e300, -2.5, 1e-60])],
        [np.float32(0.1), np.inf, -2.5, 0],
    ),
    "sitofp": (with_extra("sitofp", F4), [INTS], np.array(INTS[1]).astype(np.float32)),
    "uitofp": (with_extra("uitofp", F4), [(I4, [1, -1, 0, 5])], np.float32([1, 2**32, 0, 5])),
    "fptosi": (
        with_extra("fptosi", I4),
        [(F4, [1.9, -1.9, 1e20, np.nan])],
        [1, -1, 2**31 - 1, 0],
    ),
    "bitcast": (with_extra("bitcast", I4), [FLOATS], A.view(np.int32)),
}
RUN_ELSEWHERE = {
    "fcmp",
    "icmp",
    "load",
    "store",
    "offset",
    "prefetch",
    "call",
    "atomic_add",
    "atomic_load",
    "atomic_store",
    "wait_while",
    "float_mode",
}


@pytest.mark.parametrize(("write", "inputs", "expected"), COMPUTED.values(), ids=COMPUTED)
def test_an_operation_computes_what_it_says(
    write: Callable[[Builder, list[Value]], Value], inputs: list[Lanes], expected: Any
) -> None:
    np.testing.assert_array_equal(computed(write, *inputs), expected)


def test_every_operation_is_run() -> None:
    assert set(COMPUTED) | RUN_ELSEWHERE == set(RULES)


def ones(condition: Callable[[Builder, list[Value]], Value]) -> Callable[[Builder, list[Value]], Value]:
    """Turn bits into numbers that can be stored."""
    return lambda b, values: b.convert("zext", condition(b, values), I4)


COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "oeq": lambda a, b: a == b,
    "ogt": lambda a, b: a > b,
    "oge": lambda a, b: a >= b,
    "olt": lambda a, b: a < b,
    "ole": lambda a, b: a <= b,
    "une": lambda a, b: a != b,
    "uno": lambda a, b: np.isnan(a) | np.isnan(b),
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "slt": lambda a, b: a < b,
    "sle": lambda a, b: a <= b,
    "sgt": lambda a, b: a > b,
    "sge": lambda a, b: a >= b,
    "ult": lambda a, b: a.view(np.uint32) < b.view(np.uint32),
    "uge": lambda a, b: a.view(np.uint32) >= b.view(np.uint32),
}


@pytest.mark.parametrize("how", [*FLOAT_COMPARISONS, *INT_COMPARISONS])
def test_a_comparison_compares_and_is_false_for_nan(how: str) -> None:
    is_float = how in FLOAT_COMPARISONS
    dtype = np.float32 if is_float else np.int32
    a = np.array([1, 2, 3, np.nan] if is_float else [1, 2, 3, -4], dtype)
    b = np.array([1, 3, 2, 1], dtype)
    kind = F4 if is_float else I4
    got = computed(ones(lambda b_, values: b_.compare(how, *values)), (kind, a), (kind, b))
    np.testing.assert_array_equal(got, COMPARED[how](a, b).astype(np.int32))


# Loops, branches, memory, calls.


def slots(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int64)


def counted(start: int, stop: int, step: int, *, literal: bool) -> list[int]:
    """Run a loop that counts its turns, adds up its variable and carries a pair that swaps; return all three."""
    b = Builder("run", [("slots", PTR)], exported=True)
    (place,) = b.parameters
    bounds: list[Any] = [start, stop] if literal else [b.load(I64, place, 8 * slot) for slot in (0, 1)]
    begun = [b.const(I64, 0), b.const(I64, 0), b.const(I64, 5), b.const(I64, 9)]
    with b.loop(*bounds, step, carry=begun) as turn:
        turns, total, one, other = turn.values
        turn.hand_on([b.add(turns, 1), b.add(total, turn.at), other, one])
    for slot, result in enumerate(turn.results):
        b.store(result, place, 8 * slot)
    memory = slots(start, stop, 0, 0)
    call([b.function], memory.ctypes.data)
    return memory.tolist()


@pytest.mark.parametrize("literal", [True, False], ids=["literal bounds", "computed bounds"])
@pytest.mark.parametrize(
    ("start", "stop", "step"), [(0, 0, 1), (5, 3, 1), (0, 1, 1), (2, 9, 3), (-3, 4, 2), (0, 100, 7), (7, 8, 16)]
)
def test_a_loop_runs_as_often_as_python_counts_also_not_at_all(start: int, stop: int, step: int, literal: bool) -> None:
    turns = list(range(start, stop, step))
    pair = [9, 5] if len(turns) % 2 else [5, 9]
    assert counted(start, stop, step, literal=literal) == [len(turns), sum(turns), *pair]


def test_loops_within_loops_and_branches_carry_their_values_out() -> None:
    b = Builder("run", [("slots", PTR)], exported=True)
    (place,) = b.parameters
    with b.loop(0, 5, carry=[b.const(I64, 0)]) as outer:
        with b.loop(0, outer.at, carry=outer.values) as inner:
            with b.when(b.compare("eq", inner.at, 2)):
                b.store(b.add(b.load(I64, place), 1), place)
            inner.hand_on([b.add(inner.values[0], b.mul(outer.at, inner.at))])
        outer.hand_on(inner.results)
    b.store(outer.results[0], place, 8)
    memory = slots(0, 0)
    call([b.function], memory.ctypes.data)
    pairs = [(i, j) for i in range(5) for j in range(i)]
    assert memory.tolist() == [sum(j == 2 for _, j in pairs), sum(i * j for i, j in pairs)]


def test_a_function_calls_another_and_memory_is_where_offsets_say() -> None:
    helper = Builder("helper", [("place", PTR), ("number", I64)])
    place, number = helper.parameters
    helper.store(helper.mul(number, 3), helper.offset(place, 1, 8), 8)
    b = Builder("run", [("slots", PTR)], exported=True)
    b.emit("prefetch", b.parameters[0], extra=(1 << 40,))  # of memory that is not there: nothing but a hint
    b.call("helper", b.parameters[0], b.load(I64, b.parameters[0]))
    memory = slots(14, 0, 0)
    call([b.function, helper.function], memory.ctypes.data)
    assert memory.tolist() == [14, 0, 42]


def test_atomic_operations_read_add_and_store() -> None:
    b = Builder("run", [("slots", PTR)], exported=True)
    (place,) = b.parameters
    before = b.emit("atomic_add", place, b.const(I64, 5))
    now = b.emit("atomic_load", place)
    b.emit("atomic_store", b.offset(place, 8), b.add(before, b.mul(now, 100)))
    memory = slots(7, 0)
    call([b.function], memory.ctypes.data)
    assert memory.tolist() == [12, 1207]


@pytest.mark.parametrize("spins", [0, 1, 50])
def test_waiting_ends_when_another_writes_and_lets_others_run_meanwhile(spins: int) -> None:
    memory = slots(3, 0)
    calls = []

    def give_way() -> None:
        calls.append(1)
        if len(calls) == 4:
            memory[0] = 8  # as another thread would

    callback = ctypes.CFUNCTYPE(None)(give_way)
    b = Builder("run", [("slots", PTR)], exported=True)
    (place,) = b.parameters
    b.emit("wait_while", place, b.const(I64, 3), b.load(PTR, place, 8), extra=(spins,))
    b.store(b.const(I64, 99), place)
    memory[1] = address_of(callback)
    call([b.function], memory.ctypes.data)
    assert (len(calls), memory[0]) == (4, 99)


def test_the_float_mode_is_read_set_and_put_back() -> None:
    b = Builder("run", [("slots", PTR)], exported=True)
    (place,) = b.parameters
    before = b.emit("float_mode", extra=("get",))
    b.emit("float_mode", extra=("set",))
    half = b.mul(b.load(F32, place, 8), 0.5)  # of the smallest normal number: subnormal, unless it is flushed
    b.store(b.convert("bitcast", half, I32), place, 16)
    b.emit("float_mode", before, extra=("set",))
    after = b.emit("float_mode", extra=("get",))
    b.store(b.convert("zext", b.compare("eq", before, after), I64), place)
    memory = slots(0, 0, 0)
    memory[1:2].view(np.float32)[0] = np.finfo(np.float32).tiny
    call([b.function], memory.ctypes.data)
    assert memory[0] == 1
    assert memory[2:].view(np.float32)[0] == np.finfo(np.float32).tiny / 2

"""The operations of the language, and for each the rule that its types must obey.

A rule is called with the argument types and the operation's extras, and returns the type of the result; it raises
`TypeError` with what it expected. Semantics are those of IEEE 754 and of two's complement: nothing is reassociated,
nothing is contracted, a comparison with NaN is false.
"""

from collections.abc import Callable
from typing import Any, Final

from cnnlab.compiler.ir.types import I1, I64, PTR, VOID, Type

Rule = Callable[[tuple[Type, ...], tuple[Any, ...]], Type]


def _same(kind: str, count: int) -> Rule:
    def rule(types: tuple[Type, ...], extra: tuple[Any, ...]) -> Type:
        del extra
        fits = len(types) == count and len(set(types)) == 1
        if not fits or not (types[0].is_float if kind == "float" else types[0].is_int):
            raise TypeError(f"{count} {kind} operands of one type")
        return types[0]

    return rule


def _compare(kind: str) -> Rule:
    def rule(types: tuple[Type, ...], extra: tuple[Any, ...]) -> Type:
        known = FLOAT_COMPARISONS if kind == "float" else INT_COMPARISONS
        _same(kind, 2)(types, ())
        if extra[0] not in known:
            raise TypeError(f"one of {', '.join(known)}")
        return I1.times(types[0].lanes)

    return rule


def _convert(accepts: Callable[[Type, Type], bool], what: str) -> Rule:
    def rule(types: tuple[Type, ...], extra: tuple[Any, ...]) -> Type:
        target: Type = extra[0]
        if len(types) != 1 or not accepts(types[0], target):
            raise TypeError(what)
        return target

    return rule


def _select(types: tuple[Type, ...], extra: tuple[Any, ...]) -> Type:
    del extra
    if types[1] != types[2] or types[0] not in (I1, I1.times(types[1].lanes)):
        raise TypeError("bits and two values of one type")
    return types[1]


def _splat(types: tuple[Type, ...], extra: tuple[Any, ...]) -> Type:
    if types[0].lanes:
        raise TypeError("a scalar")
    return types[0].times(extra[0])


def _shuffle(types: tuple[Type, ...], extra: tuple[Any, ...]) -> Type:
    lanes: tuple[int, ...] = extra[0]
    if types[0] != types[1] or not types[0].lanes or max(lanes) >= 2 * types[0].lanes:
        raise TypeError("two vectors of one type, and lanes that they have")
    return types[0].times(len(lanes))


def _extract(types: tuple[Type, ...], extra: tuple[Any, ...]) -> Type:
    if not 0 <= extra[0] < types[0].lanes:
        raise TypeError("a vector that has the lane")
    return types[0].scalar


def _insert(types: tuple[Type, ...], extra: tuple[Any, ...]) -> Type:
    if not 0 <= extra[0] < types[0].lanes or types[1] != types[0].scalar:
        raise TypeError("a vector that has the lane, and a scalar of its kind")
    return types[0]


def _load(types: tuple[Type, ...], extra: tuple[Any, ...]) -> Type:
    if types != (PTR,):
        raise TypeError("a pointer")
    loaded: Type = extra[0]
    return loaded


def _store(types: tuple[Type, ...], extra: tuple[Any, ...]) -> Type:
    del extra
    if len(types) != 2 or types[1] != PTR:  # noqa: PLR2004 - a value and where to
        raise TypeError("a value and a pointer")
    return VOID


def _offset(types: tuple[Type, ...], extra: tuple[Any, ...]) -> Type:
    del extra
    if types != (PTR, I64):
        raise TypeError("a pointer and an i64 of bytes")
    return PTR


def _prefetch(types: tuple[Type, ...], extra: tuple[Any, ...]) -> Type:
    del extra
    if types != (PTR,):
        raise TypeError("a pointer")
    return VOID


def _atomic(types: tuple[Type, ...], extra: tuple[Any, ...]) -> Type:
    del extra
    if types[0] != PTR or types[1:] not in ((), (I64,)):
        raise TypeError("a pointer to an i64, and an i64 to add or store")
    return I64


def _call(types: tuple[Type, ...], extra: tuple[Any, ...]) -> Type:
    del types, extra
    return VOID


def _wait(types: tuple[Type, ...], extra: tuple[Any, ...]) -> Type:
    del extra
    if types != (PTR, I64, PTR):
        raise TypeError("a pointer to an i64, the value to wait through, and a pointer to a function")
    return VOID


def _mode(types: tuple[Type, ...], extra: tuple[Any, ...]) -> Type:
    del extra
    if types not in ((), (I64,)):
        raise TypeError("nothing, or a mode")
    return I64


def _widths(up: bool) -> Callable[[Type, Type], bool]:
    def accepts(source: Type, target: Type) -> bool:
        order = ("i1", "i8", "i16", "i32", "i64", "-", "f32", "f64")
        apart = order.index(target.kind) - order.index(source.kind)
        grows = apart > 0 if up else apart < 0
        return source.lanes == target.lanes and source.is_int == target.is_int and grows

    return accepts


FLOAT_COMPARISONS: Final = ("oeq", "ogt", "oge", "olt", "ole", "une", "uno")
INT_COMPARISONS: Final = ("eq", "ne", "slt", "sle", "sgt", "sge", "ult", "uge")

RULES: Final[dict[str, Rule]] = {
    **{code: _same("float", 2) for code in ("fadd", "fsub", "fmul", "fdiv")},
    **{code: _same("float", 1) for code in ("fneg", "fabs", "sqrt", "floor")},
    "fma": _same("float", 3),
    **{code: _same("int", 2) for code in ("add", "sub", "mul", "and", "or", "xor", "shl", "lshr", "sdiv")},
    "rotl": _same("int", 2),
    "fcmp": _compare("float"),
    "icmp": _compare("int"),
    "select": _select,
    "splat": _splat,
    "shuffle": _shuffle,
    "extract": _extract,
    "insert": _insert,
    "zext": _convert(_widths(up=True), "narrower integers"),
    "fpext": _convert(_widths(up=True), "narrower floats"),
    "trunc": _convert(_widths(up=False), "wider integers"),
    "fptrunc": _convert(_widths(up=False), "wider floats"),
    "sitofp": _convert(lambda a, b: a.is_int and b.is_float and a.lanes == b.lanes, "integers to floats"),
    "uitofp": _convert(lambda a, b: a.is_int and b.is_float and a.lanes == b.lanes, "integers to floats"),
    "fptosi": _convert(lambda a, b: a.is_float and b.is_int and a.lanes == b.lanes, "floats to integers"),
    "bitcast": _convert(lambda a, b: _bits(a) == _bits(b), "as many bits"),
    "load": _load,
    "store": _store,
    "offset": _offset,
    "prefetch": _prefetch,
    "call": _call,
    "atomic_add": _atomic,
    "atomic_load": _atomic,
    "atomic_store": _atomic,
    "wait_while": _wait,
    "float_mode": _mode,
}


def _bits(kind: Type) -> int:
    return max(kind.lanes, 1) * (1 if kind.kind == "i1" else kind.scalar.bytes * 8)

"""Write programs of the language: one method for each operation, loops as `with` blocks."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from cnnlab.compiler.ir.nodes import Block, Function, Loop, Op, Value, When
from cnnlab.compiler.ir.operations import RULES
from cnnlab.compiler.ir.types import I64, Type

Number = Value | float


class Turn:
    """One turn of a loop, while its body is written.

    Attributes:
        at: The loop's variable.
        values: The carried values.
        results: After the block: what they end as.
    """

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self.at = loop.variable
        self.values: list[Value] = loop.carried
        self.results: list[Value] = loop.results

    def hand_on(self, values: Sequence[Value]) -> None:
        """Say what the carried values are in the next turn."""
        self._loop.handed = list(values)


class Builder:
    """Write one function.

    Args:
        name: Of the function.
        parameters: Names and types.
        about: What it is for.
        exported: Whether it can be called from outside.
    """

    def __init__(
        self, name: str, parameters: Sequence[tuple[str, Type]], about: str = "", *, exported: bool = False
    ) -> None:
        values = [Value(kind, f"%{label}") for label, kind in parameters]
        self.function = Function(name, values, about=about, exported=exported)
        self._block: Block = self.function.body
        self._count = 0

    # Values.

    def const(self, kind: Type, number: float | tuple[float, ...]) -> Value:
        """Return a literal."""
        if kind.is_int and not isinstance(number, tuple):
            number = int(number)
        return Value(kind, literal=number)

    def _fresh(self, kind: Type) -> Value:
        self._count += 1
        return Value(kind, f"%{self._count}")

    def emit(self, code: str, *args: Value, extra: tuple[Any, ...] = ()) -> Value:
        """Append an operation; its types are inferred by its rule."""
        try:
            kind = RULES[code](tuple(arg.type for arg in args), extra)
        except TypeError as error:
            got = ", ".join(str(arg.type) for arg in args)
            raise TypeError(f"{self.function.name}: {code} takes {error}, got ({got}) {extra}") from None
        result = self._fresh(kind)
        self._block.append(Op(code, args, result if kind.kind != "void" else None, extra))
        return result

    def _pair(self, a: Number, b: Number) -> tuple[Value, Value]:
        """Bring two operands to one type: numbers become literals, scalars beside vectors are spread over the lanes."""
        if not isinstance(a, Value):
            assert isinstance(b, Value)
            a = self.const(b.type, a)
        if not isinstance(b, Value):
            b = self.const(a.type, b)
        if a.type.lanes and not b.type.lanes:
            b = self.splat(b, a.type.lanes)
        elif b.type.lanes and not a.type.lanes:
            a = self.splat(a, b.type.lanes)
        return a, b

    def _binary(self, code: str, a: Number, b: Number) -> Value:
        left, right = self._pair(a, b)
        return self.emit(("f" if left.type.is_float else "") + code, left, right)

    # Arithmetic on floats and integers alike.

    def add(self, a: Number, b: Number) -> Value:
        """A + b."""
        if _is(b, 0) and isinstance(a, Value) and a.type.is_int:
            return a
        return self._binary("add", a, b)

    def sub(self, a: Number, b: Number) -> Value:
        """A - b."""
        return self._binary("sub", a, b)

    def mul(self, a: Number, b: Number) -> Value:
        """A * b."""
        if _is(b, 1) and isinstance(a, Value) and a.type.is_int:
            return a
        return self._binary("mul", a, b)

    def div(self, a: Number, b: Number) -> Value:
        """A / b, of floats; of integers towards zero."""
        left, right = self._pair(a, b)
        return self.emit("fdiv" if left.type.is_float else "sdiv", left, right)

    def fma(self, a: Number, b: Number, c: Number) -> Value:
        """A * b + c, rounded once."""
        left, right = self._pair(a, b)
        left, last = self._pair(left, c)
        return self.emit("fma", left, self._pair(last, right)[1], last)

    def neg(self, a: Value) -> Value:
        """-a."""
        return self.emit("fneg", a)

    def abs(self, a: Value) -> Value:
        """Return the magnitude of a float."""
        return self.emit("fabs", a)

    def sqrt(self, a: Value) -> Value:
        """Return the correctly rounded square root."""
        return self.emit("sqrt", a)

    def floor(self, a: Value) -> Value:
        """Round down."""
        return self.emit("floor", a)

    def bits(self, code: str, a: Number, b: Number) -> Value:
        """And, or, xor, shl, lshr or rotl."""
        return self.emit(code, *self._pair(a, b))

    # Comparisons.

    def compare(self, how: str, a: Number, b: Number) -> Value:
        """Compare lane by lane."""
        left, right = self._pair(a, b)
        return self.emit("fcmp" if left.type.is_float else "icmp", left, right, extra=(how,))

    def select(self, bit: Value, yes: Number, no: Number) -> Value:
        """Choose lane by lane."""
        a, b = self._pair(yes, no)
        if bit.type.lanes and not a.type.lanes:
            a, b = self.splat(a, bit.type.lanes), self.splat(b, bit.type.lanes)
        return self.emit("select", bit, a, b)

    def larger(self, a: Number, b: Number) -> Value:
        """Return a where it is larger than b, else b."""
        return self.select(self.compare("ogt" if self._pair(a, b)[0].type.is_float else "sgt", a, b), a, b)

    def smaller(self, a: Number, b: Number) -> Value:
        """Return a where it is smaller than b, else b."""
        return self.select(self.compare("olt" if self._pair(a, b)[0].type.is_float else "slt", a, b), a, b)

    # Lanes and conversions.

    def splat(self, a: Value, lanes: int) -> Value:
        """Put a scalar into every lane."""
        if a.literal is not None:
            return self.const(a.type.times(lanes), a.literal)
        return self.emit("splat", a, extra=(lanes,))

    def shuffle(self, a: Value, b: Value, lanes: Sequence[int]) -> Value:
        """Choose lanes out of two vectors laid end to end."""
        return self.emit("shuffle", a, b, extra=(tuple(lanes),))

    def extract(self, a: Value, lane: int) -> Value:
        """Take one lane."""
        return self.emit("extract", a, extra=(lane,))

    def insert(self, a: Value, scalar: Value, lane: int) -> Value:
        """Replace one lane."""
        return self.emit("insert", a, scalar, extra=(lane,))

    def convert(self, code: str, a: Value, kind: Type) -> Value:
        """Zext, trunc, fpext, fptrunc, sitofp, uitofp, fptosi (saturating) or bitcast."""
        return a if a.type == kind else self.emit(code, a, extra=(kind,))

    # Memory. Displacements are bytes that are known when the program is written.

    def load(self, kind: Type, pointer: Value, displacement: int = 0) -> Value:
        """Read."""
        return self.emit("load", pointer, extra=(kind, displacement))

    def store(self, value: Value, pointer: Value, displacement: int = 0) -> None:
        """Write."""
        self.emit("store", value, pointer, extra=(displacement,))

    def prefetch(self, pointer: Value, displacement: int = 0) -> None:
        """Fetch a cache line that will be read soon; a hint, which no address can make fail."""
        self.emit("prefetch", pointer, extra=(displacement,))

    def offset(self, pointer: Value, count: Number, size: int = 1) -> Value:
        """Move a pointer by ``count`` things of ``size`` bytes."""
        if not isinstance(count, Value):
            count = self.const(I64, int(count))
        if isinstance(count.literal, int):
            count = self.const(I64, count.literal * size)
            return pointer if count.literal == 0 else self.emit("offset", pointer, count)
        return self.emit("offset", pointer, self.mul(count, size))

    # Control.

    @contextmanager
    def loop(
        self, start: Number, stop: Number, step: int = 1, *, carry: Sequence[Value] = (), label: str = ""
    ) -> Iterator[Turn]:
        """Write a loop; inside, `Turn.hand_on` says what the carried values become."""
        variable = self._fresh(I64)
        first, bound = (x if isinstance(x, Value) else self.const(I64, x) for x in (start, stop))
        loop = Loop(variable, first, bound, step, [self._fresh(x.type) for x in carry], list(carry), label=label)
        loop.results = [self._fresh(x.type) for x in carry]
        outer, self._block = self._block, loop.body
        yield Turn(loop)
        self._block = outer
        assert len(loop.handed) == len(loop.carried), f"{self.function.name}: a loop hands on all that it carries"
        outer.append(loop)

    @contextmanager
    def when(self, bit: Value) -> Iterator[None]:
        """Write what is done only if a bit is set."""
        branch = When(bit)
        outer, self._block = self._block, branch.body
        yield
        self._block = outer
        outer.append(branch)

    def call(self, name: str, *args: Value) -> None:
        """Call a function of the same module."""
        self.emit("call", *args, extra=(name,))

    @property
    def parameters(self) -> Sequence[Value]:
        """Return the function's parameters."""
        return self.function.parameters


def _is(value: Number, number: int) -> bool:
    return (value.literal if isinstance(value, Value) else value) == number

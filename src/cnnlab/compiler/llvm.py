"""From the loop and vector language to LLVM's text. One to one: what is fast or slow was decided before."""

import struct
from collections.abc import Callable, Iterator
from typing import Final

from cnnlab.compiler.ir import Function, Loop, Module, Op, Type, Value, When
from cnnlab.compiler.target import Target

_NAMES: Final = {"f32": "float", "f64": "double"}
_SHORT: Final = {"float": "f32", "double": "f64"}


def llvm_text(module: Module, target: Target) -> str:
    """Write a verified module as LLVM's text for a target."""
    writer = _Writer(target)
    bodies = [writer.function(function) for function in module.functions]
    declarations = [f"declare {text}" for text in sorted(writer.declared)]
    # Wide vectors are meant: without this LLVM halves them on processors that it thinks slow with 512 bits.
    attributes = 'attributes #0 = { nounwind "min-legal-vector-width"="512" "prefer-vector-width"="512" }'
    return "\n\n".join([f'target triple = "{target.triple}"', *bodies, "\n".join(declarations), attributes]) + "\n"


def _type(kind: Type) -> str:
    scalar = _NAMES.get(kind.kind, kind.kind)
    return f"<{kind.lanes} x {scalar}>" if kind.lanes else scalar


def _number(kind: Type, number: float) -> str:
    if kind.kind == "i1":
        return "true" if number else "false"
    if kind.is_int:
        return str(int(number))
    double = struct.unpack("<f", struct.pack("<f", number))[0] if kind.kind == "f32" else float(number)
    return f"0x{struct.unpack('<Q', struct.pack('<d', double))[0]:016X}"


def _operand(value: Value) -> str:
    literal, kind = value.literal, value.type
    if literal is None:
        return value.name.replace("%", "%v")
    scalar = _NAMES.get(kind.kind, kind.kind)
    if isinstance(literal, tuple):
        return "<" + ", ".join(f"{scalar} {_number(kind, number)}" for number in literal) + ">"
    if kind.lanes:
        return f"splat ({scalar} {_number(kind, literal)})"
    return _number(kind, literal)


def _typed(value: Value) -> str:
    return f"{_type(value.type)} {_operand(value)}"


class _Writer:
    def __init__(self, target: Target) -> None:
        self.declared: set[str] = set()
        self._target = target
        self._lines: list[str] = []
        self._label = "entry"
        self._labels = 0

    def function(self, function: Function) -> str:
        """Write one function."""
        parameters = ", ".join(_typed(value) for value in function.parameters)
        linkage = "" if function.exported else "internal "
        self._label, self._labels = "entry", 0
        self._lines = [f"define {linkage}void @{function.name}({parameters}) #0 {{", "entry:"]
        self._block(function.body)
        self._lines += ["  ret void", "}"]
        return "\n".join(self._lines)

    def _block(self, block: list[Op | Loop | When]) -> None:
        for statement in block:
            if isinstance(statement, Op):
                self._lines.extend(f"  {line}" for line in self._operation(statement))
            elif isinstance(statement, When):
                self._when(statement)
            elif statement.runs_at_least_once:
                self._counted_loop(statement)
            else:
                self._guarded_loop(statement)

    def _fresh_label(self) -> str:
        self._labels += 1
        return f"b{self._labels}"

    def _open(self, label: str) -> None:
        self._lines.append(f"{label}:")
        self._label = label

    def _when(self, branch: When) -> None:
        inside, after = self._fresh_label(), self._fresh_label()
        self._lines.append(f"  br i1 {_operand(branch.condition)}, label %{inside}, label %{after}")
        self._open(inside)
        self._block(branch.body)
        self._lines.append(f"  br label %{after}")
        self._open(after)

    def _counted_loop(self, loop: Loop) -> None:
        """Write a loop that is known to run: the test stands at its end."""
        before, head, after = self._label, self._fresh_label(), self._fresh_label()
        self._lines.append(f"  br label %{head}")
        place = len(self._lines)
        self._open(head)
        self._block(loop.body)
        latch, at = self._label, _operand(loop.variable)
        self._lines += [
            f"  {at}.next = add i64 {at}, {loop.step}",
            f"  {at}.more = icmp slt i64 {at}.next, {_operand(loop.stop)}",
            f"  br i1 {at}.more, label %{head}, label %{after}",
        ]
        self._lines[place + 1 : place + 1] = self._phis(loop, before, latch)
        self._open(after)
        self._hand_out(loop, latch, loop.handed)

    def _guarded_loop(self, loop: Loop) -> None:
        """Write a loop that may not run at all: the test stands at its beginning."""
        before, head = self._label, self._fresh_label()
        inside, after = self._fresh_label(), self._fresh_label()
        self._lines.append(f"  br label %{head}")
        place = len(self._lines)
        self._open(head)
        at = _operand(loop.variable)
        self._lines += [
            f"  {at}.more = icmp slt i64 {at}, {_operand(loop.stop)}",
            f"  br i1 {at}.more, label %{inside}, label %{after}",
        ]
        self._open(inside)
        self._block(loop.body)
        self._lines += [f"  {at}.next = add i64 {at}, {loop.step}", f"  br label %{head}"]
        self._lines[place + 1 : place + 1] = self._phis(loop, before, self._label)
        self._open(after)
        self._hand_out(loop, head, loop.carried)

    def _phis(self, loop: Loop, before: str, latch: str) -> list[str]:
        at = _operand(loop.variable)
        phis = [f"  {at} = phi i64 [ {_operand(loop.start)}, %{before} ], [ {at}.next, %{latch} ]"]
        for value, first, then in zip(loop.carried, loop.initial, loop.handed, strict=True):
            phis.append(
                f"  {_operand(value)} = phi {_type(value.type)} [ {_operand(first)}, %{before} ], "
                f"[ {_operand(then)}, %{latch} ]"
            )
        return phis

    def _hand_out(self, loop: Loop, source: str, values: list[Value]) -> None:
        for result, value in zip(loop.results, values, strict=True):
            self._lines.append(f"  {_operand(result)} = phi {_type(result.type)} [ {_operand(value)}, %{source} ]")

    def _operation(self, op: Op) -> Iterator[str]:
        result = _operand(op.result) if op.result is not None else ""
        if op.code in _PLAIN:
            args = ", ".join(_operand(arg) for arg in op.args)
            yield f"{result} = {op.code} {_type(op.args[0].type)} {args}"
        elif op.code in _INTRINSICS:
            yield f"{result} = {self._intrinsic(_INTRINSICS[op.code], op.args)}"
        elif op.code in _CONVERSIONS:
            yield f"{result} = {op.code} {_typed(op.args[0])} to {_type(op.extra[0])}"
        else:
            yield from _SPECIAL[op.code](self, op, result)

    def _intrinsic(self, name: str, args: tuple[Value, ...]) -> str:
        kind = args[0].type
        suffix = f"v{kind.lanes}" if kind.lanes else ""
        full = f"@llvm.{name}.{suffix}{_SHORT.get(_type(kind.scalar), kind.kind)}"
        types = ", ".join([_type(kind)] * len(args))
        self.declared.add(f"{_type(kind)} {full}({types})")
        return f"call {_type(kind)} {full}({', '.join(_typed(arg) for arg in args)})"

    def compare(self, op: Op, result: str) -> Iterator[str]:
        """Write fcmp or icmp."""
        args = ", ".join(_operand(arg) for arg in op.args)
        yield f"{result} = {op.code} {op.extra[0]} {_type(op.args[0].type)} {args}"

    def select(self, op: Op, result: str) -> Iterator[str]:
        """Write a select."""
        yield f"{result} = select {', '.join(_typed(arg) for arg in op.args)}"

    def saturating(self, op: Op, result: str) -> Iterator[str]:
        """Write a conversion that is defined for every float."""
        kind, source = op.extra[0], op.args[0].type
        suffix = f"v{kind.lanes}" if kind.lanes else ""
        name = f"@llvm.fptosi.sat.{suffix}{kind.kind}.{suffix}{source.kind}"
        self.declared.add(f"{_type(kind)} {name}({_type(source)})")
        yield f"{result} = call {_type(kind)} {name}({_typed(op.args[0])})"

    def splat(self, op: Op, result: str) -> Iterator[str]:
        """Write a scalar into all lanes."""
        kind = op.args[0].type.times(op.extra[0])
        yield f"{result}.one = insertelement {_type(kind)} poison, {_typed(op.args[0])}, i64 0"
        mask = f"<{kind.lanes} x i32> zeroinitializer"
        yield f"{result} = shufflevector {_type(kind)} {result}.one, {_type(kind)} poison, {mask}"

    def shuffle(self, op: Op, result: str) -> Iterator[str]:
        """Write a shuffle."""
        lanes = ", ".join(f"i32 {lane}" for lane in op.extra[0])
        mask = f"<{len(op.extra[0])} x i32> <{lanes}>"
        yield f"{result} = shufflevector {_typed(op.args[0])}, {_typed(op.args[1])}, {mask}"

    def lane(self, op: Op, result: str) -> Iterator[str]:
        """Write extract or insert."""
        code = {"extract": "extractelement", "insert": "insertelement"}[op.code]
        yield f"{result} = {code} {', '.join(_typed(arg) for arg in op.args)}, i64 {op.extra[0]}"

    def _address(self, pointer: Value, displacement: int) -> tuple[list[str], str]:
        if not displacement:
            return [], _operand(pointer)
        self._labels += 1
        name = f"%a{self._labels}"
        return [f"{name} = getelementptr i8, ptr {_operand(pointer)}, i64 {displacement}"], name

    def load(self, op: Op, result: str) -> Iterator[str]:
        """Write a load."""
        kind, displacement = op.extra
        lines, address = self._address(op.args[0], displacement)
        yield from lines
        yield f"{result} = load {_type(kind)}, ptr {address}, align {max(kind.scalar.bytes, 1)}"

    def store(self, op: Op, result: str) -> Iterator[str]:
        """Write a store."""
        del result
        lines, address = self._address(op.args[1], op.extra[0])
        yield from lines
        yield f"store {_typed(op.args[0])}, ptr {address}, align {max(op.args[0].type.scalar.bytes, 1)}"

    def offset(self, op: Op, result: str) -> Iterator[str]:
        """Write pointer arithmetic."""
        yield f"{result} = getelementptr i8, {_typed(op.args[0])}, {_typed(op.args[1])}"

    def prefetch(self, op: Op, result: str) -> Iterator[str]:
        """Write a hint to fetch a line into the first cache, for reading."""
        del result
        self.declared.add("void @llvm.prefetch.p0(ptr, i32, i32, i32)")
        lines, address = self._address(op.args[0], op.extra[0])
        yield from lines
        yield f"call void @llvm.prefetch.p0(ptr {address}, i32 0, i32 3, i32 1)"

    def call(self, op: Op, result: str) -> Iterator[str]:
        """Write a call."""
        del result
        yield f"call void @{op.extra[0]}({', '.join(_typed(arg) for arg in op.args)})"

    def atomic(self, op: Op, result: str) -> Iterator[str]:
        """Write an access that other threads see at once and whole."""
        pointer = f"ptr {_operand(op.args[0])}"
        if op.code == "atomic_add":
            yield f"{result} = atomicrmw add {pointer}, {_typed(op.args[1])} seq_cst, align 8"
        elif op.code == "atomic_load":
            yield f"{result} = load atomic i64, {pointer} acquire, align 8"
        else:
            yield f"store atomic {_typed(op.args[1])}, {pointer} release, align 8"
            yield f"{result} = add i64 0, 0"

    def wait_while(self, op: Op, result: str) -> Iterator[str]:
        """Write a loop that reads until another thread has written: it spins for a while, then lets others run."""
        del result
        if self._target.is_x86:
            self.declared.add("void @llvm.x86.sse2.pause()")
            pause = "call void @llvm.x86.sse2.pause()"
        else:
            self.declared.add("void @llvm.aarch64.hint(i32)")
            pause = "call void @llvm.aarch64.hint(i32 1)"
        before, head = self._label, self._fresh_label()
        same, spin, rest, latch, after = (self._fresh_label() for _ in range(5))
        place, value, give_way = (_operand(arg) for arg in op.args)
        turn = f"%{head}.turn"
        yield f"br label %{head}"
        self._label = after
        yield from self._labelled(
            (head, f"{turn} = phi i64 [ 0, %{before} ], [ {turn}.next, %{latch} ]"),
            ("", f"%{head}.now = load atomic i64, ptr {place} acquire, align 8"),
            ("", f"%{head}.same = icmp eq i64 %{head}.now, {value}"),
            ("", f"br i1 %{head}.same, label %{same}, label %{after}"),
            (same, f"%{head}.long = icmp sgt i64 {turn}, {op.extra[0]}"),
            ("", f"br i1 %{head}.long, label %{rest}, label %{spin}"),
            (spin, pause),
            ("", f"br label %{latch}"),
            (rest, f"call void {give_way}()"),
            ("", f"br label %{latch}"),
            (latch, f"{turn}.next = add i64 {turn}, 1"),
            ("", f"br label %{head}"),
        )
        yield f"\n{after}:"

    def _labelled(self, *lines: tuple[str, str]) -> Iterator[str]:
        for label, line in lines:
            if label:
                yield f"\n{label}:"
            yield line

    def float_mode(self, op: Op, result: str) -> Iterator[str]:
        """Read the rounding and flushing mode, or set it: to a value read before, or to IEEE's default."""
        value = ""
        if op.extra[0] == "set":
            value = _operand(op.args[0]) if op.args else str(0x1F80 if self._target.is_x86 else 0)
        if self._target.is_x86:
            yield from self._mxcsr(value, result)
        elif value:
            self.declared.add("void @llvm.aarch64.set.fpcr(i64)")
            yield f"call void @llvm.aarch64.set.fpcr(i64 {value})"
            yield f"{result} = add i64 0, 0"
        else:
            self.declared.add("i64 @llvm.aarch64.get.fpcr()")
            yield f"{result} = call i64 @llvm.aarch64.get.fpcr()"

    def _mxcsr(self, value: str, result: str) -> Iterator[str]:
        name = "llvm.x86.sse.ldmxcsr" if value else "llvm.x86.sse.stmxcsr"
        self.declared.add(f"void @{name}(ptr)")
        yield f"{result}.place = alloca i32, align 4"
        if value:
            yield f"{result}.word = trunc i64 {value} to i32"
            yield f"store i32 {result}.word, ptr {result}.place, align 4"
        yield f"call void @{name}(ptr {result}.place)"
        yield f"{result}.now = load i32, ptr {result}.place, align 4"
        yield f"{result} = zext i32 {result}.now to i64"


_PLAIN: Final = frozenset(
    ("fadd", "fsub", "fmul", "fdiv", "fneg", "add", "sub", "mul", "and", "or", "xor", "shl", "lshr", "sdiv")
)
_INTRINSICS: Final = {"fma": "fma", "sqrt": "sqrt", "floor": "floor", "fabs": "fabs"}
_CONVERSIONS: Final = frozenset(("zext", "trunc", "fpext", "fptrunc", "sitofp", "uitofp", "bitcast"))


def _rotate(writer: _Writer, op: Op, result: str) -> Iterator[str]:
    kind = op.args[0].type
    name = f"@llvm.fshl.{f'v{kind.lanes}' if kind.lanes else ''}{kind.kind}"
    writer.declared.add(f"{_type(kind)} {name}({', '.join([_type(kind)] * 3)})")
    yield f"{result} = call {_type(kind)} {name}({_typed(op.args[0])}, {_typed(op.args[0])}, {_typed(op.args[1])})"


_SPECIAL: Final[dict[str, Callable[[_Writer, Op, str], Iterator[str]]]] = {
    "rotl": _rotate,
    "fcmp": _Writer.compare,
    "icmp": _Writer.compare,
    "select": _Writer.select,
    "fptosi": _Writer.saturating,
    "splat": _Writer.splat,
    "shuffle": _Writer.shuffle,
    "extract": _Writer.lane,
    "insert": _Writer.lane,
    "load": _Writer.load,
    "store": _Writer.store,
    "offset": _Writer.offset,
    "prefetch": _Writer.prefetch,
    "call": _Writer.call,
    "atomic_add": _Writer.atomic,
    "atomic_load": _Writer.atomic,
    "atomic_store": _Writer.atomic,
    "wait_while": _Writer.wait_while,
    "float_mode": _Writer.float_mode,
}

"""Check programs of the language before they are compiled: a mistake in a lowering is told here, by name."""

from collections.abc import Sequence

from cnnlab.compiler.ir.nodes import Block, Function, Loop, Module, Op, Value, When
from cnnlab.compiler.ir.operations import RULES
from cnnlab.compiler.ir.types import I1, I64, PTR, VOID
from cnnlab.errors import InternalError


def verify(module: Module) -> None:
    """Check every function.

    Raises:
        InternalError: If a value is used where it does not stand, a type breaks its operation's rule, a function is
            called that is not there, or a loop cannot be.
    """
    signatures: dict[str, Function] = {}
    for function in module.functions:
        if function.name in signatures:
            raise InternalError(f"{module.name}: two functions are named {function.name}")
        signatures[function.name] = function
    for function in module.functions:
        _Check(function, signatures).block(function.body, set(function.parameters))


class _Check:
    def __init__(self, function: Function, signatures: dict[str, Function]) -> None:
        self._function = function
        self._signatures = signatures

    def block(self, block: Block, outer: set[Value]) -> set[Value]:
        """Check statements in their order; return what is known after them."""
        known = set(outer)
        for statement in block:
            if isinstance(statement, Op):
                self._operation(statement, known)
            elif isinstance(statement, When):
                self._known(statement.condition, known, "when")
                self._need(statement.condition.type == I1, "when takes a bit")
                self.block(statement.body, known)
            else:
                self._loop(statement, known)
        return known

    def _operation(self, op: Op, known: set[Value]) -> None:
        for arg in op.args:
            self._known(arg, known, op.code)
        try:
            kind = RULES[op.code](tuple(arg.type for arg in op.args), op.extra)
        except (TypeError, KeyError) as error:
            raise InternalError(f"{self._function.name}: {op.code} takes {error}") from None
        if op.code == "call":
            self._call(op)
        if op.result is not None:
            self._need(op.result.type == kind, f"{op.code} gives {kind}, {op.result.name} is {op.result.type}")
            known.add(op.result)
        else:
            self._need(kind == VOID, f"{op.code} gives {kind}, which nothing takes")

    def _call(self, op: Op) -> None:
        name = op.extra[0]
        self._need(name in self._signatures, f"calls {name}, which is not there")
        expected = [value.type for value in self._signatures[name].parameters]
        self._need([arg.type for arg in op.args] == expected, f"{name} takes {[str(kind) for kind in expected]}")

    def _loop(self, loop: Loop, known: set[Value]) -> None:
        for value in (loop.start, loop.stop, *loop.initial):
            self._known(value, known, "loop")
        self._need(loop.start.type == loop.stop.type == I64, "a loop's bounds are i64")
        self._need(loop.step > 0, "a loop's step is above 0")
        inside = self.block(loop.body, {*known, loop.variable, *loop.carried})
        for value in loop.handed:
            self._known(value, inside, "next")
        self._alike(loop.carried, loop.initial)
        self._alike(loop.carried, loop.handed)
        self._alike(loop.carried, loop.results)
        known.update(loop.results)

    def _alike(self, a: Sequence[Value], b: Sequence[Value]) -> None:
        self._need([x.type for x in a] == [x.type for x in b], "a carried value keeps its type")

    def _known(self, value: Value, known: set[Value], where: str) -> None:
        fits = value.type != PTR if value.literal is not None else value in known
        self._need(fits, f"{where} uses {value}, which is not computed there")

    def _need(self, holds: bool, message: str) -> None:
        if not holds:
            raise InternalError(f"{self._function.name}: {message}")

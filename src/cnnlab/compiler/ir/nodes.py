"""What programs of the loop and vector language are made of: values, operations, loops, functions."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cnnlab.compiler.ir.types import VOID, Type


@dataclass(eq=False, slots=True)
class Value:
    """Something computed once: the result of an operation, a parameter, a loop's variable, or a literal.

    Attributes:
        type: Its type.
        name: "%12"; empty for a literal.
        literal: A number (in every lane alike) or, for a vector, a tuple of one number for each lane; else None.
    """

    type: Type
    name: str = ""
    literal: float | tuple[float, ...] | None = None

    def __str__(self) -> str:
        """Write it as an operand."""
        return self.name or str(self.literal)


@dataclass(eq=False, slots=True)
class Op:
    """One operation.

    Attributes:
        code: A key of `cnnlab.compiler.ir.operations.RULES`.
        args: What it takes.
        result: What it gives; None for a store and the like.
        extra: What is fixed when the program is written: a displacement, a comparison, the lanes of a shuffle.
    """

    code: str
    args: tuple[Value, ...]
    result: Value | None = None
    extra: tuple[Any, ...] = ()


@dataclass(eq=False, slots=True)
class Loop:
    """Count from ``start`` in steps of ``step`` while below ``stop``, handing values from turn to turn.

    Attributes:
        variable: i64.
        start: First value of the variable.
        stop: The bound, not reached.
        step: A positive whole number.
        carried: The values at the beginning of each turn.
        initial: What they are in the first turn.
        body: What is done in each turn.
        handed: What the carried values are in the next turn.
        results: What they are after the loop.
        label: What it runs over, for readers.
    """

    variable: Value
    start: Value
    stop: Value
    step: int
    carried: list[Value]
    initial: list[Value]
    body: "Block" = field(default_factory=list)
    handed: list[Value] = field(default_factory=list)
    results: list[Value] = field(default_factory=list)
    label: str = ""

    @property
    def runs_at_least_once(self) -> bool:
        """Say whether the bounds are literals that leave at least one turn."""
        start, stop = self.start.literal, self.stop.literal
        return isinstance(start, int) and isinstance(stop, int) and start < stop


@dataclass(eq=False, slots=True)
class When:
    """Do the body if a bit is set."""

    condition: Value
    body: "Block" = field(default_factory=list)


Statement = Op | Loop | When
Block = list[Statement]


@dataclass(eq=False)
class Function:
    """A function of the language.

    Attributes:
        name: Unique in its module.
        parameters: What it takes.
        body: What it does.
        about: What it is for, for readers.
        exported: Whether it can be called from outside.
    """

    name: str
    parameters: Sequence[Value]
    body: Block = field(default_factory=list)
    about: str = ""
    exported: bool = False
    result: Type = VOID


@dataclass(eq=False)
class Module:
    """Functions that are compiled together."""

    name: str
    functions: list[Function] = field(default_factory=list)

    def find(self, name: str) -> Function:
        """Return a function by its name."""
        return next(function for function in self.functions if function.name == name)

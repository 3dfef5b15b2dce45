"""The types of the loop and vector language."""

from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True)
class Type:
    """A scalar, or a vector of ``lanes`` of them.

    Attributes:
        kind: "f32", "f64", "i1", "i8", "i16", "i32", "i64", "ptr" or "void".
        lanes: 0 for a scalar.
    """

    kind: str
    lanes: int = 0

    def __str__(self) -> str:
        """Write it as the language does: "f32", "f32x16"."""
        return f"{self.kind}x{self.lanes}" if self.lanes else self.kind

    @property
    def scalar(self) -> "Type":
        """Return the type of one lane."""
        return Type(self.kind)

    @property
    def bytes(self) -> int:
        """Return its size in memory."""
        return _BYTES[self.kind] * max(self.lanes, 1)

    @property
    def is_float(self) -> bool:
        """Say whether it holds floating-point numbers."""
        return self.kind in {"f32", "f64"}

    @property
    def is_int(self) -> bool:
        """Say whether it holds integers (or bits)."""
        return self.kind.startswith("i")

    def times(self, lanes: int) -> "Type":
        """Return the vector of this many lanes of the same kind."""
        return replace(self, lanes=lanes)


_BYTES: Final = {"f32": 4, "f64": 8, "i1": 1, "i8": 1, "i16": 2, "i32": 4, "i64": 8, "ptr": 8, "void": 0}

F32: Final = Type("f32")
F64: Final = Type("f64")
I1: Final = Type("i1")
I8: Final = Type("i8")
I16: Final = Type("i16")
I32: Final = Type("i32")
I64: Final = Type("i64")
PTR: Final = Type("ptr")
VOID: Final = Type("void")

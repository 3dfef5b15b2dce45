"""One hostile file: what it attacks, who must refuse it, how it is made, what the message must say."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """A row of the table.

    Attributes:
        name: What the file attacks; unique.
        reader: Who is given it; of `readers.READERS`.
        message: A regular expression that its refusal must match.
        content: Makes its bytes.
        suffix: Of its name; None for the one that the reader expects.
        loads: Whether it is sound after all, and only has to stay within time and memory.
    """

    name: str
    reader: str
    message: str
    content: Callable[[], bytes]
    suffix: str | None = None
    loads: bool = False

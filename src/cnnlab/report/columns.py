"""Plain columns for a terminal: no lines between them, the last one wrapped where the width asks for it."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_GAP: Final = 2
_LEAST: Final = 12


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        heading: Words above it; a line break begins a second line.
        right: Whether its cells end at one edge, as numbers do.
    """

    heading: str
    right: bool = False


def columns_text(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int = 80, *, gap: int = _GAP, indent: int = 0
) -> str:
    """Lay out rows beneath their headings.

    Args:
        columns: Their headings; no heading at all gives no line for them.
        rows: A text for each column.
        width: Of the terminal; the last column goes on in the next line where it would be wider.
        gap: Blanks between two columns.
        indent: Blanks before the first.

    Returns:
        Lines without trailing blanks and without a final line break.

    Example:
        >>> print(columns_text([Column("layer"), Column("size", right=True)], [["dense", "10"], ["conv2d", "1,200"]]))
        layer    size
        dense      10
        conv2d  1,200
    """
    heads = [column.heading.split("\n") for column in columns]
    high = max(len(head) for head in heads)
    above = [[""] * (high - len(head)) + head for head in heads] if any(map(any, heads)) else []
    lines = [*zip(*above, strict=True), *rows]
    widths = [max((len(line[index]) for line in lines), default=0) for index in range(len(columns))]
    before = indent + sum(widths[:-1]) + gap * (len(columns) - 1)
    widths[-1] = min(widths[-1], max(width - before, _LEAST))
    return "\n".join(_line(columns, line, widths, gap, indent) for line in lines)


def _line(columns: Sequence[Column], cells: Sequence[str], widths: Sequence[int], gap: int, indent: int) -> str:
    *others, last = cells
    wrapped = textwrap.wrap(last, max(widths[-1], 1), break_on_hyphens=False, break_long_words=False) or [""]
    shown = [
        cell.rjust(size) if column.right else cell.ljust(size)
        for column, cell, size in zip(columns, [*others, wrapped[0]], widths, strict=True)
    ]
    first = " " * indent + (" " * gap).join(shown)
    margin = " " * (indent + sum(widths[:-1]) + gap * len(others))
    return "\n".join(line.rstrip() for line in [first, *(margin + rest for rest in wrapped[1:])])

"""A table whose first columns hold names: they are wrapped where the terminal is narrow, numbers never are."""

import textwrap
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Final

from cnnlab.report.columns import Column

_LEAST_NAME: Final = 8
_GAPS: Final = (2, 1)


def named_rows(
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    width: int = 80,
    *,
    names: int = 1,
    unicode: bool = True,
) -> list[str]:
    r"""Lay out rows beneath their headings, between two lines.

    Args:
        columns: Their headings; a line break begins a second line, which stands lowest.
        rows: A text for each column.
        width: Of the terminal. Where names have no room the gaps shrink first, then names are wrapped.
        names: How many columns hold names, from the first.
        unicode: Whether the lines may be other than ASCII.

    Returns:
        The lines, without trailing blanks.

    Example:
        >>> columns = [Column("name"), Column("test\naccuracy", right=True)]
        >>> for line in named_rows(columns, [["a-long-name", "0.9000"]], 18, unicode=False):
        ...     print(line)
                      test
        name      accuracy
        --------- --------
        a-long-     0.9000
          name
        --------- --------
    """
    heads = [column.heading.split("\n") for column in columns]
    high = max(map(len, heads))
    above = list(zip(*([""] * (high - len(head)) + head for head in heads), strict=True))
    needed = [max(len(line[place]) for line in [*above, *rows]) for place in range(len(columns))]
    gap = next((gap for gap in _GAPS if sum(needed) + gap * (len(needed) - 1) <= width), _GAPS[-1])
    rest = width - sum(needed[names:]) - gap * (len(needed) - 1)
    sizes = [*_shared(needed[:names], rest), *needed[names:]]
    rule = (" " * gap).join(("─" if unicode else "-") * size for size in sizes)
    head, body = ([text for line in part for text in _line(columns, line, sizes, gap, names)] for part in (above, rows))
    return [*head, rule, *body, rule]


def _shared(needed: Sequence[int], room: int) -> list[int]:
    """Give each column of names what it needs, or as much of the room as the others leave."""
    sizes: list[int] = []
    for place in sorted(range(len(needed)), key=needed.__getitem__):
        share = max((room - sum(sizes)) // (len(needed) - len(sizes)), _LEAST_NAME)
        sizes.append(min(needed[place], share))
    order = sorted(range(len(needed)), key=needed.__getitem__)
    return [sizes[order.index(place)] for place in range(len(needed))]


def _line(columns: Sequence[Column], line: Sequence[str], sizes: Sequence[int], gap: int, names: int) -> Iterator[str]:
    """Lay out one row, over as many lines as its longest name takes."""
    cells = [
        _wrapped(cell, size) if place < names else [cell]
        for place, (cell, size) in enumerate(zip(line, sizes, strict=True))
    ]
    for texts in zip_longest(*cells, fillvalue=""):
        padded = [
            text.rjust(size) if column.right else text.ljust(size)
            for column, text, size in zip(columns, texts, sizes, strict=True)
        ]
        yield (" " * gap).join(padded).rstrip()


def _wrapped(name: str, width: int) -> list[str]:
    """Break a name that is too long: before brackets, else after hyphens and blanks, and anywhere if it must be."""
    if len(name) <= width:
        return [name]
    head, bracket, tail = name.rpartition(" (")
    pieces = [head, f"  ({tail}"] if bracket and head else [name]
    lines = [line for piece in pieces for line in textwrap.wrap(piece, width, subsequent_indent="  ")]
    return lines or [""]

"""Lines drawn with the dots of braille letters, two across and four down in each; with full stops in plain ASCII."""

from collections.abc import Iterator
from typing import Final

# The bits of a braille letter, by row and column of its dots.
_BITS: Final = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_EMPTY: Final = 0x2800
ACROSS: Final = 2
DOWN: Final = 4

Point = tuple[float, float]


class Dots:
    """A canvas of letters.

    Args:
        width: In letters.
        height: Likewise.
        unicode: Whether braille may be used.

    Example:
        >>> dots = Dots(3, 1)
        >>> dots.line((0.0, 0.0), (1.0, 1.0))
        >>> "".join(dots.cells().values())
        '⠑⠢⢄'
    """

    def __init__(self, width: int, height: int, *, unicode: bool = True) -> None:
        self._unicode = unicode
        self._size = (width * ACROSS - 1, height * DOWN - 1)
        self._bits: dict[tuple[int, int], int] = {}

    def line(self, start: Point, end: Point) -> None:
        """Draw a line between two points, each from 0 to 1 across and down."""
        for x, y in _between(self._dot(start), self._dot(end)):
            cell = (x // ACROSS, y // DOWN)
            self._bits[cell] = self._bits.get(cell, 0) | _BITS[y % DOWN][x % ACROSS]

    def cells(self) -> dict[tuple[int, int], str]:
        """Return the letter of each cell, by column and row, that has a dot."""
        return {cell: chr(_EMPTY + bits) if self._unicode else "." for cell, bits in self._bits.items()}

    def cell(self, point: Point) -> tuple[int, int]:
        """Return the column and the row of the letter in which a point lies."""
        x, y = self._dot(point)
        return x // ACROSS, y // DOWN

    def _dot(self, point: Point) -> tuple[int, int]:
        return round(point[0] * self._size[0]), round(point[1] * self._size[1])


def _between(start: tuple[int, int], end: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """List the dots from one to another."""
    steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
    for step in range(steps + 1):
        share = step / steps
        yield round(start[0] + (end[0] - start[0]) * share), round(start[1] + (end[1] - start[1]) * share)

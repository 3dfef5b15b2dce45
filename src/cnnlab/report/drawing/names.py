"""Where names go beside their points, so that none lies over another, a mark or a bar."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cnnlab.report.drawing.canvas import width_of

_MARK: Final = 6.0
_DISTANCES: Final = (9.0, 20.0, 34.0, 52.0, 76.0)
_WAYS: Final = ((1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1), (0, 1), (0, -1))
"""To which side of its point a name goes: right first, straight up and down last, where the bars are."""


@dataclass(frozen=True)
class Box:
    """A rectangle, its heights counted upwards."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: "Box") -> bool:
        """Tell whether two overlap."""
        beside = self.right <= other.left or other.right <= self.left
        return not (beside or self.top <= other.bottom or other.top <= self.bottom)

    def holds(self, other: "Box") -> bool:
        """Tell whether another one lies within."""
        across = self.left <= other.left and other.right <= self.right
        return across and self.bottom <= other.bottom and other.top <= self.top

    def nearest(self, point: tuple[float, float]) -> tuple[float, float]:
        """Return the place in the rectangle that is nearest to a point."""
        x, y = point
        return min(max(x, self.left), self.right), min(max(y, self.bottom), self.top)


def placed(
    texts: Sequence[str],
    points: Sequence[tuple[float, float]],
    bars: Sequence[Box],
    ground: Box,
    size: float,
) -> list[Box | None]:
    """Find a space for each name, one after the other, as near to its point as is free.

    Args:
        texts: The names; the first ones choose first.
        points: Their marks, heights counted upwards.
        bars: What else must stay free.
        ground: Where names may be.
        size: Of the letters.

    Returns:
        A space for each name; None where there is none.
    """
    taken = [*bars, *(Box(x - _MARK, y - _MARK, x + _MARK, y + _MARK) for x, y in points)]
    found: list[Box | None] = []
    for text, point in zip(texts, points, strict=True):
        space = next((one for one in _spaces(text, point, size) if _is_free(one, ground, taken)), None)
        found.append(space)
        if space is not None:
            taken.append(space)
    return found


def _is_free(space: Box, ground: Box, taken: Sequence[Box]) -> bool:
    return ground.holds(space) and not any(space.meets(one) for one in taken)


def _spaces(text: str, point: tuple[float, float], size: float) -> Iterator[Box]:
    """Go around a point, nearer spaces first."""
    width, height = width_of(text, size), 1.25 * size
    for distance in _DISTANCES:
        for across, up in _WAYS:
            x = point[0] + across * distance
            left = x if across > 0 else x - width if across < 0 else x - width / 2
            bottom = point[1] + up * distance - height / 2
            yield Box(left, bottom, left + width, bottom + height)

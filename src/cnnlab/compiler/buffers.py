"""Where the numbers of one tile lie: channels, rows, columns, and 16 images side by side."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from cnnlab.compiler.frame import LANES
from cnnlab.compiler.ir import Type

Where = Literal["tile", "scratch"]
_ALIGNMENT = 64


class Halo(NamedTuple):
    """Cells around an image that are read as zeros and never written."""

    top: int = 0
    bottom: int = 0
    left: int = 0
    right: int = 0

    def joined(self, other: "Halo") -> "Halo":
        """Return the halo that serves both."""
        return Halo(*(max(pair) for pair in zip(self, other, strict=True)))


@dataclass(eq=False)
class Buffer:
    """Numbers of one tile (or, with one lane, of one tile without its images).

    Attributes:
        name: For readers.
        shape: Channels, height, width.
        element: Type of one number.
        halo: Zeros around each channel.
        lanes: 16, or 1 where a number is not for each image.
        passing: Whether nothing in it is read by a later piece, so that every phase may use it anew.
        where: In the tile's own memory, which outlives a barrier, or in the thread's.
        offset: Bytes from the beginning of that memory; set by the plan.
    """

    name: str
    shape: tuple[int, int, int]
    element: Type
    halo: Halo = field(default=Halo())
    lanes: int = LANES
    passing: bool = False
    where: Where = "scratch"
    offset: int = 0

    @property
    def column(self) -> int:
        """Return the bytes from one column to the next."""
        return self.element.bytes * self.lanes

    @property
    def row(self) -> int:
        """Return the bytes from one row to the next."""
        return (self.shape[2] + self.halo.left + self.halo.right) * self.column

    @property
    def channel(self) -> int:
        """Return the bytes from one channel to the next."""
        return (self.shape[1] + self.halo.top + self.halo.bottom) * self.row

    @property
    def origin(self) -> int:
        """Return the bytes from the beginning to cell (0, 0, 0)."""
        return self.halo.top * self.row + self.halo.left * self.column

    @property
    def bytes(self) -> int:
        """Return its size, padded so that the next one is aligned."""
        return -(-self.shape[0] * self.channel // _ALIGNMENT) * _ALIGNMENT

    @property
    def is_dense(self) -> bool:
        """Say whether its cells follow each other without a gap."""
        return not any(self.halo)


def padded(count: int) -> int:
    """Round a count up to whole vectors."""
    return -(-count // LANES) * LANES

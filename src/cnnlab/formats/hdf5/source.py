"""The bytes of a file, read with their bounds checked."""

import struct
from dataclasses import dataclass, field
from typing import Final

from cnnlab.errors import CnnlabError, NotSupportedError, UsageError, explain

UNDEFINED: Final = 0xFFFF_FFFF_FFFF_FFFF
"""HDF5's address of what is nowhere."""

_FORMATS: Final = {1: "<B", 2: "<H", 4: "<I", 8: "<Q"}


@dataclass(frozen=True)
class Source:
    """A whole file, or a part of it.

    Attributes:
        data: Its bytes.
        where: What messages call the file.
    """

    data: memoryview
    where: str
    _seen: set[int] = field(default_factory=set, repr=False)
    _spent: list[int] = field(default_factory=list, repr=False)

    def piece(self, at: int, size: int) -> memoryview:
        """Return bytes.

        Raises:
            UsageError: If they are not all in the file.
        """
        if at < 0 or size < 0 or at + size > len(self.data):
            raise self.damaged(f"{size} bytes at {at}, beyond its end at {len(self.data)}")
        return self.data[at : at + size]

    def number(self, at: int, size: int) -> int:
        """Return an unsigned number of 1, 2, 4 or 8 bytes, the lowest first."""
        return int(struct.unpack(_FORMATS[size], self.piece(at, size))[0])

    def part(self, data: memoryview) -> "Source":
        """Return a part with the same name."""
        return Source(data, self.where, self._seen, self._spent)

    def once(self, at: int) -> int:
        """Return an address, the first time that somebody comes by.

        A sound file of weights reaches everything by one way; by two, work could grow without end.

        Raises:
            UsageError: If it was read before.
        """
        if at in self._seen:
            raise self.damaged(f"two ways to what is at {at}")
        self._seen.add(at)
        return at

    def spend(self, size: int) -> None:
        """Note that an array takes memory, before it does: all of them together are as large as the file at most.

        Raises:
            UsageError: If they were more, and so lie over each other.
        """
        self._spent.append(size + (self._spent.pop() if self._spent else 0))
        if self._spent[0] > len(self.data):
            raise self.damaged("arrays that lie over each other")

    def expect(self, at: int, mark: bytes) -> None:
        """Check that a structure begins with its mark.

        Raises:
            UsageError: If it does not.
        """
        if bytes(self.piece(at, len(mark))) != mark:
            raise self.damaged(f"no {mark.decode('ascii', 'replace').strip()} at {at}")

    def damaged(self, got: str) -> UsageError:
        """Build the error of a file that is not whole."""
        fix = "It is damaged or no file of weights; save it again."
        return UsageError(explain(expected="a sound HDF5 file", got=got, where=self.where, fix=fix))

    def strange(self, got: str) -> CnnlabError:
        """Build the error of a file that uses more of HDF5 than files of weights do."""
        fix = "Load it in Keras, and save it there once more."
        return NotSupportedError(explain(expected="plain arrays in groups", got=got, where=self.where, fix=fix))

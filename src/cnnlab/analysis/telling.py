"""Writing a sentence so that each number in it is among its evidence."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from cnnlab.analysis.observation import LISTED, Kind, Observation, listing, number
from cnnlab.analysis.proportions import Interval

Item = TypeVar("Item")

MOST_DECIMALS = 8
"""What is nearer to 0 than these show is 0 to a reader."""


class Telling:
    """A text in the making: what is written through it is noted under a name that says what it is.

    Nothing else may put a number or an architecture's name into an observation; a test reads each text and looks for
    what it finds there.

    Args:
        subject: The architecture that it is about, or "study".
        kind: What sort of finding it is.

    Example:
        >>> told = Telling("a", "interval")
        >>> told.observation(f"{told.name('a')}: {told.number('a: accuracy', 0.99034)}.").evidence
        (('architecture', 'a'), ('a: accuracy', 0.99034))
    """

    def __init__(self, subject: str, kind: Kind) -> None:
        self._subject = subject
        self._kind = kind
        self._evidence: dict[tuple[str, float | str], None] = {}

    def observation(self, text: str) -> Observation:
        """Close the text."""
        return Observation(self._subject, text, self._kind, tuple(self._evidence))

    def name(self, architecture: str) -> str:
        """Name an architecture."""
        return self.words("architecture", architecture)

    def words(self, what: str, text: str) -> str:
        """Repeat somebody else's words."""
        self._note(what, text)
        return text

    def number(self, what: str, value: float) -> str:
        """Write a loss, an accuracy or a difference with four decimals."""
        self._note(what, value)
        return number(value)

    def sharp(self, what: str, value: float) -> str:
        """Write a number with four decimals, and one nearer to 0 with as many as show on which side of it it lies."""
        self._note(what, value)
        text, decimals = number(value), 4
        while value and decimals < MOST_DECIMALS and not text.strip("-0."):
            decimals += 1
            text = f"{value:.{decimals}f}"
        return text if text.strip("-0.") else number(value)

    def two(self, what: str, value: float) -> str:
        """Write a number with two decimals."""
        self._note(what, value)
        return f"{value:.2f}"

    def count(self, what: str, value: int) -> str:
        """Write a count."""
        self._note(what, value)
        return f"{value:,}"

    def label(self, what: str, value: int) -> str:
        """Write a number that names something, as a seed: without commas."""
        self._note(what, value)
        return str(value)

    def plural(self, what: str, value: int, noun: str) -> str:
        """Write a count with its noun."""
        return f"{self.count(what, value)} {noun}{'' if value == 1 else 's'}"

    def percent(self, what: str, share: float) -> str:
        """Write a share in whole percent."""
        self._note(f"{what}, percent", share * 100)
        return f"{share * 100:.0f} %"

    def points(self, what: str, share: float) -> str:
        """Write a difference of two shares in percentage points, with two decimals."""
        self._note(f"{what}, points", share * 100)
        return f"{share * 100:.2f}"

    def span(self, what: str, interval: Interval, write: Callable[[str, float], str] | None = None) -> str:
        """Write the two ends of an interval, by `number` or by another of the methods above."""
        write = write or self.number
        low, high = write(f"{what}, low", interval.low), write(f"{what}, high", interval.high)
        return f"{low} to {high}"

    def range(self, what: str, values: Iterable[float], write: Callable[[str, float], str] | None = None) -> str:
        """Write the lowest and the highest of some values, once where they look alike.

        Args:
            what: Their name.
            values: At least one.
            write: One of the methods above; `number` by default.
        """
        some, write = tuple(values), write or self.number
        low, high = write(f"{what}, lowest", min(some)), write(f"{what}, highest", max(some))
        return low if low == high else f"{low} to {high}"

    def whole(self, what: str, values: Iterable[int]) -> str:
        """Write the range of some counts."""
        some = tuple(values)
        low, high = self.count(f"{what}, lowest", min(some)), self.count(f"{what}, highest", max(some))
        return low if low == high else f"{low} to {high}"

    def listing(self, items: Sequence[Item], write: Callable[[Item], str], last: str = "and") -> str:
        """List items as a sentence does; of many the first ones and how many more there are."""
        if len(items) <= LISTED + 1:
            return listing([write(item) for item in items], last)
        more = f"{self.count('not listed', len(items) - LISTED)} more"
        return f"{', '.join(write(item) for item in items[:LISTED])} {last} {more}"

    def names(self, architectures: Sequence[str]) -> str:
        """List architectures."""
        return self.listing(architectures, self.name)

    def _note(self, what: str, value: float | str) -> None:
        self._evidence.setdefault((what, value))

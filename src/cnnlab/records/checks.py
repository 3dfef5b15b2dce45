"""The consistency of recipes: each field has a kind and a range, and says so by name."""

from dataclasses import fields
from math import inf, isfinite
from numbers import Integral, Real
from typing import Any, NamedTuple

from cnnlab.errors import UsageError, explain


class Range(NamedTuple):
    """Numbers from ``least`` to ``most``; ``open_start`` and ``open_end`` leave the limit itself out."""

    least: float = 0.0
    most: float = inf
    open_start: bool = False
    open_end: bool = False
    whole: bool = False

    def holds(self, value: float) -> bool:
        """Say whether a number lies in the range."""
        above = value > self.least if self.open_start else value >= self.least
        below = value < self.most if self.open_end else value <= self.most
        return isfinite(value) and above and below

    def __str__(self) -> str:
        """Put the range into the words of a message."""
        kind = "a whole number" if self.whole else "a number"
        if self.most == inf:
            limit = f"above {self.least:g}" if self.open_start else f"of at least {self.least:g}"
            return f"{kind} {limit}" if self.least or self.open_start else f"{kind} that is not negative"
        low = f"above {self.least:g}" if self.open_start else f"from {self.least:g}"
        return f"{kind} {low} {'to below' if self.open_end else 'to'} {self.most:g}"


def check_fields(record: Any, ranges: dict[str, Range], what: str) -> None:  # noqa: ANN401 - any frozen dataclass
    """Check a record's numbers and flags while it is made, and store plain Python numbers in it.

    Args:
        record: A frozen dataclass whose fields' defaults say which are flags and which may be None.
        ranges: For each field that holds a number.
        what: How a message names the record.

    Raises:
        UsageError: If a field holds something else; the message names it.
    """
    for field in fields(record):
        value, place = getattr(record, field.name), f"{what}, {field.name}"
        if isinstance(field.default, bool):
            if not isinstance(value, bool):
                raise UsageError(explain(expected="true or false", got=repr(value), where=place))
        elif field.name in ranges and not (value is None and field.default is None):
            object.__setattr__(record, field.name, check_number(value, ranges[field.name], place))


def check_number(value: object, allowed: Range, place: str) -> float:
    """Return a plain number in a range; NumPy's own would carry their precision into everything they meet.

    Args:
        value: What was given.
        allowed: Where it must lie.
        place: How a message names it.

    Raises:
        UsageError: If it is no number or lies elsewhere.
    """
    kind = Integral if allowed.whole else Real
    if isinstance(value, kind) and not isinstance(value, bool):
        number = float(value)
        if allowed.holds(number):
            return int(number) if allowed.whole else number
    raise UsageError(explain(expected=str(allowed), got=repr(value), where=place))

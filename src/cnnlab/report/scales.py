"""Where the numbers of a small figure stand on its axes, and which of them are written there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

LEAST = 1e-6
"""A logarithmic axis goes no lower: smaller losses are drawn there."""

MOST = 1e200
"""No axis goes beyond: a margin around a larger number would be infinite."""

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_MANTISSAS = ((1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0), (1.0, 2.0, 5.0), (1.0, 3.0), (1.0,))


@dataclass(frozen=True)
class Scale:
    """An axis.

    Attributes:
        low: Its lower end.
        high: Its upper end, above ``low``.
        log: Whether equal factors are equally far apart.
    """

    low: float
    high: float
    log: bool = False

    def place(self, value: float) -> float:
        """Return where a value stands: 0 at the lower end, 1 at the upper one.

        Example:
            >>> Scale(0.01, 1.0, log=True).place(0.1)
            0.5
        """
        if not self.log:
            return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)
        low, high = log10(self.low), log10(self.high)
        return min(max((log10(max(value, LEAST)) - low) / (high - low), 0.0), 1.0)

    def ticks(self, most: int) -> tuple[float, ...]:
        """Choose round numbers within the axis, at most so many.

        Example:
            >>> Scale(0.02, 2.4, log=True).ticks(5), Scale(0.0, 1.0).ticks(5)
            ((0.03, 0.1, 0.3, 1.0), (0.0, 0.25, 0.5, 0.75, 1.0))
        """
        return _log_ticks(self.low, self.high, most) if self.log else _linear_ticks(self.low, self.high, most)


def scale_of(values: Iterable[float | None], *, log: bool = False, share: bool = False) -> Scale:
    """Fit an axis around some numbers, a little wider than they are.

    Args:
        values: Those that are none or not finite say nothing.
        log: Whether equal factors are equally far apart.
        share: Whether they are shares, so that the axis ends at 0 and 1 at the latest.

    Example:
        >>> scale_of([0.0, 10.0])
        Scale(low=-0.5, high=10.5, log=False)
    """
    finite = [value for value in values if value is not None and isfinite(value)] or [1.0]
    known = [min(max(value, -MOST), MOST) for value in finite]
    if log:
        low, high = log10(max(min(known), LEAST)), log10(max(*known, LEAST))
        margin = max((high - low) * 0.05, 0.02)
        return Scale(10 ** (low - margin), 10 ** (high + margin), log=True)
    low, high = min(known), max(known)
    margin = (high - low) * 0.05 or abs(high) * 0.05 or 1.0
    if share:
        return Scale(max(low - margin, min(low, 0.0)), min(high + margin, max(high, 1.0)))
    return Scale(low - margin, high + margin)


def epoch_ticks(last: int, most: int) -> tuple[int, ...]:
    """Choose epochs to write at an axis that ends with ``last``: the first, round ones, the last.

    Example:
        >>> epoch_ticks(12, 5), epoch_ticks(3, 5), epoch_ticks(1, 5)
        ((1, 5, 10, 12), (1, 2, 3), (1,))
    """
    if last <= most:
        return tuple(range(1, last + 1))
    step = next(s for s in _whole_steps() if last / s <= most - 1)
    round_ones = [epoch for epoch in range(step, last, step) if epoch > 1]
    if round_ones and last - round_ones[-1] < step * 0.4:
        round_ones.pop()
    return (1, *round_ones, last)


def _whole_steps() -> Iterable[int]:
    power = 1
    while True:
        yield from (power * 1, power * 2, power * 5)
        power *= 10


def _linear_ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    rough = (high - low) / max(most - 1, 1)
    power = 10.0 ** floor(log10(rough))
    for factor in (*_STEPS, *(10 * step for step in _STEPS[1:])):
        step = factor * power
        ticks = _multiples(low, high, step)
        if len(ticks) <= most:
            return ticks
    return ticks


def _multiples(low: float, high: float, step: float) -> tuple[float, ...]:
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return tuple(float(f"{number * step:.12g}") for number in range(first, last + 1))


def _log_ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    """Take the densest round numbers that are few enough; where there are hardly any, those of an even axis serve."""
    powers = range(floor(log10(low)) - 1, ceil(log10(high)) + 1)
    for mantissas in _MANTISSAS:
        ticks = _within([float(f"{m}e{power}") for power in powers for m in mantissas], low, high)
        if 2 <= len(ticks) <= most:  # noqa: PLR2004 - one number makes no axis
            return ticks
    if high / low < 10:  # noqa: PLR2004 - a factor that may hold a single power of ten, or none
        return _linear_ticks(low, high, most)
    return tuple(ticks[:: ceil(len(ticks) / most)])


def _within(values: Sequence[float], low: float, high: float) -> tuple[float, ...]:
    return tuple(value for value in values if low <= value <= high)

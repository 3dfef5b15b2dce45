"""Accuracies with their intervals as small lines on one scale: they say again what stands beside them in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Final

from markupsafe import Markup

from cnnlab.report.rows import TableRow

_EDGE: Final = 1e-4  # the scale ends short of 0 and 1, where it would go on for ever
_MARGIN: Final = 0.06
_TICKS: Final = (0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999)
_APART: Final = 11.0
_LEAST_SPAN: Final = 0.4


@dataclass(frozen=True)
class Strip:
    """One architecture on the scale."""

    row: TableRow
    line: Markup


@dataclass(frozen=True)
class Scoreboard:
    """All of them, the most accurate first, and the scale beneath."""

    strips: tuple[Strip, ...]
    scale: Markup


def scoreboard(rows: Sequence[TableRow]) -> Scoreboard | None:
    """Draw the accuracies of those that were tested; None where none was.

    Accuracies stand on a scale of log-odds: 0.99 is as far from 0.98 as 0.98 from 0.96, as in errors made.
    """
    tested = [row for row in rows if row.accuracy is not None and row.interval is not None]
    if not tested:
        return None
    tested.sort(key=lambda row: -(row.accuracy or 0.0))
    axis = _axis(tested)
    return Scoreboard(tuple(Strip(row, _strip(row, axis)) for row in tested), _scale(axis))


@dataclass(frozen=True)
class _Axis:
    """A stretch of log-odds on the width of 100."""

    low: float
    high: float

    def place(self, share: float) -> float:
        return 100 * (_log_odds(share) - self.low) / (self.high - self.low)


def _log_odds(share: float) -> float:
    clipped = min(max(share, _EDGE), 1 - _EDGE)
    return log(clipped / (1 - clipped))


def _axis(rows: Sequence[TableRow]) -> _Axis:
    ends = [_log_odds(end) for row in rows if row.interval for end in (row.interval.low, row.interval.high)]
    middle, half = (min(ends) + max(ends)) / 2, max((max(ends) - min(ends)) / 2, _LEAST_SPAN / 2)
    half *= 1 + 2 * _MARGIN
    return _Axis(middle - half, middle + half)


def _strip(row: TableRow, axis: _Axis) -> Markup:
    low, high = (axis.place(end) for end in (row.interval.low, row.interval.high)) if row.interval else (0.0, 0.0)
    dot = axis.place(row.accuracy or 0.0)
    return Markup(  # noqa: S704 - numbers alone
        '<svg class="strip" width="100%" height="16" aria-hidden="true">'
        '<line class="ground" x1="0" x2="100%" y1="8" y2="8"/>'
        f'<line class="reach" x1="{low:.2f}%" x2="{high:.2f}%" y1="8" y2="8"/>'
        f'<circle class="mean" cx="{dot:.2f}%" cy="8" r="5"/></svg>'
    )


def _scale(axis: _Axis) -> Markup:
    """Draw the ticks that have room."""
    kept: list[tuple[float, float]] = []
    for tick in reversed(_TICKS):
        place = axis.place(tick)
        if _APART / 3 <= place <= 100 - _APART / 3 and (not kept or kept[-1][1] - place >= _APART):
            kept.append((tick, place))
    marks = "".join(
        f'<line x1="{place:.2f}%" x2="{place:.2f}%" y1="0" y2="5"/><text x="{place:.2f}%" y="18">{tick:g}</text>'
        for tick, place in kept
    )
    return Markup(f'<svg class="scale" width="100%" height="24" aria-hidden="true">{marks}</svg>')  # noqa: S704 - likewise

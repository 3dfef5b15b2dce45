"""Numbers on their way into a sentence: what is written is kept as evidence under a name."""

from collections.abc import Iterable

from cnnlab.analysis.diagnosis.suspects import Change, Suspect
from cnnlab.analysis.observation import number

_HUGE = 1e6
_NEAR_NONE = 0.1  # shares nearer to none or to all get a digit more
CERTAIN = 0.95
"""The most that a suspect seen in a run can weigh: only retraining proves it."""


class Telling:
    """Writes the numbers of one suspect, so that its text and its evidence cannot disagree.

    Example:
        >>> tell = Telling()
        >>> f"{tell.share('dead', 0.5)} of {tell.count('units', 10)} units", tell.evidence
        ('50 % of 10 units', (('dead', 0.5), ('units', 10.0)))
    """

    def __init__(self) -> None:
        self._numbers: dict[str, float] = {}

    @property
    def evidence(self) -> tuple[tuple[str, float], ...]:
        """Return all numbers by name, in the order in which they were written first."""
        return tuple(self._numbers.items())

    def keep(self, name: str, value: float) -> None:
        """Keep a number that no sentence shows."""
        self._numbers[name] = float(value)

    def share(self, name: str, value: float) -> str:
        """Write a share in per cent."""
        self.keep(name, value)
        fine = 0 < value < _NEAR_NONE or 1 - _NEAR_NONE < value < 1
        return f"{100 * value:.1f}".removesuffix(".0") + " %" if fine else f"{100 * value:.0f} %"

    def number(self, name: str, value: float) -> str:
        """Write a loss or an accuracy with four decimals; one out of all proportion with two digits."""
        self.keep(name, value)
        return number(value) if abs(value) < _HUGE else f"{value:.2g}"

    def count(self, name: str, value: int) -> str:
        """Write how many there are."""
        self.keep(name, value)
        return str(value)

    def size(self, name: str, value: float) -> str:
        """Write a number of any size with two digits."""
        self.keep(name, value)
        return f"{value:.2g}"

    def seeds(self, count: int) -> str:
        """Write how many seeds something is the mean of."""
        return f"{self.count('seeds', count)} {'seed' if count == 1 else 'seeds'}"

    def suspect(
        self, name: str, text: str, *, layers: Iterable[str] = (), changes: Iterable[Change | None] = (), weight: float
    ) -> Suspect:
        """Make the suspect; a change that cannot be made is None and left out, and one made twice stands once."""
        known = {change.text: change for change in changes if change is not None}
        return Suspect(name, tuple(layers), text, self.evidence, "run", tuple(known.values()), min(weight, CERTAIN))


def together(*weights: float) -> float:
    """Return how strong several signs of the same thing are: as if each were wrong by chance of its own.

    Example:
        >>> together(0.5, 0.5), together(0.0, 0.4)
        (0.75, 0.4)
    """
    doubt = 1.0
    for weight in weights:
        doubt *= 1 - weight
    return round(1 - doubt, 4)

"""What the chart of accuracy against a cost says, in sentences and as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cnnlab.analysis.comparison import Comparison
from cnnlab.analysis.costs import CLOCK_NOISE, MEASURED, CostName
from cnnlab.analysis.observation import listing, number
from cnnlab.analysis.pareto import Place
from cnnlab.report.figure import Numbers
from cnnlab.report.words import cut, plural, printable

if TYPE_CHECKING:
    from cnnlab.report.drawing.cost_front import Spot

_LONGEST: Final = 48
"""So many letters of a name stand in a sentence; the table has them all."""

_PLACES: Final[dict[Place, str]] = {"on": "on", "perhaps": "perhaps on", "off": "off"}


@dataclass(frozen=True)
class CostWords:
    """How a cost is told.

    Attributes:
        noun: In a sentence.
        axis: At an axis and above a column.
        factor: From the cost as it is kept to the unit that is shown.
        decimals: Of the number in the table.
    """

    noun: str
    axis: str
    factor: float = 1.0
    decimals: int = 0

    def shown(self, cost: float) -> float:
        """Return a cost in the unit that is shown."""
        return cost * self.factor

    def text(self, cost: float) -> str:
        """Write a cost in that unit."""
        return f"{self.shown(cost):,.{self.decimals}f}"


COSTS: Final[dict[CostName, CostWords]] = {
    "parameters": CostWords("parameters", "parameters"),
    "multiply_adds": CostWords("multiply-adds", "multiply-adds, forward, of one image"),
    "seconds": CostWords("training time", "seconds of training", decimals=1),
    "latency": CostWords("latency", "microseconds for an image alone", 1e6, 1),
    "latency_in_batch": CostWords("latency in a batch", "microseconds for an image in a batch", 1e6, 2),
    "bytes": CostWords("size on the disk", "bytes on the disk"),
}


def caption(cost: CostName, spots: Sequence["Spot"], comparison: Comparison, nameless: int) -> str:
    """Name the front, and say what a place and a bar mean."""
    parts = [_front(cost, spots), _bars(comparison)]
    if cost in MEASURED and len(spots) > 1:
        parts.append(f"Times that differ by at most {CLOCK_NOISE * 100:g} % count as the same.")
    if nameless:
        have = "has" if nameless == 1 else "have"
        parts.append(f"{plural(nameless, 'mark')} {have} no name for want of room; the table names all.")
    return " ".join(parts)


def _front(cost: CostName, spots: Sequence["Spot"]) -> str:
    noun = COSTS[cost].noun
    if len(spots) == 1:
        only = spots[0]
        return f"{_named(only.architecture)} alone, with an accuracy of {number(only.accuracy)}: no front to speak of."
    by_place = {place: [_named(one.architecture) for one in spots if one.place == place] for place in _PLACES}
    told = []
    if on := by_place["on"]:
        they = "stands" if len(on) == 1 else "stand"
        told.append(f"{listing(on)} {they} on the front: all that cost less are distinguishably less accurate")
    if perhaps := by_place["perhaps"]:
        they = "is" if len(perhaps) == 1 else "are"
        told.append(f"{listing(perhaps)} {they} perhaps on it: one that costs less is not distinguishable")
    if off := by_place["off"]:
        they = "is" if len(off) == 1 else "are"
        told.append(f"{listing(off)} {they} off it: one that costs no more is distinguishably better")
    return f"Accuracy against {noun}. {'. '.join(told)}."


def _named(name: str) -> str:
    return cut(printable(name), _LONGEST)


def _bars(comparison: Comparison) -> str:
    alone = [one for one in comparison.standings if one.accuracy.seed_error is None]
    level = f"{comparison.confidence * 100:g} %"
    if not alone:
        return f"Bars are {level} intervals for other seeds and other images."
    if len(alone) == len(comparison.standings):
        return f"Bars are {level} intervals for other images alone, since each has one seed."
    names = listing([_named(one.architecture) for one in alone])
    return f"Bars are {level} intervals for other seeds and other images; of {names}, with one seed, for images alone."


def description(cost: CostName, spots: Sequence["Spot"]) -> str:
    """Describe each mark, for those who do not see it."""
    unit = COSTS[cost].axis
    return " ".join(
        f"{one.architecture}: {number(one.accuracy)} at {COSTS[cost].text(one.cost)} {unit}, {_PLACES[one.place]} "
        "the front."
        for one in spots
    )


def numbers(cost: CostName, spots: Sequence["Spot"]) -> Numbers:
    """Lay the marks out as a table."""
    heads = ("architecture", COSTS[cost].axis, "accuracy", "interval from", "to", "front")
    rows = [
        (
            one.architecture,
            COSTS[cost].text(one.cost),
            *(number(value) for value in (one.accuracy, one.interval.low, one.interval.high)),
            _PLACES[one.place],
        )
        for one in spots
    ]
    return Numbers(heads, tuple(rows))

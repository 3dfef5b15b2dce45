"""One sentence or two that follow from the numbers, and the small grammar that they are written in."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import copysign
from typing import Literal

from cnnlab.analysis.proportions import Interval
from cnnlab.records import RunResult, StudyResult

Kind = Literal[
    "verdict",
    "interval",
    "comparison",
    "tie",
    "seeds",
    "published",
    "collapse",
    "divergence",
    "fit",
    "recipe",
    "validation",
    "data",
    "interruption",
]

LISTED = 6
"""How many names a sentence lists before it says "and N more"; the tables hold them all."""


@dataclass(frozen=True)
class Observation:
    """A finding in words.

    Attributes:
        subject: The architecture that it is about, or "study".
        text: Plain ASCII sentences, but for the architectures' own names.
        kind: What sort of finding it is.
        evidence: What the text was written from, by name: each number in it stands here as it was before rounding, and
            each architecture, each message of somebody else as a string.
    """

    subject: str
    text: str
    kind: Kind
    evidence: tuple[tuple[str, float | str], ...] = ()


def listing(items: Sequence[str], last: str = "and") -> str:
    """Join words as a sentence does.

    Example:
        >>> listing(["a", "b", "c"])
        'a, b and c'
        >>> listing([str(n) for n in range(9)])
        '0, 1, 2, 3, 4, 5 and 3 more'
    """
    if len(items) > LISTED + 1:
        items = [*items[:LISTED], f"{len(items) - LISTED} more"]
    if len(items) <= 1:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def after_colon(sentences: str) -> str:
    """Let sentences follow a name and a colon.

    Example:
        >>> after_colon("One seed: it is alone. Train more.")
        'one seed: it is alone. Train more.'
    """
    return sentences[:1].lower() + sentences[1:]


def half_up(value: float) -> float:
    """Move a number so little that one which ends in 5 is rounded as by hand, whatever adding left in its last digits.

    Means over seeds often end so, and differ in those digits by the way they were added up.

    Example:
        >>> f"{(0.8402 + 0.8163) / 2:.4f}", f"{(8402 + 8163) / 20_000:.4f}"
        ('0.8282', '0.8283')
        >>> f"{half_up((0.8402 + 0.8163) / 2):.4f}", f"{half_up(-0.00065):.4f}"
        ('0.8283', '-0.0007')
    """
    return value + copysign(1e-12, value)


def number(value: float) -> str:
    """Write a loss, an accuracy or a difference with four decimals, and 0 without a sign."""
    text = f"{half_up(value):.4f}"
    return text.removeprefix("-") if not text.strip("-0.") else text


def span(interval: Interval) -> str:
    """Write an interval in words."""
    return f"{number(interval.low)} to {number(interval.high)}"


def run_name(run: RunResult, result: StudyResult) -> str:
    """Name a run by its architecture, and by its seed where there are several."""
    seeds = sum(other.key.architecture == run.key.architecture for other in result.runs)
    return run.key.architecture if seeds == 1 else f"{run.key.architecture} (seed {run.key.seed})"

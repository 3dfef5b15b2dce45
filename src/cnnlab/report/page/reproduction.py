"""Published numbers among ours, as the page lists them."""

from dataclasses import dataclass

from cnnlab.analysis.reproduction import Reproduction, ValueFinding
from cnnlab.report.page.environment import NONE, four
from cnnlab.report.reproduction_words import rank


@dataclass(frozen=True)
class PublishedRow:
    """One published final number."""

    architecture: str
    measure: str
    seeds: int
    published: str
    mean: str
    interval: str
    where: str
    verdict: str


def published_rows(found: Reproduction) -> tuple[PublishedRow, ...]:
    """Lay out the final numbers, in the order of the table."""
    return tuple(_row(one) for one in found.values)


def _row(one: ValueFinding) -> PublishedRow:
    interval = one.interval
    return PublishedRow(
        architecture=one.architecture,
        measure=one.measure,
        seeds=one.seeds,
        published=four(one.published),
        mean=four(one.mean),
        interval=NONE if interval is None else f"{four(interval.low)} to {four(interval.high)}",
        where=rank(one) if one.seeds else "no run of ours is at its end",
        verdict=one.verdict,
    )

"""What the architectures of a study cost, as the page lists it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cnnlab.analysis.costs import COST_NAMES, CostName
from cnnlab.analysis.pareto import Place
from cnnlab.report.contents import ReportContents
from cnnlab.report.words import format_bytes, format_seconds, plural

_MICRO: Final = 1e6
_PLACES: Final[dict[Place, str]] = {"on": "on the front", "perhaps": "perhaps on it", "off": ""}


@dataclass(frozen=True)
class CostCell:
    """A cost as it is written, and where that puts the architecture; both may be empty."""

    text: str
    place: str


@dataclass(frozen=True)
class CostSheet:
    """The table of costs.

    Attributes:
        heads: Of its columns, behind the names.
        rows: Each architecture's name and cells.
        notes: What they mean, a sentence each.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[CostCell, ...]], ...]
    notes: tuple[str, ...]


def cost_sheet(contents: ReportContents) -> CostSheet | None:
    """Lay out the costs that are known of at least one architecture; None where there are none."""
    known = [name for name in COST_NAMES if any(one.of(name) is not None for one in contents.costs)]
    if not known:
        return None
    batch = contents.timed.batch if contents.timed else 0
    return CostSheet(
        heads=tuple(_HEADS[name][0].format(batch=batch) for name in known),
        rows=tuple(
            (one.architecture, tuple(_cell(contents, one.architecture, name, one.of(name)) for name in known))
            for one in contents.costs
        ),
        notes=_notes(contents),
    )


def microseconds(seconds: float) -> str:
    """Write a short time.

    Example:
        >>> microseconds(0.0000123), microseconds(0.000456)
        ('12.3 us', '456 us')
    """
    value = seconds * _MICRO
    return f"{value:,.0f} us" if value >= 100 else f"{value:.3g} us"  # noqa: PLR2004 - three figures either way


_HEADS: Final[dict[CostName, tuple[str, Callable[[float], str]]]] = {
    "parameters": ("Parameters", "{:,.0f}".format),
    "multiply_adds": ("Multiply-adds", "{:,.0f}".format),
    "seconds": ("Training a run", format_seconds),
    "latency": ("One image", microseconds),
    "latency_in_batch": ("Each of {batch}", microseconds),
    "bytes": ("On disk", format_bytes),
}


def _cell(contents: ReportContents, architecture: str, name: CostName, value: float | None) -> CostCell:
    if value is None:
        return CostCell("-", "")
    several = len(contents.costs) > 1
    place = contents.fronts.get(name, {}).get(architecture) if several else None
    return CostCell(_HEADS[name][1](value), _PLACES[place] if place else "")


def _notes(contents: ReportContents) -> tuple[str, ...]:
    """Say what the columns are, and what a front is."""
    told = ["Multiply-adds are of the forward pass of one image; training includes validation."]
    if contents.timed is not None:
        where = f"{contents.timed.machine}, at most {plural(contents.timed.threads, 'thread')}"
        batch = contents.timed.batch
        told.append(
            f"Microseconds (us) are medians of predicting one image alone, and each of {batch} together ({where})."
        )
    if len(contents.costs) > 1 and contents.fronts:
        told.append(
            "On the front: whoever costs less is distinguishably less accurate. Perhaps on it: one that costs less "
            "cannot be told apart in accuracy. No mark: another costs no more and is distinguishably more accurate."
        )
    return tuple(told)

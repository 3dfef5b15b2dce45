"""A comparison in a terminal: accuracies with both sources of chance, costs and who is on their fronts, the pairs."""

import textwrap
from collections.abc import Callable, Sequence
from typing import Final

from cnnlab.analysis.chances import Chances, chances
from cnnlab.analysis.comparison import PairFinding, Standing
from cnnlab.analysis.costs import CostName
from cnnlab.analysis.observation import number, span
from cnnlab.analysis.pareto import Place
from cnnlab.report.columns import Column, columns_text
from cnnlab.report.comparison_sheet import ComparisonSheet
from cnnlab.report.comparison_words import (
    ANY,
    Legend,
    accuracy_legend,
    cautions,
    cost_legend,
    pair_legend,
    remarks,
)
from cnnlab.report.named_rows import named_rows
from cnnlab.report.words import data_title, format_seconds, plural, points, printable

NONE: Final = "-"
MARKS: Final[dict[Place, str]] = {"on": "*", "perhaps": "?", "off": " "}
SHOWN_PAIRS: Final = 15
_MICRO: Final = 1e6
_KIBI: Final = 1024
_COSTS: Final[dict[CostName, tuple[str, Callable[[float], str]]]] = {
    "parameters": ("parameters", "{:,.0f}".format),
    "multiply_adds": ("multiply-\nadds", "{:,.0f}".format),
    "seconds": ("training\nper run", format_seconds),
    "latency": ("us for\none", lambda value: _short(_MICRO * value)),
    "latency_in_batch": ("us each\nof {batch}", lambda value: _short(_MICRO * value)),
    "bytes": ("KiB on\ndisk", lambda value: _short(value / _KIBI)),
}


def comparison_text(sheet: ComparisonSheet, width: int = 80, *, unicode: bool = True) -> str:
    """Lay out a comparison: what it is of, the accuracies, the costs, the pairs, and what there is to know of them.

    Args:
        sheet: The comparison.
        width: Columns of the terminal; names are wrapped to fit into it, numbers never are.
        unicode: Whether lines and names may be other than ASCII.

    Returns:
        Lines without trailing blanks and without a final line break.
    """

    def wrapped(text: str) -> list[str]:
        return textwrap.wrap(printable(text, unicode=unicode), width, break_on_hyphens=False)

    def section(title: str, table: list[str], legend: Legend) -> list[str]:
        rows = [[printable(cell, unicode=unicode) for cell in row] for row in legend]
        told = columns_text([Column(""), Column("")], rows, width, indent=1).split("\n")
        return [title, "", *table, "", *told] if table else []

    parts = [
        wrapped(heading(sheet)),
        *(wrapped(text) for text in cautions(sheet)),
        section("Accuracy", accuracy_table(sheet, width, unicode=unicode), accuracy_legend(sheet)),
        section("Costs", cost_table(sheet, width, unicode=unicode), cost_legend(sheet)),
        section("Pairs", pair_table(sheet, width, unicode=unicode), pair_legend(sheet)),
        [line for text in remarks(sheet) for line in _bullet(printable(text, unicode=unicode), width)],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def heading(sheet: ComparisonSheet) -> str:
    """Say in a line what is compared, on what and when."""
    epochs = sheet.members[0].epochs
    when = {
        "last": "each run at its end" if sheet.at_end else "each run after its last epoch",
        "best": "each run after its best epoch by validation",
        "number": f"each run after epoch {epochs[0]}",
        "equal": "each run after the last epoch that one budget allows",
    }[sheet.moment]
    count = plural(len(sheet.members), "architecture")
    kind = "test image" if sheet.part == "test" else "training image"
    held_out = "" if sheet.part == "test" else " held out for validation"
    images = f"{plural(sheet.comparison.images, kind)} of {data_title(sheet.data)}{held_out}"
    return f"{count}, {images}; {when}"


def accuracy_table(sheet: ComparisonSheet, width: int = 80, *, unicode: bool = True) -> list[str]:
    """Lay out the accuracies, a line for each architecture."""
    with_epochs = sheet.moment in {"best", "equal"}
    several = any(one.accuracy.seed_error is not None for one in sheet.comparison.standings)
    headings = [
        "architecture",
        *(["best\nepoch" if sheet.moment == "best" else "after\nepoch"] if with_epochs else []),
        "seeds",
        _accuracy_title(sheet),
        f"{sheet.comparison.confidence * 100:g} % interval\n{'seeds and images' if several else 'images alone'}",
        "other\nseeds +-",
        "other\nimages +-",
        "group",
    ]
    rows = [
        [
            printable(one.architecture, unicode=unicode),
            *([_range(sheet.epochs[one.architecture])] if with_epochs else []),
            _seeds(one),
            number(one.accuracy.value),
            span(one.accuracy.interval),
            *chances_cells(chances(one.accuracy, sheet.comparison.confidence)),
            one.group,
        ]
        for one in sheet.comparison.standings
    ]
    return named_rows(_columns(headings), rows, width, unicode=unicode)


def chances_cells(parts: Chances) -> tuple[str, str]:
    """Write what other seeds and what other images alone may do to an accuracy, in points as an observation does."""
    seeds = NONE if parts.seeds is None else ANY if parts.too_few_seeds else points(parts.seeds)
    return seeds, points(parts.images)


def _accuracy_title(sheet: ComparisonSheet) -> str:
    if sheet.moment == "best":
        return "best-epoch\naccuracy"
    return "test\naccuracy" if sheet.part == "test" else "held-out\naccuracy"


def cost_table(sheet: ComparisonSheet, width: int = 80, *, unicode: bool = True) -> list[str]:
    """Lay out the costs, each with the mark of its place on the front of accuracy against it."""
    known: list[CostName] = [name for name in _COSTS if any(one.of(name) is not None for one in sheet.costs)]
    batch = "" if sheet.timed is None else str(sheet.timed.batch)
    marked = {name: sheet.fronts.get(name, {}) for name in known if len(sheet.costs) > 1}

    def cell(architecture: str, name: CostName, value: float | None) -> str:
        mark = MARKS[marked[name][architecture]] if marked.get(name) else ""
        return f"{NONE if value is None else _COSTS[name][1](value)}{mark and ' ' + mark}"

    def title(name: CostName) -> str:
        # room above the marks, so that a heading ends where its numbers do
        margin = "  " if marked.get(name) else ""
        return "\n".join(line + margin for line in _COSTS[name][0].format(batch=batch).split("\n"))

    rows = [
        [
            printable(one.architecture, unicode=unicode),
            *(cell(one.architecture, name, one.of(name)) for name in known),
        ]
        for one in sheet.costs
    ]
    return named_rows(_columns(["architecture", *map(title, known)]), rows, width, unicode=unicode)


def pair_table(sheet: ComparisonSheet, width: int = 80, *, unicode: bool = True) -> list[str]:
    """Lay out the pairs, the nearest first; none for one architecture alone."""
    pairs = sheet.comparison.pairs
    if not pairs:
        return []
    shown = pairs[:SHOWN_PAIRS]
    rows = [
        [
            printable(pair.better, unicode=unicode),
            printable(pair.worse, unicode=unicode),
            number(pair.gap),
            span(pair.interval),
            verdict(pair),
        ]
        for pair in shown
    ]
    columns = [*_columns(["better", "worse", "gap", "interval"], names=2), Column("distinguishable")]
    table = named_rows(columns, rows, width, names=2, unicode=unicode)
    more = len(pairs) - len(shown)
    return [*table, *([f"{plural(more, 'more pair')}; --json has all."] if more else [])]


def _columns(headings: Sequence[str], names: int = 1) -> list[Column]:
    return [Column(heading, right=place >= names) for place, heading in enumerate(headings)]


def verdict(pair: PairFinding) -> str:
    """Say in a few words whether two are distinguishable, and what would settle it if not."""
    if pair.distinguishable:
        return "yes" if pair.scope == "architectures" else "yes, as trained"
    if pair.more_seeds is not None:
        return f"no; {pair.more_seeds:,} seeds each"
    return "no" if pair.more_images is None else f"no; {pair.more_images:,} images"


def _seeds(one: Standing) -> str:
    """Count the seeds that the numbers are of, and of how many where some collapsed and count apart."""
    apart = set(one.collapsed) - set(one.seeds)
    return f"{len(one.seeds)} of {len(one.seeds) + len(apart)}" if apart else str(len(one.seeds))


def _range(both: tuple[int, int]) -> str:
    return str(both[0]) if both[0] == both[1] else f"{both[0]}-{both[1]}"


def _short(value: float) -> str:
    """Write a number with about three digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"  # noqa: PLR2004 - digits


def _bullet(note: str, width: int) -> Sequence[str]:
    return textwrap.wrap(f"- {note}", width, subsequent_indent="  ", break_on_hyphens=False)

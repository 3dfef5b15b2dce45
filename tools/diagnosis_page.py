"""The measured part of docs/diagnosis.md, written by the proof that measured it."""

import sys
from typing import Any

from proofs_page import ROOT

sys.path.insert(0, str(ROOT / "tests" / "diagnosis"))

from diagnosed import COSTS, HELD_OUT, TRAIN
from faults import EPOCHS

PAGE = ROOT / "docs" / "diagnosis.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

_HOW = """\
Each network was trained on {train:,} images of MNIST for {epochs} epochs and judged by {held_out:,} others. A planted
fault counts if it costs {costs:g} points or more, measured with seeds of its own; one that costs less is drawn again.
The thresholds were set on other networks than those of this table.
"""
_HEALTHY = """
Of {healthy} healthy networks, {let_be} ({share:.0%}) were said to have no cause. On the half that the thresholds were
set on: {tuned_named} of {tuned_broken} faults named first or second, {tuned_let_be} of {tuned_healthy} healthy networks
let be.
"""
_THREE = """
`cnnlab diagnose architecture-3` on all of MNIST took {seconds:.0f} s on two cores. Its best change and the two best
together, trained again with other seeds:
"""


def section(three: dict[str, Any], tuned: dict[str, Any], reported: dict[str, Any]) -> str:
    """Write the measured part of the page."""
    healthy = _HEALTHY.format(
        healthy=reported["healthy"],
        let_be=reported["let be"],
        share=reported["let be"] / reported["healthy"],
        tuned_named=tuned["named"],
        tuned_broken=tuned["broken"],
        tuned_let_be=tuned["let be"],
        tuned_healthy=tuned["healthy"],
    )
    parts = [
        _HOW.format(train=TRAIN, epochs=EPOCHS, held_out=HELD_OUT, costs=COSTS),
        _faults(reported),
        healthy,
        _listed("Faults that were not named first or second:", reported["missed"]),
        _listed("Healthy networks with a cause:", reported["accused"]),
        _THREE.format(seconds=three["seconds"]),
        _again(three),
    ]
    return "\n".join(part.rstrip("\n") if part is parts[-1] else part for part in parts if part)


def _faults(reported: dict[str, Any]) -> str:
    rows = ["| planted fault | networks | points it costs | named first | named first or second | too small |"]
    rows.append("|---|---|---|---|---|---|")
    for kind, found in reported["kinds"].items():
        cost = " and ".join(f"{value:.1f}" for value in found["cost"])
        cells = (kind, found["networks"], cost, found["first"], found["named"], found["small"])
        rows.append(f"| {' | '.join(map(str, cells))} |")
    share = reported["named"] / reported["broken"]
    rows.append(f"| all | {reported['broken']} | | | {reported['named']} ({share:.0%}) | |")
    return "\n".join(rows)


def _listed(heading: str, items: list[str]) -> str:
    return "\n".join([heading, "", *(f"- {item}" for item in items)]) if items else ""


def _again(three: dict[str, Any]) -> str:
    rows = ["| change | gain, points | foretold for as many new seeds | gained with new seeds |", "|---|---|---|---|"]
    rows += [
        f"| {one['change']} | {one['gain']:+.1f} | {one['low']:+.1f} to {one['high']:+.1f} | {one['again']:+.1f} |"
        for one in three["again"]
    ]
    return "\n".join(rows)


def write_page(text: str) -> None:
    """Put the measured part into its place."""
    page = PAGE.read_text(encoding="utf-8")
    head, rest = page.split(BEGIN)
    _, tail = rest.split(END)
    PAGE.write_text(f"{head}{BEGIN}\n{text}\n{END}{tail}", encoding="utf-8")

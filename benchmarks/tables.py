"""Markdown tables of what was measured, and their place in the README."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from contestants import CONTESTANTS
from environment import ROOT

README: Final = ROOT / "README.md"
LAYERS_PAGE: Final = ROOT / "docs" / "speed-of-layers.md"

_TITLES: Final = {contestant.name: contestant.title for contestant in CONTESTANTS}
_MISSING: Final = "–"  # noqa: RUF001 - the sign for "nothing here" in a table
_LAYER: Final = "layer"
_OURS: Final = "cnnlab"
_MEGABYTE: Final = 1_000_000
_PRECISE_BELOW: Final = 10

Results = dict[str, Any]


def speed_tables(results: Results) -> str:
    """Draw what `peers.py` wrote: seconds of an epoch, seconds to the end of the first, memory.

    Args:
        results: The whole of its JSON.
    """
    parts = [
        "Seconds for an epoch with its validation, after the first (median, least to most):",
        _table(results, lambda summary: _seconds(summary["epoch_seconds"]), _ratio_row(results)),
        "Seconds from the start of the process to the end of the first epoch, imports and compilation included:",
        _table(results, lambda summary: _seconds(summary["first_epoch_seconds"])),
        "Peak memory in MB:",
        _table(results, lambda summary: _megabytes(summary["peak_bytes"])),
        _evidence(results),
    ]
    return "\n\n".join(part for part in parts if part)


def layer_table(results: Results) -> str:
    """Draw what each layer costs: an epoch of the network around it, ours and the best peer's, and what it adds."""
    summary, compared = results["summary"], results["ratios"]
    rows = []
    for case in compared:
        best = compared[case]["best_peer"]
        seconds = [_median(summary[case][name]) for name in (_OURS, best)]
        added = [_added(summary, case, name) for name in (_OURS, best)]
        rows.append(
            [
                case.removeprefix(f"{_LAYER}-"),
                *(f"{one:.2f}" for one in seconds),
                _TITLES[best],
                f"{compared[case]['times_as_fast']:.2f}",
                *added,
            ]
        )
    heading = ["layer", "cnnlab", "best peer", "who", "times as fast", "it adds, cnnlab", "it adds, peer"]
    about = "Seconds for an epoch of a small network around each layer, and how many of them the layer adds:"
    return f"{about}\n\n{markdown(heading, rows)}\n\n{_evidence(results)}"


def _added(summary: Results, case: str, name: str) -> str:
    """Say by how much an epoch is longer than that of the network without the layer."""
    without = summary.get(f"{_LAYER}-without", {}).get(name)
    return _MISSING if without is None else f"{_median(summary[case][name]) - _median(without):.2f}"


def _median(summary: Results) -> float:
    return float(summary["epoch_seconds"]["median"])


def scaling_tables(results: Results) -> str:
    """Draw the sweeps: a table for each thing that varied."""
    by_sweep: dict[str, dict[int, Results]] = {}
    for case, summaries in results["summary"].items():
        what, value = results["cases"][case]["swept"]
        by_sweep.setdefault(what, {})[value] = summaries
    return "\n\n".join([*(_sweep(what, points) for what, points in by_sweep.items()), _evidence(results)])


def study_table(results: Results) -> str:
    """Draw the whole study: seconds and memory of both."""
    rows = [
        [one["title"], _seconds(one["seconds"]), _megabytes(one["peak_bytes"])] for one in results["summary"].values()
    ]
    return f"{markdown(['the whole study', 'seconds', 'peak memory in MB'], rows)}\n\n{_evidence(results)}"


def write_into(page: Path, what: str, text: str) -> None:
    """Put text between the two marks of a page.

    Args:
        page: Has a line ``<!-- WHAT table: begin -->`` and a line ``<!-- WHAT table: end -->``.
        what: "speed", "layers", "scaling", "study" or "roofline".
        text: What comes between.

    Raises:
        ValueError: If the page does not have both.
    """
    first, last = f"<!-- {what} table: begin -->", f"<!-- {what} table: end -->"
    whole = page.read_text(encoding="utf-8")
    head, begin, rest = whole.partition(first)
    _, end, tail = rest.partition(last)
    if not begin or not end:
        raise ValueError(f"{page.name} has no place for the table: it needs the lines {first} and {last}")
    page.write_text(f"{head}{first}\n\n{text}\n\n{last}{tail}", encoding="utf-8")


def _table(results: Results, cell: Callable[[Results], str], *more: list[str]) -> str:
    cases = list(results["summary"])
    names = [name for name in _TITLES if any(name in results["summary"][case] for case in cases)]
    rows = [[_TITLES[name], *(_cell(results["summary"][case].get(name), cell) for case in cases)] for name in names]
    return markdown(["", *cases], [*rows, *(row for row in more if row)])


def _cell(summary: Results | None, cell: Callable[[Results], str]) -> str:
    if summary is None:
        return _MISSING
    return "failed" if summary["failures"] and summary["epoch_seconds"] is None else cell(summary)


def _ratio_row(results: Results) -> list[str]:
    compared = results["ratios"]
    if not compared:
        return []
    told = [
        f"{compared[case]['times_as_fast']:.2f} ({_TITLES[compared[case]['best_peer']]})"
        if case in compared
        else _MISSING
        for case in results["summary"]
    ]
    return ["**times as fast as the best peer**", *told]


def _sweep(what: str, points: dict[int, Results]) -> str:
    names = [name for name in _TITLES if any(name in summaries for summaries in points.values())]
    rows = [
        [
            f"{value:,}",
            *(_cell(points[value].get(name), lambda summary: _seconds(summary["epoch_seconds"])) for name in names),
        ]
        for value in sorted(points)
    ]
    return f"Seconds for an epoch by {what}:\n\n{markdown([what, *(_TITLES[name] for name in names)], rows)}"


def _seconds(spread: Results | None) -> str:
    if spread is None:
        return _MISSING
    digits = 2 if spread["median"] < _PRECISE_BELOW else 1
    middle, least, most = (f"{spread[key]:.{digits}f}" for key in ("median", "least", "most"))
    return middle if spread["n"] == 1 else f"{middle} ({least} to {most})"


def _megabytes(spread: Results | None) -> str:
    return _MISSING if spread is None else f"{spread['median'] / _MEGABYTE:,.0f}"


def _evidence(results: Results) -> str:
    """Say in two lines what the numbers were measured on."""
    machine, settings = results["machine"], results["settings"]
    peaks = [
        f"{peak['gflops']:.0f} GFLOP/s of multiply-adds with {peak['threads']} thread{'s' * (peak['threads'] > 1)}"
        for peak in results.get("peaks", [])
        if peak["gflops"] is not None
    ]
    versions = sorted({f"{name} {version}" for one in results["versions"].values() for name, version in one.items()})
    facts = [f"{machine['processor']}, {machine['cores']} cores", *peaks, *versions]
    repeated = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in settings.items() if value is not None)
    return f"{'; '.join(facts)}. Settings: {repeated}. Commit {results['commit']}, {results['date'][:10]}."


def markdown(heading: list[str], rows: list[list[str]]) -> str:
    """Draw a table; its first column is text, the others are numbers."""
    rule = ["---", *("---:" for _ in heading[1:])]
    return "\n".join(f"| {' | '.join(row)} |" for row in [heading, rule, *rows])

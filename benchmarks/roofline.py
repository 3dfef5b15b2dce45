"""Measure where a step's time goes, for the README: each contraction beside the peak, two threads beside one.

.venv/bin/python benchmarks/roofline.py --out roofline.json --write-readme
"""

import argparse
import json
import subprocess
from pathlib import Path
from typing import Any, Final

from environment import ROOT
from machine import provenance
from tables import README, markdown, write_into

NETWORKS: Final = ("architecture-1", "architecture-2", "architecture-3")
_CNNLAB: Final = ROOT / ".venv" / "bin" / "cnnlab"
# Parts below this share of a step are told together.
_WORTH_A_ROW: Final = 0.02
_MICRO: Final = 1e6


def main() -> None:
    """Measure, write the JSON, draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="where the JSON goes", metavar="FILE.json")
    parser.add_argument("--read", type=Path, help="draw this instead of measuring", metavar="FILE.json")
    parser.add_argument("--write-readme", action="store_true", help="put the tables into README.md")
    asked = parser.parse_args()
    results = json.loads(asked.read.read_text(encoding="utf-8")) if asked.read else _measured()
    if asked.out:
        asked.out.write_text(f"{json.dumps(results, indent=1)}\n", encoding="utf-8")
    text = drawn(results)
    print(text)
    if asked.write_readme:
        write_into(README, "roofline", text)


def _measured() -> dict[str, Any]:
    by_network = {name: {threads: _bench(name, threads) for threads in (1, 2)} for name in NETWORKS}
    return {"what": "roofline", "networks": json.loads(json.dumps(by_network)), **provenance()}


def _bench(name: str, threads: int) -> Any:  # noqa: ANN401 - JSON
    command = [str(_CNNLAB), "bench", "layers", name, "--threads", str(threads), "--json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def drawn(results: dict[str, Any]) -> str:
    """Draw the steps as a whole, then the parts of each network."""
    parts = [_whole(results["networks"])]
    for name, by_threads in results["networks"].items():
        parts += [f"{name}, one thread:", _parts(by_threads["1"])]
    machine = results["machine"]
    peaks = [f"{results['networks'][NETWORKS[0]][threads]['peak_gflops']:.0f}" for threads in ("1", "2")]
    parts.append(
        f"{machine['processor']}; multiply-add peak {peaks[0]} GFLOP/s with one thread, {peaks[1]} with two. "
        f"Commit {results['commit']}, {results['date'][:10]}."
    )
    return "\n\n".join(parts)


def _whole(networks: dict[str, Any]) -> str:
    heading = ["a whole training step", "one thread", "two threads", "times as fast", "share of the peak, one", "two"]
    rows = []
    for name, by_threads in networks.items():
        one, two = by_threads["1"], by_threads["2"]
        rows.append(
            [
                f"{name}, batch {one['batch']}",
                f"{_MICRO * one['step_seconds']:,.0f} µs",
                f"{_MICRO * two['step_seconds']:,.0f} µs",
                f"{one['step_seconds'] / two['step_seconds']:.2f}",
                f"{one['share_of_peak']:.2f}",
                f"{two['share_of_peak']:.2f}",
            ]
        )
    return markdown(heading, rows)


def _parts(measured: dict[str, Any]) -> str:
    step, rows, rest = measured["step_seconds"], [], 0.0
    for row in measured["rows"]:
        if row["seconds"] < _WORTH_A_ROW * step:
            rest += row["seconds"]
            continue
        speed = "" if row["gflops"] is None else f"{row['gflops']:.0f}"
        share = "" if row["share_of_peak"] is None else f"{row['share_of_peak']:.2f}"
        rows.append([row["name"], row["role"], *_time(row["seconds"], step), speed, share])
    rows.append([f"parts below {_WORTH_A_ROW:.0%} each", "", *_time(rest, step), "", ""])
    return markdown(["part", "pass", "µs", "of the step", "GFLOP/s", "share of the peak"], rows)


def _time(seconds: float, step: float) -> tuple[str, str]:
    return f"{_MICRO * seconds:,.0f}", f"{seconds / step:.1%}"


if __name__ == "__main__":
    main()

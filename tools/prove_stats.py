"""Prove by simulation that the intervals of a comparison hold what they promise, and write docs/statistics.md.

Answers of made-up networks whose true accuracy is known are compared by the package, some thousand times for each cell
of a grid; the page says how often the truth was in the interval and how often architectures that are alike were called
distinguishable. A cell outside of what was asked is named, and the proof fails unless the program warns of it.
"""

import argparse
import hashlib
import os
import pickle
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

from proofs_page import ROOT, write_line

# One draw is too small for threads, and two processes share the machine.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(ROOT / "tests" / "analysis" / "comparison"))

from statistics_page import ALLOWED, page
from trials import Cell, coverage, detected, losses, networks, ties

COMMAND = "make prove-stats"
TESTS = "tests/analysis/comparison"
PROVED = (
    "src/cnnlab/analysis/comparison",
    "src/cnnlab/analysis/proportions.py",
    f"{TESTS}/seeds_and_images.py",
    f"{TESTS}/trials.py",
)
PAGE = ROOT / "docs" / "statistics.md"
PROGRESS = ROOT / ".proofs" / "stats.pickle"
DRAWS = 2_000
PROCESSES = 2
IMAGES = (10_000, 1_000)
ACCURACIES = (0.3, 0.6, 0.9, 0.975, 0.99, 0.995)
DEVIATIONS = (0.0, 0.001, 0.01, 0.05)
MIXED = (
    (0.6, (0.01, 0.05)),
    (0.9, (0.01, 0.05)),
    (0.975, (0.0, 0.003)),
    (0.975, (0.001, 0.01)),
    (0.99, (0.001, 0.01)),
    (0.995, (0.0, 0.01)),
    (0.975, (0.001, 0.05)),
)
TIES = (*((accuracy, (of,)) for accuracy in ACCURACIES for of in DEVIATIONS), *MIXED)
LOPSIDED = ((0.9, 0.01), (0.9, 0.05), (0.975, 0.001), (0.975, 0.01), (0.99, 0.001), (0.99, 0.01))
LOPSIDED_TIES = ((0.975, (0.01,)), (0.9, (0.01, 0.05)), (0.975, (0.001, 0.01)), (0.99, (0.001, 0.01)))
POWERS = ((0.975, 0.001), (0.975, 0.005), (0.99, 0.001), (0.9, 0.01))
NETWORKS = ((0.9, 0.01), (0.975, 0.001), (0.995, 0.001))
LOSSES = ((0.02, 1.5, 1.0), (0.2, 1.5, 1.0), (0.5, 1.5, 1.0))
FOUND = 0.8
AGAIN = 10
STEPS = 6
POWER = 8
"""Of so many draws of the others the search for a gap has one: it looks at many gaps."""


@dataclass
class Results:
    """What was found by so many draws, cell by cell, and a sum over the code that found it."""

    draws: int
    key: str
    coverage: dict[Cell, Any] = field(default_factory=dict)
    ties: dict[Cell, Any] = field(default_factory=dict)
    networks: dict[Cell, Any] = field(default_factory=dict)
    losses: dict[Cell, Any] = field(default_factory=dict)
    power: dict[Cell, Any] = field(default_factory=dict)
    again: dict[tuple[Cell, int, int], Any] = field(default_factory=dict)


def gaps(cell: Cell, draws: int, seed: int) -> dict[tuple[int, int], float]:
    """Find the gap that is detected with 80 %, by halving, for each number of architectures and of seeds."""
    found = {}
    for count in cell.counts:
        for size in cell.sizes:
            one = Cell(cell.images, cell.accuracy, cell.deviations, (size,), (count,))
            low, high = 1e-4, 0.5
            for step in range(STEPS):
                middle = round(sqrt(low * high), 6)
                enough = detected(one, middle, draws, seed + step)[count, size] >= FOUND
                low, high = (low, middle) if enough else (middle, high)
            found[count, size] = sqrt(low * high)
    return found


def jobs() -> Iterator[tuple[str, Callable[..., Any], Cell]]:
    """List the cells; the place of each is what its random numbers begin with."""
    for images in IMAGES:
        # With 1,000 images, which go fast, every number of architectures.
        counts = tuple(range(2, 11)) if images == min(IMAGES) else (2, 5, 10)
        yield from (("ties", ties, Cell(images, accuracy, of, counts=counts)) for accuracy, of in TIES)
    for accuracy, each in LOPSIDED_TIES:
        yield "ties", ties, Cell(max(IMAGES), accuracy, each, counts=(2, 5, 10), skills="lopsided")
    for accuracy, of in LOPSIDED:
        yield "coverage", coverage, Cell(max(IMAGES), accuracy, (of,), skills="lopsided")
    for images in IMAGES:
        for accuracy in ACCURACIES:
            yield from (("coverage", coverage, Cell(images, accuracy, (of,))) for of in DEVIATIONS)
    for accuracy, of in POWERS:
        yield "power", gaps, Cell(max(IMAGES), accuracy, (of,), counts=(2, 10))
    for images in IMAGES:
        yield from (("networks", networks, Cell(images, accuracy, (of,), (1, 5))) for accuracy, of in NETWORKS)
        yield from (
            ("losses", losses, Cell(images, 0.0, of, (1, 3, 10) if of == LOSSES[0] else (3, 10))) for of in LOSSES
        )


def run(draws: int, processes: int) -> Results:
    """Work through all cells, in some processes; go on where a run of the same code was interrupted."""
    key, listed = digest(draws), list(jobs())
    results = pickle.loads(PROGRESS.read_bytes()) if PROGRESS.exists() else Results(draws, key)  # noqa: S301 - our own file
    results = results if results.key == key else Results(draws, key)
    numbered = enumerate(listed, 1000)
    missing = [(seed, *job) for seed, job in numbered if job[2] not in getattr(results, job[0])]
    missing.sort(key=lambda job: job[1] == "ties")  # what is asked most of comes first
    with ProcessPoolExecutor(processes) as pool:
        waiting = [
            (kind, cell, pool.submit(task, cell, draws // (POWER if kind == "power" else 1), seed))
            for seed, kind, task, cell in missing
        ]
        for kind, cell, done in waiting:
            getattr(results, kind)[cell] = done.result()
            keep(results)
            print(f"{kind} {cell.images} {cell.accuracy} {cell.deviations}", flush=True)
    drawn_again(results)
    return results


def drawn_again(results: Results) -> None:
    """Draw the figures of ties above what was asked again, with other random numbers and ten times as often.

    Of a thousand figures the highest lies far above the true one by chance alone.
    """
    for cell, found in results.ties.items():
        asked = cell.skills == "normal" and len(cell.deviations) == 1
        for (count, size), seen in found.items():
            key = (cell, count, size)
            if asked and seen.share > ALLOWED and key not in results.again:
                one = Cell(cell.images, cell.accuracy, cell.deviations, (size,), (count,))
                results.again[key] = ties(one, AGAIN * results.draws, 99)[count, size]
                keep(results)


def keep(results: Results) -> None:
    """Write down what is found so far."""
    PROGRESS.parent.mkdir(exist_ok=True)
    beside = PROGRESS.with_suffix(".part")
    beside.write_bytes(pickle.dumps(results))
    beside.replace(PROGRESS)


def digest(draws: int) -> str:
    """Return a sum over the code that is proved; what another one found does not count."""
    places = [ROOT / name for name in PROVED]
    files = sorted(path for place in places for path in ([place] if place.is_file() else place.rglob("*.py")))
    return hashlib.sha256(str(draws).encode() + b"".join(path.read_bytes() for path in files)).hexdigest()


def main() -> int:
    """Read the command line and prove."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=DRAWS, help=f"of each cell ({DRAWS:,}); fewer write no page")
    parser.add_argument("--processes", type=int, default=PROCESSES, help=f"at a time ({PROCESSES})")
    chosen = parser.parse_args()
    text, figure, faults = page(run(chosen.draws, chosen.processes))
    print(f"stats: {figure}")
    for fault in faults:
        print(f"neither asked for nor warned of: {fault}")
    if chosen.draws < DRAWS:
        print(text)
    else:
        PAGE.write_text(text, encoding="utf-8")
        if not faults:
            write_line(COMMAND, figure, PROVED)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

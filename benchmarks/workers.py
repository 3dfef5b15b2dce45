"""What several workers gain, and what a run costs the process that drives them.

    .venv/bin/python benchmarks/workers.py [--runs 8] [--limit N] [--epochs N] [--trials 200] [--on loky dask ray]

The gain: `cnnlab run --architectures architecture-2`, one thread each, by one worker and by as many as there are cores,
in turn. The cost: many runs of one step each with a store, so that nearly all that happens is the driver's work. Leave
the machine alone meanwhile.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from machine import cores, provenance

from cnnlab import data
from cnnlab.arch import chain
from cnnlab.arch.layers import Dense, Flatten, Input
from cnnlab.backends import get_backend
from cnnlab.experiments import Architecture, Engine
from cnnlab.experiments import provenance as origin_of
from cnnlab.experiments.cluster import cluster
from cnnlab.experiments.processes import processes
from cnnlab.lab.book import StudyBook
from cnnlab.lab.plan import StudyPlan
from cnnlab.records import Event, Recipe, RunStarted
from cnnlab.store import open_store

RESULTS: Final = Path(__file__).with_name("results") / "workers.json"
MANY_EPOCHS: Final = 40


@dataclass(frozen=True)
class Walk:
    """A walk through many short runs with one worker.

    Attributes:
        trials: How many.
        events: That came from the workers.
        cpu_seconds: Of the driver, all its threads, the store's work included.
        gap_seconds: From the end of one run to the first word of the next, median: the time in which a worker waits.
        start_seconds: Until the first word of the first run.
    """

    trials: int
    events: int
    cpu_seconds: float
    gap_seconds: float
    start_seconds: float


def engine_of(name: str, workers: int) -> Engine:
    """Return an engine with workers on this machine."""
    split = data.load("made-up")
    return processes(split, workers) if name == "loky" else cluster(name, split, workers)


def walk(name: str, trials: int, epochs: int) -> Walk:
    """Train many runs of one step an epoch, and keep them as a study does."""
    net = chain("net", [Input((12, 12, 1)), Flatten(), Dense(4, "softmax")])
    recipe = Recipe(batch_size=320, epochs=epochs)
    plan = StudyPlan("many", (Architecture("net", net, recipe),), "made-up", seeds=(*range(trials),))
    backend, split = get_backend(None), data.load("made-up")
    events, gaps, first, last = 0, [], 0.0, 0.0

    def hear(event: Event) -> None:
        nonlocal events, first
        events += 1
        if isinstance(event, RunStarted):
            first = first or time.perf_counter()
            if last:
                gaps.append(time.perf_counter() - last)

    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        book = StudyBook(store, plan, origin_of(backend, split, 1))
        began, cpu = time.perf_counter(), 0.0
        for done in engine_of(name, 1).run(book.tasks(backend.name, 1, hear), book.keeping(hear), lambda: False):
            cpu = cpu or time.process_time()  # from the end of the first: what comes before is paid once
            if done.error is not None:
                raise done.error
            book.close(done)
            last = time.perf_counter()
        cpu = time.process_time() - cpu
    return Walk(trials, events, cpu, median(gaps), first - began)


def cost(name: str, trials: int) -> dict[str, Any]:
    """Measure what a run and an event cost the driver: two walks that differ in their events alone."""
    short, long = walk(name, trials, 1), walk(name, trials, MANY_EPOCHS)
    per_event = (long.cpu_seconds - short.cpu_seconds) / (long.events - short.events)
    return {
        "engine": name,
        "driver_ms_per_trial": 1e3 * short.cpu_seconds / (trials - 1),
        "driver_ms_per_event": 1e3 * per_event,
        "idle_ms_between_trials": 1e3 * short.gap_seconds,
        "start_seconds": short.start_seconds,
        "walks": [asdict(short), asdict(long)],
    }


def study_seconds(workers: int, runs: int, limit: int | None, epochs: int | None) -> float:
    """Time `cnnlab run` from the start of its process to its end."""
    words = ["--architectures", "architecture-2", "--seeds", str(runs), "--workers", str(workers), "--threads", "1"]
    words += ["--limit", str(limit)] if limit else []
    words += ["--epochs", str(epochs)] if epochs else []
    with tempfile.TemporaryDirectory() as out:
        began = time.perf_counter()
        command = [sys.executable, "-m", "cnnlab", "run", *words, "--out", out]
        subprocess.run(command, check=True, capture_output=True)
        return time.perf_counter() - began


def main() -> None:
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=8)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--on", nargs="*", default=["loky", "dask", "ray"])
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    costs = []
    for name in asked.on:
        costs.append(cost(name, asked.trials))
        one = costs[-1]
        print(
            f"{name:<5} driver {one['driver_ms_per_trial']:6.2f} ms a trial, {one['driver_ms_per_event']:6.3f} ms an "
            f"event; a worker waits {one['idle_ms_between_trials']:6.1f} ms between trials",
            flush=True,
        )
    seconds: dict[int, list[float]] = {1: [], cores(): []}
    for repetition in range(asked.repetitions):
        for workers in sorted(seconds, reverse=repetition % 2 == 1):
            seconds[workers].append(study_seconds(workers, asked.runs, asked.limit, asked.epochs))
            print(f"{workers} workers: {seconds[workers][-1]:.1f} s", flush=True)
    ratio = median(seconds[1]) / median(seconds[cores()]) if asked.repetitions else None
    if ratio is not None:
        print(f"{cores()} workers are {ratio:.2f} times as fast as one, one thread each")
    setting = {key: value for key, value in vars(asked).items() if key != "out"}
    result = {**provenance(), "setting": setting, "costs": costs, "study_seconds": seconds, "ratio": ratio}
    asked.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

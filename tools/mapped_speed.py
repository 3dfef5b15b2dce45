"""Measure how fast training on mapped images is, against the same images in memory; prints JSON.

    python tools/mapped_speed.py [--images 40000] [--side 32] [--rounds 5] [--cold]

The same bytes are trained on in turns, one epoch each: from an array in memory, and mapped from files.
With ``--cold`` the system is asked to forget the files before each mapped epoch, as where data are larger than memory.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from cnnlab.arch import chain, zoo
from cnnlab.arch.layers import Dense, Input
from cnnlab.backends import get_backend
from cnnlab.data.own import Reading, kept_arrays, load_own
from cnnlab.data.own.raw import Part
from cnnlab.experiments import Architecture, Task, Trial
from cnnlab.experiments.prepare import prepared_for
from cnnlab.experiments.task import run_task
from cnnlab.records import Examples, Recipe, RunKey, Split


def main() -> None:
    """Measure, and print the quotient of the medians."""
    asked = _asked()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CNNLAB_CACHE_DIR"] = folder
        mapped, place = _mapped(asked.images, asked.side)
        train = Examples(np.array(mapped.train.images), np.array(mapped.train.labels))
        there = replace(mapped, train=train)
        seconds: dict[str, list[float]] = {"memory": [], "mapped": []}
        for _ in range(asked.rounds + 1):
            for name, split in (("memory", there), ("mapped", mapped)):
                if asked.cold and name == "mapped":
                    _forget(place)
                seconds[name].append(_epoch(split, asked.network))
    kept = {name: some[1:] for name, some in seconds.items()}  # the first compiles
    medians = {name: statistics.median(some) for name, some in kept.items()}
    told = {
        "images": asked.images,
        "side": asked.side,
        "network": asked.network,
        "cold": asked.cold,
        "seconds": kept,
        "speed_mapped_over_memory": medians["memory"] / medians["mapped"],
    }
    print(json.dumps(told, indent=1))


def _asked() -> Any:  # noqa: ANN401 - argparse's own
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--images", type=int, default=40_000)
    words.add_argument("--side", type=int, default=32)
    words.add_argument("--rounds", type=int, default=5)
    words.add_argument("--network", default="architecture-2")
    words.add_argument("--cold", action="store_true")
    return words.parse_args()


def _mapped(images: int, side: int) -> tuple[Split, Path]:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (images, side, side, 3), np.uint8)
    few = slice(0, 1000)
    parts = {Part.TRAIN: (x, np.arange(images) % 10), Part.TEST: (x[few], np.arange(1000) % 10)}
    folder = kept_arrays(parts, Reading(), name="speed")
    return load_own(folder).split, folder


def _forget(folder: Path) -> None:
    for file in folder.glob("*.npy"):
        handle = os.open(file, os.O_RDONLY)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(handle)


def _epoch(split: Split, name: str) -> float:
    """Time one epoch as the loop of a run walks it, without validation."""
    entry = zoo.entry(name)
    *between, last = entry.layers()[1:]
    assert isinstance(last, Dense)
    network = chain("speed", [Input((*split.train.images.shape[1:3], 3)), *between, last])
    recipe = Recipe(batch_size=128, epochs=1)
    prepared = prepared_for(network, recipe.loss, replace(split, test=split.test.head(100)))
    trial = Trial(RunKey("speed", 0), Architecture("speed", network, recipe))
    task = Task(trial, get_backend().name)
    begun = time.perf_counter()
    run_task(task, prepared, lambda _: None, lambda: False)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()

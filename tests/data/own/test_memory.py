"""Data larger than the memory that a process may take: made ready and trained on from the disk."""

import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from makers import Images, idx_pair

from cnnlab.data.own import load_own

ROOM = 48 << 20
IMAGES, SIDE = 13_000, 96  # 120 MB

PROGRAM = """
import resource, sys
from pathlib import Path

import numpy as np

from cnnlab.arch import chain
from cnnlab.arch.layers import Conv2D, Dense, Flatten, MaxPooling2D
from cnnlab.data.own import load_own
from cnnlab.experiments import Architecture
from cnnlab.lab.conduct import Means, conduct
from cnnlab.lab.own_data import fitted_plan
from cnnlab.lab.plan import StudyPlan
from cnnlab.data.own import OwnData
from cnnlab.records import Recipe
import llvmlite.binding

side, room, path, out = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4])
layers = [
    Conv2D(2, 5, strides=4, activation="relu", input_shape=(side, side, 1)),
    MaxPooling2D(4), Flatten(), Dense(2, activation="softmax"),
]
plan = StudyPlan("large", (Architecture("small", chain("small", layers), Recipe(batch_size=256, epochs=1)),),
    "large", path, seeds=(0,), own=OwnData())

def held():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmData"):
            return int(line.split()[1]) << 10

limit = held() + room
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
loaded = load_own(path)
plan, _ = fitted_plan(plan, loaded)
outcome = conduct(plan, loaded.split, Means(threads=1, workers=1), out=out, page=False)
print(len(loaded.split.train), outcome.runs[0].status)
try:
    np.array(loaded.split.train.images)
except MemoryError:
    print("the limit bites")
"""


def large(folder: Path) -> Path:
    """Write plain IDX files of more bytes than the room, a row of the image brighter for one class."""
    rng = np.random.default_rng(0)
    few = rng.integers(0, 120, (500, SIDE, SIDE), np.uint8)
    images = np.tile(few, (IMAGES // 500, 1, 1))
    labels = np.arange(IMAGES) % 2
    images[labels == 1, 40:50] += 120
    return idx_pair(folder, Images(images, labels), "train")


def test_a_packed_archive_is_read_piece_by_piece(tmp_path: Path) -> None:
    images = np.zeros((24_000, 36, 36), np.uint8)  # 31 MB
    np.savez_compressed(tmp_path / "a.npz", x=images, y=np.arange(24_000) % 2)
    tracemalloc.start()
    load_own(tmp_path / "a.npz")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < images.nbytes * 2 // 3


@pytest.mark.skipif(sys.platform != "linux", reason="the limit and its measure are Linux'")
def test_data_of_twice_the_memory_are_made_ready_and_trained_on(tmp_path: Path) -> None:
    assert IMAGES * SIDE * SIDE > 2 * ROOM
    path = large(tmp_path / "large")
    command = [sys.executable, "-c", PROGRAM, str(SIDE), str(ROOM), str(path), str(tmp_path / "runs")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines() == [f"{IMAGES * 4 // 5} finished", "the limit bites"]

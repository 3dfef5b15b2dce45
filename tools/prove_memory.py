"""Train 500 runs one after the other in one process, and hold the memory at the end against that after the first 50.

The networks differ, so that nothing can be kept for the next; the resident memory is read at the end of each run.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from proofs_page import write_line

from cnnlab import Study
from cnnlab.arch import chain
from cnnlab.arch.layers import BatchNormalization, Conv2D, Dense, Dropout, Flatten, Input
from cnnlab.records import Event, RunFinished

COMMAND = "make prove-memory"
PROVED = ("src/cnnlab",)
NETWORKS = 5
SEEDS = 100
SETTLED = 50
ALLOWED = 16 * 2**20


def resident() -> int:
    """Return the memory of this process in bytes."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4096


def study() -> Study:
    """Return a study of networks that share no shape."""
    made = Study("memory", data_set="made-up")
    for number in range(NETWORKS):
        layers = [
            Input((12, 12, 1)),
            Conv2D(4 + number, 3, activation="relu"),
            BatchNormalization(),
            Dropout(0.3),
            Flatten(),
            Dense(4, activation="softmax"),
        ]
        made = made.add(chain(f"net-{number}", layers), epochs=2, batch_size=16 + number)
    return made


def main() -> int:
    """Train and compare."""
    after: list[int] = []

    def sink(event: Event) -> None:
        if isinstance(event, RunFinished):
            after.append(resident())
            if len(after) % SETTLED == 0:
                print(f"{len(after)} runs: {after[-1] / 2**20:.1f} MiB", flush=True)

    with TemporaryDirectory() as folder:
        study().run(seeds=SEEDS, out=folder, workers=1, sink=sink)
    growth = after[-1] - after[SETTLED - 1]
    figure = (
        f"{len(after)} runs of {NETWORKS} networks in one process: "
        f"{after[SETTLED - 1] / 2**20:.1f} MiB after {SETTLED}, "
        f"{after[-1] / 2**20:.1f} MiB after all"
    )
    print(f"memory: {figure}")
    if growth > ALLOWED:
        print(f"Memory grew by {growth / 2**20:.1f} MiB; {ALLOWED / 2**20:.0f} are allowed.")
        return 1
    write_line(COMMAND, figure, PROVED)
    return 0


if __name__ == "__main__":
    sys.exit(main())

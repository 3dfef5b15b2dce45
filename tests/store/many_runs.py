"""Fill a store with many finished runs, quickly: planned through the store, then ended by SQL under all its rules.

PYTHONPATH=src python tests/store/many_runs.py FOLDER 100000
"""

import hashlib
import random
import sys
from pathlib import Path

from cnnlab.records import Adam, EpochRow, Provenance, Recipe, RunKey, RunPlan
from cnnlab.store import Store, open_store

ARCHITECTURES = ("architecture-1", "architecture-2", "architecture-3")
SEEDS = 20
EPOCHS = 12


def provenance(**changed: object) -> Provenance:
    values = {
        "cnnlab_version": "0.1",
        "commit": None,
        "python": "3.11.7",
        "numpy": "2.4.6",
        "platform": "Linux",
        "cpu": "a processor",
        "threads": 2,
        "backend": "compiled",
        "same_bits": True,
        "data_name": "mnist",
        "data_source": "cache",
        "data_sums": {"train-images-idx3-ubyte": "ba" * 32},
        "train_images": 60_000,
        "test_images": 10_000,
        "started": "2024-05-06T07:08:09+00:00",
    }
    return Provenance(**(values | changed))


def plan(architecture: str = "net", seed: int = 0, folder: str = "", epochs: int = EPOCHS) -> RunPlan:
    return RunPlan(
        key=RunKey(architecture, seed),
        folder=folder or f"study/{architecture}/seed-{seed}",
        network={"class_name": "Sequential", "config": {"name": architecture, "layers": []}},
        recipe=Recipe(batch_size=128, epochs=epochs, optimizer=Adam(learning_rate=0.01)),
        provenance=provenance(),
        total_params=69_135,
        trainable_params=69_095,
    )


def fill(store: Store, count: int, epochs: int = EPOCHS) -> None:
    """Store ``count`` finished runs of many studies, each of three architectures and twenty seeds, with epochs."""
    fate = random.Random(7)
    each = SEEDS * len(ARCHITECTURES)
    for index in range(-(-count // each)):
        key = hashlib.sha256(f"study {index}".encode()).hexdigest()
        study = store.study(key, f"study-{index % 50}", f"study-{index}", 'name = "study"\n')
        keys = [(name, seed) for name in ARCHITECTURES for seed in range(SEEDS)][: count - index * each]
        plans = [plan(name, seed, f"study-{index}/{name}/seed-{seed}") for name, seed in keys]
        _end(store, index, store.plan_ids(study.id, plans), fate, epochs)


def _end(store: Store, index: int, ids: tuple[str, ...], fate: random.Random, epochs: int) -> None:
    with store.database.writing() as connection:
        numbers = dict(connection.execute("SELECT id, number FROM run ORDER BY number DESC LIMIT ?", (len(ids),)))
        began = f"20{20 + index // 336 % 60:02}-{index // 28 % 12 + 1:02}-{index % 28 + 1:02}"
        connection.executemany(
            "INSERT INTO epoch VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            ((numbers[run], *_epoch(epoch, fate)) for run in ids for epoch in range(1, epochs + 1)),
        )
        connection.executemany(
            "UPDATE run SET status = 'finished', began = ?, ended = ?, seconds = 31.5, epochs = ?, test_loss = ?, "
            "test_accuracy = ?, weights_sha256 = ?, attempts = 1 WHERE number = ?",
            (
                (
                    f"{began}T{place // 60:02}:{place % 60:02}:00.000+00:00",
                    f"{began}T23:00:00.000+00:00",
                    epochs,
                    fate.random(),
                    fate.random(),
                    hashlib.sha256(run.encode()).hexdigest(),
                    numbers[run],
                )
                for place, run in enumerate(ids)
            ),
        )


def _epoch(epoch: int, fate: random.Random) -> tuple[float, ...]:
    row = EpochRow(epoch, fate.random(), fate.random(), fate.random(), fate.random(), 2.6, 0.001)
    return (row.epoch, row.loss, row.accuracy, row.val_loss, row.val_accuracy, row.seconds, row.learning_rate)


if __name__ == "__main__":
    with open_store(Path(sys.argv[1])) as made:
        fill(made, int(sys.argv[2]))
        sys.stdout.write(f"{made.count():,} runs in {made.database.path}\n")

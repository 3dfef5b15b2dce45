"""Reproductions to show: the notebook among made-up runs of ours, and one of which little can be told."""

from dataclasses import replace

import numpy as np
import studies

from cnnlab.analysis.reproduction import Reproduction, reproduce
from cnnlab.records import Assumption, Publication, Published, PublishedCurves, RunResult, notebook

SEEDS = {"architecture-1": 3, "architecture-2": 10, "architecture-3": 10}
SPREAD = {"architecture-1": 0.03, "architecture-2": 0.06, "architecture-3": 0.1}


def near_the_notebook(name: str, count: int) -> list[RunResult]:
    """Make runs of which each goes above or below the notebook's, as another seed does."""
    rng = np.random.default_rng(len(name) + count)
    runs = []
    for seed in range(count):
        level = rng.normal(-0.02, SPREAD[name])
        rows = []
        for loss, accuracy, val_loss, val_accuracy in studies.HISTORY[name]:
            away = np.exp(level + rng.normal(0, SPREAD[name] / 3, 2))
            odds = [share / (1 - share) / factor for share, factor in zip((accuracy, val_accuracy), away, strict=True)]
            rows.append((loss * away[0], odds[0] / (1 + odds[0]), val_loss * away[1], odds[1] / (1 + odds[1])))
        runs.append(studies.run(name, [[round(float(value), 4) for value in row] for row in rows], seed=seed))
    return runs


def of_the_notebook() -> Reproduction:
    """Hold the notebook against runs of which architecture-2's are a little better."""
    runs = [run for name, count in SEEDS.items() for run in near_the_notebook(name, count)]
    better = [
        replace(run, test_accuracy=(run.test_accuracy or 0) + 0.006)
        if run.key.architecture == "architecture-2"
        else run
        for run in runs
    ]
    return reproduce(studies.study(*better), notebook().runs)


def of_little() -> tuple[Reproduction, Publication]:
    """Make one with too few seeds, runs that all agree, failed and unfinished runs, a limit, other epochs."""
    flat = [[0.5, 0.7, 0.4, 0.9], [0.4, 0.8, 0.3, 0.9]]
    runs = [
        *(studies.run("alike", flat, seed=seed) for seed in range(4)),
        *(studies.run("few", flat, seed=seed) for seed in range(2)),
        studies.run("few", flat[:1], seed=2, epochs=2),
        replace(studies.run("few", flat, seed=3), status="failed"),
        studies.run("own", flat),
    ]
    curves = PublishedCurves(val_loss=(0.5, 0.3, 0.2), decimals=1)
    published = {
        "alike": Published(0.3, 0.8, decimals=1),
        "few": Published(0.31, 0.9, epochs=3, curves=curves),
        "none": Published(0.5, 0.5),
    }
    publication = Publication(
        "a paper",
        "a paper",
        published,
        (Assumption("data", "Not said.", "The first images."),),
        ("Read from a table.",),
    )
    study = studies.study(*runs, architectures=("alike", "few", "own", "none"), train_images=2_000, test_images=100)
    return reproduce(study, published), publication

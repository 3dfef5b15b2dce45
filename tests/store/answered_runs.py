"""Finished runs with answers, put into a store by hand: any architecture, seed, data and number of epochs."""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from many_runs import plan

from cnnlab.arch import chain, to_keras_config
from cnnlab.arch.layers import Dense, Flatten, Input
from cnnlab.records import EpochRow, Recipe, RunResult, TestPredictions
from cnnlab.store import Store

LABELS = np.arange(20, dtype=np.uint8) % 4
NET = chain("net", [Input((12, 12, 1)), Flatten(), Dense(4, activation="softmax")])


def definition(*architectures: str) -> str:
    """Write the part of a study's definition that a comparison reads."""
    return "\n".join(f'[[architecture]]\nname = "{name}"' for name in architectures)


def add_finished(
    store: Store,
    study: str,
    architecture: str,
    seed: int,
    *,
    name: str = "",
    order: tuple[str, ...] = (),
    status: str = "finished",
    epochs: int = 3,
    seconds: float | tuple[float, ...] = 1.0,
    recipe: Recipe | None = None,
    test_accuracy: float | None = None,
    key: str = "",
    validation: npt.NDArray[np.integer] | None = None,
    **origin: object,
) -> str:
    """Put a run into a store.

    Args:
        store: Where.
        study: Its folder.
        architecture: Its name.
        seed: Which also decides what it says.
        name: The study's; its folder if left out.
        order: The study's architectures.
        status: How the run ends.
        epochs: How many.
        seconds: Of each, or of all alike.
        recipe: Of the run.
        test_accuracy: Of the weights that are kept; those of the last epoch if left out.
        key: Of the study; made of its folder if left out.
        validation: Labels of the images that were held out and that each epoch is asked about; the test images are
            asked about at the end then. Left out, the test images are asked about after each epoch.
        origin: Fields of its provenance.

    Returns:
        Its id.
    """
    made = store.study(key or f"{study:>064}"[:64], name or study, study, definition(*order))
    planned = plan(architecture, seed, f"{study}/{architecture}/seed-{seed}", epochs)
    provenance = {"data_sums": {"train-images": "a" * 64, "test-images": "b" * 64}, "test_images": 20, **origin}
    if validation is not None:
        provenance["validation_images"] = len(validation)
    planned = replace(
        planned,
        network=to_keras_config(NET),
        recipe=recipe or Recipe(batch_size=32, epochs=epochs),
        provenance=replace(planned.provenance, **provenance),
    )
    (run,) = store.plan_ids(made.id, [planned])
    store.claim(run)
    times = seconds if isinstance(seconds, tuple) else (seconds,) * epochs
    fate = np.random.default_rng(seed)
    asked = LABELS if validation is None else validation
    for epoch in range(1, epochs + 1):
        said, right = _said(fate, asked, epoch / (epochs + 1))
        store.add_epoch(run, EpochRow(epoch, 1.0, 0.5, 1 - right, right, times[epoch - 1]), said)
    said, right = (None, right) if validation is None else _said(fate, LABELS, epochs / (epochs + 1))
    result = RunResult(
        key=planned.key,
        status="finished",
        recipe=planned.recipe,
        total_params=580,
        trainable_params=580,
        history=(),
        test_loss=1 - right,
        test_accuracy=right if test_accuracy is None else test_accuracy,
        seconds=sum(times),
        weights=(np.zeros(2, np.float32),),
        test_predictions=said,
    )
    store.release(run, status, result=result if status == "finished" else None)  # type: ignore[arg-type]
    return run


def _said(fate: np.random.Generator, labels: npt.NDArray[Any], sure: float) -> tuple[TestPredictions, float]:
    """Answer about that share of some images rightly; return the share that came out as well."""
    classes = np.where(fate.random(len(labels)) < sure, labels, 0).astype(np.uint8)
    return TestPredictions(classes, fate.random(len(labels)).astype(np.float32)), float((classes == labels).mean())

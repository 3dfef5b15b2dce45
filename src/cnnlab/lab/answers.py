"""What stored runs said of the test images, one table for each architecture: what a comparison is made of."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from cnnlab.errors import DataError, UsageError, explain
from cnnlab.records import RunSummary, Tested, TestPredictions
from cnnlab.report.words import plural
from cnnlab.store import Store

Epoch = int | Literal["last", "best"]
"""After which epoch a run is asked: "best" is the one of the lowest validation loss, the first of several."""

Part = Literal["validation", "test"]
"""Which images: where none were held out, those that a run was validated with are its test images."""


def answers(
    store: Store,
    runs: Sequence[RunSummary],
    labels: npt.NDArray[Any],
    *,
    epoch: Epoch | Mapping[str, int | None] = "last",
    part: Part = "test",
    name_of: Callable[[RunSummary], str] = lambda run: run.architecture,
) -> dict[str, Tested]:
    """Read what some runs said of each image.

    The loss of an answer is -log of the probability that the true class was given, in double precision. Training's own
    loss differs from it in three ways: it smooths labels where the recipe asks for that; it is computed from the
    logits where a softmax comes last, so that a probability that float32 rounds to 0 still has a finite loss there and
    an infinite one here; and where no softmax comes last it is clipped to [1e-7, 1 - 1e-7], as the probability that is
    kept then is, so that both stay below 16.12.

    Args:
        store: That has the runs.
        runs: Of any architectures and studies, tested on the same images.
        labels: The true class of each image: numbers, shape (images,).
        epoch: After which epoch, for all runs or for each by its id. A run that is "last" asked is asked after the
            last epoch it has; weights that a callback restored or an optimizer averaged at the end are others. None
            asks for what those final weights said of the test images, the one answer there is to them where other
            images validated.
        part: Which images.
        name_of: What a run's architecture is called: the same name in two studies may be two architectures.

    Returns:
        By name, in the order in which the names come; seeds rise. No name without a run.

    Raises:
        UsageError: If a run has no predictions of that epoch, or a seed comes twice under one name.
        DataError: If the answers are not of these labels' images.
    """
    named: dict[str, list[RunSummary]] = {}
    for run in runs:
        named.setdefault(name_of(run), []).append(run)
    return {name: _tested(store, name, of_name, labels, epoch, part) for name, of_name in named.items()}


def epoch_of(store: Store, run: RunSummary, epoch: Epoch) -> int:
    """Return the number of the epoch that "last" or "best" means for a run.

    Raises:
        UsageError: If the run has no such epoch.
    """
    found = run.epochs if epoch == "last" else store.run(run.id).best_epoch if epoch == "best" else epoch
    if not found or not 1 <= found <= run.epochs:
        wanted = "an epoch that was validated" if epoch == "best" else "a run with an epoch"
        wanted = wanted if isinstance(epoch, str) else f"epoch {epoch}"
        got = f"{plural(run.epochs, 'epoch')}"
        raise UsageError(explain(expected=wanted, got=got, where=_place(run), fix="--epoch last takes what is there."))
    return found


def _tested(
    store: Store,
    name: str,
    runs: Sequence[RunSummary],
    labels: npt.NDArray[Any],
    epoch: Epoch | Mapping[str, int | None],
    part: Part,
) -> Tested:
    ordered = sorted(runs, key=lambda run: run.seed)
    for first, second in pairwise(ordered):
        if first.seed == second.seed:
            got = f"{first.id} and {second.id}, both with seed {first.seed}"
            raise UsageError(explain(expected="each seed of an architecture once", got=got, where=name))
    said = [
        _said(store, run, labels, epoch[run.id] if isinstance(epoch, Mapping) else epoch_of(store, run, epoch), part)
        for run in ordered
    ]
    return Tested(
        architecture=name,
        seeds=tuple(run.seed for run in ordered),
        labels=labels,
        classes=np.stack([one.classes for one in said]),
        losses=np.stack([losses_of(one.true_class_probability) for one in said]),
        weighed=any("class_weight" in store.run(run.id).recipe for run in ordered),
    )


def _said(store: Store, run: RunSummary, labels: npt.NDArray[Any], epoch: int | None, part: Part) -> TestPredictions:
    """Read one run's answers, and hold them against what the run itself counted as right."""
    found = store.predictions(run.id, epoch, part)
    if found is None:
        raise _missing(store, run, epoch, part)
    if len(found.classes) != len(labels):
        got = plural(len(found.classes), "image")
        raise DataError(explain(expected=f"answers to {plural(len(labels), 'image')}", got=got, where=_place(run)))
    accuracy, right = _accuracy(store, run, epoch), int((found.classes == labels).sum())
    if accuracy is not None and round(accuracy * len(labels)) != right:
        counted = f"{round(accuracy * len(labels)):,} right answers of {len(labels):,}, as when it was trained"
        raise DataError(
            explain(expected=counted, got=f"{right:,}", where=_place(run), fix="These labels are other images'.")
        )
    return found


def _accuracy(store: Store, run: RunSummary, epoch: int | None) -> float | None:
    """Return what a run itself counted as right: of its test at the end, of its validation after an epoch."""
    if epoch is None:
        return run.test_accuracy
    return next((row.val_accuracy for row in store.epochs(run.id) if row.epoch == epoch), None)


def _missing(store: Store, run: RunSummary, epoch: int | None, part: Part) -> UsageError:
    """Say which answers a run lacks, and which it has."""
    if part == "test" and (epoch is None or store.run(run.id).validation_images is not None):
        fix = "Its validation images were others than its test images; those are looked at once, at the end of a run."
        moment = "its final weights" if epoch is None else f"epoch {epoch}"
        return UsageError(
            explain(expected=f"answers of {moment} to the test images", got="none", where=_place(run), fix=fix)
        )
    kept = store.predicted_epochs(run.id)
    got = f"those of {_epochs(kept)}" if kept else "none"
    fix = "Choose an epoch that every run has with --epoch, or run the study again with --fresh."
    return UsageError(explain(expected=f"predictions of epoch {epoch}", got=got, where=_place(run), fix=fix))


def losses_of(probabilities: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Compute the cross-entropy of each answer from the probability that it gave the true class.

    Args:
        probabilities: From 0 to 1, any shape; one that is no number counts as 0.

    Returns:
        Of the same shape; infinite for 0.
    """
    exact = np.nan_to_num(np.asarray(probabilities, np.float64), nan=0.0)
    with np.errstate(divide="ignore"):
        return np.asarray(0.0 - np.log(exact), np.float64)


def class_numbers(labels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the class of each label: itself, or the first of its largest probabilities."""
    return labels if labels.ndim == 1 else np.asarray(labels.argmax(axis=-1))


def _place(run: RunSummary) -> str:
    return f"run {run.id} ({run.architecture}, seed {run.seed})"


def _epochs(numbers: Sequence[int]) -> str:
    """Write rising numbers of epochs shortly."""
    first, last = numbers[0], numbers[-1]
    if len(numbers) == last - first + 1:
        return f"epoch {first}" if first == last else f"epochs {first} to {last}"
    return f"{plural(len(numbers), 'epoch')} from {first} to {last}"

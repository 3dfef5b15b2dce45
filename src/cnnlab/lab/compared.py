"""What the final weights of each counted run of a study say of the test images: what its comparison is made of."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab.analysis.outcomes import Outcome, outcomes
from cnnlab.lab.answers import class_numbers, losses_of
from cnnlab.records import RunKey, Split, StudyResult, Tested, TestPredictions
from cnnlab.store import Store


def study_answers(store: Store, runs: Mapping[RunKey, str], result: StudyResult, split: Split) -> tuple[Tested, ...]:
    """Gather the answers of a study's counted runs.

    Args:
        store: That has the runs.
        runs: Their ids.
        result: The study, whole or as far as it came.
        split: What it was tested on.

    Returns:
        A table for each architecture whose answers are kept, of the runs that its numbers are of, in the study's order.
        Older versions kept no answers of weights that a callback had put back: those architectures are left out.
    """
    labels = class_numbers(split.test.labels)
    found = (_tested(store, runs, outcome, labels) for outcome in outcomes(result))
    return tuple(one for one in found if one is not None)


def _tested(store: Store, runs: Mapping[RunKey, str], outcome: Outcome, labels: npt.NDArray[Any]) -> Tested | None:
    """Read the answers of all counted runs of an architecture; None where some are not there."""
    counted = sorted(
        (run for run in outcome.counted if run.test_accuracy is not None and run.key in runs),
        key=lambda run: run.key.seed,
    )
    said = [_said(store, runs[run.key], run.test_accuracy, labels) for run in counted]
    found = [one for one in said if one is not None]
    if not found or len(found) < len(counted):
        return None
    return Tested(
        architecture=outcome.architecture,
        seeds=tuple(run.key.seed for run in counted),
        labels=labels,
        classes=np.stack([one.classes for one in found]),
        losses=np.stack([losses_of(one.true_class_probability) for one in found]),
        weighed=any(run.recipe.class_weight is not None for run in counted),
    )


def _said(store: Store, run: str, accuracy: float | None, labels: npt.NDArray[Any]) -> TestPredictions | None:
    """Read the answers of one run; None where there are none, or others than its accuracy is of."""
    said = store.predictions(run, part="test")
    if said is None or accuracy is None or len(said.classes) != len(labels):
        return None
    return said if int((said.classes == labels).sum()) == round(accuracy * len(labels)) else None

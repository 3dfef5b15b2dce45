"""What trained networks do: probes of a study's runs, first and last weights, and their answers to training images."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cnnlab.arch import initial_weights
from cnnlab.backends import get_backend
from cnnlab.experiments import Architecture
from cnnlab.experiments.prepare import prepared_for
from cnnlab.lab.answers import class_numbers, losses_of
from cnnlab.lab.conduct import Means
from cnnlab.lab.outcome import StudyOutcome
from cnnlab.records import Examples, Moment, Probe, RunKey, Split, Tested
from cnnlab.training.probing import probe

IMAGES: Final = 512
"""So many of the first training images are shown to a probe."""

ASKED: Final = 10_000
"""So many of the first training images at most is a network asked for: enough to find a few wrong labels in a hundred,
few enough to take no longer than a small part of an epoch."""

_AT_ONCE: Final = 250


def probes_of(runs: StudyOutcome, base: Architecture, split: Split) -> tuple[Probe, ...]:
    """Probe each run of an architecture that finished, before its first step and after its last.

    Raises:
        CnnlabError: If the weights of a run are gone.
    """
    recipe = base.recipe
    shown = prepared_for(base.network, recipe.loss, split, recipe.class_weight).train.head(IMAGES)
    found = []
    for key, rate in _finished(runs, base).items():
        first, last = initial_weights(base.network, key.seed), runs.weights(base.name, key.seed)
        found.append(_probed(base, shown, key, "start", first, None))
        found.append(_probed(base, shown, key, "end", last, rate))
    return tuple(found)


def answers_in_training(runs: StudyOutcome, base: Architecture, split: Split, means: Means) -> Tested | None:
    """Ask the final weights of each run that finished for images that it was trained on, in evaluation mode.

    Args:
        runs: Of a study.
        base: Whose.
        split: What the study used.
        means: By what is computed.

    Returns:
        Answers to the first `ASKED` training images in the order of the data set, so that a column's number is the
        image's; None where no run finished.

    Raises:
        CnnlabError: If the weights of a run are gone.
    """
    seeds = tuple(key.seed for key in _finished(runs, base))
    if not seeds:
        return None
    asked = prepared_for(base.network, base.recipe.loss, split).train.head(ASKED)
    backend, loss = get_backend(means.backend), base.recipe.loss
    models = (
        backend.load(base.network, runs.weights(base.name, seed), loss=loss, threads=means.threads) for seed in seeds
    )
    said = [model.evaluate(asked, _AT_ONCE).predictions for model in models]
    return Tested(
        base.name,
        seeds,
        class_numbers(asked.labels),
        np.stack([one.classes for one in said]),
        np.stack([losses_of(one.true_class_probability) for one in said]),
        weighed=base.recipe.class_weight is not None,
    )


def _finished(runs: StudyOutcome, base: Architecture) -> dict[RunKey, float | None]:
    """List an architecture's runs that finished, each with its last learning rate."""
    kept = [run for run in runs.runs if run.key == RunKey(base.name, run.key.seed) and run.status == "finished"]
    return {run.key: run.history[-1].learning_rate for run in kept}


def _probed(
    base: Architecture,
    shown: Examples,
    key: RunKey,
    moment: Moment,
    weights: Sequence[npt.NDArray[Any]],
    learning_rate: float | None,
) -> Probe:
    recipe = base.recipe
    return probe(
        base.network,
        weights,
        shown,
        key=key,
        moment=moment,
        loss=recipe.loss,
        optimizer=recipe.optimizer,
        seed=key.seed,
        batch_size=recipe.batch_size,
        learning_rate=learning_rate,
    )

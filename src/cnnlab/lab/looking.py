"""What each layer of trained networks does: probes of a study's runs, with their first and their last weights."""

from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from cnnlab.arch import initial_weights
from cnnlab.experiments import Architecture
from cnnlab.experiments.prepare import prepared_for
from cnnlab.lab.outcome import StudyOutcome
from cnnlab.records import Examples, Moment, Probe, RunKey, Split
from cnnlab.training.probing import probe

IMAGES = 512
"""So many of the first training images are shown."""


def probes_of(runs: StudyOutcome, base: Architecture, split: Split) -> tuple[Probe, ...]:
    """Probe each run of an architecture that finished, before its first step and after its last.

    Raises:
        CnnlabError: If the weights of a run are gone.
    """
    shown = prepared_for(base.network, base.recipe.loss, split).train.head(IMAGES)
    found = []
    for run in runs.runs:
        key = RunKey(base.name, run.key.seed)
        if run.key != key or run.status != "finished":
            continue
        first, last = initial_weights(base.network, key.seed), runs.weights(base.name, key.seed)
        found.append(_probed(base, shown, key, "start", first, None))
        found.append(_probed(base, shown, key, "end", last, run.history[-1].learning_rate))
    return tuple(found)


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

"""Suspects that runs and probes show, one file for each kind of sign."""

from collections.abc import Callable, Sequence
from typing import Final

from cnnlab.analysis.diagnosis.signs.answers import class_never_named, doubtful_labels
from cnnlab.analysis.diagnosis.signs.fit import overfitting, underfitting
from cnnlab.analysis.diagnosis.signs.gradients import (
    exploding_gradients,
    large_updates,
    small_updates,
    vanishing_gradients,
)
from cnnlab.analysis.diagnosis.signs.normalization import drifted_statistics
from cnnlab.analysis.diagnosis.signs.rate import rate_too_high, rate_too_low
from cnnlab.analysis.diagnosis.signs.seeds import collapsed_seeds
from cnnlab.analysis.diagnosis.signs.seen import Seen
from cnnlab.analysis.diagnosis.signs.thresholds import Band, Thresholds
from cnnlab.analysis.diagnosis.signs.units import dead_units, saturated_units
from cnnlab.analysis.diagnosis.suspects import Suspect
from cnnlab.arch import Network
from cnnlab.records import Probe, Recipe, RunResult, Tested

SIGNS: Final[tuple[Callable[[Seen], Suspect | None], ...]] = (
    rate_too_high,
    rate_too_low,
    collapsed_seeds,
    dead_units,
    saturated_units,
    vanishing_gradients,
    exploding_gradients,
    small_updates,
    large_updates,
    drifted_statistics,
    overfitting,
    underfitting,
    class_never_named,
    doubtful_labels,
)


def suspects_in_runs(
    network: Network,
    recipe: Recipe,
    runs: Sequence[RunResult],
    probes: Sequence[Probe],
    tested: Tested | None,
    *,
    classes: int,
    training: Tested | None = None,
    thresholds: Thresholds | None = None,
) -> tuple[Suspect, ...]:
    """Find what may cost accuracy in the runs of one architecture.

    Args:
        network: Its description.
        recipe: How it was trained.
        runs: One for each seed; finished, or failed since their loss was no number.
        probes: Of these runs, on training images, at either moment. Without them curves and answers alone speak.
        tested: What the runs said of images that none was trained on; None where it was not kept.
        classes: How many there are.
        training: What the runs said of training images; it shows labels that every seed contradicts. Its images are
            told by their places in it: with the first of the training set these are their places there.
        thresholds: From where numbers are signs; None for the defaults.

    Returns:
        The suspects, the heaviest first; none where there is no run.
    """
    if not runs:
        return ()
    seen = Seen(network, recipe, runs, probes, tested, training, classes, thresholds or Thresholds())
    found = [suspect for sign in SIGNS if (suspect := sign(seen)) is not None]
    return tuple(sorted(found, key=lambda suspect: -suspect.weight))


__all__ = ["SIGNS", "Band", "Thresholds", "suspects_in_runs"]

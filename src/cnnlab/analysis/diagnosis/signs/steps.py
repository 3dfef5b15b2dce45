"""What a training step moves a kernel by, over the kernel, and the learning rate that would move it as usual."""

from collections.abc import Sequence
from math import isfinite, log10
from statistics import fmean, median

from cnnlab.analysis.diagnosis.signs import remedies
from cnnlab.analysis.diagnosis.signs.seen import Seen
from cnnlab.analysis.diagnosis.suspects import Change

_FURTHEST = 3  # powers of ten; where a training has exploded the size of its steps says no more than that


def steps(seen: Seen) -> dict[str, float]:
    """Return the step of each kernel with the first weights, a mean over the seeds.

    Kernels that do not move at all are left out: nothing comes through to them, whatever the learning rate.
    """
    return {layer: step for layer, step in seen.means("start", lambda layer: layer.update).items() if step > 0}


def slow_steps(seen: Seen) -> dict[str, float]:
    """Return the kernels whose step is too small, with their steps.

    None under a schedule, whose first rates may be small on purpose; and none where another kernel takes too large
    steps or the first epoch's loss rose above guessing: what stands still there has been driven into a corner.
    """
    found, marks = steps(seen), seen.thresholds
    driven = first_loss(seen)
    if seen.has_schedule or any(marks.updates_large.weight(step) for step in found.values()):
        return {}
    if driven is not None and marks.first_epoch.weight(driven[0] / driven[1]):
        return {}
    return {layer: step for layer, step in found.items() if marks.updates_small.weight(step)}


def first_loss(seen: Seen) -> tuple[float, float] | None:
    """Return the mean loss of the first epoch, and that of guessing, or of the first weights if they are worse.

    All contain what regularizers add, of the latter two at the first weights. None where class weights have made the
    loss of training larger or smaller than others.
    """
    if not seen.recipe.loss_has_usual_size:
        return None
    firsts = [run.history[0].loss for run in seen.runs if run.history and isfinite(run.history[0].loss)]
    starts = [probe for probe in seen.at("start") if isfinite(probe.training_loss + probe.penalty)]
    if not firsts:
        return None
    if not starts:
        return fmean(firsts), seen.guess
    worse = max(seen.guess, fmean(probe.training_loss for probe in starts))
    return fmean(firsts), worse + fmean(probe.penalty for probe in starts)


def median_step(seen: Seen) -> float | None:
    """Return the median of all kernels' steps; None where nobody looked or none moves."""
    found = steps(seen)
    return median(found.values()) if found else None


def rates(seen: Seen, factors: Sequence[float]) -> list[Change | None]:
    """Propose other learning rates.

    Args:
        seen: The runs.
        factors: By which to multiply; before them comes the power of ten that brings the median step to the usual one,
            where that goes the same way and further.
    """
    step = median_step(seen)
    wanted = list(factors)
    if step is not None and not seen.has_schedule:
        power = 10.0 ** max(-_FURTHEST, min(_FURTHEST, round(log10(seen.thresholds.usual_step / step))))
        further = power >= max(factors) if max(factors) > 1 else power <= min(factors)
        if further:
            wanted = [power, *(factor for factor in factors if factor != power)]
    return [remedies.rate_times(seen.recipe, factor) for factor in wanted]

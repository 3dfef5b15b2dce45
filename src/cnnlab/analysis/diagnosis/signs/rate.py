"""A learning rate that is too high or too low, as losses and steps show it."""

from itertools import pairwise
from math import isfinite
from statistics import fmean

from cnnlab.analysis.diagnosis.signs import remedies
from cnnlab.analysis.diagnosis.signs.seen import Seen, finite_losses
from cnnlab.analysis.diagnosis.signs.steps import first_loss, median_step, rates, slow_steps
from cnnlab.analysis.diagnosis.signs.telling import Telling, together
from cnnlab.analysis.diagnosis.signs.thresholds import STRONG, Thresholds
from cnnlab.analysis.diagnosis.suspects import Suspect
from cnnlab.records import RunResult

_FAR_OFF = 0.6  # from this weight on the larger change is proposed first
_Sign = tuple[str, float]
_NONE: _Sign = ("", 0.0)


def rate_too_high(seen: Seen) -> Suspect | None:
    """Find losses that broke, began above guessing or jumped, and steps as large as what they move."""
    tell = Telling()
    signs = [_broke(seen, tell), _high_first_epoch(seen, tell), _jumped(seen, tell), _large_steps(seen, tell)]
    weight = together(*(one for _, one in signs))
    if not weight:
        return None
    tell.keep("seeds", len(seen.runs))
    changes = rates(seen, (0.1, 0.01) if weight > _FAR_OFF else (0.5, 0.1))
    return tell.suspect("learning-rate-too-high", _text(signs), changes=changes, weight=weight)


def rate_too_low(seen: Seen) -> Suspect | None:
    """Find losses that still fell in a straight line at the end, and steps that move next to nothing."""
    tell = Telling()
    signs = [_still_falling(seen, tell), _small_steps(seen, tell)]
    weight = together(*(one for _, one in signs))
    if not weight:
        return None
    tell.keep("seeds", len(seen.runs))
    changes = rates(seen, (10.0, 3.0) if weight > _FAR_OFF else (3.0, 10.0))
    changes.append(remedies.epochs_times(seen.recipe, 2))
    return tell.suspect("learning-rate-too-low", _text(signs), changes=changes, weight=weight)


def jumps(losses: list[float], guess: float, thresholds: Thresholds) -> float:
    """Add up the rises of a loss that are no noise, over the loss of guessing.

    Example:
        >>> round(jumps([1.0, 0.5, 0.8, 0.81, 0.3], 2.0, Thresholds()), 4)
        0.15
    """
    rises = [
        later - earlier
        for earlier, later in pairwise(losses)
        if later - earlier > max(thresholds.jump_share * earlier, thresholds.jump_least * guess)
    ]
    return sum(rises) / guess


def late_fall(losses: list[float]) -> float | None:
    """Return the share of a loss's fall that came in the second half; None unless it fell at each step.

    Example:
        >>> late_fall([2.0, 1.5, 1.0, 0.5, 0.0]), late_fall([2.0, 1.0, 1.1])
        (0.5, None)
    """
    if len(losses) < 2 or any(later >= earlier for earlier, later in pairwise(losses)):  # noqa: PLR2004
        return None
    middle = (len(losses) - 1) / 2
    below, above = losses[int(middle)], losses[-1 - int(middle)]
    return ((below + above) / 2 - losses[-1]) / (losses[0] - losses[-1])


def _broke(seen: Seen, tell: Telling) -> _Sign:
    """Count the seeds whose loss stopped being a number, in training or within the probe's few steps."""
    broken = {run.key.seed for run in seen.runs if run.status == "failed" or _not_finite(run)}
    broken |= {
        probe.key.seed
        for probe in seen.at("start")
        if any(layer.update is not None and not isfinite(layer.update) for layer in probe.layers)
    }
    if not broken:
        return _NONE
    total = len({run.key.seed for run in seen.runs} | broken)
    text = (
        f"The loss stopped being a number with {tell.count('broken', len(broken))} of {tell.count('of', total)} seeds"
    )
    return text, STRONG


def _not_finite(run: RunResult) -> bool:
    return any(not isfinite(row.loss) for row in run.history)


def _high_first_epoch(seen: Seen, tell: Telling) -> _Sign:
    """Compare the first epoch's mean loss with that of guessing, or of the first weights if they are worse."""
    losses = first_loss(seen)
    if losses is None:
        return _NONE
    first, before = losses
    weight = seen.thresholds.first_epoch.weight(first / before)
    if not weight:
        return _NONE
    text = (
        f"The mean loss of the first epoch, {tell.number('loss of the first epoch', first)}, lies above the "
        f"{tell.number('loss before', before)} of before it"
    )
    return text, weight


def _jumped(seen: Seen, tell: Telling) -> _Sign:
    """Find training losses that rose between epochs."""
    courses = [losses for run in seen.runs if (losses := finite_losses(run))]
    if not courses or not seen.recipe.loss_has_usual_size:
        return _NONE
    share = fmean(jumps(losses, seen.guess, seen.thresholds) for losses in courses)
    weight = seen.thresholds.jumps.weight(share)
    if not weight:
        return _NONE
    text = (
        f"The training loss jumped up between epochs, by {tell.number('jumps', share * seen.guess)} in all (a mean "
        "over the seeds)"
    )
    return text, weight


def _large_steps(seen: Seen, tell: Telling) -> _Sign:
    step = median_step(seen)
    weight = 0.0 if step is None else seen.thresholds.updates_large.weight(step)
    if step is None or not weight:
        return _NONE
    return f"At the start a training step moves a kernel by {tell.size('update', step)} of itself", weight


def _still_falling(seen: Seen, tell: Telling) -> _Sign:
    """Find training losses whose fall has not slowed down."""
    marks = seen.thresholds
    courses = [losses for run in seen.runs if len(losses := finite_losses(run)) >= marks.steady_epochs]
    falls = [fall for losses in courses if (fall := late_fall(losses)) is not None]
    if not falls or len(falls) < len(seen.runs) or not seen.recipe.loss_has_usual_size:
        return _NONE
    last, whole = fmean(losses[-1] for losses in courses), fmean(losses[0] - losses[-1] for losses in courses)
    # Dropout keeps the loss of training mode high for ever; what is left to learn is that of evaluation mode.
    evaluated = [probe.loss for probe in seen.at("end") if isfinite(probe.loss)]
    left = min(last, fmean(evaluated)) if evaluated else last
    if left < marks.steady_left * seen.guess or whole < marks.steady_fall * seen.guess:
        return _NONE
    weight = marks.steady.weight(fmean(falls))
    if fmean(falls) > marks.plateau:
        weight /= 2
    if not weight:
        return _NONE
    text = (
        f"The training loss fell in every epoch, {tell.share('late fall', fmean(falls))} of its fall came in the "
        f"second half, and it ended at {tell.number('last loss', last)}"
    )
    return text, weight


def _small_steps(seen: Seen, tell: Telling) -> _Sign:
    step, slow = median_step(seen), slow_steps(seen)
    weight = 0.0 if step is None or not slow else seen.thresholds.updates_small.weight(step)
    if step is None or not weight:
        return _NONE
    return f"At the start a training step moves a kernel by {tell.size('update', step)} of itself", weight


def _text(signs: list[_Sign]) -> str:
    return " ".join(f"{text}." for text, weight in signs if weight)

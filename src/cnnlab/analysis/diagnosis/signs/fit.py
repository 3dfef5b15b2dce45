"""Over- and underfitting, in numbers and against their noise."""

from math import isfinite, sqrt
from statistics import fmean, stdev

import numpy as np

from cnnlab.analysis.diagnosis.signs import remedies
from cnnlab.analysis.diagnosis.signs.answers import unnamed_classes
from cnnlab.analysis.diagnosis.signs.gap import Gap, gap_of
from cnnlab.analysis.diagnosis.signs.seen import Seen
from cnnlab.analysis.diagnosis.signs.steps import median_step
from cnnlab.analysis.diagnosis.signs.telling import Telling, together
from cnnlab.analysis.diagnosis.suspects import Change, Suspect

_Courses = list[tuple[list[float], list[float]]]


def overfitting(seen: Seen) -> Suspect | None:
    """Find accuracies that are higher on training images than chance allows, and validation losses that rose again."""
    tell = Telling()
    texts, weights = [], []
    gap = gap_of(seen)
    if gap is not None and gap.value > seen.thresholds.gap_errors * gap.error:
        weights.append(seen.thresholds.gap.weight(gap.value))
        texts.append(_gap_text(tell, gap))
    best = None
    rose = _rise(seen)
    if rose is not None:
        last, lowest, error, best = rose
        weights.append(seen.thresholds.rise.weight(last / lowest))
        texts.append(
            f"Validation loss rose from {tell.number('lowest validation loss', lowest)} to "
            f"{tell.number('last validation loss', last)} while training loss fell; the standard error of that rise is "
            f"{tell.number('error of the rise', error)}."
        )
    if not any(weights):
        return None
    changes: list[Change | None] = [remedies.more_dropout(seen.network)]
    if best is not None and best < seen.recipe.epochs:
        changes.append(remedies.epochs(best))
    # Where a class is never named, the gap is that class, and no remedy for overfitting closes it.
    weight = together(*weights) / (2 if unnamed_classes(seen) else 1)
    return tell.suspect("overfitting", " ".join(texts), changes=changes, weight=weight)


def underfitting(seen: Seen) -> Suspect | None:
    """Find networks that make many mistakes on the very images they were trained on."""
    gap = gap_of(seen)
    if gap is None or gap.value < -seen.thresholds.gap_errors * gap.error:
        return None
    wrong = 1 - gap.training
    guessing = 1 / seen.classes
    weight = seen.thresholds.learnt.weight((gap.training - guessing) / (1 - guessing))
    if not weight or gap.value > wrong:
        return None
    tell = Telling()
    text = _gap_text(tell, gap)
    dropping = remedies.dropouts(seen.network)
    ends = [probe for probe in seen.at("end") if isfinite(probe.loss) and isfinite(probe.training_loss)]
    if dropping and ends:
        loss, dropped = fmean(probe.loss for probe in ends), fmean(probe.training_loss for probe in ends)
        text += (
            f" There the loss is {tell.number('training-mode loss', dropped)} in training mode, with dropout, and "
            f"{tell.number('loss', loss)} in evaluation mode."
        )
    changes = [remedies.without(dropping), remedies.epochs_times(seen.recipe, 2)]
    step = median_step(seen)
    if step is None or 3 * step < seen.thresholds.updates_large.mild:
        changes.append(remedies.rate_times(seen.recipe, 3))
    return tell.suspect("underfitting", text, layers=dropping, changes=changes, weight=weight)


def _gap_text(tell: Telling, gap: Gap) -> str:
    where = "in the last epoch" if gap.images is None else f"on {tell.count('training images', gap.images)} of them"
    return (
        f"Accuracy on training images ({where}) is {tell.number('training accuracy', gap.training)}, on unseen images "
        f"{tell.number('test accuracy', gap.test)}: a gap of {tell.number('gap', gap.value)} with a standard error of "
        f"{tell.number('error', gap.error)} ({tell.seeds(gap.seeds)})."
    )


def _rise(seen: Seen) -> tuple[float, float, float, int] | None:
    """Return mean last and mean lowest validation loss, the rise's standard error, and the epoch of the lowest.

    None where training loss did not fall meanwhile, or where chance explains the rise: from seed to seed, or with one
    seed from image to image, as if the two losses were of different images, which is too careful.
    """
    courses = _courses(seen)
    if not courses:
        return None
    rises, lasts, lows, epochs = [], [], [], []
    for losses, validation in courses:
        best = validation.index(min(validation))
        if losses[-1] > losses[best]:
            return None
        rises.append(validation[-1] - validation[best])
        lasts.append(validation[-1])
        lows.append(validation[best])
        epochs.append(best + 1)
    error = stdev(rises) / sqrt(len(rises)) if len(rises) > 1 else _image_error(seen)
    if fmean(lows) <= 0 or fmean(rises) <= seen.thresholds.gap_errors * error:
        return None
    return fmean(lasts), fmean(lows), error, max(1, round(fmean(epochs)))


def _courses(seen: Seen) -> _Courses:
    """Return training and validation losses of the runs that learnt something and have both after each epoch."""
    found = []
    for run in seen.runs:
        losses = [row.loss for row in run.history]
        validation = [row.val_loss for row in run.history if row.val_loss is not None]
        whole = len(losses) == len(validation) > 1 and all(map(isfinite, [*losses, *validation]))
        if whole and run.key.seed not in seen.collapsed:
            found.append((losses, validation))
    return found


def _image_error(seen: Seen) -> float:
    """Return the standard error of a difference of two test losses; 0 where single losses are not known."""
    answers = seen.answers
    if answers is None or not np.isfinite(answers.losses).all() or answers.images < 2:  # noqa: PLR2004
        return 0.0
    return sqrt(2 / answers.images) * float(answers.losses[0].std(ddof=1))

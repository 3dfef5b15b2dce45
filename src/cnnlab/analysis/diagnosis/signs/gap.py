"""How much better a network does on what it was trained on, and what of that could be chance."""

from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev

from cnnlab.analysis.diagnosis.signs.seen import Seen


@dataclass(frozen=True)
class Gap:
    """Accuracy on training images less that on held-out images.

    Attributes:
        training: Mean over the seeds, from 0 to 1.
        test: Likewise.
        error: Standard error of the difference, from the images and, with several seeds, from the seeds.
        seeds: How many have both.
        images: Training images that it was taken from; None where it is that of the last epoch, dropout on.
    """

    training: float
    test: float
    error: float
    seeds: int
    images: int | None

    @property
    def value(self) -> float:
        """The difference."""
        return self.training - self.test


def gap_of(seen: Seen) -> Gap | None:
    """Measure the gap of the seeds that learnt something.

    By the last weights' accuracy on the probe's training images in evaluation mode; where nobody looked, by that of
    the last epoch. The same images are shown to all seeds, so their share of the error does not shrink with more seeds.
    """
    ends = {probe.key.seed: probe for probe in seen.at("end")}
    images = min((probe.images for probe in ends.values()), default=None)
    pairs = []
    for run in seen.runs:
        test = seen.test_accuracy(run)
        if run.key.seed in seen.collapsed or test is None:
            continue
        if run.key.seed in ends:
            pairs.append((ends[run.key.seed].accuracy, test))
        elif not ends and run.history:
            pairs.append((run.history[-1].accuracy, test))
    if not pairs:
        return None
    training, test = fmean(first for first, _ in pairs), fmean(second for _, second in pairs)
    variance = _share_variance(training, images)
    variance += _share_variance(test, seen.tested.images if seen.tested is not None else None)
    if len(pairs) > 1:
        variance += stdev(first - second for first, second in pairs) ** 2 / len(pairs)
    return Gap(training, test, sqrt(variance), len(pairs), images)


def _share_variance(share: float, images: int | None) -> float:
    """Return the variance of a share of some images; two of each sort added, so that 100 % is not without doubt.

    Agresti and Coull, "Approximate Is Better than 'Exact' for Interval Estimation of Binomial Proportions" (1998).
    """
    if not images:
        return 0.0
    near = (share * images + 2) / (images + 4)
    return near * (1 - near) / (images + 4)

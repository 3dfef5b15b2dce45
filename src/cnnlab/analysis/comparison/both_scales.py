"""Two architectures compared: in log odds, and where seeds err unevenly also in accuracies as they are."""

from collections.abc import Callable
from dataclasses import dataclass

from cnnlab.analysis.comparison.contrast import Contrast, contrast
from cnnlab.analysis.comparison.critical import Family
from cnnlab.analysis.comparison.crossed import Crossed
from cnnlab.analysis.comparison.unevenness import errs_unevenly
from cnnlab.analysis.proportions import Interval


@dataclass(frozen=True)
class BothScales:
    """The same two architectures on one scale or on two.

    Attributes:
        scales: How far they are apart on each.
    """

    scales: tuple[Contrast, ...]

    def interval(self, family: Family) -> Interval:
        """Return the interval of the difference of accuracies: as far as either scale reaches."""
        found = [one.interval(family) for one in self.scales]
        return Interval(min(one.low for one in found), max(one.high for one in found))

    def apart(self, family: Family) -> bool:
        """Tell whether they are apart on every scale."""
        return all(one.distance > one.reach(family) for one in self.scales)

    def each(self, change: Callable[[Contrast], Contrast]) -> "BothScales":
        """Return what it would be with other seeds or images."""
        return BothScales(tuple(change(one) for one in self.scales))


def both_scales(better: Crossed, worse: Crossed) -> BothScales:
    """Compare two architectures whose seeds are independent and whose images are the same.

    Log odds follow the skewness of few errors: where one architecture has 1 % of errors and they differ by as much over
    its seeds, the interval that is symmetric in accuracy errs twice as often. But they stretch without end towards 1:
    where nearly all seeds are nearly perfect and one in many is lost, whoever has no lost seed yet is far away. In
    accuracies as they are, the lost seed of the other one is a spread that covers this distance. So where the seeds of
    either err unevenly both have to agree.

    Args:
        better: The one with the higher mean, its answers taken apart.
        worse: The other one, on the same images.
    """
    odds = 0 < better.mean < 1 and 0 < worse.mean < 1
    uneven = errs_unevenly(better) or errs_unevenly(worse)
    kinds = [True] if odds and not uneven else [True, False] if odds else [False]
    return BothScales(tuple(contrast(better, worse, odds=kind) for kind in kinds))

"""Comparisons of made-up answers by the thousand: how often an interval covers the truth, and a tie is called none.

The statistics are those of the package, from whole tables of answers; only the answers are made up.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp

import numpy as np
from seeds_and_images import CLASSES, FAILURE, Skills, answers, architectures, as_tested, law, levels, probabilities

from cnnlab.analysis.comparison import Standing, compare, estimate, pair
from cnnlab.analysis.comparison.both_scales import both_scales
from cnnlab.analysis.comparison.cautions import cautions
from cnnlab.analysis.comparison.collapse import sort_seeds
from cnnlab.analysis.comparison.critical import Family
from cnnlab.analysis.comparison.crossed import Crossed, crossed
from cnnlab.analysis.proportions import CONFIDENCE
from cnnlab.records import Tested

UNEVEN_WORDS = "so uneven that"


@dataclass
class Covered:
    """Where the truth lay, over some draws.

    Attributes:
        inside: How often in the interval.
        above: How often above it: the interval was too low.
        overall: How often the mean over all seeds, failed ones too, lay in it.
        uneven: How often the uneven seeds were warned of.
        warned: How often anything was.
        width: Sum of the intervals' widths.
        draws: Of how many all that is.
    """

    inside: int = 0
    above: int = 0
    overall: int = 0
    uneven: int = 0
    warned: int = 0
    width: float = 0.0
    draws: int = 0

    @property
    def share(self) -> float:
        """Return the coverage."""
        return self.inside / self.draws


@dataclass
class Ties:
    """How often architectures that are alike were called distinguishable.

    Attributes:
        wrong: In how many draws any pair was.
        uneven: In how many the uneven seeds of any were warned of.
        draws: Of how many.
    """

    wrong: int = 0
    uneven: int = 0
    draws: int = 0

    @property
    def share(self) -> float:
        """Return the share of draws with a wrong claim."""
        return self.wrong / self.draws


@dataclass(frozen=True)
class Cell:
    """What one row of a table is about; ``sizes`` are numbers of seeds, served by the same draws."""

    images: int
    accuracy: float
    deviations: tuple[float, ...]
    sizes: tuple[int, ...] = (3, 5, 10)
    counts: tuple[int, ...] = (1,)
    skills: Skills = "normal"


def coverage(cell: Cell, draws: int, seed: int) -> dict[tuple[int, bool], Covered]:
    """Draw, estimate and look whether the truth was covered, without and with seeds that fail one time in ten."""
    random = np.random.default_rng(seed)
    of = law(cell.accuracy, cell.deviations[0], cell.skills)
    found = {(size, fails): Covered() for size in cell.sizes for fails in (False, True)}
    for _ in range(draws):
        right = answers(random, probabilities(random, of, max(cell.sizes)), levels(random, cell.images))
        failed = random.random(len(right)) < FAILURE
        for size in cell.sizes:
            without = compare([as_tested("one", right[:size], None)]).standings[0]
            _look(found[size, False], cell.accuracy, cell.accuracy, without)
            # Where chance let none fail, the answers are the same.
            some = failed[:size].any()
            standing = compare([as_tested("one", right[:size], failed[:size])]).standings[0] if some else without
            _look(found[size, True], cell.accuracy, (1 - FAILURE) * cell.accuracy + FAILURE / CLASSES, standing)
    return found


def _look(seen: Covered, truth: float, overall: float, standing: Standing) -> None:
    """Hold one interval against the truth, which is that of seeds that learn, and against that of all seeds."""
    interval = standing.accuracy.interval
    seen.draws += 1
    seen.inside += truth in interval
    seen.above += truth > interval.high
    seen.overall += overall in interval
    seen.uneven += any(UNEVEN_WORDS in text for text in standing.warnings)
    seen.warned += bool(standing.warnings)
    seen.width += interval.high - interval.low


def ties(cell: Cell, draws: int, seed: int) -> dict[tuple[int, int], Ties]:
    """Compare architectures of the same true accuracy; the deviations are dealt out in turn."""
    random = np.random.default_rng(seed)
    most = max(cell.counts)
    dealt = [cell.deviations[place % len(cell.deviations)] for place in range(most)]
    laws = [law(cell.accuracy, deviation, cell.skills) for deviation in dealt]
    found = {(count, size): Ties() for count in cell.counts for size in cell.sizes}
    for _ in range(draws):
        right = architectures(random, laws, max(cell.sizes), cell.images)
        for size in cell.sizes:
            sides = [side(as_tested(str(place), each[:size], None)) for place, each in enumerate(right)]
            for count, wrong, uneven in claims(sides, cell.counts):
                seen = found[count, size]
                seen.draws += 1
                seen.wrong += wrong
                seen.uneven += uneven
    return found


def side(tested: Tested) -> tuple[Crossed, bool]:
    """Take the answers of the seeds that learnt apart, and say whether their unevenness is warned of."""
    seeds = sort_seeds(tested.accuracies, tested.labels)
    parts = crossed(tested.correct[list(seeds.counted)])
    return parts, any(UNEVEN_WORDS in text for text in cautions(parts, seeds))


def claims(sides: list[tuple[Crossed, bool]], counts: tuple[int, ...]) -> Iterator[tuple[int, bool, bool]]:
    """Say of the first so many architectures whether any pair is called distinguishable, and any called uneven.

    This is what `compare` says, without all else that it says: each pair is taken apart once for all counts.
    """
    apart = dict.fromkeys(counts, False)
    families = {count: Family(CONFIDENCE, count * (count - 1) // 2) for count in counts}
    for place, (one, _) in enumerate(sides):
        for other, _ in sides[:place]:
            better, worse = (one, other) if one.mean >= other.mean else (other, one)
            if min(one.seeds, other.seeds) == 1:
                continue  # nothing is claimed of architectures then
            distance = both_scales(better, worse)
            for count in counts:
                if place < count and not apart[count]:
                    apart[count] = 0 not in distance.interval(families[count])
    for count in counts:
        yield count, apart[count], any(uneven for _, uneven in sides[:count])


def networks(cell: Cell, draws: int, seed: int) -> dict[int, Covered]:
    """Compare one trained network with one, or with the mean of some: is the true gap of these very ones covered?"""
    random = np.random.default_rng(seed)
    of = law(cell.accuracy, cell.deviations[0])
    found = {size: Covered() for size in cell.sizes}
    for _ in range(draws):
        first = levels(random, cell.images)
        chances = [probabilities(random, of, 1), probabilities(random, of, max(cell.sizes))]
        one, others = (answers(random, each, levels(random, cell.images, first)) for each in chances)
        for size, seen in found.items():
            gap = float(chances[0].mean() - chances[1][:size].mean())
            said = pair(as_tested("one", one, None), as_tested("other", others[:size], None))
            seen.draws += 1
            seen.inside += (gap if said.better == "one" else -gap) in said.interval
    return found


def losses(cell: Cell, draws: int, seed: int) -> dict[int, Covered]:
    """Estimate losses whose logarithm is normal over seeds, images and both together."""
    random = np.random.default_rng(seed)
    of_seeds, of_images, of_both = cell.deviations
    truth = exp((of_seeds**2 + of_images**2 + of_both**2) / 2)
    found = {size: Covered() for size in cell.sizes}
    for _ in range(draws):
        shape = (max(cell.sizes), cell.images)
        table = np.exp(of_both * random.standard_normal(shape, dtype=np.float32)).astype(np.float64)
        table *= np.exp(of_seeds * random.standard_normal((shape[0], 1)) + of_images * random.standard_normal(shape[1]))
        for size, seen in found.items():
            interval = estimate(table[:size], measure="loss").interval
            seen.draws += 1
            seen.inside += truth in interval
            seen.above += truth > interval.high
    return found


def detected(cell: Cell, gap: float, draws: int, seed: int) -> dict[tuple[int, int], float]:
    """Return how often a gap is found, by the number of architectures in the comparison and of seeds of each."""
    random = np.random.default_rng(seed)
    deviation = cell.deviations[0]
    laws = [law(cell.accuracy, deviation), law(cell.accuracy - gap, deviation)]
    seen = {(count, size): 0 for count in cell.counts for size in cell.sizes}
    for _ in range(draws):
        right = architectures(random, laws, max(cell.sizes), cell.images)
        for count, size in seen:
            two = [as_tested(name, each[:size], None) for name, each in zip("ab", right, strict=True)]
            found = pair(two[0], two[1], pairs=count * (count - 1) // 2)
            seen[count, size] += found.distinguishable and found.better == "a"
    return {key: hits / draws for key, hits in seen.items()}

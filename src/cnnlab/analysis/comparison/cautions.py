"""Why the interval of an architecture's accuracy may promise too much, in sentences."""

from math import log

from cnnlab.analysis.comparison.collapse import Sorted, rate
from cnnlab.analysis.comparison.crossed import Crossed
from cnnlab.analysis.comparison.unevenness import errs_unevenly

RARE = 0.1
"""A failure that hits one seed in ten is what a handful of seeds easily misses."""

ENOUGH_SEEDS = 1 + int(log(0.05) / log(1 - RARE))
"""With so many seeds such a failure stays unseen less than 5 % of the time."""

FEW_ERRORS = 10
"""Images that decide an accuracy; with fewer its interval rests on next to nothing."""


def cautions(parts: Crossed, seeds: Sorted) -> tuple[str, ...]:
    """Say what an interval cannot know.

    Args:
        parts: The answers that it is of, taken apart.
        seeds: Which seeds those are.

    Returns:
        A sentence or two each; none where nothing is known against it. ``docs/statistics.md`` shows that they are said
        where the intervals were found to fail.
    """
    said = (_collapsed(seeds), _few_seeds(parts), _uneven(parts), _few_errors(parts))
    return tuple(sentence for sentence in said if sentence)


def _collapsed(seeds: Sorted) -> str:
    """Say what became of seeds that learnt nothing."""
    lost, count = len(seeds.collapsed), len(set(seeds.counted) | set(seeds.collapsed))
    which = "one class, all counted alike" if seeds.weighed else "the most frequent class"
    if seeds.blurred:
        return (
            f"Some seeds did no better than always naming {which}, and the others not clearly better than those: none "
            "is counted apart."
        )
    if not lost:
        return ""
    if lost == count:
        return f"No seed did better than always naming {which}: the interval is of networks at chance."
    often = rate(lost, count)
    return (
        f"{lost} of {count} seeds did no better than always naming {which}. The interval is of seeds that learn; a "
        f"seed fails to with a chance of {100 * often.low:.1f} to {100 * often.high:.1f} %."
    )


def _few_seeds(parts: Crossed) -> str:
    """Say what so few seeds may have missed."""
    if parts.seeds == 1:
        return "One seed: the interval is of this trained network alone, and another seed may lie outside it."
    if parts.seeds >= ENOUGH_SEEDS:
        return ""
    unseen = 100 * (1 - RARE) ** parts.seeds
    said = f"With {parts.seeds} seeds a failure that hits one seed in ten stays unseen {unseen:.0f} % of the time."
    return f"{said} Two seeds say little of how far seeds spread." if parts.seeds == 2 else said  # noqa: PLR2004 - two


def _uneven(parts: Crossed) -> str:
    """Say that the seeds' errors are skewed, which few seeds show too little of."""
    if not errs_unevenly(parts):
        return ""
    errors = 1 - parts.each_seed
    return (
        f"The seeds err on {100 * errors.min():.2f} to {100 * errors.max():.2f} % of the images: so uneven that the "
        "interval may miss the true accuracy more often than it says, which then is lower as a rule."
    )


def _few_errors(parts: Crossed) -> str:
    """Say that a handful of images decides."""
    rare = parts.images * min(parts.mean, 1 - parts.mean)
    if rare >= FEW_ERRORS:
        return ""
    kind = "wrong" if parts.mean >= 0.5 else "right"  # noqa: PLR2004 - half
    return f"Only {rare:.1f} of {parts.images:,} images are {kind} on average: a few images more or less decide."

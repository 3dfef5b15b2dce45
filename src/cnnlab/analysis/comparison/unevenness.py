"""Seeds that err unevenly: what a few of them hide of the others."""

from cnnlab.analysis.comparison.crossed import Crossed
from cnnlab.analysis.comparison.log_odds import log_odds_slope

HIDING = 2.5
"""How many times Cox's correction is taken. Without it two architectures that are alike, of which one errs unevenly,
are called distinguishable in up to 8 of 100 comparisons, with 1 in 6, with 2.5 in 5 at most; with 3 the interval of one
accuracy begins to cover more than 97 % of the time."""

UNEVEN = 0.4
"""Spread of the seeds' errors, in parts of their mean, from which on a few seeds may hide far worse ones: where such
seeds are rarer than normal skills have them, intervals were seen to cover too little from here on."""


def errs_unevenly(parts: Crossed) -> bool:
    """Tell whether the errors of an architecture's seeds are skewed, which few seeds show too little of."""
    return parts.seed_spread > UNEVEN * min(parts.mean, 1 - parts.mean)


def hidden_by_seeds(parts: Crossed) -> float:
    """Estimate the variance that few seeds hide where they err unevenly.

    Errors that spread by as much as their mean are skewed: now and then a seed errs far more than all others. A few
    seeds as a rule show none of those: their mean flatters, and so does their spread. Where the logarithms of errors
    are normal with the variance q, that of the mean error is their mean plus q / 2, and q itself is known from S seeds
    only. That adds the variance q^2 / (2 (S - 1)).

    Args:
        parts: The answers of an architecture's seeds, taken apart, with a mean between 0 and 1.

    Returns:
        In squared log odds; 0 with one seed, and next to nothing where seeds err evenly.

    Reference:
        Cox's method, in Zhou and Gao, "Confidence intervals for the log-normal mean" (1997).
    """
    if parts.seeds == 1:
        return 0.0
    of_one_seed = (log_odds_slope(parts.mean) * parts.seed_spread) ** 2
    return HIDING * of_one_seed**2 / (2 * (parts.seeds - 1))

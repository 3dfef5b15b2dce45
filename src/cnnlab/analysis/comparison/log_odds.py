"""Accuracies as log odds, where errors of 1 % have as much room to both sides as errors of 30 %."""

from math import exp, log


def log_odds(share: float) -> float:
    """Turn a share between 0 and 1 into log odds."""
    return log(share / (1 - share))


def log_odds_slope(share: float) -> float:
    """Return how far the log odds move when a share moves, per unit of it; there are none at 0 and 1."""
    return 1 / (share * (1 - share))


def share_of(odds: float) -> float:
    """Turn log odds into a share, without overflow."""
    return 1 / (1 + exp(-odds)) if odds >= 0 else exp(odds) / (1 + exp(odds))

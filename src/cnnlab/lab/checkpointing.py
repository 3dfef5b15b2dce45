"""How often the runs of a study are kept."""

import math
import os
from typing import Final

from cnnlab.errors import UsageError, explain

CHECKPOINT_EVERY: Final = 5.0
"""Seconds: a crash costs so much training at most, and writing costs less than a hundredth of it."""
CHECKPOINT_VARIABLE: Final = "CNNLAB_CHECKPOINT_SECONDS"


def checkpoint_seconds() -> float:
    """Return the seconds between two checkpoints: the environment variable CNNLAB_CHECKPOINT_SECONDS, or 5.

    Raises:
        UsageError: If the variable is no number of seconds.
    """
    given = os.environ.get(CHECKPOINT_VARIABLE)
    if not given:
        return CHECKPOINT_EVERY
    try:
        seconds = float(given)
    except ValueError:
        seconds = -1.0
    if math.isfinite(seconds) and seconds >= 0:
        return seconds
    fix = f"Leave it out for {CHECKPOINT_EVERY:.0f}."
    raise UsageError(explain(expected="seconds from 0 on", got=repr(given), where=CHECKPOINT_VARIABLE, fix=fix))

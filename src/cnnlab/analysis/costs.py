"""What an architecture costs, in the kinds of cost that accuracy is held against."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

CostName = Literal["parameters", "multiply_adds", "seconds", "latency", "latency_in_batch", "bytes"]

COST_NAMES: Final[tuple[CostName, ...]] = get_args(CostName)

MEASURED: Final[frozenset[CostName]] = frozenset(("seconds", "latency", "latency_in_batch"))
"""Costs that a clock tells: measured again they are a little different."""

CLOCK_NOISE: Final = 0.05
"""Measured costs that differ by no more than this share count as the same."""


@dataclass(frozen=True)
class Costs:
    """One architecture's costs; None for what is not known.

    Attributes:
        architecture: Its name in the comparison.
        parameters: All of them, also those that are not trained.
        multiply_adds: Of the forward pass of one image.
        seconds: Of training one run until the epoch that is compared, validation included; mean over its runs.
        latency: Seconds for one image handed over alone.
        latency_in_batch: Seconds for each image of a large batch.
        bytes: Of a run's final weights on the disk, as they are kept; mean over its runs.
        training_multiply_adds: Of training one run until the epoch that is compared; mean over its runs.
    """

    architecture: str
    parameters: int
    multiply_adds: int
    seconds: float | None = None
    latency: float | None = None
    latency_in_batch: float | None = None
    bytes: float | None = None
    training_multiply_adds: float | None = None

    def of(self, name: CostName) -> float | None:
        """Return one cost by its name."""
        value: float | None = getattr(self, name)
        return value


def noise_of(name: CostName) -> float:
    """Return by which share two costs of a kind may differ and count as the same."""
    return CLOCK_NOISE if name in MEASURED else 0.0

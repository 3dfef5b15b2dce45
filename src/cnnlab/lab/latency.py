"""How long the compiled code takes to predict: an image alone, and each image of a large batch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Final

import numpy as np
import numpy.typing as npt

from cnnlab.arch import Network, initial_weights
from cnnlab.backends import Model, get_backend
from cnnlab.backends.threads import available_threads
from cnnlab.experiments.provenance import cpu_name

BATCH: Final = 256

STEADY: Final = 1.3
"""Beyond this swing other work was in the way."""

_ROUNDS: Final = 6
_SECONDS: Final = 0.02  # of each network and batch in each round
_MOST_CALLS: Final = 500


@dataclass(frozen=True)
class Latency:
    """One network's times.

    Attributes:
        alone: Seconds from one image handed over to its outputs, Python's call included.
        in_batch: Seconds for each of `BATCH` images that are handed over together.
        calls: How many calls the two medians are of, the fewer of both.
    """

    alone: float
    in_batch: float
    calls: int


@dataclass(frozen=True)
class Latencies:
    """What was measured, and on what.

    Attributes:
        of: By architecture.
        machine: The processor's name.
        threads: How many at most; one image keeps only one busy.
        batch: How many images a large batch has.
        swing: How many times as long as a quick call (faster than nine of ten) the median one took, of the network
            and the number of images where that is most; near 1 on a quiet machine.
    """

    of: Mapping[str, Latency]
    machine: str
    threads: int
    batch: int = BATCH
    swing: float = 1.0

    @property
    def steady(self) -> bool:
        """Tell whether the machine was quiet enough for the times to mean what they say."""
        return self.swing <= STEADY


def latencies(networks: Mapping[str, Network], clock: Callable[[], float] = perf_counter) -> Latencies:
    """Measure how long `predict` takes, on this machine and now.

    Each time is the median of many calls. The networks take turns, so that a busy moment of the machine hits all of
    them; the first call of each turn warms the caches and does not count. Weights are those that training begins
    with: the code does the same work whatever their values. One image costs as much as 16 would, which the code
    computes side by side.

    Args:
        networks: By the names of the architectures.
        clock: Tells seconds.

    Raises:
        NotSupportedError: If the compiled backend does not run here or lacks a layer.
    """
    backend = get_backend("compiled")
    models = {name: backend.load(network, initial_weights(network, 0)) for name, network in networks.items()}
    images = {
        (name, count): np.resize(np.linspace(0, 1, 251, dtype=np.float32), (count, *network.input_shape))
        for name, network in networks.items()
        for count in (1, BATCH)
    }
    times: dict[tuple[str, int], list[float]] = {key: [] for key in images}
    for _ in range(_ROUNDS):
        for (name, count), batch in images.items():
            times[name, count] += _calls(models[name], batch, clock)
    of = {
        name: Latency(
            median(times[name, 1]),
            median(times[name, BATCH]) / BATCH,
            min(len(times[name, 1]), len(times[name, BATCH])),
        )
        for name in networks
    }
    swing = max(median(found) / _quick(found) for found in times.values())
    return Latencies(of, cpu_name(), available_threads(), swing=swing)


def _quick(times: Sequence[float]) -> float:
    """Return the time that a tenth of the calls stayed below, or the quickest of fewer than ten."""
    return sorted(times)[len(times) // 10]


def _calls(model: Model, images: npt.NDArray[np.float32], clock: Callable[[], float]) -> list[float]:
    """Time calls one by one for a short while: at least one after the first, which does not count."""
    model.predict(images, len(images))
    began = clock()
    found: list[float] = []
    while not found or (clock() - began < _SECONDS and len(found) < _MOST_CALLS):
        before = clock()
        model.predict(images, len(images))
        found.append(clock() - before)
    return found

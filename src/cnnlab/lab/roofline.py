"""Where the time of a training step goes, part by part, beside what the processor's multiply-adds would allow.

The model is the roofline of Williams, Waterman and Patterson, "Roofline: an insightful visual performance model for
multicore architectures" (2009), with one roof: the numbers of a tile mostly stay in the caches.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cnnlab import data
from cnnlab.arch import Network, initial_weights
from cnnlab.arch.measures import class_count
from cnnlab.backends import why_not_compiled
from cnnlab.backends.checks import check_load
from cnnlab.backends.compiled.profile import PartTime, profile
from cnnlab.compiler.peak import measure_peak
from cnnlab.compiler.target import host_target
from cnnlab.errors import CnnlabError, NotSupportedError, explain
from cnnlab.experiments import Architecture
from cnnlab.experiments.prepare import prepared_for
from cnnlab.records import Examples, Split

# So many batches of made-up images: enough that a batch's images are not in the nearest cache already.
_BATCHES = 16
_BLACK = 0.8
_MNIST = "mnist"


@dataclass(frozen=True)
class RooflineRow:
    """One part of a step.

    Attributes:
        name: Of its function.
        about: What it does.
        role: "forward", "input gradient", "weight gradient" or "other".
        multiply_adds: For one image, of the direct sums, padding included.
        seconds: In one step.
        gflops: 10^9 operations a second, a multiply-add being two; None where there are none.
        share_of_peak: Of the processor's peak; above 1 where the code needs fewer multiplications than counted.
        lost_seconds: Time beyond what the multiply-adds would take at the peak.
    """

    name: str
    about: str
    role: str
    multiply_adds: int
    seconds: float
    gflops: float | None
    share_of_peak: float | None
    lost_seconds: float


@dataclass(frozen=True)
class Roofline:
    """A whole step.

    Attributes:
        network: Its name.
        data: What was trained on.
        batch: Images in the step.
        tiles: Of 16 images.
        threads: That had work.
        isa: Vector instructions.
        peak_gflops: Measured, on as many threads.
        step_seconds: Measured as a whole, among other steps.
        had: Share of that time in which this process had its cores to itself, from 0 to 1; on a quiet machine 1.
        multiply_adds: Of the parts together, for one image.
        share_of_peak: Of the whole step.
        rows: In the order in which they are done.
    """

    network: str
    data: str
    batch: int
    tiles: int
    threads: int
    isa: str
    peak_gflops: float
    step_seconds: float
    had: float
    multiply_adds: int
    share_of_peak: float
    rows: tuple[RooflineRow, ...]

    @property
    def parts_seconds(self) -> float:
        """Add up the parts."""
        return sum(row.seconds for row in self.rows)

    @property
    def largest_gap(self) -> RooflineRow:
        """Return the part that loses the most time."""
        return max(self.rows, key=lambda row: row.lost_seconds)

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {**asdict(self), "parts_seconds": self.parts_seconds, "largest_gap": self.largest_gap.name}


def roofline(one: Architecture, batch: int | None = None, threads: int = 1, seconds: float = 0.002) -> Roofline:
    """Measure a training step and its parts; MNIST where it is at hand and fits, else made-up images.

    Args:
        one: A network and how it is trained.
        batch: Images in a step; None for the recipe's.
        threads: How many at most.
        seconds: One run of a part takes about this long; there are twenty of each.

    Raises:
        NetworkError: If the network does not end in one number for each class.
        NotSupportedError: If the compiled backend does not run here, or lacks something of the network.
    """
    reason = why_not_compiled()
    if reason:
        raise NotSupportedError(explain(expected="the compiled backend", got=reason, where="bench layers"))
    check_load(one.network, one.recipe.loss, threads)
    size = batch or one.recipe.batch_size
    examples, source = _examples(one, size)
    measured = profile(
        one.network,
        initial_weights(one.network, 0),
        one.recipe.loss,
        one.recipe.optimizer,
        examples,
        batch=size,
        threads=threads,
        seconds=seconds,
    )
    peak = measure_peak(measured.threads)
    work = sum(each.part.multiply_adds for each in measured.parts)
    return Roofline(
        network=one.network.name,
        data=source,
        batch=size,
        tiles=measured.tiles,
        threads=measured.threads,
        isa=host_target().isa,
        peak_gflops=peak,
        step_seconds=measured.step_seconds,
        had=measured.had,
        multiply_adds=work,
        share_of_peak=_gflop(work, size) / measured.step_seconds / peak,
        rows=tuple(_row(each, size, peak) for each in measured.parts),
    )


def _gflop(multiply_adds: int, images: int) -> float:
    return 2e-9 * multiply_adds * images


def _row(each: PartTime, images: int, peak: float) -> RooflineRow:
    part, work = each.part, _gflop(each.part.multiply_adds, images)
    gflops = work / each.seconds if work and each.seconds else None
    return RooflineRow(
        name=part.name,
        about=part.about,
        role=part.role,
        multiply_adds=part.multiply_adds,
        seconds=each.seconds,
        gflops=gflops,
        share_of_peak=None if gflops is None else gflops / peak,
        lost_seconds=each.seconds - work / peak,
    )


def _examples(one: Architecture, batch: int) -> tuple[Examples, str]:
    """Return what to train on, as the network takes it, and what it is in words."""
    network, loss = one.network, one.recipe.loss
    if network.input_shape[:2] == (28, 28) and network.output_shape[-1] >= 10:  # noqa: PLR2004 - MNIST's size and classes
        try:
            split = data.load(_MNIST, offline=True, notify=lambda _: None)
            prepared = prepared_for(network, loss, split)
        except CnnlabError:
            pass
        else:
            if len(prepared.train) >= batch:
                return prepared.train, f"MNIST ({split.source})"
    prepared = prepared_for(network, loss, _made_up(network, batch * _BATCHES))
    return prepared.train, "made-up images"


def _made_up(network: Network, count: int) -> Split:
    """Make images of a network's size: bytes with as much black as handwriting has, and any classes."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (count, *network.input_shape), np.uint8)
    images[random.random(images.shape) < _BLACK] = 0
    labels = random.integers(0, class_count(network), count).astype(np.int64)
    examples = Examples(images, labels)
    names = tuple(str(number) for number in range(class_count(network)))
    return Split(name="made-up", train=examples, test=examples, class_names=names, source="made up", sums={})

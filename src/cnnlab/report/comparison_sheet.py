"""All that a comparison shows, as plain data: what was found, of whom, after which epoch, at which costs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cnnlab.analysis.comparison import Comparison
from cnnlab.analysis.costs import Costs
from cnnlab.analysis.equal_cost import Budget
from cnnlab.analysis.pareto import Fronts
from cnnlab.analysis.protocol import ProtocolFinding

Moment = Literal["last", "best", "number", "equal"]
"""When the runs are compared: after their last epoch, their best by validation, one for all, or one budget for all."""

Part = Literal["validation", "test"]
"""Which images the answers are to: the training images that were held out for validation, or the test images."""


@dataclass(frozen=True)
class Member:
    """One architecture in a comparison, and where its numbers come from.

    Attributes:
        name: In the comparison.
        architecture: Its own name.
        studies: Their folders.
        runs: Their ids, in the order of the seeds.
        epochs: After which each was asked.
        trained: How many epochs each was trained.
        train_images: How many images they were trained on.
        validation_images: How many more were held out for validation; None where the test images served.
    """

    name: str
    architecture: str
    studies: tuple[str, ...]
    runs: tuple[str, ...]
    epochs: tuple[int, ...]
    trained: tuple[int, ...]
    train_images: int = 0
    validation_images: int | None = None


@dataclass(frozen=True)
class Timed:
    """On what latencies were measured.

    Attributes:
        machine: The processor's name.
        threads: How many at most.
        batch: Images of the large batch.
    """

    machine: str
    threads: int
    batch: int


@dataclass(frozen=True)
class ComparisonSheet:
    """A comparison with all that stands beside it.

    Attributes:
        data: The data set's name.
        comparison: What the answers say.
        members: In the order of its standings.
        moment: When the runs are compared.
        picked_on_test: Whether the epochs were picked by the numbers of the test images themselves.
        budget: Where all may spend the same.
        costs: In the order of the standings.
        fronts: Who stands on the front of accuracy against each cost.
        timed: None where no latency was measured.
        notes: What else a reader should know, a sentence each.
        part: Which images the answers are to.
        at_end: Whether they are those of the weights that each run kept at its end, and not those after an epoch.
        protocol: What speaks against the way the runs were made.
    """

    data: str
    comparison: Comparison
    members: tuple[Member, ...]
    moment: Moment
    picked_on_test: bool
    budget: Budget | None
    costs: tuple[Costs, ...]
    fronts: Fronts
    timed: Timed | None
    notes: tuple[str, ...] = ()
    part: Part = "test"
    at_end: bool = False
    protocol: tuple[ProtocolFinding, ...] = ()

    @property
    def picked_on_validation(self) -> bool:
        """Tell whether the epochs were picked by the held-out images that the accuracies are of."""
        return self.moment == "best" and self.part == "validation"

    @property
    def epochs(self) -> Mapping[str, tuple[int, int]]:
        """Return after which epochs each was asked, the first and the last, by name."""
        return {one.name: (min(one.epochs), max(one.epochs)) for one in self.members}

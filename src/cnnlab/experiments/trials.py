"""What a study consists of: architectures with a recipe each, times seeds."""

from collections.abc import Sequence
from dataclasses import dataclass

from cnnlab.arch import Network
from cnnlab.records import Published, Recipe, RunKey


@dataclass(frozen=True)
class Architecture:
    """One competitor of a study.

    Attributes:
        name: Unique within the study.
        network: Its description.
        recipe: How it is trained.
        published: What somebody published for it, to stand beside ours.
    """

    name: str
    network: Network
    recipe: Recipe
    published: Published | None = None


@dataclass(frozen=True)
class Trial:
    """One run to be made."""

    key: RunKey
    architecture: Architecture


def trials(architectures: Sequence[Architecture], seeds: Sequence[int]) -> tuple[Trial, ...]:
    """List the runs of a study, seed by seed across the architectures, so that a full table stands after each seed."""
    return tuple(Trial(RunKey(one.name, seed), one) for seed in seeds for one in architectures)

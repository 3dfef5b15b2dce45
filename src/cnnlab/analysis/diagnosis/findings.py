"""What a diagnosis finds, as plain data: each change that was tried, what it gained, and what that makes it."""

from dataclasses import dataclass
from typing import Literal

from cnnlab.analysis.diagnosis.gains import Gain
from cnnlab.analysis.diagnosis.suspects import Change, Suspect

LEAST_GAIN = 0.5
"""A change must gain more than so many points, with all of its interval, for what it removes to be called a cause."""

Judgement = Literal["cause", "perhaps", "no cause"]
"""A cause has all of its gain's interval above the least gain, what is no cause has all of it below."""


@dataclass(frozen=True)
class Candidate:
    """A change to be tried, with all that speaks for it.

    Attributes:
        change: What is changed.
        suspects: What it would remove, the strongest first.
    """

    change: Change
    suspects: tuple[Suspect, ...]

    @property
    def name(self) -> str:
        """Return the kind of its strongest suspect."""
        return self.suspects[0].name

    @property
    def layers(self) -> tuple[str, ...]:
        """List the layers that it concerns: those of the change, else those of its strongest suspect."""
        changed = [layer for edit in self.change.edits if (layer := getattr(edit, "layer", None) or _after(edit))]
        return tuple(dict.fromkeys(name for name in changed if isinstance(name, str))) or self.suspects[0].layers


def _after(edit: object) -> str | None:
    return getattr(edit, "after", None)


@dataclass(frozen=True)
class Ranked:
    """A change as it was tried for the ranking: often on fewer images, and with seeds that serve for this alone."""

    candidate: Candidate
    gain: Gain


@dataclass(frozen=True)
class Measured:
    """A change whose gain was estimated anew, with seeds that took no part in the ranking.

    Attributes:
        candidate: The change, and what speaks for it.
        ranking: What it gained in the ranking.
        gain: What it gained now.
    """

    candidate: Candidate
    ranking: Gain
    gain: Gain

    @property
    def judgement(self) -> Judgement:
        """Say what the gain makes of its suspect."""
        if self.gain.interval.low > LEAST_GAIN:
            return "cause"
        return "no cause" if self.gain.interval.high < LEAST_GAIN else "perhaps"


@dataclass(frozen=True)
class Joint:
    """Two changes made together.

    Attributes:
        parts: The two, the better one first.
        change: Both in one.
        gain: What they gained together, in the same measurement as the changes alone.
    """

    parts: tuple[Candidate, Candidate]
    change: Change
    gain: Gain


@dataclass(frozen=True)
class Conditions:
    """How the gains were measured.

    Attributes:
        ranking_images: Training images in the ranking.
        ranking_seeds: Those of the ranking.
        images: Training images when the gains were estimated anew.
        seeds: Those of that; none of them took part in the ranking.
        held_out: Training images that no network was trained on; all accuracies are of these.
        epochs: Of each run, by the architecture's own recipe.
    """

    ranking_images: int
    ranking_seeds: tuple[int, ...]
    images: int
    seeds: tuple[int, ...]
    held_out: int
    epochs: int


@dataclass(frozen=True)
class DiagnosisFinding:
    """Why a network is no better, as far as retraining shows it.

    Attributes:
        architecture: Its name.
        accuracies: Of the network as it is, for each of the seeds that the gains were measured with, from 0 to 1.
        suspects: All that was seen, the strongest first.
        ranked: All changes that were tried, the best first.
        measured: Those whose gain was estimated anew, in the order of the ranking.
        joint: The two best of the ranking together; None where there are no two that can be.
        conditions: How it was measured.
    """

    architecture: str
    accuracies: tuple[float, ...]
    suspects: tuple[Suspect, ...]
    ranked: tuple[Ranked, ...]
    measured: tuple[Measured, ...]
    joint: Joint | None
    conditions: Conditions

    @property
    def causes(self) -> tuple[Measured, ...]:
        """List the changes whose gain is beyond doubt, in the order of the ranking."""
        return tuple(one for one in self.measured if one.judgement == "cause")

"""The observations of a study in words, each derived from its numbers."""

from collections.abc import Collection, Sequence
from typing import Final

from cnnlab.analysis import compared, unpaired
from cnnlab.analysis.accuracy import against_published, intervals, reached, verdict
from cnnlab.analysis.comparison.findings import Comparison
from cnnlab.analysis.conditions import held_out, interruptions, penalties
from cnnlab.analysis.course import collapses, divergences, fits
from cnnlab.analysis.observation import Kind, Observation
from cnnlab.analysis.protocol import ProtocolFinding, Severity, protocol_observations
from cnnlab.analysis.protocol import protocol as check_protocol
from cnnlab.records import StudyResult

_GRAVE: Final[tuple[Severity, ...]] = ("error",)
_LESS: Final[tuple[Severity, ...]] = ("warning", "note")

__all__ = ["Kind", "Observation", "observe"]


def observe(
    result: StudyResult,
    test_images: int,
    *,
    classes: int = 10,
    comparison: Comparison | None = None,
    protocol: Sequence[ProtocolFinding] | None = None,
    regularized: Collection[str] = (),
) -> tuple[Observation, ...]:
    """Say in words what the numbers of a study show, and what they do not.

    Args:
        result: The study, finished or not.
        test_images: How many images each accuracy is a share of.
        classes: How many classes there are; 10 as in MNIST. It says what the loss of guessing is.
        comparison: Of what each run said of each test image. Without it, and for an architecture that it lacks, the
            accuracies alone must do, and no interval knows of other seeds.
        protocol: What the check of the study's protocol found, of its data as well; None to check the study alone.
        regularized: Architectures whose losses contain what regularizers add.

    Returns:
        In the order in which one reads them: what makes the numbers others than they are called, the verdict, each
        accuracy with its interval, which pairs differ and what would settle those that do not, then what speaks for
        caution. Empty where nothing was trained and nothing was to be. Each carries the numbers and names in its text
        as evidence.
    """
    findings = check_protocol(result) if protocol is None else protocol
    found = reached(result, test_images, comparison)
    return (
        *interruptions(result),
        *protocol_observations(findings, severities=_GRAVE),
        *verdict(found),
        *intervals(found, test_images),
        *_compared(result, test_images, comparison, [one.architecture for one in found]),
        *against_published(result, found, test_images),
        *collapses(result, test_images, classes, regularized),
        *divergences(result),
        *fits(result),
        *protocol_observations(findings, severities=_LESS),
        *penalties(result, regularized),
        *held_out(result),
    )


def _compared(
    result: StudyResult, test_images: int, comparison: Comparison | None, tested: list[str]
) -> tuple[Observation, ...]:
    """Compare by the answers where they are there, else by the accuracies alone."""
    if comparison is None:
        return (*unpaired.comparisons(result, test_images), *unpaired.seeds(result))
    return (
        *compared.warnings(comparison),
        *compared.comparisons(comparison, tested),
        *compared.ties(comparison),
        *compared.single_seeds(comparison),
        *compared.collapsed_seeds(comparison),
    )

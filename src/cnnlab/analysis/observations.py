"""The observations of a study in words, each derived from its numbers."""

from cnnlab.analysis.accuracy import against_published, comparisons, intervals, seeds, verdict
from cnnlab.analysis.conditions import interruptions, unequal_recipes, validated_on_test
from cnnlab.analysis.course import collapses, divergences, fits
from cnnlab.analysis.observation import Kind, Observation
from cnnlab.records import StudyResult

__all__ = ["Kind", "Observation", "observe"]


def observe(result: StudyResult, test_images: int, *, classes: int = 10) -> tuple[Observation, ...]:
    """Say in words what the numbers of a study show, and what they do not.

    Args:
        result: The study, finished or not.
        test_images: How many images each accuracy is a share of.
        classes: How many classes there are; 10 as in MNIST. Guessing gives a loss of ln(classes).

    Returns:
        In the order in which one reads them: the verdict, each accuracy with its interval, which pairs differ, then
        what speaks for caution. Empty where nothing was trained and nothing was to be.
    """
    return (
        *interruptions(result),
        *verdict(result, test_images),
        *intervals(result, test_images),
        *comparisons(result, test_images),
        *seeds(result),
        *against_published(result, test_images),
        *collapses(result, test_images, classes),
        *divergences(result),
        *fits(result),
        *unequal_recipes(result),
        *validated_on_test(result),
    )

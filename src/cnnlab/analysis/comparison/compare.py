"""Compare architectures by the answers of their seeds to the same images."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from cnnlab.analysis.comparison.cautions import cautions
from cnnlab.analysis.comparison.check import check, check_confidence
from cnnlab.analysis.comparison.collapse import Sorted, rate, seeds_of
from cnnlab.analysis.comparison.critical import Family
from cnnlab.analysis.comparison.crossed import Crossed, crossed
from cnnlab.analysis.comparison.estimates import of_parts
from cnnlab.analysis.comparison.findings import Comparison, Estimate, PairFinding, Standing
from cnnlab.analysis.comparison.letters import letters
from cnnlab.analysis.comparison.pairs import compare_sides
from cnnlab.analysis.proportions import CONFIDENCE
from cnnlab.records import Tested


def compare(tested: Sequence[Tested], *, confidence: float = CONFIDENCE) -> Comparison:
    """Say what the answers of some architectures to the same images say of them.

    An accuracy would be another one with other seeds and with other images; its interval is over both. Pairs are
    compared image by image, and all their intervals hold together: that any two which are truly alike are called
    distinguishable happens in 5 % of comparisons at most, however many architectures there are.

    Args:
        tested: The answers of each architecture, 1 or more, each name once, all to the same images.
        confidence: Of each interval of an architecture, and of all intervals of pairs together; 0.95 by custom.

    Returns:
        A standing for each architecture in the order given, a finding for each pair, nearest first, and groups.

    Raises:
        UsageError: If these cannot be compared, or the confidence is none; see
            :func:`~cnnlab.analysis.comparison.check.check`.

    Example:
        >>> labels = np.arange(600) % 3
        >>> wrong = np.array([[90, 80, 85], [20, 30, 25], [26, 22, 30]])
        >>> said = (labels + (np.arange(600) * 7 % 600 < wrong[..., None])) % 3
        >>> found = compare([Tested(n, (0, 1, 2), labels, s, 0.0 * s) for n, s in zip("xyz", said)])
        >>> [(each.architecture, f"{each.accuracy.value:.4f}", each.group) for each in found.standings]
        [('x', '0.8583', 'b'), ('y', '0.9583', 'a'), ('z', '0.9567', 'a')]
    """
    check(tested)
    check_confidence(confidence)
    seeds = [seeds_of(each) for each in tested]
    parts = [crossed(each.correct[list(kept.counted)]) for each, kept in zip(tested, seeds, strict=True)]
    pairs = _pairs([each.architecture for each in tested], parts, confidence)
    groups = _groups([each.architecture for each in tested], parts, pairs)
    return Comparison(
        standings=tuple(_standing(*columns, confidence) for columns in zip(tested, seeds, parts, groups, strict=True)),
        pairs=pairs,
        images=tested[0].images,
        confidence=confidence,
    )


def _standing(tested: Tested, seeds: Sorted, parts: Crossed, group: str, confidence: float) -> Standing:
    """Say what is known of one architecture."""
    everyone = set(seeds.counted) | set(seeds.collapsed)
    return Standing(
        architecture=tested.architecture,
        seeds=tuple(tested.seeds[place] for place in seeds.counted),
        collapsed=tuple(tested.seeds[place] for place in seeds.collapsed),
        collapse_rate=rate(len(seeds.collapsed), len(everyone), confidence),
        images=tested.images,
        accuracy=of_parts(parts, "accuracy", confidence),
        loss=_loss(tested, seeds, confidence),
        all_seeds=float(tested.accuracies.mean()),
        group=group,
        warnings=cautions(parts, seeds),
        weighed=tested.weighed,
    )


def _loss(tested: Tested, seeds: Sorted, confidence: float) -> Estimate | None:
    """Estimate the mean loss, where it has one."""
    losses = tested.losses[list(seeds.counted)]
    return of_parts(crossed(losses), "loss", confidence) if np.isfinite(losses).all() else None


def _pairs(names: Sequence[str], parts: Sequence[Crossed], confidence: float) -> tuple[PairFinding, ...]:
    """Compare all pairs, nearest first, each so that all hold together (Bonferroni)."""
    sides = list(combinations(zip(names, parts, strict=True), 2))
    found = [compare_sides(one, other, Family(confidence, len(sides))) for one, other in sides]
    return tuple(sorted(found, key=lambda pair: pair.gap))


def _groups(names: Sequence[str], parts: Sequence[Crossed], pairs: Sequence[PairFinding]) -> tuple[str, ...]:
    """Give each architecture its letters, the best one the first."""
    alike: list[set[int]] = [set() for _ in names]
    for pair in pairs:
        if not pair.distinguishable:
            one, other = names.index(pair.better), names.index(pair.worse)
            alike[one].add(other)
            alike[other].add(one)
    return letters(alike, sorted(range(len(names)), key=lambda place: -parts[place].mean))

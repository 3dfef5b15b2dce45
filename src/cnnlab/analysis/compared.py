"""Observations on a comparison of answers: which pairs differ, what would settle a tie, which seeds stand apart."""

from collections.abc import Sequence

from cnnlab.analysis.comparison.findings import Comparison, PairFinding, Standing
from cnnlab.analysis.observation import LISTED, Observation, after_colon
from cnnlab.analysis.telling import Telling

# What another sentence says more fully, as the comparison's own warnings begin or end.
_SINGLE = "One seed: "
_COLLAPSED = "better than always naming"


def trained(standing: Standing) -> tuple[int, ...]:
    """Return all seeds of a standing, those that count apart included."""
    return tuple(sorted({*standing.seeds, *standing.collapsed}))


def counted(standing: Standing) -> tuple[int, ...]:
    """Return the seeds that the accuracy of a standing is of: all where all collapsed, else those that did not."""
    return tuple(seed for seed in standing.seeds if seed not in standing.collapsed) or standing.seeds


def apart(standing: Standing) -> bool:
    """Tell whether collapsed seeds are left out of the accuracy of a standing."""
    return len(counted(standing)) < len(trained(standing))


def pair_name(pair: PairFinding) -> str:
    """Name a pair in evidence."""
    return f"{pair.better} over {pair.worse}"


def comparisons(comparison: Comparison, tested: Sequence[str]) -> list[Observation]:
    """Say which pairs are distinguishable, with what confidence all of it holds together, and who forms a group.

    Args:
        comparison: Of the answers.
        tested: All architectures with a test accuracy; those without answers are said to be left out.
    """
    told = Telling("study", "comparison")
    sentences = [
        text
        for distinguishable in (True, False)
        for scope in ("architectures", "trained networks")
        if (text := _pairs(told, comparison, distinguishable, scope))
    ]
    if sentences:
        sentences += [_together(told, comparison), *_groups(told, comparison)]
    there = {one.architecture for one in comparison.standings}
    left = [name for name in tested if name not in there]
    if left and len(tested) > 1:
        sentences.append(f"Not compared, for want of answers image by image: {told.names(left)}.")
    return [told.observation(" ".join(sentences))] if sentences else []


def _pairs(told: Telling, comparison: Comparison, distinguishable: bool, scope: str) -> str:
    """List the pairs of one kind, or nothing."""
    some = [pair for pair in comparison.pairs if pair.distinguishable == distinguishable and pair.scope == scope]
    if not some:
        return ""
    head = "Distinguishable" if distinguishable else "Not distinguishable"
    of = ", as these trained networks" if scope == "trained networks" else ""
    return f"{head}{of}: {told.listing(some, lambda pair: _difference(told, pair))}."


def _difference(told: Telling, pair: PairFinding) -> str:
    """Say by how much one is above the other; of two alike none is named as the higher one."""
    what = pair_name(pair)
    better, worse = told.name(pair.better), told.name(pair.worse)
    span = told.span(f"{what}: interval", pair.interval, write=told.sharp)
    if not pair.gap:
        return f"{better} and {worse} by {told.count(f'{what}: gap', 0)} ({span})"
    return f"{better} over {worse} by {told.number(f'{what}: gap', pair.gap)} ({span})"


def _together(told: Telling, comparison: Comparison) -> str:
    """Say once what all intervals of pairs promise."""
    confidence = told.percent("confidence", comparison.confidence)
    count = len(comparison.pairs)
    which = "The interval holds" if count == 1 else f"All {told.count('pairs', count)} intervals hold together"
    scopes = {pair.scope for pair in comparison.pairs}
    if scopes == {"architectures"}:
        chance = "other seeds and other images"
    elif scopes == {"trained networks"}:
        chance = "other images alone"
    else:
        chance = "other images, and over other seeds where both have several"
    return f"{which} at {confidence}, over {chance}; answers are compared image by image."


def _groups(told: Telling, comparison: Comparison) -> list[str]:
    """Name the groups within which no pair is distinguishable; a group of two stands among the pairs already.

    Where no pair is distinguishable at all and each is listed, all has been said.
    """
    if len(comparison.pairs) <= LISTED + 1 and not any(pair.distinguishable for pair in comparison.pairs):
        return []
    letters = sorted({letter for one in comparison.standings for letter in one.group})
    groups = [[one.architecture for one in comparison.standings if letter in one.group] for letter in letters]
    large = [told.names(group) for group in groups if len(group) > 2]  # noqa: PLR2004 - a pair is no news
    return [f"Not distinguishable from each other: {'; '.join(large)}."] if large else []


def ties(comparison: Comparison) -> list[Observation]:
    """Say how many seeds, or else how many images, would settle each tie, the cheapest first."""
    told = Telling("study", "tie")
    open_pairs = [pair for pair in comparison.pairs if not pair.distinguishable]
    seeds = sorted((pair for pair in open_pairs if pair.more_seeds is not None), key=lambda pair: pair.more_seeds or 0)
    rest = [pair for pair in open_pairs if pair.more_seeds is None]
    images = sorted((pair for pair in rest if pair.more_images is not None), key=lambda pair: pair.more_images or 0)
    # Of single trained networks nobody knows how far seeds differ: another sentence asks for more of them.
    neither = [pair for pair in rest if pair.more_images is None and pair.scope == "architectures"]
    parts = []
    if len(seeds) == 1:
        parts.append(_one_tie(told, seeds[0]))
    elif seeds:
        listed = told.listing(seeds, lambda pair: _settled(told, pair, "seeds", pair.more_seeds or 0))
        parts.append(
            "So many seeds of each, those that are there included, would tell two apart if their gap is what it seems: "
            f"about {listed}."
        )
    for scope in ("architectures", "trained networks"):
        some = [pair for pair in images if pair.scope == scope]
        if some:
            parts.append(_by_images(told, some, comparison.images))
    if neither:
        listed = told.listing(neither, lambda pair: _both(told, pair), "or")
        parts.append(f"No number of seeds or images that can be named would tell apart {listed}.")
    return [told.observation(" ".join(parts))] if parts else []


def _one_tie(told: Telling, pair: PairFinding) -> str:
    """Say how many seeds settle the only tie that seeds settle."""
    count = told.count(f"{pair_name(pair)}: seeds that settle it", pair.more_seeds or 0)
    return (
        f"About {count} seeds of each, those that are there included, would tell {_both(told, pair)} apart if their "
        "gap is what it seems."
    )


def _by_images(told: Telling, some: Sequence[PairFinding], images: int) -> str:
    """Say how many images would tell two apart where seeds alone do not."""
    listed = told.listing(some, lambda pair: _settled(told, pair, "images", pair.more_images or 0))
    if some[0].scope == "trained networks":
        return f"So many test images would tell two of these trained networks apart: about {listed}."
    return (
        f"On the same {told.count('test images', images)} images no number of seeds would tell two of these apart, but "
        f"so many images would, with the seeds there are: about {listed}."
    )


def _settled(told: Telling, pair: PairFinding, what: str, count: int) -> str:
    """Say how many of something settle a tie."""
    return f"{told.count(f'{pair_name(pair)}: {what} that settle it', count)} for {_both(told, pair)}"


def _both(told: Telling, pair: PairFinding) -> str:
    return f"{told.name(pair.better)} and {told.name(pair.worse)}"


def single_seeds(comparison: Comparison) -> list[Observation]:
    """Say what one trained network of an architecture cannot show."""
    alone = [one.architecture for one in comparison.standings if len(counted(one)) == 1]
    if not alone:
        return []
    told = Telling("study", "seeds")
    each, them, these = "each", "them", "these trained networks and not of their architectures"
    if len(alone) == 1:
        each, them, these = "alone", "it", "this trained network and not of its architecture"
    text = (
        f"One seed {each}: {told.names(alone)}. What is said of {them} is said of {these}: another seed may give "
        "another accuracy, and one seed cannot say how far away."
    )
    return [told.observation(text)]


def collapsed_seeds(comparison: Comparison) -> list[Observation]:
    """Name the seeds that learnt nothing, and how often that may happen."""
    return [_collapsed(one, comparison.confidence) for one in comparison.standings if one.collapsed]


def _collapsed(standing: Standing, confidence: float) -> Observation:
    told, name = Telling(standing.architecture, "collapse"), standing.architecture
    found, total = len(standing.collapsed), len(trained(standing))
    which = told.listing(standing.collapsed, lambda seed: told.label("seed", seed))
    count = f"{told.count(f'{name}: collapsed', found)} of {told.plural(f'{name}: all seeds', total, 'seed')}"
    rate = told.range(
        f"{name}: collapse rate", (standing.collapse_rate.low, standing.collapse_rate.high), write=told.percent
    )
    failing = "no more right answers than from always naming the most frequent class"
    if standing.weighed:
        failing = "no better than always naming one class, with every class counted alike"
    text = (
        f"{told.name(name)}: {count} collapsed (seed{'s' if found > 1 else ''} {which}): within the noise of the test "
        f"images {failing}. By that, {rate} of all seeds "
        f"collapse ({told.percent('confidence', confidence)} interval, Clopper-Pearson)."
    )
    if not apart(standing):
        return told.observation(text)
    pronoun = "It counts" if found == 1 else "They count"
    mean = told.number(f"{name}: accuracy of all seeds", standing.all_seeds)
    return told.observation(f"{text} {pronoun} apart: with all seeds the mean test accuracy is {mean}.")


def warnings(comparison: Comparison) -> list[Observation]:
    """Say where an interval may promise too much; a warning that several share is said once."""
    shared: dict[str, list[str]] = {}
    for one in comparison.standings:
        for warning in one.warnings:
            if (warning.startswith(_SINGLE) and len(counted(one)) == 1) or (_COLLAPSED in warning and one.collapsed):
                continue
            shared.setdefault(warning, []).append(one.architecture)
    found = []
    for warning, names in shared.items():
        told = Telling(names[0] if len(names) == 1 else "study", "interval")
        found.append(told.observation(f"{told.names(names)}: {told.words('warning', after_colon(warning))}"))
    return found

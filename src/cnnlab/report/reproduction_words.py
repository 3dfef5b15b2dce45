"""What a reproduction says, sentence by sentence; none says more than was found."""

from collections.abc import Sequence

from cnnlab.analysis.prediction import FEWEST, widening
from cnnlab.analysis.reproduction import Reproduction, ValueFinding
from cnnlab.report.words import listing, metric, plural

_WIDE = 1.5
"""An interval so many times as wide as that of many runs is worth a word."""

_METHOD = (
    "Method: the mean of n runs plus and minus t s sqrt(1 + 1/n), with Student's t of n - 1 degrees of freedom, for "
    "losses on the scale of the logarithm and for accuracies on that of the log-odds. In simulations of runs that are "
    "normal, skewed near 1 or far apart it held 94 to 96 % of further runs; of runs in two clumps, with 3 seeds, 87 %. "
    "Published and ours are taken as tested on the same images, whose noise is no part of it."
)


def findings(found: Reproduction, whole: int) -> tuple[str, ...]:
    """Say what follows from a reproduction, the most important first.

    Args:
        found: What the analysis found.
        whole: How many training images the data set has.
    """
    groups: tuple[Sequence[str], ...] = (
        conditions(found, whole),
        _uncounted(found),
        _verdicts(found),
        _together(found),
        _meaning(found),
        _epochs(found),
        _method(found),
    )
    return tuple(sentence for group in groups for sentence in group)


def rank(one: ValueFinding) -> str:
    """Say where a published value lies among ours, the lowest being the 1st.

    Example:
        >>> from cnnlab.analysis.prediction import Scale
        >>> from cnnlab.analysis.reproduction import place
        >>> [rank(place("a", "test loss", value, [1.0, 2.0, 2.0, 3.0], Scale())) for value in (0.5, 1.5, 2.0, 3.0, 4.0)]
        ['below all 4', 'between the 1st and 2nd of 4', 'equal to 2 of 4', 'equal to the 4th of 4', 'above all 4']
    """
    count = one.seeds
    if one.equal:
        return (
            f"equal to the {ordinal(one.below + 1)} of {count}"
            if one.equal == 1
            else f"equal to {one.equal} of {count}"
        )
    if not one.below or not one.above:
        side = "above" if one.below else "below"
        return f"{side} all {count}" if count > 1 else f"{side} the only one"
    return f"between the {ordinal(one.below)} and {ordinal(one.below + 1)} of {count}"


def ordinal(number: int) -> str:
    """Write a place in an order.

    Example:
        >>> [ordinal(number) for number in (1, 2, 3, 4, 11, 12, 13, 21, 102, 111)]
        ['1st', '2nd', '3rd', '4th', '11th', '12th', '13th', '21st', '102nd', '111th']
    """
    teens = 11 <= number % 100 <= 13  # noqa: PLR2004 - eleventh to thirteenth
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def conditions(found: Reproduction, whole: int) -> tuple[str, ...]:
    """Say where ours were not made as the published ones were: what holds for every number.

    Args:
        found: What the analysis found.
        whole: How many training images the data set has.
    """
    told = []
    if found.train_images != whole:
        told.append(
            f"Ours were trained on {found.train_images:,} of {whole:,} images. The published runs are taken as trained "
            "on all: then what is said here is of another recipe than theirs."
        )
    told += [
        f"{name}: published after {plural(theirs, 'epoch')}, ours trained {ours}: that is another recipe."
        for name, theirs, ours in found.other_epochs
    ]
    return tuple(told)


def _uncounted(found: Reproduction) -> list[str]:
    """Say which of ours are not counted, and of whom nothing was published."""
    told = [
        f"{name}: {plural(count, 'run')} failed and {'is' if count == 1 else 'are'} in no number here; what is said "
        "holds for runs that do not fail."
        for name, count in found.failed
    ]
    told += [
        f"{name}: {plural(count, 'run')} {'is' if count == 1 else 'are'} not at the end, and in no number here."
        for name, count in found.unfinished
    ]
    if found.unpublished:
        told.append(f"Nothing was published of {listing(found.unpublished)}.")
    return told


def _count(good: Sequence[ValueFinding], values: Sequence[ValueFinding]) -> str:
    head = f"{len(good)} of {plural(len(values), 'final number')} {'is' if len(good) == 1 else 'are'} reproduced"
    if not good:
        return f"{head}."
    each = "for each, " if len(good) > 1 else ""
    return f"{head}: {each}one more run of ours would plausibly give it."


def _verdicts(found: Reproduction) -> list[str]:
    """Count the verdicts, and name those that are not the good one."""
    values = found.values
    good = [one for one in values if one.verdict == "reproduced"]
    bad = [one for one in values if one.verdict == "not reproduced"]
    if values and not good and not bad:
        told = [f"0 of {plural(len(values), 'final number')} can be judged."]
    else:
        told = [_count(good, values)]
    told += [
        f"Not reproduced: {one.architecture}, {one.measure}. The published {metric(one.published)} lies {_side(one)} "
        f"where 95 % of further runs of ours would lie{_bounds(one)}."
        for one in bad
    ]
    few = list(dict.fromkeys(f"{one.architecture} has {plural(one.seeds, 'run')}" for one in _untold(values, few=True)))
    if few:
        told.append(f"Cannot be told: {listing(few)}, and {FEWEST} are needed; --seeds {FEWEST} makes them.")
    told += [
        f"Cannot be told: all {one.seeds} runs of {one.architecture} gave the same {one.measure}, so that nobody knows "
        "how far another would be from it."
        for one in _untold(values, few=False)
    ]
    return told


def _side(one: ValueFinding) -> str:
    return "above" if one.mean is not None and one.published > one.mean else "below"


def _bounds(one: ValueFinding) -> str:
    return "" if one.interval is None else f" ({metric(one.interval.low)} to {metric(one.interval.high)})"


def _untold(values: Sequence[ValueFinding], *, few: bool) -> list[ValueFinding]:
    """List what cannot be told, for too few runs or because all agree."""
    return [one for one in values if one.verdict == "cannot be told" and (one.seeds < FEWEST) == few]


def _together(found: Reproduction) -> list[str]:
    """Say what several judgments at once mean."""
    family = found.family
    if family.judged < 2:  # noqa: PLR2004 - one alone is no family
        return []
    chance = (
        f"Each number is judged for itself at 95 %. Were the recipes the same, at least one of {family.judged} would "
        f"still be outside with a probability of up to {family.by_chance:.0%}".replace("%", " %").replace("  ", " ")
    )
    if not family.outside:
        return [f"{chance}; none is."]
    names = [f"{architecture}, {measure}" for architecture, measure in family.together]
    rest = f"not reproduced either: {'; '.join(names)}" if names else "none is outside"
    return [f"{chance}. Judged all together at 95 % (Holm), {rest}."]


def _meaning(found: Reproduction) -> list[str]:
    """Say what the good verdict does not say."""
    if not any(one.verdict == "reproduced" for one in found.values):
        return []
    told = (
        '"Reproduced" does not say that the recipes are the same: other recipes may give numbers within the same 95 %, '
        "the more of them the wider it is."
    )
    wide = {
        one.architecture: factor for one in found.values if one.interval and (factor := widening(one.seeds)) >= _WIDE
    }
    if wide:
        names = listing([f"{factor:.1f} times for {name}" for name, factor in wide.items()])
        told += f" With few seeds it is wider than with many: {names}."
    return [told]


def _epochs(found: Reproduction) -> list[str]:
    """Say what the epochs show, without a verdict."""
    judged = [one for one in found.curves if one.judged]
    if not judged:
        return []
    count, outside = sum(len(one.epochs) for one in judged), sum(len(one.outside) for one in judged)
    expected = sum(one.expected for one in judged)
    told = (
        f"Epoch by epoch, {outside} of {count} published values {'lies' if outside == 1 else 'lie'} outside of where "
        f"95 % of further runs would lie; {expected:.1f} would on average if the recipes were the same. The epochs of "
        "one run go together, so that chance brings none or many at once: no verdict is drawn from them."
    )
    if any(one.own for one in judged):
        told += (
            ' "Our runs, outside" says the same of our own runs, each held against the others: the fewest and the most '
            'epochs. "As many or more" says how many of our runs have as many epochs outside as the published one.'
        )
    more = [f"{one.architecture}, {one.metric}" for one in judged if one.own and not one.own_as_many]
    if more:
        told += f" The published run has more of them than each of ours in {'; '.join(more)}."
    return [told]


def _method(found: Reproduction) -> list[str]:
    if not any(one.interval for one in found.values):
        return []
    return [_METHOD]

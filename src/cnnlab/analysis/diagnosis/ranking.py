"""Which changes are tried, which of them are measured anew, and which two are made together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from cnnlab.analysis.diagnosis.changes import apply, fits
from cnnlab.analysis.diagnosis.findings import LEAST_GAIN, Candidate, Ranked
from cnnlab.analysis.diagnosis.gains import Gain
from cnnlab.analysis.diagnosis.suspects import (
    Change,
    Edit,
    InsertLayer,
    RemoveLayer,
    SetArgument,
    SetRecipe,
    Suspect,
)
from cnnlab.arch import Network
from cnnlab.errors import CnnlabError
from cnnlab.records import Recipe

Made = tuple[Network, Recipe]


def candidates(
    suspects: Iterable[Suspect], network: Network, recipe: Recipe, *, most: int, least_weight: float
) -> tuple[Candidate, ...]:
    """List the changes worth trying: each that makes another network or recipe once, the strongest suspect's first.

    Args:
        suspects: All that was seen.
        network: As it is.
        recipe: As it is.
        most: How many changes at most.
        least_weight: Suspects with less behind them are only told of.
    """
    strong = sorted((one for one in suspects if one.weight >= least_weight), key=lambda one: -one.weight)
    made: list[Made] = []
    found: list[Candidate] = []
    for suspect in strong:
        for change in _fair(suspect):
            makes = _made(change, network, recipe)
            if makes is None or makes == _named(network, recipe):
                continue
            if makes not in made:
                made.append(makes)
                found.append(Candidate(change, (suspect,)))
            elif suspect not in (known := found[made.index(makes)]).suspects:
                found[made.index(makes)] = replace(known, suspects=(*known.suspects, suspect))
    return tuple(_without_sums(found)[:most])


def _fair(suspect: Suspect) -> list[Change]:
    """Leave out longer training: it costs more, nearly everything gains by it, and so it explains nothing."""
    return [change for change in suspect.changes if not any(_prolongs(edit) for edit in change.edits)]


def _prolongs(edit: Edit) -> bool:
    return isinstance(edit, SetRecipe) and edit.field == "epochs"


def _without_sums(found: list[Candidate]) -> list[Candidate]:
    """Leave out what only does together what others do one by one: the two best are put together later."""
    single = [edit for one in found if len(_targets(one.change)) == 1 for edit in one.change.edits]
    return [
        one for one in found if len(_targets(one.change)) == 1 or not all(edit in single for edit in one.change.edits)
    ]


def _targets(change: Change) -> set[str]:
    return {_target(edit) for edit in change.edits}


def _target(edit: Edit) -> str:
    """Name what an edit changes: a layer, or the recipe."""
    match edit:
        case RemoveLayer(layer) | SetArgument(layer):
            return layer
        case InsertLayer(after):
            return f"behind {after}"
        case _:
            return ""


def _named(network: Network, recipe: Recipe) -> Made:
    """Return what is there as a change would make it: with every layer's name written down."""
    return apply(Change("as it is", ()), network, recipe)


def _made(change: Change, network: Network, recipe: Recipe) -> Made | None:
    try:
        return apply(change, network, recipe)
    except CnnlabError:
        return None


def ranked(tried: Mapping[str, Gain], listed: Sequence[Candidate]) -> tuple[Ranked, ...]:
    """Put changes in the order of what they gained, by the texts of the changes."""
    found = [Ranked(one, tried[one.change.text]) for one in listed if one.change.text in tried]
    return tuple(sorted(found, key=lambda one: -one.gain.points))


def finalists(order: Sequence[Ranked], most: int) -> tuple[Candidate, ...]:
    """Choose the changes whose gain is measured anew.

    Those that the ranking leaves hope for, the best first; where they are too many, the best of each kind of suspect
    goes before the second best of another, so that each kind gets its figure.

    Args:
        order: The best first.
        most: How many at most.
    """
    hopeful = [one for one in order if one.gain.interval.high > LEAST_GAIN and one.gain.points > 0]
    kinds: set[str] = set()
    firsts = []
    for one in hopeful:
        if one.candidate.name not in kinds:
            kinds.add(one.candidate.name)
            firsts.append(one)
    kept = (firsts + [one for one in hopeful if one not in firsts])[:most]
    return tuple(one.candidate for one in order if one in kept)


def together(
    listed: Sequence[Candidate], network: Network, recipe: Recipe
) -> tuple[Candidate, Candidate, Candidate] | None:
    """Find the two best changes that can be made together, and join them.

    Args:
        listed: The best first.
        network: As it is.
        recipe: As it is.

    Returns:
        The two and both in one; None where no two fit together into something that neither is alone.
    """
    for first, second in sorted(combinations(range(len(listed)), 2), key=sum):
        one, other = listed[first], listed[second]
        joined = _joined(one.change, other.change)
        if fits(joined, network, recipe):
            made = apply(joined, network, recipe)
            if made not in (apply(one.change, network, recipe), apply(other.change, network, recipe)):
                return one, other, Candidate(joined, (*one.suspects, *other.suspects))
    return None


def _joined(one: Change, other: Change) -> Change:
    return Change(f"{one.text} and {other.text}", (*one.edits, *other.edits))

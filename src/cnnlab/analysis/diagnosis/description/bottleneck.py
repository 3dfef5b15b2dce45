"""Places where the network is narrow: few numbers that everything must pass, few channels."""

from collections.abc import Iterator
from itertools import groupby, pairwise
from math import ceil, log2

from cnnlab.analysis.diagnosis.changes import apply
from cnnlab.analysis.diagnosis.description.seen import Seen
from cnnlab.analysis.diagnosis.description.shrinking import shrinking_layers, without_shrinking
from cnnlab.analysis.diagnosis.description.walking import ending, hidden, numbers, on_every_way
from cnnlab.analysis.diagnosis.description.wording import change
from cnnlab.analysis.diagnosis.kinds import weighs, width_argument
from cnnlab.analysis.diagnosis.suspects import Change, SetArgument, Suspect
from cnnlab.arch import Network, Node
from cnnlab.arch.layers import Conv2D, SeparableConv2D
from cnnlab.errors import CnnlabError

Waist = tuple[Node, ...]


def bottlenecks(seen: Seen) -> Iterator[Suspect]:
    """Find places where fewer numbers are left than there are classes.

    It is no proof: one number can tell ten classes apart if all that follows can read it. It is what makes every other
    loss there costly.
    """
    for waist in _waists(seen, seen.network):
        fewest = min(waist, key=numbers)
        left, classes = numbers(fewest), seen.classes
        few = "" if all(numbers(node) == left for node in waist) else "as few as "
        where = f"behind {fewest.name}" if len(waist) == 1 else f"from {waist[0].name} to {waist[-1].name}"
        yield Suspect(
            "bottleneck",
            tuple(node.name for node in waist),
            f"All that is known of an image passes {few}{left} number{'s' * (left != 1)} {where}; {classes} classes "
            "are to be told apart.",
            (("numbers", left), ("classes", classes)),
            "description",
            (*_wider(seen, waist, left), *_less_shrunk(seen, waist)),
            round(0.5 + 0.4 * (1 - left / _needed(seen)), 2),
        )


def few_channels(seen: Seen) -> Iterator[Suspect]:
    """Find convolutions with few filters."""
    least = seen.thresholds.few_channels
    for node in hidden(seen.network):
        if isinstance(node.layer, Conv2D | SeparableConv2D) and node.layer.filters < least:
            filters = node.layer.filters
            yield Suspect(
                "few-channels",
                (node.name,),
                f"{node.name} has {filters} filter{'s' * (filters != 1)}.",
                (("filters", filters),),
                "description",
                (_times(_factor(filters, least), (node,)),),
                round(0.4 * (1 - (filters - 1) / least), 2),
            )


def _needed(seen: Seen) -> float:
    """Say how many numbers a place should have; no more than the input itself."""
    return min(seen.thresholds.numbers_per_class * seen.classes, numbers(seen.network.nodes[0]))


def _waists(seen: Seen, network: Network) -> list[Waist]:
    """List the stretches of a network that everything passes and that are narrow."""
    last = (ending(network) or network.nodes[-1:])[0].index
    way = [node for node in on_every_way(network) if node.index < last]
    stretches = groupby(way, key=lambda node: numbers(node) < _needed(seen))
    return [tuple(stretch) for narrow, stretch in stretches if narrow]


def _wider(seen: Seen, waist: Waist, left: int) -> tuple[Change, ...]:
    """Propose more channels or units in the layers that make a place narrow: enough, and twice that."""
    makers = [node for node in waist if weighs(node.layer)]
    if not weighs(waist[0].layer):
        before = [node for node in on_every_way(seen.network) if node.index < waist[0].index and weighs(node.layer)]
        makers = [*before[-1:], *makers]
    factor = _factor(left, _needed(seen))
    return tuple(_times(times, tuple(makers)) for times in (factor, 2 * factor)) if makers else ()


def _factor(count: float, needed: float) -> int:
    """Return the smallest power of 2, at least 2, that multiplies a count to what is needed."""
    return int(2 ** max(1, ceil(log2(needed / count))))


def _times(factor: int, makers: Waist) -> Change:
    """Multiply the filters and the units of layers."""
    edits = []
    for node in makers:
        assert weighs(node.layer), "asked for layers that weigh"
        argument = width_argument(node.layer)
        edits.append(SetArgument(node.name, argument, factor * getattr(node.layer, argument)))
    return change(*edits)


def _less_shrunk(seen: Seen, waist: Waist) -> tuple[Change, ...]:
    """Propose to shrink the image less: one layer where that is enough, or else two neighbours."""
    shrinking = [node for node in shrinking_layers(seen.network) if node.index <= waist[-1].index]
    singles = [without_shrinking((node,)) for node in shrinking]
    pairs = [without_shrinking(pair) for pair in pairwise(shrinking)]
    enough = [single for single in singles if _widens(seen, single, waist)]
    return tuple(enough or [pair for pair in pairs if _widens(seen, pair, waist)])


def _widens(seen: Seen, change: Change, waist: Waist) -> bool:
    """Tell whether a change leaves no narrow place where there was one."""
    try:
        network, _ = apply(change, seen.network, seen.recipe)
    except CnnlabError:
        return False
    still = {node.name for narrow in _waists(seen, network) for node in narrow}
    return still.isdisjoint(node.name for node in waist)

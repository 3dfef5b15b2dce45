"""Who stands on the front of accuracy against a cost, where accuracies are only known within intervals."""

from collections.abc import Mapping, Sequence
from typing import Literal

from cnnlab.analysis.comparison.findings import PairFinding
from cnnlab.analysis.costs import COST_NAMES, CostName, Costs, noise_of

Place = Literal["on", "perhaps", "off"]
"""Where an architecture stands; see `front`."""

Fronts = Mapping[CostName, Mapping[str, Place]]
"""For each cost that all are known by, each architecture's place."""


def front(costs: Mapping[str, float], pairs: Sequence[PairFinding], *, noise: float = 0.0) -> dict[str, Place]:
    """Say who is on the front of accuracy against one cost.

    Without chance, an architecture is off the front where another is at least as accurate at no greater cost. Two
    measured accuracies are never just the same, so here a claim needs evidence:

    - "off": some other costs no more and is distinguishably more accurate. No choice that weighs this cost against
      accuracy takes this one.
    - "perhaps": not off, but some other costs less and is not distinguishable from it. Whether its greater cost buys
      anything is not known; more seeds or images would tell.
    - "on": neither. Whoever costs less is distinguishably less accurate.

    Two at the same cost that are not distinguishable hold nothing against each other. The cheapest one is never
    "perhaps", the most accurate one never "off", and somebody is always "on" as long as ``noise`` is 0.

    Args:
        costs: By architecture.
        pairs: How each two of them compare; a pair that is not there counts as not distinguishable.
        noise: Costs that differ by no more than this share count as the same.

    Returns:
        A place for each, in the order of ``costs``.

    Example:
        >>> from cnnlab.analysis import Interval
        >>> tie = PairFinding("b", "a", 0.001, Interval(-0.002, 0.004), False, "architectures", 40, None)
        >>> gaps = [
        ...     PairFinding(better, "c", 0.1, Interval(0.05, 0.15), True, "architectures", None, None)
        ...     for better in "ab"
        ... ]
        >>> front({"a": 100, "b": 200, "c": 50}, [tie, *gaps])
        {'a': 'on', 'b': 'perhaps', 'c': 'on'}
        >>> front({"a": 100, "b": 200, "c": 100}, [tie, *gaps])["c"]
        'off'
    """
    better = {(pair.better, pair.worse) for pair in pairs if pair.distinguishable}
    return {name: _place(name, costs, better, noise) for name in costs}


def _place(name: str, costs: Mapping[str, float], better: set[tuple[str, str]], noise: float) -> Place:
    perhaps = False
    for other, cost in costs.items():
        if other == name:
            continue
        lead = costs[name] - cost
        same = abs(lead) <= noise * max(costs[name], cost)
        if (other, name) in better and (same or lead >= 0):
            return "off"
        perhaps |= lead > 0 and not same and (name, other) not in better and (other, name) not in better
    return "perhaps" if perhaps else "on"


def fronts(costs: Sequence[Costs], pairs: Sequence[PairFinding]) -> dict[CostName, dict[str, Place]]:
    """Say who is on the front of accuracy against each cost that all architectures are known by.

    Args:
        costs: Of all architectures that are compared.
        pairs: How each two compare.
    """
    found: dict[CostName, dict[str, Place]] = {}
    for name in COST_NAMES:
        known = {one.architecture: value for one in costs if (value := one.of(name)) is not None}
        if known and len(known) == len(costs):
            found[name] = front(known, pairs, noise=noise_of(name))
    return found

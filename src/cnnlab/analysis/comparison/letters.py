"""Letters for groups: two architectures share one exactly where they are not distinguishable."""

from collections.abc import Collection, Sequence
from string import ascii_letters

Edges = Sequence[Collection[int]]


def letters(alike: Edges, order: Sequence[int]) -> tuple[str, ...]:
    """Give each architecture its letters.

    Each letter is a group that is as large as it can be and in which no two are distinguishable; an architecture has
    the letters of all groups that it is in. The first letters go to the groups with the best members.

    Args:
        alike: For each architecture the positions of those that it is not distinguishable from, itself left out.
        order: Positions from the best to the worst.

    Returns:
        The letters of each, in the order of ``alike``. After a to z come A to Z, then numbers in brackets.

    Example:
        >>> letters([{1}, {0, 2}, {1}], [0, 1, 2])
        ('a', 'ab', 'b')

    Reference:
        Piepho, "An algorithm for a letter-based representation of all-pairwise comparisons" (2004); the groups are the
        maximal cliques that Bron and Kerbosch's algorithm 457 (1973) lists.
    """
    place = {position: rank for rank, position in enumerate(order)}
    groups = sorted(
        _cliques(alike, set(), set(range(len(alike))), set()),
        key=lambda group: sorted(place[member] for member in group),
    )
    return tuple(
        "".join(_letter(number) for number, group in enumerate(groups) if position in group)
        for position in range(len(alike))
    )


def _letter(number: int) -> str:
    return ascii_letters[number] if number < len(ascii_letters) else f"({number + 1})"


def _cliques(alike: Edges, chosen: set[int], open_: set[int], done: set[int]) -> list[set[int]]:
    """List the maximal groups that hold all chosen, any of the open ones and none of those that are done."""
    if not open_ and not done:
        return [chosen]
    pivot = max(open_ | done, key=lambda node: len(open_ & set(alike[node])))
    found = []
    for node in sorted(open_ - set(alike[pivot])):
        near = set(alike[node])
        found += _cliques(alike, chosen | {node}, open_ & near, done & near)
        open_, done = open_ - {node}, done | {node}
    return found

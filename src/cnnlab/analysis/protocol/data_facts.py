"""What a data set is made of, as far as a fair test depends on it: counts, images that stand twice, labels at odds."""

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from cnnlab.analysis.protocol.same_images import Numbers, image_numbers
from cnnlab.records import Split

PartName = Literal["training", "validation", "test"]

EXAMPLES: Final = 3
"""How many examples of a finding are named."""


@dataclass(frozen=True)
class PartFacts:
    """One part of a data set.

    Attributes:
        name: Which.
        images: How many.
        counts: How many of each class, in the order of the class numbers.
    """

    name: PartName
    images: int
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Place:
    """Where an image stands: in which part, at which index from 0, and the class number that it has there."""

    part: PartName
    index: int
    label: int


@dataclass(frozen=True)
class Overlap:
    """Images of one part that stand, byte for byte, in another as well.

    Attributes:
        part: Whose images.
        within: Where they stand as well.
        images: How many images of ``part``.
        examples: Some of them, each with one of the places where it stands as well.
    """

    part: PartName
    within: PartName
    images: int
    examples: tuple[tuple[Place, Place], ...]


@dataclass(frozen=True)
class DataFacts:
    """What a fair test depends on.

    Attributes:
        name: Of the data set.
        class_names: In the order of the class numbers.
        parts: Those that there are.
        overlaps: One for each pair of parts that share images.
        at_odds: How many pictures stand somewhere with more than one label.
        at_odds_examples: Two places of some of them, with different labels.
        users: Architectures that were trained on these images; none where all were.
    """

    name: str
    class_names: tuple[str, ...]
    parts: tuple[PartFacts, ...]
    overlaps: tuple[Overlap, ...] = ()
    at_odds: int = 0
    at_odds_examples: tuple[tuple[Place, Place], ...] = ()
    users: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _Part:
    name: PartName
    numbers: Numbers
    labels: Numbers


def data_facts(split: Split, users: tuple[str, ...] = ()) -> DataFacts:
    """Count the classes of each part, and find images that are the same byte for byte.

    Args:
        split: As a study uses it: what is held out and what a limit leaves away is no part of its training images.
        users: Architectures that were trained on it, where others were not.

    Returns:
        Places are counted within each part.
    """
    held_out = [("validation", split.validation)] if split.validation is not None else []
    there: list[Any] = [("training", split.train), *held_out, ("test", split.test)]
    numbers = image_numbers([examples.images for _, examples in there])
    parts = [
        _Part(name, one, class_numbers(examples.labels)) for (name, examples), one in zip(there, numbers, strict=True)
    ]
    at_odds, examples = _at_odds(parts)
    pairs = [(later, earlier) for index, later in enumerate(parts) for earlier in parts[:index]]
    overlaps = [_overlap(later, earlier) for later, earlier in pairs]
    return DataFacts(
        split.name,
        split.class_names,
        tuple(_counted(part, len(split.class_names)) for part in parts),
        tuple(overlap for overlap in overlaps if overlap.images),
        at_odds,
        examples,
        users,
    )


def class_numbers(labels: npt.NDArray[Any]) -> Numbers:
    """Return the class number of each label; of a row of probabilities the likeliest."""
    flat = labels if labels.ndim == 1 else labels.argmax(axis=1)
    return flat.astype(np.int64)


def _counted(part: _Part, classes: int) -> PartFacts:
    counts = np.bincount(part.labels, minlength=classes)
    return PartFacts(part.name, len(part.labels), tuple(counts.tolist()))


def _overlap(part: _Part, within: _Part) -> Overlap:
    """Find the images of a part that stand in another."""
    rows = np.flatnonzero(np.isin(part.numbers, within.numbers))
    pairs = []
    for row in rows[:EXAMPLES]:
        other = int(np.flatnonzero(within.numbers == part.numbers[row])[0])
        pairs.append((_place(part, int(row)), _place(within, other)))
    return Overlap(part.name, within.name, len(rows), tuple(pairs))


def _at_odds(parts: list[_Part]) -> tuple[int, tuple[tuple[Place, Place], ...]]:
    """Count the pictures with more than one label, and give two places of the first of them."""
    numbers = np.concatenate([part.numbers for part in parts])
    labels = np.concatenate([part.labels for part in parts])
    if not len(numbers):
        return 0, ()
    classes = int(labels.max()) + 1
    pictures = np.unique(numbers * classes + labels) // classes
    found = np.unique(pictures[1:][pictures[1:] == pictures[:-1]])
    places = [(part, int(row)) for part in parts for row in np.flatnonzero(np.isin(part.numbers, found))]
    firsts: dict[int, tuple[_Part, int]] = {}
    seconds: dict[int, tuple[_Part, int]] = {}
    for part, row in places:
        picture = int(part.numbers[row])
        first, at = firsts.setdefault(picture, (part, row))
        if first.labels[at] != part.labels[row]:
            seconds.setdefault(picture, (part, row))
    examples = list(firsts)[:EXAMPLES]
    return len(found), tuple((_place(*firsts[one]), _place(*seconds[one])) for one in examples)


def _place(part: _Part, row: int) -> Place:
    return Place(part.name, row, int(part.labels[row]))

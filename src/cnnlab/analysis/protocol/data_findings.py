"""What the data of a study keep its numbers from meaning: images that stand twice, classes that are not there."""

from collections.abc import Iterator
from typing import Final

from cnnlab.analysis.observation import listing
from cnnlab.analysis.protocol.data_facts import DataFacts, Overlap, PartFacts, Place
from cnnlab.analysis.protocol.finding import ProtocolFinding, Severity

FEW: Final = 10
"""A class of which there are fewer training images is hardly learnt."""

UNEQUAL: Final = 3.0
"""From here on the largest class is so much larger than the smallest that accuracy mostly speaks of the larger ones."""

MUCH: Final = 10.0
"""Beyond that a network may learn next to nothing of the smallest class unless its images weigh more."""

_ADVICE: Final = 'In a recipe class_weight = "balanced" lets every class count alike in training, whatever its images.'

LEAK: Final = 0.01
"""A share of the test images that is known from training and too large to look away from."""


def data_findings(data: DataFacts, *, weighted: bool = False) -> Iterator[ProtocolFinding]:
    """Say what the data of a study are not fit for.

    Args:
        data: As `data_facts` finds them.
        weighted: Whether everything that is trained on them weighs classes already.
    """
    parts = {part.name: part for part in data.parts}
    for overlap in data.overlaps:
        yield _shared(overlap, parts[overlap.part], data)
    yield from _at_odds(data)
    for part in data.parts:
        yield from _missing(part, data)
        yield from _few(part, data)
        yield from _unequal(part, data, weighted=weighted)


def _shared(overlap: Overlap, part: PartFacts, data: DataFacts) -> ProtocolFinding:
    share = overlap.images / part.images
    severity: Severity = "error" if share >= LEAK and overlap.part == "test" else "warning"
    examples = listing([f"{_place(one)} is {_place(other)}" for one, other in overlap.examples])
    text = (
        f"{overlap.images:,} of the {part.images:,} {overlap.part} images of {data.name} stand among the "
        f"{overlap.within} images as well, byte for byte: for example {examples}. A network that remembers them may "
        f"gain up to {100 * share:.2f} points of {overlap.part} accuracy."
    )
    kind = f"{overlap.part}-in-{overlap.within}"
    return ProtocolFinding(kind, severity, "data", text, (("images", overlap.images), ("share", share)))


def _at_odds(data: DataFacts) -> Iterator[ProtocolFinding]:
    if not data.at_odds:
        return
    names = data.class_names
    examples = listing(
        [
            f"{_place(one)} is {_class(one.label, names)} and {_place(other)} is {_class(other.label, names)}"
            for one, other in data.at_odds_examples
        ]
    )
    pictures = "1 picture has" if data.at_odds == 1 else f"{data.at_odds:,} pictures have"
    text = (
        f"{pictures} more than one label in {data.name}: for example {examples}. No network can be right about both "
        "labels of one picture."
    )
    yield ProtocolFinding("two-labels", "warning", "data", text, (("pictures", data.at_odds),))


def _missing(part: PartFacts, data: DataFacts) -> Iterator[ProtocolFinding]:
    absent = [_class(label, data.class_names) for label, count in enumerate(part.counts) if not count]
    if not absent:
        return
    meaning = {
        "training": "A network cannot learn what it never sees.",
        "validation": "The validation numbers say nothing of that.",
        "test": "The test numbers say nothing of that.",
    }[part.name]
    text = f"No {part.name} image of {_classes(absent)} in {data.name}. {meaning}"
    severity: Severity = "error" if part.name == "training" else "warning"
    yield ProtocolFinding(f"missing-in-{part.name}", severity, "data", text, (("classes", len(absent)),))


def _few(part: PartFacts, data: DataFacts) -> Iterator[ProtocolFinding]:
    """Name the classes of which there are too few training images to learn them."""
    few = {label: count for label, count in enumerate(part.counts) if 0 < count < FEW}
    if part.name != "training" or not few:
        return
    told = listing([f"{count} of class {_class(label, data.class_names)}" for label, count in few.items()])
    text = (
        f"Fewer than {FEW} training images of a class: {told}. What a network makes of so few is chance; train on "
        "more images."
    )
    yield ProtocolFinding("few-images", "warning", "data", text, (("classes", len(few)), ("fewest", min(few.values()))))


def _unequal(part: PartFacts, data: DataFacts, *, weighted: bool) -> Iterator[ProtocolFinding]:
    """Say where the largest class is much larger than the smallest; always naming it is the least to beat."""
    there = {count: label for label, count in reversed([*enumerate(part.counts)]) if count}
    if not there or max(there) < UNEQUAL * min(there):
        return
    most, least = max(there), min(there)
    share = most / part.images
    text = (
        f"Unequal classes among the {part.name} images of {data.name}: {most:,} of class "
        f"{_class(there[most], data.class_names)}, {least:,} of class {_class(there[least], data.class_names)}. "
        f"Always naming the former is right for {100 * share:.1f} % of them."
    )
    if part.name == "training" and most > MUCH * least and not weighted:
        text += f" {_ADVICE}"
    evidence = (("most", most), ("least", least), ("share", share))
    severity: Severity = "note" if part.name == "validation" else "warning"
    yield ProtocolFinding(f"unequal-classes-in-{part.name}", severity, "data", text, evidence)


def _place(place: Place) -> str:
    return f"{place.part} image {place.index:,}"


def _class(label: int, names: tuple[str, ...]) -> str:
    return repr(names[label]) if label < len(names) else str(label)


def _classes(names: list[str]) -> str:
    return f"class {names[0]}" if len(names) == 1 else f"classes {listing(names)}"

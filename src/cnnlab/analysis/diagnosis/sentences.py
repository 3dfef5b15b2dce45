"""What a diagnosis comes to, in sentences that are no stronger than its findings."""

from dataclasses import dataclass
from statistics import fmean

from cnnlab.analysis.diagnosis.findings import LEAST_GAIN, DiagnosisFinding, Measured
from cnnlab.analysis.diagnosis.gains import Gain
from cnnlab.analysis.observation import listing, number


@dataclass(frozen=True)
class Sentence:
    """A sentence with the finding that it comes from.

    Attributes:
        text: Plain ASCII, but for the names of layers and architectures.
        finding: What it comes from, by its name in `DiagnosisFinding`.
        numbers: All that it states, by name.
    """

    text: str
    finding: str
    numbers: tuple[tuple[str, float], ...] = ()


def diagnosis_sentences(found: DiagnosisFinding) -> tuple[Sentence, ...]:
    """Say what a diagnosis found: the verdict first, then how much is known, then how it was measured."""
    if not found.ranked:
        return (_nothing_tried(found), _trained(found))
    said = [*_as_it_is(found), _verdict(found), *_joint(found), *_open(found), _measured_how(found)]
    return tuple(said)


def _nothing_tried(found: DiagnosisFinding) -> Sentence:
    seen = len(found.suspects)
    if not seen:
        return Sentence(f"{found.architecture}: nothing suspicious was seen, so nothing was retrained.", "suspects")
    text = f"{found.architecture}: nothing was seen that a small change might mend, so nothing was retrained."
    return Sentence(text, "suspects")


def _trained(found: DiagnosisFinding) -> Sentence:
    how = found.conditions
    text = f"It was trained with {len(how.ranking_seeds)} seeds on {how.ranking_images:,} images to look at."
    return Sentence(text, "conditions", (("seeds", len(how.ranking_seeds)), ("images", how.ranking_images)))


def _as_it_is(found: DiagnosisFinding) -> list[Sentence]:
    """Give the accuracy that is to be explained."""
    if not found.accuracies:
        return []
    mean, low, high = fmean(found.accuracies), min(found.accuracies), max(found.accuracies)
    text = (
        f"{found.architecture} as it is: mean accuracy {number(mean)} of {len(found.accuracies)} seeds "
        f"({number(low)} to {number(high)})."
    )
    return [
        Sentence(text, "accuracies", (("mean", mean), ("seeds", len(found.accuracies)), ("low", low), ("high", high)))
    ]


def _verdict(found: DiagnosisFinding) -> Sentence:
    """Say what holds the network back, or that nothing that was tried does."""
    causes = found.causes
    if causes:
        parts = [f"{one.candidate.change.text} ({_points(one.gain)})" for one in causes]
        text = f"What costs {found.architecture} accuracy, by the gain of each change: {listing(parts)}."
        return Sentence(text, "causes", tuple(pair for one in causes for pair in _numbers(one)))
    best = max(found.measured, key=lambda one: one.gain.points, default=None)
    if best is None:
        top = found.ranked[0]
        text = _unexplained(
            found, top.candidate.change.text, top.gain, f"left hope for more than {LEAST_GAIN:g} points"
        )
        return Sentence(text, "ranked", (*_gain_numbers(top.gain), ("changes", len(found.ranked)), _LEAST))
    gained = f"gained more than {LEAST_GAIN:g} points beyond doubt"
    text = _unexplained(found, best.candidate.change.text, best.gain, gained)
    return Sentence(text, "measured", (*_numbers(best), ("changes", len(found.ranked)), _LEAST))


def _unexplained(found: DiagnosisFinding, best: str, gain: Gain, enough: str) -> str:
    """Say that no change did enough, and what the best of them gained."""
    head, count = f"No suspect explains the result of {found.architecture}", len(found.ranked)
    if count == 1:
        return f"{head}: 1 change was tried, {best}, and gained {_points(gain)}; no change {enough}."
    return f"{head}: of {count} changes none {enough}; the best, {best}, gained {_points(gain)}."


_LEAST = ("least gain", LEAST_GAIN)


def _joint(found: DiagnosisFinding) -> list[Sentence]:
    """Say what the two best do together, where one of them at least is a cause."""
    joint = found.joint
    if joint is None or not found.causes:
        return []
    alone = {one.candidate.change.text: one.gain for one in found.measured}
    first, second = (alone[one.change.text] for one in joint.parts)
    text = (
        f"The two best of the ranking together gained {_points(joint.gain)}; alone {first.points:+.1f} and "
        f"{second.points:+.1f}."
    )
    numbers = (*_gain_numbers(joint.gain), ("first", first.points), ("second", second.points))
    return [Sentence(text, "joint", numbers)]


def _open(found: DiagnosisFinding) -> list[Sentence]:
    """Name what the seeds could not decide."""
    perhaps = [one for one in found.measured if one.judgement == "perhaps"]
    if not perhaps or not found.causes:
        return []
    names = listing([one.candidate.change.text for one in perhaps])
    seeds = perhaps[0].gain.seeds
    text = f"Not decided with {seeds} seeds: {names}."
    return [Sentence(text, "measured", (("seeds", seeds),))]


def _measured_how(found: DiagnosisFinding) -> Sentence:
    how = found.conditions
    seeds = f"{len(how.ranking_seeds)} seeds on {how.ranking_images:,} images"
    if not found.measured:
        text = f"Ranked with {seeds}, judged by {how.held_out:,} training images held out."
        return Sentence(text, "conditions", _condition_numbers(found))
    fresh = found.measured[0].gain
    text = (
        f"Ranked with {seeds}; the gains were then measured anew with {fresh.seeds} other seeds of each change and "
        f"{fresh.base_seeds} of the network as it is, on {how.images:,} images. All accuracies are of {how.held_out:,} "
        "training images held out; the test set was not looked at. The gains say what a change does to this network "
        "under this recipe; they do not add up, and they promise no repair."
    )
    return Sentence(text, "conditions", _condition_numbers(found))


def _condition_numbers(found: DiagnosisFinding) -> tuple[tuple[str, float], ...]:
    how = found.conditions
    fresh = [
        pair for one in found.measured[:1] for pair in (("seeds", one.gain.seeds), ("base seeds", one.gain.base_seeds))
    ]
    return (
        ("ranking seeds", len(how.ranking_seeds)),
        ("ranking images", how.ranking_images),
        ("images", how.images),
        ("held out", how.held_out),
        *fresh,
    )


def _points(gain: Gain) -> str:
    return f"{gain.points:+.1f} points, {gain.interval.low:+.1f} to {gain.interval.high:+.1f}"


def _numbers(one: Measured) -> tuple[tuple[str, float], ...]:
    return _gain_numbers(one.gain)


def _gain_numbers(gain: Gain) -> tuple[tuple[str, float], ...]:
    return (("gain", gain.points), ("low", gain.interval.low), ("high", gain.interval.high))

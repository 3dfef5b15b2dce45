"""A diagnosis in a notebook: what it comes to, what each change gained, and what was seen and tried besides."""

from collections.abc import Sequence

from cnnlab.analysis.diagnosis import DiagnosisFinding, Gain, Measured, Ranked, Suspect, diagnosis_sentences
from cnnlab.report.notebook.shell import rendered
from cnnlab.report.words import printable


def diagnosis_html(found: DiagnosisFinding) -> str:
    """Lay out a diagnosis for a notebook.

    Args:
        found: The diagnosis.

    Returns:
        One element with its style.
    """
    kept = {one.candidate.change.text for one in found.measured}
    return rendered(
        "diagnosis",
        name=printable(found.architecture),
        sentences=[sentence.text for sentence in diagnosis_sentences(found)],
        heads=_heads(found.measured),
        measured=[_measured(place, one) for place, one in enumerate(found.measured, start=1)],
        joint=_joint(found),
        tried=[_tried(one) for one in found.ranked if one.candidate.change.text not in kept],
        suspects=[_suspect(one) for one in found.suspects],
    )


def _heads(measured: Sequence[Measured]) -> list[str]:
    seeds = measured[0].gain.seeds if measured else 0
    return ["Gain, points", "95 % interval, all at once", f"Next {seeds} seeds", "Judgement"]


def _measured(place: int, one: Measured) -> tuple[str, str, tuple[str, ...]]:
    """Write a change, what it would remove, and its figures."""
    kinds = dict.fromkeys(suspect.name for suspect in one.candidate.suspects)
    return f"{place}. {one.candidate.change.text}", f"for {', '.join(kinds)}", (*_figures(one.gain), one.judgement)


def _joint(found: DiagnosisFinding) -> tuple[str, tuple[str, ...]] | None:
    """Write the two best changes together."""
    if found.joint is None:
        return None
    texts = [one.candidate.change.text for one in found.measured]
    places = " and ".join(str(texts.index(part.change.text) + 1) for part in found.joint.parts)
    return f"{places} together", (*_figures(found.joint.gain), "")


def _tried(one: Ranked) -> tuple[str, ...]:
    return (one.candidate.change.text, *_figures(one.gain)[:2])


def _suspect(one: Suspect) -> tuple[str, str]:
    return one.name, one.text


def _figures(gain: Gain) -> tuple[str, str, str]:
    return (
        f"{gain.points:+.1f}",
        f"{gain.interval.low:+.1f} to {gain.interval.high:+.1f}",
        f"{round(gain.new_seeds.low):+d} to {round(gain.new_seeds.high):+d}",
    )

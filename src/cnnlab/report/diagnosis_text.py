"""A diagnosis in a terminal of 80 columns, and as JSON."""

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from cnnlab.analysis.diagnosis import (
    Candidate,
    DiagnosisFinding,
    Edit,
    Gain,
    Measured,
    Ranked,
    Suspect,
    diagnosis_sentences,
)
from cnnlab.arch import Layer
from cnnlab.report.columns import Column, columns_text
from cnnlab.report.words import plural, printable

WIDTH = 80
_NONE = "-"


def diagnosis_text(found: DiagnosisFinding, width: int = WIDTH, *, unicode: bool = True) -> str:
    """Write a diagnosis: what it comes to, what each change gained, what was seen, how it was measured.

    Args:
        found: The diagnosis.
        width: Columns of the terminal.
        unicode: Whether names may have characters beyond ASCII.

    Returns:
        Without a final line break.
    """
    parts = [_filled(sentence.text, width) for sentence in diagnosis_sentences(found)]
    if found.measured:
        parts.append(_gains(found, width))
    kept = {one.candidate.change.text for one in found.measured}
    rest = [one for one in found.ranked if one.candidate.change.text not in kept]
    if rest:
        parts.append(_tried(rest, width))
    if found.suspects:
        parts.append(_seen(found.suspects, width))
    return "\n".join(printable(line, unicode=unicode) for line in "\n\n".join(parts).split("\n"))


def _filled(text: str, width: int, first: str = "", later: str | None = None) -> str:
    return textwrap.fill(
        text, width, initial_indent=first, subsequent_indent=first if later is None else later, break_on_hyphens=False
    )


def _gains(found: DiagnosisFinding, width: int) -> str:
    """Lay out what was measured anew."""
    rows = [line for place, one in enumerate(found.measured, start=1) for line in _lines(place, one, width)]
    if found.joint is not None:
        texts = [one.candidate.change.text for one in found.measured]
        places = " and ".join(str(texts.index(part.change.text) + 1) for part in found.joint.parts)
        rows.append(["", f"{places} together", *_figures(found.joint.gain), ""])
    columns = [
        Column("", right=True),
        Column("change"),
        Column("gain,\npoints", right=True),
        Column("95 % interval,\nall at once", right=True),
        Column(f"next\n{found.measured[0].gain.seeds} seeds", right=True),
        Column(""),
    ]
    return columns_text(columns, rows, width)


_OTHERS = 49
"""So many columns of the table are not the change's."""

_FEWER_OTHERS = 28
"""Likewise of the table of those that were ranked only."""


def _lines(place: int, one: Measured, width: int) -> list[list[str]]:
    """Give a change its figures, and beneath it what it would remove, each in as many lines as the width asks for."""
    rows = _wrapped([str(place), one.candidate.change.text, *_figures(one.gain), one.judgement], width)
    kinds = dict.fromkeys(suspect.name for suspect in one.candidate.suspects)
    why = textwrap.wrap(f"for {', '.join(kinds)}", max(width - _OTHERS, 16) - 2, break_on_hyphens=False)
    return [*rows, *(["", f"  {line}", *[""] * (len(rows[0]) - 2)] for line in why)]


def _wrapped(row: list[str], width: int, others: int = _OTHERS) -> list[list[str]]:
    """Break a row's change into as many lines as the width asks for."""
    first, *more = textwrap.wrap(row[1], max(width - others, 16), subsequent_indent="  ", break_on_hyphens=False)
    return [[row[0], first, *row[2:]], *(["", text, *[""] * (len(row) - 2)] for text in more)]


def _figures(gain: Gain) -> list[str]:
    return [
        f"{gain.points:+.1f}",
        f"{gain.interval.low:+.1f} to {gain.interval.high:+.1f}",
        f"{round(gain.new_seeds.low):+d} to {round(gain.new_seeds.high):+d}",
    ]


def _tried(rest: Sequence[Ranked], width: int) -> str:
    """Lay out what was tried for the ranking only."""
    rows = [
        line
        for one in rest
        for line in _wrapped(["", one.candidate.change.text, *_figures(one.gain)[:2]], width, _FEWER_OTHERS)
    ]
    head = "Tried for the ranking only (gain in points, 95 % interval of each alone):"
    columns = [Column(""), Column(""), Column("", right=True), Column("", right=True)]
    return f"{_filled(head, width)}\n{columns_text(columns, rows, width)}"


def _seen(suspects: Sequence[Suspect], width: int) -> str:
    """List the suspects; a sentence that one of them shares with one above stands there alone."""
    digits = len(str(len(suspects)))
    lines, said = [], set()
    for number, one in enumerate(suspects, start=1):
        first, *more = _SENTENCE.split(one.text)
        text = " ".join([first, *(sentence for sentence in more if sentence not in said)])
        said.update([first, *more])
        lines.append(_filled(f"{one.name}: {text}", width, f"{number:{digits}}. ", " " * (digits + 2)))
    return "\n".join([f"What was seen ({plural(len(suspects), 'suspect')}):", *lines])


_SENTENCE = re.compile(r"(?<=\.) (?=[A-Z0-9])")
"""What stands between two sentences of a suspect."""


def diagnosis_document(found: DiagnosisFinding) -> dict[str, Any]:
    """Put a diagnosis into JSON's types.

    Returns:
        ``causes``, ranked, each with ``name``, ``layers``, ``change``, ``gain`` in points and ``interval``; beside them
        all else that the diagnosis knows.
    """
    by_judgement = {
        judgement: [_measured(one) for one in found.measured if one.judgement == judgement]
        for judgement in ("cause", "perhaps", "no cause")
    }
    joint = found.joint
    return {
        "architecture": found.architecture,
        "accuracies": list(found.accuracies),
        "causes": by_judgement["cause"],
        "joint": None
        if joint is None
        else {"changes": [one.change.text for one in joint.parts], **_changed(joint.change.edits), **_gain(joint.gain)},
        "perhaps": by_judgement["perhaps"],
        "no_causes": by_judgement["no cause"],
        "ranking": [
            {"name": one.candidate.name, "change": one.candidate.change.text, **_gain(one.gain)} for one in found.ranked
        ],
        "suspects": [_suspect(one) for one in found.suspects],
        "conditions": asdict(found.conditions),
        "sentences": [sentence.text for sentence in diagnosis_sentences(found)],
    }


def _measured(one: Measured) -> dict[str, Any]:
    return {**_candidate(one.candidate), **_gain(one.gain), "ranking_gain": one.ranking.points}


def _candidate(one: Candidate) -> dict[str, Any]:
    return {
        "name": one.name,
        "names": list(dict.fromkeys(suspect.name for suspect in one.suspects)),
        "layers": list(one.layers),
        "change": one.change.text,
        **_changed(one.change.edits),
    }


def _changed(edits: Sequence[Edit]) -> dict[str, Any]:
    return {"edits": [dict(_edit(edit)) for edit in edits]}


def _edit(edit: Edit) -> Iterator[tuple[str, Any]]:
    """Write an edit down."""
    yield "do", type(edit).__name__
    for name, value in vars(edit).items():
        yield name, repr(value) if isinstance(value, Layer) or not _plain(value) else value


def _plain(value: object) -> bool:
    return value is None or isinstance(value, bool | int | float | str | tuple | list)


def _gain(gain: Gain) -> dict[str, Any]:
    return {
        "gain": gain.points,
        "interval": [gain.interval.low, gain.interval.high],
        "new_seeds": [gain.new_seeds.low, gain.new_seeds.high],
        "seeds": gain.seeds,
        "base_seeds": gain.base_seeds,
    }


def _suspect(one: Suspect) -> dict[str, Any]:
    return {
        "name": one.name,
        "layers": list(one.layers),
        "text": one.text,
        "evidence": dict(one.evidence),
        "step": one.step,
        "changes": [change.text for change in one.changes],
        "weight": one.weight,
    }

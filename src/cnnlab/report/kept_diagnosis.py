"""A diagnosis as its JSON document tells it: all that a page shows of one that was made earlier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

JUDGEMENTS = (("causes", "a cause"), ("perhaps", "not decided"), ("no_causes", "no cause"))
"""The lists of a document with what each says of its changes."""


@dataclass(frozen=True)
class KeptGain:
    """What a change gained.

    Attributes:
        change: In words.
        reasons: The kinds of suspects that it would remove.
        gain: In points.
        low: Lower end of the gain's 95 % interval.
        high: Its upper end.
        judgement: What that makes it, in words; empty of one that was ranked only.
    """

    change: str
    reasons: tuple[str, ...]
    gain: float
    low: float
    high: float
    judgement: str


@dataclass(frozen=True)
class KeptDiagnosis:
    """Why a network is no better, as far as retraining showed it.

    Attributes:
        architecture: Its name.
        sentences: The verdict first, then how it was measured.
        measured: The changes whose gain was measured with seeds of their own, the best first.
        ranked: Those that were tried for the ranking alone.
        suspects: The kind and the text of all that was seen.
    """

    architecture: str
    sentences: tuple[str, ...]
    measured: tuple[KeptGain, ...]
    ranked: tuple[KeptGain, ...]
    suspects: tuple[tuple[str, str], ...]


def kept_diagnosis(document: Any) -> KeptDiagnosis:  # noqa: ANN401 - whatever JSON holds
    """Read what `diagnosis_text.diagnosis_document` wrote.

    Raises:
        ValueError: If it is no such document.
    """
    try:
        measured = [_gain(one, told) for name, told in JUDGEMENTS for one in document[name]]
        joint = document["joint"]
        if joint is not None:
            text = " and ".join(map(str, joint["changes"]))
            measured.append(_gain({**joint, "change": f"{text}, together", "names": ()}, ""))
        alone = {one.change for one in measured}
        ranked = [_gain({**one, "names": [one["name"]]}, "") for one in document["ranking"]]
        return KeptDiagnosis(
            architecture=str(document["architecture"]),
            sentences=_texts(document["sentences"]),
            measured=tuple(measured),
            ranked=tuple(one for one in ranked if one.change not in alone),
            suspects=tuple((str(one["name"]), str(one["text"])) for one in document["suspects"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        message = f"no document of a diagnosis: {error}"
        raise ValueError(message) from error


def _gain(one: Mapping[str, Any], judgement: str) -> KeptGain:
    low, high = one["interval"]
    return KeptGain(str(one["change"]), _texts(one["names"]), float(one["gain"]), float(low), float(high), judgement)


def _texts(values: Sequence[Any]) -> tuple[str, ...]:
    if isinstance(values, str):
        raise TypeError(values)
    return tuple(str(one) for one in values)

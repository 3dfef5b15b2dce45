"""The findings of the protocol check as observations: what follows from several is said once."""

from collections.abc import Collection, Iterator, Sequence

from cnnlab.analysis.observation import Kind, Observation
from cnnlab.analysis.protocol.check import CONSEQUENCE
from cnnlab.analysis.protocol.finding import ORDER, ProtocolFinding, Severity

SAID_ELSEWHERE = frozenset(["one-seed", "unequal-seeds"])
"""Kinds that other observations of a study say more fully."""

_UNEQUAL = "unequal-"
_KINDS: dict[str, Kind] = {
    "validation-is-test": "validation",
    "callback-on-test": "validation",
    "own-callback": "validation",
    "picked-epoch": "validation",
    "picked-seed": "validation",
}


def protocol_observations(
    findings: Sequence[ProtocolFinding],
    *,
    severities: Collection[Severity] = ORDER,
    without: Collection[str] = SAID_ELSEWHERE,
    short: bool = False,
) -> list[Observation]:
    """Say what speaks against the way a study was made.

    Args:
        findings: As `protocol` gives them.
        severities: Only findings as grave as one of these.
        without: Kinds that are said elsewhere.
        short: Leave out what follows from a finding, but for what follows from unequal settings.

    Returns:
        In the order of the findings; all unequal settings are one observation, in the place of the first.
    """
    chosen = [one for one in findings if one.severity in severities and one.kind not in without]
    settings = [one for one in chosen if _is_setting(one)]
    return list(_observations(chosen, settings, short=short))


def _is_setting(one: ProtocolFinding) -> bool:
    return one.subject == "study" and one.kind.startswith(_UNEQUAL)


def _observations(
    chosen: Sequence[ProtocolFinding], settings: Sequence[ProtocolFinding], *, short: bool
) -> Iterator[Observation]:
    for one in chosen:
        if one in settings:
            if one is settings[0]:
                text = " ".join([*(each.short for each in settings), CONSEQUENCE])
                evidence = tuple((f"{each.kind}: {name}", value) for each in settings for name, value in each.evidence)
                yield Observation("study", text, "recipe", evidence)
            continue
        text = one.short if short else one.text
        subject = "study" if one.subject == "data" else one.subject
        yield Observation(subject, text, _KINDS.get(one.kind, "data"), one.evidence)

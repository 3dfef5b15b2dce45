"""Follows each number and each name of an observation back to what it was written from."""

import re
from collections.abc import Iterable
from math import isclose, isfinite

from cnnlab.analysis import Observation

# No sentence may claim so much, whatever was found.
FORBIDDEN = re.compile(
    r"\b(better|best|worse|worst|beats?|wins?|winner|superior|significant(ly)?|proves?|proven|certain(ly)?|clear(ly)?|"
    r"always wins|truly|outperforms?|surely|real)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?")


def strings(observation: Observation) -> list[str]:
    """List the names and the words of others in an observation, the longest first."""
    return sorted({value for _, value in observation.evidence if isinstance(value, str)}, key=len, reverse=True)


def names(observation: Observation) -> set[str]:
    """List the architectures that an observation names."""
    return {str(value) for what, value in observation.evidence if what == "architecture"}


def own_words(observation: Observation) -> str:
    """Return the text without names and words of others."""
    text = observation.text
    for part in strings(observation):
        text = text.replace(part, "*")
    return text.replace("+-", " ")


def untraced(observation: Observation) -> list[str]:
    """List the numbers in a text that are no rounded evidence."""
    found = [value for _, value in observation.evidence if not isinstance(value, str)]
    tokens = [token.group().rstrip(",") for token in _NUMBER.finditer(own_words(observation))]
    return [token for token in tokens if not any(_rounds(value, token) for value in found)]


def _rounds(value: float, token: str) -> bool:
    """Tell whether a number, rounded, is written so."""
    shown = float(token.replace(",", ""))
    if not isfinite(value):
        return False
    decimals = len(token.partition(".")[2])
    return abs(value - shown) <= 0.5 * 10**-decimals * (1 + 1e-9) or isclose(value, shown, rel_tol=1e-12)


def unknown_names(observation: Observation, study: Iterable[str]) -> set[str]:
    """List names in the evidence that the study does not have, and names of the study in the text without evidence."""
    known = set(study)
    named = names(observation)
    return (named - known) | {
        name for name in known - named if re.search(rf"\b{re.escape(name)}\b", own_words(observation))
    }

"""JSON from strangers: no name twice, no number that JSON does not have, no more of it than anybody writes."""

import json
from typing import Any, Final

MOST: Final = 4 << 20
"""So many bytes of JSON describe a network of thousands of layers."""


def parse(text: str | bytes) -> Any:  # noqa: ANN401 - JSON
    """Read JSON.

    Raises:
        ValueError: With the reason: it is none or too long, an object has a name twice, or a number is none of JSON's.

    Example:
        >>> parse('{"units": 3, "units": 4}')
        Traceback (most recent call last):
        ValueError: 'units' twice in an object
    """
    if len(text) > MOST:
        raise ValueError(f"at most {MOST >> 20} MiB of it are read, and these are {len(text) / (1 << 20):,.0f}")
    words = text if isinstance(text, str) else text.decode("utf-8")  # Python's reader would guess
    try:
        return json.loads(words, object_pairs_hook=_object, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("brackets in brackets without end") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that stands there twice: one reader would take the first value, another one the last."""
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise ValueError(f"{twice[:80]!r} twice in an object")
    return found


def _no_constant(name: str) -> Any:  # noqa: ANN401 - never returns
    raise ValueError(f"{name}, a number that JSON does not have")

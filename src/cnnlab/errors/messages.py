"""The one place where the text of an error is put together."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

_LONGEST: Final = 1_000
"""Characters of one part of a message."""


def explain(*, expected: str, got: str = "", where: str = "", fix: str = "") -> str:
    """Build an error message: place, expectation, what came instead, next step.

    Args:
        expected: What would have been right, as the rest of "expected ...".
        got: What came instead, by name; left out where nothing came.
        where: The place, most general first ("study.toml, architecture 'tiny', layer 2").
        fix: A whole sentence that says what to do or type next.

    Returns:
        One line of text.

    Example:
        >>> explain(expected="a seed from 0 to 4294967295", got="-1", where="--seed-list", fix="Write --seed-list 0,1.")
        '--seed-list: expected a seed from 0 to 4294967295, got -1. Write --seed-list 0,1.'
    """
    where, expected, got, fix = (_shown(text) for text in (where, expected, got, fix))
    place = f"{where}: " if where else ""
    received = f", got {got}" if got else ""
    advice = f" {fix}" if fix else ""
    return f"{place}expected {expected}{received}.{advice}"


def _shown(text: str) -> str:
    """Return a text as it may stand in a message: parts of it come out of files that nobody has looked at yet.

    What a terminal would take for a command is written out, and what fills a screen is cut.
    """
    if not text.isprintable():
        text = "".join(one if one.isprintable() or one == "\n" else ascii(one)[1:-1] for one in text)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 30]} ... ({len(text):,} characters)"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Propose the known word nearest to a mistyped one, or list them all.

    Args:
        word: What the user wrote.
        known: The words that would have been right.

    Returns:
        A sentence for the ``fix`` of :func:`explain`.

    Example:
        >>> did_you_mean("epoch", ["epochs", "seeds"])
        "Did you mean 'epochs'?"
    """
    choices = [name for name in known if len(name) <= _LONGEST]
    word = word[:_LONGEST]
    near = get_close_matches(word, choices, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {near[0]!r}?"
    return "Known: " + ", ".join(choices) + "."

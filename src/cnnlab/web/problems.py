"""What the server answers when it will not: one shape of JSON, its words taken apart for the page."""

import json
import re
from typing import Any, Final

from cnnlab.errors import CnnlabError, explain

BAD: Final = 400
FORBIDDEN: Final = 403
MISSING: Final = 404
METHOD: Final = 405
CONFLICT: Final = 409
TOO_LARGE: Final = 413
MEDIA: Final = 415
UNUSABLE: Final = 422
BROKEN: Final = 500

_MESSAGE: Final = re.compile(
    r"(?:(?P<where>.*?): )?expected (?P<expected>.*?)(?:, got (?P<got>.*?))?\.(?: (?P<fix>[A-Z].*))?", re.DOTALL
)


class Problem(Exception):  # noqa: N818 - it is an answer
    """Ends a request with a message.

    Args:
        status: Of HTTP.
        expected: As of `errors.explain`.
        got: Likewise.
        where: Likewise.
        fix: Likewise.
    """

    def __init__(self, status: int, *, expected: str, got: str = "", where: str = "", fix: str = "") -> None:
        super().__init__(explain(expected=expected, got=got, where=where, fix=fix))
        self.status = status
        self.told = {"expected": expected, "got": got, "where": where, "fix": fix}

    def document(self) -> dict[str, Any]:
        """Return what is sent."""
        return {"error": self.told}

    def body(self) -> bytes:
        """Return the same as bytes."""
        return json.dumps(self.document()).encode()


def unusable(error: CnnlabError, status: int = UNUSABLE) -> Problem:
    """Turn one of our messages into an answer."""
    return Problem(status, **parts(str(error)))


def parts(message: str) -> dict[str, str]:
    """Take a message of `errors.explain` apart; of any other text all stands where the expectation would.

    Example:
        >>> parts("study.toml, seeds: expected a number, got 'three'. Write seeds = 3.")
        {'where': 'study.toml, seeds', 'expected': 'a number', 'got': "'three'", 'fix': 'Write seeds = 3.'}
    """
    found = _MESSAGE.fullmatch(message)
    if found is None:
        return {"expected": message, "got": "", "where": "", "fix": ""}
    return {name: value or "" for name, value in found.groupdict().items()}

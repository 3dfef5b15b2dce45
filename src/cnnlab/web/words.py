"""What a request says, checked: numbers in addresses and queries, and bodies of JSON."""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from starlette.requests import Request

from cnnlab.errors import did_you_mean
from cnnlab.web.problems import BAD, MISSING, UNUSABLE, Problem

_DIGITS: Final = 18


def number(text: str, where: str, *, least: int = 0, most: int = 10**15, status: int = UNUSABLE) -> int:
    """Read a whole number in plain digits.

    Raises:
        Problem: If it is none, or out of range.
    """
    expected = f"a whole number from {least:,} to {most:,}"
    if not text.isascii() or not text.isdecimal() or len(text) > _DIGITS or not least <= int(text) <= most:
        raise Problem(status, expected=expected, got=repr(text[:100]), where=where)
    return int(text)


def query_number(request: Request, name: str, default: int | None, *, least: int = 0, most: int = 10**15) -> Any:  # noqa: ANN401 - None only where that is the default
    """Read a number of the query."""
    text = request.query_params.get(name)
    return default if text in (None, "") else number(str(text), name, least=least, most=most)


def study_number(request: Request) -> int:
    """Read the number of a study from the address."""
    return number(request.path_params["study"], "study", status=MISSING)


async def body(request: Request, known: Iterable[str]) -> dict[str, Any]:
    """Read a body: one JSON object with no other keys than these.

    Raises:
        Problem: If it is anything else.
    """
    document = _parsed(await request.body())
    if not isinstance(document, dict):
        raise Problem(BAD, expected="a JSON object", got=type(document).__name__)
    names = list(known)
    for key in document:
        if key not in names:
            raise Problem(UNUSABLE, expected="a key it knows", got=repr(key[:100]), fix=did_you_mean(key[:100], names))
    return document


def _parsed(raw: bytes) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
    except RecursionError:
        raise Problem(BAD, expected="JSON", got="brackets in brackets without end") from None
    except ValueError as error:
        raise Problem(BAD, expected="JSON", got=str(error)[:200]) from None


def _no_constant(name: str) -> Any:  # noqa: ANN401 - never returns
    msg = f"{name}, which JSON does not have"
    raise ValueError(msg)


def pixels(document: Mapping[str, Any], size: int) -> bytes:
    """Read the base64 of so many bytes.

    Raises:
        Problem: If it is anything else.
    """
    text = document.get("pixels")
    expected = f"base64 of {size:,} bytes"
    if not isinstance(text, str):
        raise Problem(UNUSABLE, expected=expected, got=type(text).__name__, where="pixels")
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Problem(UNUSABLE, expected=expected, got=str(error)[:100], where="pixels") from None
    if len(raw) != size:
        raise Problem(UNUSABLE, expected=expected, got=f"{len(raw):,} bytes", where="pixels")
    return raw

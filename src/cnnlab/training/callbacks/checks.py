"""The arguments of callbacks: each has a kind and a range, and says so by name."""

import inspect
import os
from collections.abc import Iterable
from math import isfinite
from numbers import Integral, Real
from typing import Any, Final

from cnnlab.errors import UsageError, did_you_mean, explain
from cnnlab.records.checks import Range

COUNT: Final = Range(0, whole=True)


def number(value: object, allowed: Range, place: str) -> float:
    """Return a number in a range as a plain one: NumPy's own would carry their precision into everything they meet."""
    if isinstance(value, Real) and not isinstance(value, bool) and allowed.holds(float(value)):
        return float(value)
    raise UsageError(explain(expected=str(allowed), got=repr(value), where=place))


def whole(value: object, place: str, allowed: Range = COUNT) -> int:
    """Return a whole number in a range."""
    if isinstance(value, Integral) and not isinstance(value, bool) and allowed.holds(float(value)):
        return int(value)
    raise UsageError(explain(expected=str(allowed), got=repr(value), where=place))


def any_number(value: object, place: str) -> float:
    """Return a finite number of either sign."""
    if isinstance(value, Real) and not isinstance(value, bool) and isfinite(value):
        return float(value)
    raise UsageError(explain(expected="a finite number", got=repr(value), where=place))


def number_or_none(value: object, place: str) -> float | None:
    """Return a number of either sign, or None."""
    return None if value is None else any_number(value, place)


def flag(value: object, place: str) -> bool:
    """Return True or False."""
    if isinstance(value, bool):
        return value
    raise UsageError(explain(expected="True or False", got=repr(value), where=place))


def verbosity(value: object, place: str) -> int:
    """Return 0 or more; True and False are 1 and 0, as in Keras."""
    return int(value) if isinstance(value, bool) else whole(value, place)


def text(value: object, place: str) -> str:
    """Return text that is not empty."""
    if isinstance(value, str) and value:
        return value
    raise UsageError(explain(expected="a text", got=repr(value), where=place))


def path(value: object, place: str) -> str:
    """Return the path of a file as text."""
    return text(os.fspath(value) if isinstance(value, os.PathLike) else value, place)


def choice(value: object, known: Iterable[str], place: str) -> str:
    """Return one of several words."""
    words = list(known)
    if isinstance(value, str) and value in words:
        return value
    fix = did_you_mean(str(value), words)
    raise UsageError(explain(expected=f"one of {', '.join(map(repr, words))}", got=repr(value), where=place, fix=fix))


def parameters_of(kind: type[Any]) -> dict[str, inspect.Parameter]:
    """Return what a callback's constructor takes by name."""
    found = inspect.signature(kind.__init__).parameters.values()
    return {one.name: one for one in list(found)[1:] if one.kind is not inspect.Parameter.VAR_KEYWORD}


def refuse_unknown(kind: type[Any], given: Iterable[str]) -> None:
    """Refuse an argument that a callback has not, before Python says so in its own words."""
    known = parameters_of(kind)
    for name in given:
        if name not in known:
            fix = did_you_mean(name, known)
            raise UsageError(explain(expected="an argument it has", got=f"{name}=", where=kind.__name__, fix=fix))

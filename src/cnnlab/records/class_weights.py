"""What a recipe says of classes that shall count more or less than others."""

from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from typing import Any, Final

from cnnlab.errors import UsageError, explain
from cnnlab.records.checks import Range, check_number

BALANCED: Final = "balanced"
"""Each class counts as much as any other, however many images it has."""

ClassWeights = str | tuple[tuple[str, float], ...]
"""`BALANCED`, or pairs of a class (its name, or its number in digits) and its weight, in the order of the classes."""

_FIX: Final = 'Write { cat = 1.0, dog = 3.5 }, or "balanced".'


def class_weights(value: object, where: str = "class_weight") -> ClassWeights | None:
    """Read class weights.

    Args:
        value: `BALANCED`; a table, by class name or class number, of numbers that are not negative; pairs of the same;
            None or nothing in it where all classes weigh 1.
        where: How messages name the place.

    Raises:
        UsageError: If it is anything else, or names a class twice.

    Example:
        >>> class_weights({1: 3.5, "cat": 1})
        (('1', 3.5), ('cat', 1.0))
    """
    if value is None or (isinstance(value, str) and value == BALANCED):
        return value
    read = [_read(key, weight, where) for key, weight in _pairs(value, where)]
    names = [name for name, _ in read]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(explain(expected="each class once", got=f"{twice!r} twice", where=where))
    return tuple(sorted(read, key=_order)) or None


def as_table(weights: ClassWeights) -> str | dict[str, float]:
    """Write class weights as JSON and TOML have them."""
    return weights if isinstance(weights, str) else dict(weights)


def _pairs(value: object, where: str) -> Iterable[tuple[Any, Any]]:
    if isinstance(value, Mapping):
        return value.items()
    if isinstance(value, tuple) and all(isinstance(one, tuple) and len(one) == 2 for one in value):  # noqa: PLR2004 - pairs
        return value
    raise UsageError(explain(expected="a table of weights", got=repr(value), where=where, fix=_FIX))


def _read(key: Any, weight: Any, where: str) -> tuple[str, float]:  # noqa: ANN401 - whatever came
    name = _class(key, where)
    return name, check_number(weight, Range(), f"{where}, class {name!r}")


def _class(key: Any, where: str) -> str:  # noqa: ANN401 - whatever came
    """Read a class: its name, or its number, also where NumPy has made a whole decimal of it."""
    if isinstance(key, str):
        return key
    whole = isinstance(key, Integral) or (isinstance(key, Real) and float(key).is_integer())
    if isinstance(key, bool) or not whole:
        raise UsageError(explain(expected="a class by name or number", got=repr(key), where=where, fix=_FIX))
    return str(int(key))


def _order(pair: tuple[str, float]) -> tuple[int, int, str]:
    """Sort numbers by their size, before names."""
    name = pair[0]
    digits = name.isascii() and name.isdigit()
    return (0, int(name), name) if digits else (1, 0, name)

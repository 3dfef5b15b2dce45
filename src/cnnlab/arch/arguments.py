"""How Keras' arguments are read: one message for each that is unknown, missing, not supported or of a wrong value."""

import inspect
import operator
from collections.abc import Callable, Mapping
from dataclasses import fields
from math import isfinite
from numbers import Real
from typing import Any, ClassVar, Final, SupportsIndex, cast

from cnnlab.errors import NetworkError, NotSupportedError, did_you_mean, explain

DATA_FORMATS: Final = ("channels_last", "channels_first")

OldSpelling = tuple[str, Callable[[Any], Any]]


class ArgumentType(type):
    """The class of dataclasses that take Keras' keyword arguments and answer a wrong one with a message of their own.

    Attributes:
        neutral: Arguments that Keras has and this class has not, each with the values that change nothing: those are
            accepted and dropped, all others refused.
        old_spellings: Arguments of older versions of Keras, each with today's name and how its value is read.
    """

    neutral: ClassVar[Mapping[str, tuple[Any, ...]]] = {}
    old_spellings: ClassVar[Mapping[str, OldSpelling]] = {}

    def __call__(cls, /, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401, D102 - passes through whatever the class takes
        try:
            kept = cls._accepted(cls._respelled(kwargs))
            _check_call(cls, args, kept)
            return super().__call__(*args, **kept)
        except (NetworkError, NotSupportedError) as error:
            raise type(error)(f"{cls.__name__}: {error}") from None

    def _respelled(cls, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Bring arguments of older versions of Keras into today's."""
        spelt = {}
        for name, value in kwargs.items():
            today, read = cls.old_spellings.get(name, (name, _unchanged))
            spelt[today] = read(value)
        return spelt

    def _accepted(cls, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Drop neutral arguments of Keras', refuse unsupported ones and misspellings."""
        known = argument_names(cls)
        kept = {}
        for name, value in kwargs.items():
            if name in known:
                kept[name] = value
            elif name not in cls.neutral:
                raise NetworkError(
                    explain(expected="an argument it has", got=f"{name}=", fix=did_you_mean(name, known))
                )
            elif not any(value is neutral or value == neutral for neutral in cls.neutral[name]):
                raise NotSupportedError(
                    explain(
                        expected=f"{name}={cls.neutral[name][0]!r}, the only value cnnlab has",
                        got=repr(value),
                        fix=f"Leave {name}= out.",
                    )
                )
        return kept


def _unchanged(value: Any) -> Any:  # noqa: ANN401 - any argument's value
    return value


def argument_names(cls: type[Any]) -> list[str]:
    """List what a dataclass takes."""
    return [f.name for f in fields(cls) if f.init]


def _check_call(cls: type[Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Say in our words that an argument is missing, given twice, or one too many."""
    try:
        inspect.signature(cls.__init__).bind(None, *args, **kwargs)
    except TypeError as error:
        order = ", ".join(f.name for f in fields(cls) if f.init and not f.kw_only) or "none"
        raise NetworkError(explain(expected=f"arguments in the order {order}", got=f"a call with {error}")) from None


def set_field(instance: Any, **values: Any) -> None:  # noqa: ANN401 - any dataclass, any field's value
    """Store a normalised value in a frozen dataclass while it is being made."""
    for name, value in values.items():
        object.__setattr__(instance, name, value)


def whole(value: object, what: str, *, least: int = 1) -> int:
    """Return a whole number that is at least ``least``, or refuse it by name."""
    try:
        index = operator.index(cast(SupportsIndex, value))
    except TypeError:
        index = least - 1
    if isinstance(value, bool) or index < least:
        raise NetworkError(explain(expected=f"{what} to be a whole number, at least {least}", got=repr(value)))
    return index


def number(value: object, what: str) -> float:
    """Return a finite number as a float, or refuse it by name."""
    try:
        finite = isinstance(value, Real) and not isinstance(value, bool) and isfinite(value)
    except OverflowError:  # a whole number beyond any float
        finite = False
    if not finite:
        raise NetworkError(explain(expected=f"{what} to be a number", got=repr(value)))
    return float(cast(Real, value))


def flag(value: object, what: str) -> bool:
    """Return True or False (1 and 0 are taken as such), or refuse it by name."""
    if not isinstance(value, int) or value not in {True, False}:
        raise NetworkError(explain(expected=f"{what} to be True or False", got=repr(value)))
    return bool(value)


def pair(value: object, what: str) -> tuple[int, int]:
    """Read Keras' spelling of a size over height and width: 3 or (3, 3)."""
    if isinstance(value, list | tuple):
        if len(value) == 2:  # noqa: PLR2004 - height and width
            return whole(value[0], what), whole(value[1], what)
        raise NetworkError(explain(expected=f"{what} to be one or two whole numbers", got=repr(value)))
    return whole(value, what), whole(value, what)


def one_of(value: object, choices: tuple[str, ...], what: str, *, where: str = "") -> str:
    """Read a word without regard to case, or refuse it with the choices."""
    word = value.lower() if isinstance(value, str) else value
    if word not in choices:
        expected = f"{what} to be one of {', '.join(choices)}"
        raise NetworkError(explain(expected=expected, got=repr(value), where=where))
    return str(word)


def data_format(value: object) -> str | None:
    """Read a data format; None leaves it to the network."""
    return None if value is None else one_of(value, DATA_FORMATS, "data_format")

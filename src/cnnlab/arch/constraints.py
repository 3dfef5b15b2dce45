"""Keras' weight constraints as plain data, with its names, arguments and defaults: what is done to trained weights.

A constraint takes the weights after each step, also one that only accumulates gradients, and after their moving average
was taken and may have replaced them. Norms are L2 norms.
"""

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, SupportsIndex, cast

from cnnlab.arch.arguments import ArgumentType, number, set_field
from cnnlab.arch.known import Known
from cnnlab.errors import NetworkError, NotSupportedError, explain

Axis = int | Sequence[int]
EPSILON: Final = 1e-7  # Keras' epsilon()


@dataclass(frozen=True)
class Constraint(metaclass=ArgumentType):
    """What trained weights must be."""

    def check(self, shape: tuple[int, ...]) -> None:
        """Refuse a weight that it cannot be about.

        Raises:
            NetworkError: If so.
        """


@dataclass(frozen=True)
class NonNeg(Constraint):
    """What is below 0 becomes 0."""


@dataclass(frozen=True)
class NormConstraint(Constraint):
    """What changes the norms of the vectors that a weight is made of: w * wanted(norm) / (1e-7 + norm).

    The norm that is wanted is ``rate * clip(norm, least, most) + (1 - rate) * norm``. As in Keras the epsilon is there
    also where a vector fits already, so that its norm loses as much at each step.
    """

    @property
    def bounds(self) -> tuple[float, float, float]:
        """Return least, most and rate."""
        raise NotImplementedError

    def check(self, shape: tuple[int, ...]) -> None:
        """Refuse a weight without the axes."""
        self.summed(shape)

    def summed(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """List the axes of a weight that a norm is taken over, counted from 0.

        Raises:
            NetworkError: If the weight has not all of them, or one is named twice.
        """
        axis = cast("int | tuple[int, ...]", self.axis)  # type: ignore[attr-defined]  # a field of each of them
        listed = axis if isinstance(axis, tuple) else (axis,)
        found = sorted({one % len(shape) for one in listed if -len(shape) <= one < len(shape)})
        if len(found) < len(listed):
            expected = f"axis= of {type(self).__name__} to name axes of a weight of shape {shape}, each once"
            fix = f"Write axis={list(range(max(len(shape) - 1, 1)))} for a norm of what each output is made of."
            raise NetworkError(explain(expected=expected, got=f"axis={axis}", fix=fix))
        return tuple(found)


@dataclass(frozen=True)
class MaxNorm(NormConstraint):
    """Make what is longer than a limit as long as the limit.

    Attributes:
        max_value: The largest norm.
        axis: Along which a norm is taken, or several: 0 for the weights of each unit of a Dense, [0, 1, 2] for those of
            each filter of a Conv2D.
    """

    max_value: float = 2.0
    axis: Axis = 0

    def __post_init__(self) -> None:
        """Check the arguments."""
        set_field(self, max_value=_limit(self.max_value, "max_value"), axis=_axes(self.axis))

    @property
    def bounds(self) -> tuple[float, float, float]:
        """Return (0, max_value, 1)."""
        return (0.0, self.max_value, 1.0)


@dataclass(frozen=True)
class UnitNorm(NormConstraint):
    """Make all norms 1.

    Attributes:
        axis: As `MaxNorm` has it.
    """

    axis: Axis = 0

    def __post_init__(self) -> None:
        """Check the axes."""
        set_field(self, axis=_axes(self.axis))

    @property
    def bounds(self) -> tuple[float, float, float]:
        """Return (1, 1, 1)."""
        return (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class MinMaxNorm(NormConstraint):
    """Bring norms between two limits, or nearer to them.

    Attributes:
        min_value: The smallest norm.
        max_value: The largest one.
        rate: How much of the way each step goes, from 0 to 1.
        axis: As `MaxNorm` has it.
    """

    min_value: float = 0.0
    max_value: float = 1.0
    rate: float = 1.0
    axis: Axis = 0

    def __post_init__(self) -> None:
        """Check the arguments."""
        low, high = _limit(self.min_value, "min_value"), _limit(self.max_value, "max_value")
        set_field(self, min_value=low, max_value=high, rate=_limit(self.rate, "rate"), axis=_axes(self.axis))
        if low > high:
            got = f"min_value={low}, max_value={high}"
            raise NetworkError(explain(expected="min_value to be at most max_value", got=got))
        if self.rate > 1:
            raise NetworkError(explain(expected="rate to be a number from 0 to 1", got=repr(self.rate)))

    @property
    def bounds(self) -> tuple[float, float, float]:
        """Return what was given."""
        return (self.min_value, self.max_value, self.rate)


CONSTRAINTS: Final[dict[str, type[Constraint]]] = {
    "MaxNorm": MaxNorm,
    "NonNeg": NonNeg,
    "UnitNorm": UnitNorm,
    "MinMaxNorm": MinMaxNorm,
}
_SMALL: Final[dict[str, type[Constraint]]] = {
    "max_norm": MaxNorm,
    "non_neg": NonNeg,
    "unit_norm": UnitNorm,
    "min_max_norm": MinMaxNorm,
}
_KNOWN: Final = Known(
    "a constraint",
    Constraint,
    CONSTRAINTS,
    {**CONSTRAINTS, **_SMALL},
    frozenset({"Constraint", "constraint"}),
    "'max_norm', or constraints.MaxNorm(3, axis=[0, 1, 2])",
    '{ class_name = "MaxNorm", config = { max_value = 3, axis = [0, 1, 2] } }',
)


def get(identifier: Any) -> Constraint | None:  # noqa: ANN401 - whatever a user writes
    """Read a constraint in any of Keras' spellings; None stays None.

    Raises:
        NetworkError: If it names no constraint, or gives one a wrong argument.
        NotSupportedError: If Keras has it and cnnlab does not, or it is one of the user's own.

    Example:
        >>> get("max_norm"), get({"class_name": "UnitNorm", "config": {"axis": [0, 1, 2]}})
        (MaxNorm(max_value=2.0, axis=0), UnitNorm(axis=(0, 1, 2)))
    """
    return None if identifier is None else _KNOWN.read(identifier)


def _limit(value: object, what: str) -> float:
    found = number(value, what)
    if found < 0:
        raise NetworkError(explain(expected=f"{what} to be a number that is not negative", got=repr(value)))
    return found


def _axes(value: object) -> int | tuple[int, ...]:
    """Read one axis or a list of them; Keras' None, for all, would have no word in a study file."""
    if value is None:
        expected, fix = "axis= to list its axes", "Write axis=[0, 1, 2, 3] for all of a convolution's kernel."
        raise NotSupportedError(explain(expected=expected, got="axis=None", fix=fix))
    if isinstance(value, list | tuple) and value:
        return tuple(_axis(one) for one in value)
    return _axis(value)


def _axis(value: object) -> int:
    try:
        index = None if isinstance(value, bool) else operator.index(cast(SupportsIndex, value))
    except TypeError:
        index = None
    if index is None:
        raise NetworkError(explain(expected="axis= to be a whole number, or a list of them", got=repr(value)))
    return index

"""Keras' weight regularizers as plain data, with its names, arguments and defaults: a penalty that the loss contains.

The penalty of an array w is ``l1 * sum(abs(w)) + l2 * sum(w ** 2)``, taken once for a batch, of the weights before the
step; its gradient is ``l1 * sign(w) + 2 * l2 * w``. The sign of 0 is taken for 1, as Keras on JAX has it; on TensorFlow
and PyTorch it is 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from cnnlab.arch.arguments import ArgumentType, number, set_field
from cnnlab.arch.known import Known
from cnnlab.errors import NetworkError, explain

_MOST: Final = 1e30  # beyond it twice a factor would be no number in float32


@dataclass(frozen=True)
class Regularizer(metaclass=ArgumentType):
    """What large weights cost."""

    # Configurations of Keras 2 carry a dtype.
    neutral: ClassVar[Mapping[str, tuple[Any, ...]]] = {"dtype": ("float32", None)}

    @property
    def factors(self) -> tuple[float, float]:
        """Return what the sum of magnitudes and the sum of squares are multiplied by."""
        return (0.0, 0.0)


@dataclass(frozen=True)
class L1(Regularizer):
    """``l1 * sum(abs(w))``: it draws weights to 0 itself.

    Attributes:
        l1: Keras' default is 0.01.
    """

    l1: float = 0.01

    def __post_init__(self) -> None:
        """Check the factor."""
        set_field(self, l1=_factor(self.l1, "l1", 0.01))

    @property
    def factors(self) -> tuple[float, float]:
        """Return (l1, 0)."""
        return (self.l1, 0.0)


@dataclass(frozen=True)
class L2(Regularizer):
    """``l2 * sum(w ** 2)``, without the half that some texts put before it.

    Attributes:
        l2: Keras' default is 0.01.
    """

    l2: float = 0.01

    def __post_init__(self) -> None:
        """Check the factor."""
        set_field(self, l2=_factor(self.l2, "l2", 0.01))

    @property
    def factors(self) -> tuple[float, float]:
        """Return (0, l2)."""
        return (0.0, self.l2)


@dataclass(frozen=True)
class L1L2(Regularizer):
    """Both together.

    Attributes:
        l1: Of the sum of magnitudes; Keras' default here is 0.
        l2: Of the sum of squares; likewise.
    """

    l1: float = 0.0
    l2: float = 0.0

    def __post_init__(self) -> None:
        """Check the factors."""
        set_field(self, l1=_factor(self.l1, "l1", 0.0), l2=_factor(self.l2, "l2", 0.0))

    @property
    def factors(self) -> tuple[float, float]:
        """Return (l1, l2)."""
        return (self.l1, self.l2)


REGULARIZERS: Final[dict[str, type[Regularizer]]] = {"L1": L1, "L2": L2, "L1L2": L1L2}
_KNOWN: Final = Known(
    "a regularizer",
    Regularizer,
    REGULARIZERS,
    {**REGULARIZERS, "l1": L1, "l2": L2, "l1_l2": L1L2, "l1l2": L1L2},
    frozenset({"OrthogonalRegularizer", "orthogonal_regularizer", "Regularizer", "regularizer"}),
    "'l2', or regularizers.L2(0.001)",
    '{ class_name = "L2", config = { l2 = 0.001 } }',
)


def get(identifier: Any) -> Regularizer | None:  # noqa: ANN401 - whatever a user writes
    """Read a regularizer in any of Keras' spellings; None stays None.

    Raises:
        NetworkError: If it names no regularizer, or gives one a wrong argument.
        NotSupportedError: If Keras has it and cnnlab does not, or it is one of the user's own.

    Example:
        >>> get("l2"), get({"class_name": "L1L2", "config": {"l1": 0.1}})
        (L2(l2=0.01), L1L2(l1=0.1, l2=0.0))
    """
    return None if identifier is None else _KNOWN.read(identifier)


def _factor(value: object, what: str, default: float) -> float:
    """Read a factor; None is the default, as in Keras."""
    if value is None:
        return default
    found = number(value, what)
    if not 0 <= found <= _MOST:
        raise NetworkError(explain(expected=f"{what} to be a number from 0 to {_MOST:g}", got=repr(value)))
    return found

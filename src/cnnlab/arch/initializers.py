"""Keras' initializers as plain data, with its names, arguments and defaults; `initial` draws their numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any, ClassVar, Final

from cnnlab.arch.arguments import ArgumentType, number, one_of, set_field, whole
from cnnlab.arch.known import Known
from cnnlab.errors import NetworkError, explain
from cnnlab.randomness import check_seed

Axes = tuple[int, ...]


@dataclass(frozen=True)
class Initializer(metaclass=ArgumentType):
    """How a weight is filled before training."""

    # Configurations of Keras 2 carry a dtype.
    neutral: ClassVar[Mapping[str, tuple[Any, ...]]] = {"dtype": ("float32", None)}


@dataclass(frozen=True)
class Zeros(Initializer):
    """All 0."""


@dataclass(frozen=True)
class Ones(Initializer):
    """All 1."""


@dataclass(frozen=True)
class Constant(Initializer):
    """All one value."""

    value: float = 0.0

    def __post_init__(self) -> None:
        """Check the value."""
        set_field(self, value=number(self.value, "value"))


@dataclass(frozen=True)
class RandomUniform(Initializer):
    """Uniform between two bounds.

    Attributes:
        minval: Lower bound.
        maxval: Upper bound.
        seed: Its own; None takes the run's.
    """

    minval: float = -0.05
    maxval: float = 0.05
    seed: int | None = None

    def __post_init__(self) -> None:
        """Check the bounds and the seed."""
        set_field(self, minval=number(self.minval, "minval"), maxval=number(self.maxval, "maxval"), seed=_seed(self))
        if self.minval > self.maxval:
            raise NetworkError(
                explain(expected="minval to be at most maxval", got=f"minval={self.minval}, maxval={self.maxval}")
            )


@dataclass(frozen=True)
class RandomNormal(Initializer):
    """Normal.

    Attributes:
        mean: Of the distribution.
        stddev: Its standard deviation.
        seed: Its own; None takes the run's.
    """

    mean: float = 0.0
    stddev: float = 0.05
    seed: int | None = None

    def __post_init__(self) -> None:
        """Check the moments and the seed."""
        set_field(self, mean=number(self.mean, "mean"), stddev=number(self.stddev, "stddev"), seed=_seed(self))
        if self.stddev < 0:
            raise NetworkError(explain(expected="stddev to be a number, at least 0", got=repr(self.stddev)))


@dataclass(frozen=True)
class TruncatedNormal(RandomNormal):
    """Normal without what lies more than two standard deviations from the mean.

    Attributes:
        mean: Of the distribution.
        stddev: Its standard deviation before the tails are cut off.
        seed: Its own; None takes the run's.
    """


@dataclass(frozen=True)
class VarianceScaling(Initializer):
    """A variance that fits the shape of the weight: scale / n, n being its fan in, its fan out or their mean.

    Attributes:
        scale: Above 0.
        mode: "fan_in", "fan_out" or "fan_avg".
        distribution: "truncated_normal" (also spelled "normal"), "untruncated_normal" or "uniform".
        seed: Its own; None takes the run's.
        input_axes: Axes of the weight that count as inputs; None for those of a kernel.
        output_axes: Axes that count as outputs; both or none of the two are given.
    """

    scale: float = 1.0
    mode: str = "fan_in"
    distribution: str = "truncated_normal"
    seed: int | None = None
    input_axes: Axes | None = None
    output_axes: Axes | None = None

    def __post_init__(self) -> None:
        """Bring every accepted spelling into one."""
        distribution = one_of(
            self.distribution, ("truncated_normal", "normal", "untruncated_normal", "uniform"), "distribution"
        )
        set_field(
            self,
            scale=number(self.scale, "scale"),
            mode=one_of(self.mode, ("fan_in", "fan_out", "fan_avg"), "mode"),
            distribution="truncated_normal" if distribution == "normal" else distribution,
            seed=_seed(self),
            input_axes=_axes(self.input_axes, "input_axes"),
            output_axes=_axes(self.output_axes, "output_axes"),
        )
        if self.scale <= 0:
            raise NetworkError(explain(expected="scale to be a number above 0", got=repr(self.scale)))
        if (self.input_axes is None) != (self.output_axes is None):
            raise NetworkError(
                explain(
                    expected="both input_axes and output_axes, or neither",
                    got=f"input_axes={self.input_axes}, output_axes={self.output_axes}",
                )
            )

    def variance(self, shape: tuple[int, ...]) -> float:
        """Return the variance of a weight of this shape."""
        fan_in, fan_out = self.fans(shape)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        return self.scale / max(1.0, fan)

    def fans(self, shape: tuple[int, ...]) -> tuple[int, int]:
        """Count the inputs and the outputs of a weight, as Keras does.

        Args:
            shape: Of the weight: (y, x, c, f) of a convolution's kernel, (inputs, units) of a dense one, (c,) of a bias
                or a batch normalization.

        Returns:
            Fan in and fan out.

        Example:
            >>> VarianceScaling().fans((3, 3, 20, 10))
            (180, 90)
        """
        if self.input_axes is not None and self.output_axes is not None:
            return _size_of(shape, self.input_axes), _size_of(shape, self.output_axes)
        if len(shape) == 1:
            return shape[0], shape[0]
        taps = prod(shape[:-2])
        return shape[-2] * taps, shape[-1] * taps


def _fixed(value: Any) -> Any:  # noqa: ANN401 - a dataclass field, typed by its annotation
    """Make a field of a class that its users cannot set."""
    return field(default=value, init=False, repr=False)


@dataclass(frozen=True)
class GlorotUniform(VarianceScaling):
    """Uniform in [-limit, limit] with limit = sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio, 2010)."""

    scale: float = _fixed(1.0)
    mode: str = _fixed("fan_avg")
    distribution: str = _fixed("uniform")


@dataclass(frozen=True)
class GlorotNormal(VarianceScaling):
    """Truncated normal with stddev = sqrt(2 / (fan_in + fan_out)) (Glorot and Bengio, 2010)."""

    scale: float = _fixed(1.0)
    mode: str = _fixed("fan_avg")
    distribution: str = _fixed("truncated_normal")


@dataclass(frozen=True)
class HeUniform(VarianceScaling):
    """Uniform in [-limit, limit] with limit = sqrt(6 / fan_in) (He et al., 2015)."""

    scale: float = _fixed(2.0)
    mode: str = _fixed("fan_in")
    distribution: str = _fixed("uniform")


@dataclass(frozen=True)
class HeNormal(VarianceScaling):
    """Truncated normal with stddev = sqrt(2 / fan_in) (He et al., 2015)."""

    scale: float = _fixed(2.0)
    mode: str = _fixed("fan_in")
    distribution: str = _fixed("truncated_normal")


@dataclass(frozen=True)
class LecunUniform(VarianceScaling):
    """Uniform in [-limit, limit] with limit = sqrt(3 / fan_in) (LeCun et al., 1998)."""

    scale: float = _fixed(1.0)
    mode: str = _fixed("fan_in")
    distribution: str = _fixed("uniform")


@dataclass(frozen=True)
class LecunNormal(VarianceScaling):
    """Truncated normal with stddev = sqrt(1 / fan_in) (LeCun et al., 1998)."""

    scale: float = _fixed(1.0)
    mode: str = _fixed("fan_in")
    distribution: str = _fixed("truncated_normal")


INITIALIZERS: Final[dict[str, type[Initializer]]] = {
    "Zeros": Zeros,
    "Ones": Ones,
    "Constant": Constant,
    "RandomUniform": RandomUniform,
    "RandomNormal": RandomNormal,
    "TruncatedNormal": TruncatedNormal,
    "VarianceScaling": VarianceScaling,
    "GlorotUniform": GlorotUniform,
    "GlorotNormal": GlorotNormal,
    "HeUniform": HeUniform,
    "HeNormal": HeNormal,
    "LecunUniform": LecunUniform,
    "LecunNormal": LecunNormal,
}
_NAMES: Final[dict[str, type[Initializer]]] = {
    **INITIALIZERS,
    "zeros": Zeros,
    "zero": Zeros,
    "ones": Ones,
    "one": Ones,
    "constant": Constant,
    "random_uniform": RandomUniform,
    "uniform": RandomUniform,
    "random_normal": RandomNormal,
    "normal": RandomNormal,
    "truncated_normal": TruncatedNormal,
    "variance_scaling": VarianceScaling,
    "glorot_uniform": GlorotUniform,
    "glorot_normal": GlorotNormal,
    "he_uniform": HeUniform,
    "he_normal": HeNormal,
    "lecun_uniform": LecunUniform,
    "lecun_normal": LecunNormal,
}
_KERAS_ONLY: Final = frozenset(
    {
        "Orthogonal",
        "orthogonal",
        "OrthogonalInitializer",
        "Identity",
        "identity",
        "IdentityInitializer",
        "STFT",
        "STFTInitializer",
        "stft",
    }
)
_KNOWN: Final = Known(
    "an initializer",
    Initializer,
    INITIALIZERS,
    _NAMES,
    _KERAS_ONLY,
    "'glorot_uniform', or initializers.RandomNormal(stddev=0.05)",
    '{ class_name = "RandomNormal", config = { stddev = 0.05 } }',
)


def get(identifier: Any) -> Initializer:  # noqa: ANN401 - whatever a user writes
    """Read an initializer in any of Keras' spellings.

    Args:
        identifier: A name ("glorot_uniform", "GlorotUniform"), an initializer, its class, or Keras' configuration
            ``{"class_name": ..., "config": {...}}``.

    Raises:
        NetworkError: If it names no initializer, or gives one a wrong argument.
        NotSupportedError: If Keras has it and cnnlab does not, or it is one of the user's own.

    Example:
        >>> get("he_normal")
        HeNormal(seed=None, input_axes=None, output_axes=None)
    """
    return _KNOWN.read(identifier)


def _seed(initializer: Any) -> int | None:  # noqa: ANN401 - any initializer that has a seed
    """Check an initializer's own seed."""
    seed = initializer.seed
    return None if seed is None else check_seed(seed, f"{type(initializer).__name__} seed")


def _axes(value: object, what: str) -> Axes | None:
    """Read a list of axes; negative ones count from the end."""
    if value is None:
        return None
    if not isinstance(value, list | tuple):
        raise NetworkError(explain(expected=f"{what} to be a list of axes", got=repr(value)))
    return tuple(whole(axis, what, least=-4) for axis in value)


def _size_of(shape: tuple[int, ...], axes: Axes) -> int:
    """Multiply the axes that are named."""
    try:
        return prod(shape[axis] for axis in axes)
    except IndexError:
        raise NetworkError(explain(expected=f"axes of a weight of shape {shape}", got=str(axes))) from None

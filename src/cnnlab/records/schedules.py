"""Learning-rate schedules as plain data, with Keras 3.15's names, argument names and defaults.

`cnnlab.backends.learning_rates` has what they mean: the learning rate of step t, counted from 0.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import ClassVar

from cnnlab.errors import UsageError, explain
from cnnlab.records.checks import Range, check_fields, check_number

_RATE = Range()
_COUNT = Range(1)


@dataclass(frozen=True)
class LearningRateSchedule:
    """What all schedules share: an optimizer takes one in place of a fixed learning rate.

    A number of steps may also be a fraction, as in Keras; a whole one is kept as such.
    """

    ranges: ClassVar[dict[str, Range]] = {
        "initial_learning_rate": _RATE,
        "end_learning_rate": _RATE,
        "max_learning_rate": _RATE,
        "warmup_target": _RATE,
        "decay_rate": Range(),
        "alpha": Range(),
        "power": Range(),
        "t_mul": Range(1),
        "m_mul": Range(),
        "decay_steps": _COUNT,
        "first_decay_steps": _COUNT,
        "warmup_steps": Range(),
        "total_steps": _COUNT,
        "rise_share": Range(0, 1),
        "start_divisor": Range(1),
        "final_divisor": Range(1),
    }

    def __post_init__(self) -> None:
        """Check every argument.

        Raises:
            UsageError: If one is out of its range; the message names it.
        """
        check_fields(self, self.ranges, self._what)
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name.endswith("_steps") and value == int(value):
                object.__setattr__(self, field.name, int(value))

    @property
    def _what(self) -> str:
        return f"schedule {type(self).__name__}"


@dataclass(frozen=True)
class ExponentialDecay(LearningRateSchedule):
    """initial_learning_rate * decay_rate ** (step / decay_steps).

    Attributes:
        initial_learning_rate: Of step 0.
        decay_steps: Steps for one factor of ``decay_rate``.
        decay_rate: The factor.
        staircase: Whether step / decay_steps is rounded down: the rate falls only every ``decay_steps`` steps.
    """

    initial_learning_rate: float
    decay_steps: float
    decay_rate: float
    staircase: bool = False


@dataclass(frozen=True)
class InverseTimeDecay(LearningRateSchedule):
    """initial_learning_rate / (1 + decay_rate * step / decay_steps).

    Attributes:
        initial_learning_rate: Of step 0.
        decay_steps: Steps in which the divisor grows by ``decay_rate``.
        decay_rate: How fast it grows.
        staircase: Whether step / decay_steps is rounded down.
    """

    initial_learning_rate: float
    decay_steps: float
    decay_rate: float
    staircase: bool = False


@dataclass(frozen=True)
class PolynomialDecay(LearningRateSchedule):
    """(initial_learning_rate - end_learning_rate) * (1 - step / decay_steps) ** power + end_learning_rate.

    Attributes:
        initial_learning_rate: Of step 0.
        decay_steps: Steps of the fall.
        end_learning_rate: From then on.
        power: 1 for a straight line.
        cycle: Whether, instead of staying at the end, the fall starts anew over twice, three times ... as many steps.
    """

    initial_learning_rate: float
    decay_steps: float
    end_learning_rate: float = 0.0001
    power: float = 1.0
    cycle: bool = False


@dataclass(frozen=True)
class CosineDecay(LearningRateSchedule):
    """Half a cosine down, after a straight line up where there is a ``warmup_target``.

    Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts" (2016); the warm-up is that of Goyal
    and others, "Accurate, Large Minibatch SGD" (2017).

    Attributes:
        initial_learning_rate: Of step 0.
        decay_steps: Steps of the fall, those of the warm-up not counted.
        alpha: Where the fall ends, as a share of where it begins.
        warmup_target: Where the warm-up ends and the fall begins; None for a fall from ``initial_learning_rate``.
        warmup_steps: Steps of the warm-up.
    """

    initial_learning_rate: float
    decay_steps: float
    alpha: float = 0.0
    warmup_target: float | None = None
    warmup_steps: float = 0

    def __post_init__(self) -> None:
        """Check every argument.

        Raises:
            UsageError: If one is out of its range, or there are steps of a warm-up that has no target, which Keras
                would ignore without a word.
        """
        super().__post_init__()
        if self.warmup_steps and self.warmup_target is None:
            raise UsageError(
                explain(
                    expected="a warmup_target beside warmup_steps",
                    got="none",
                    where=self._what,
                    fix="The rate rises from initial_learning_rate to warmup_target, then it falls.",
                )
            )


@dataclass(frozen=True)
class CosineDecayRestarts(LearningRateSchedule):
    """Half a cosine down, again and again (Loshchilov and Hutter, 2016).

    Attributes:
        initial_learning_rate: Of step 0.
        first_decay_steps: Steps of the first fall.
        t_mul: How many times longer each next fall is, at least 1.
        m_mul: How many times higher each next fall begins.
        alpha: The lowest rate, as a share of ``initial_learning_rate``.
    """

    initial_learning_rate: float
    first_decay_steps: float
    t_mul: float = 2.0
    m_mul: float = 1.0
    alpha: float = 0.0


@dataclass(frozen=True)
class PiecewiseConstantDecay(LearningRateSchedule):
    """One rate up to and including a step, then another.

    Attributes:
        boundaries: The last step of each rate but the last one, rising.
        values: The rates, one more than boundaries.
    """

    boundaries: tuple[float, ...]
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        """Check both lists and keep them as tuples of plain numbers.

        Raises:
            UsageError: If one holds something else, boundaries do not rise, or there are not as many as needed.
        """
        boundaries = self._numbers("boundaries", Range())
        values = self._numbers("values", _RATE)
        object.__setattr__(self, "boundaries", tuple(int(one) if one == int(one) else one for one in boundaries))
        object.__setattr__(self, "values", values)
        if not boundaries or len(values) != len(boundaries) + 1:
            got = f"{len(boundaries)} boundaries and {len(values)} values"
            expected = "at least one boundary, and one value more than boundaries"
            raise UsageError(explain(expected=expected, got=got, where=self._what))
        if any(low >= high for low, high in pairwise(boundaries)):
            raise UsageError(
                explain(expected="rising numbers", got=repr(list(self.boundaries)), where=f"{self._what}, boundaries")
            )

    def _numbers(self, name: str, allowed: Range) -> tuple[float, ...]:
        given, place = getattr(self, name), f"{self._what}, {name}"
        if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
            raise UsageError(explain(expected="a list of numbers", got=repr(given), where=place))
        return tuple(check_number(one, allowed, place) for one in given)


@dataclass(frozen=True)
class OneCycle(LearningRateSchedule):
    """One rise and one fall over a whole training, each half a cosine. Keras has no such schedule.

    Smith and Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates" (2018), where
    the legs are straight; with cosines it is what fastai and PyTorch call by this name, with the same defaults and
    the same rate at every step. Only the learning rate has a cycle here, not the momentum.

    Attributes:
        max_learning_rate: Where the rise ends.
        total_steps: Steps of the training: epochs times steps of an epoch. Later ones stay at the last one's rate.
        rise_share: Share of the steps that the rise takes.
        start_divisor: Step 0 has max_learning_rate / start_divisor.
        final_divisor: The last step has that of step 0 / final_divisor.
    """

    max_learning_rate: float
    total_steps: float
    rise_share: float = 0.3
    start_divisor: float = 25.0
    final_divisor: float = 10_000.0

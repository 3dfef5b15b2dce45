"""Optimizers as plain data, with Keras 3.15's names, argument names and defaults."""

from dataclasses import dataclass, field
from typing import ClassVar

from cnnlab.errors import UsageError, explain
from cnnlab.records.checks import Range, check_fields
from cnnlab.records.schedules import LearningRateSchedule

_SHARE = Range(0, 1)
_SHARE_BELOW_1 = Range(0, 1, open_end=True)
_ABOVE_0 = Range(open_start=True)
_CLIPS = ("clipnorm", "clipvalue", "global_clipnorm")


@dataclass(frozen=True, kw_only=True)
class Optimizer:
    """What all optimizers share; the first argument of each is its learning rate, a number or a schedule.

    Attributes:
        weight_decay: Before each update every trained weight is made smaller by weight_decay * learning_rate * itself.
        clipnorm: Each gradient on its own is scaled down to at most this L2 norm.
        clipvalue: Each gradient's elements are cut to [-clipvalue, clipvalue].
        global_clipnorm: All gradients together are scaled down to at most this L2 norm. At most one of the three.
        use_ema: Keep an exponential moving average of the weights, which replaces them every
            ``ema_overwrite_frequency`` steps, or at the end of training where that is None.
        ema_momentum: Share of the old average that stays at each step.
        ema_overwrite_frequency: Steps between two replacements.
        loss_scale_factor: Accepted for Keras' sake; scaling and unscaling leave the gradients as they are.
        decay: The learning rate of update t, counted from 0, is learning_rate / (1 + decay * t): the ``decay=`` that
            Keras had before version 3. It needs a learning rate that is a number.
        gradient_accumulation_steps: Apply the mean gradient of this many batches at once, at least 2; None for each.
    """

    weight_decay: float | None = None
    clipnorm: float | None = None
    clipvalue: float | None = None
    global_clipnorm: float | None = None
    use_ema: bool = False
    ema_momentum: float = 0.99
    ema_overwrite_frequency: int | None = None
    loss_scale_factor: float | None = None
    gradient_accumulation_steps: int | None = None
    decay: float = 0.0

    ranges: ClassVar[dict[str, Range]] = {
        "weight_decay": Range(),
        "clipnorm": _ABOVE_0,
        "clipvalue": _ABOVE_0,
        "global_clipnorm": _ABOVE_0,
        "ema_momentum": _SHARE,
        "ema_overwrite_frequency": Range(1, whole=True),
        "loss_scale_factor": _ABOVE_0,
        "gradient_accumulation_steps": Range(2, whole=True),
        "decay": Range(),
        "learning_rate": Range(),
        "epsilon": Range(),
        "momentum": _SHARE,
        "rho": _SHARE,
        "beta_1": _SHARE_BELOW_1,
        "beta_2": _SHARE_BELOW_1,
        "initial_accumulator_value": Range(),
    }

    def __post_init__(self) -> None:
        """Check every argument.

        Raises:
            UsageError: If one is out of its range, more than one kind of clipping is asked for, or the old ``decay``
                beside a schedule.
        """
        what = f"optimizer {type(self).__name__}"
        schedule = getattr(self, "learning_rate", None)
        if isinstance(schedule, LearningRateSchedule):
            check_fields(self, {name: one for name, one in self.ranges.items() if name != "learning_rate"}, what)
            self._refuse_decay(schedule, what)
        else:
            check_fields(self, self.ranges, what)
        clips = [name for name in _CLIPS if getattr(self, name) is not None]
        if len(clips) > 1:
            raise UsageError(explain(expected=f"one of {', '.join(_CLIPS)}", got=" and ".join(clips), where=what))

    def start_of(self, slot: str) -> float:
        """Return what a slot, the memory of a weight, holds in each place before the first step."""
        del slot
        return 0.0

    def _refuse_decay(self, schedule: LearningRateSchedule, what: str) -> None:
        """Refuse two answers to one question: the old ``decay`` is a schedule itself."""
        if self.decay:
            got, fix = f"decay={self.decay!r}", "Leave decay= out."
            expected = f"no decay beside learning_rate={type(schedule).__name__}(...)"
            raise UsageError(explain(expected=expected, got=got, where=what, fix=fix))


@dataclass(frozen=True)
class Adam(Optimizer):
    """Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2014), with epsilon outside the root."""

    learning_rate: float | LearningRateSchedule = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7
    amsgrad: bool = False


@dataclass(frozen=True)
class AdamW(Adam):
    """Loshchilov and Hutter, "Decoupled Weight Decay Regularization" (2017): Adam that always decays weights."""

    weight_decay: float | None = field(default=0.004, kw_only=True)

    def __post_init__(self) -> None:
        """Check every argument; see `Optimizer`."""
        super().__post_init__()
        if self.weight_decay is None:
            fix = "Write Adam() for none."
            raise UsageError(
                explain(expected="weight_decay to be a number", got="None", where="optimizer AdamW", fix=fix)
            )


@dataclass(frozen=True)
class Nadam(Optimizer):
    """Dozat, "Incorporating Nesterov Momentum into Adam" (2016), with the paper's growing momentum."""

    learning_rate: float | LearningRateSchedule = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7


@dataclass(frozen=True)
class Adamax(Optimizer):
    """Adam over the largest recent gradient, from the same paper as Adam, section 7.1."""

    learning_rate: float | LearningRateSchedule = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7


@dataclass(frozen=True)
class Adagrad(Optimizer):
    """Duchi, Hazan and Singer, "Adaptive Subgradient Methods" (2011): steps over the sum of all squared gradients."""

    learning_rate: float | LearningRateSchedule = 0.001
    initial_accumulator_value: float = 0.1
    epsilon: float = 1e-7

    def start_of(self, slot: str) -> float:
        """Return where a slot starts; see `Optimizer`."""
        return self.initial_accumulator_value if slot == "accumulator" else 0.0


@dataclass(frozen=True)
class SGD(Optimizer):
    """Gradient descent, with momentum (Nesterov's on request)."""

    learning_rate: float | LearningRateSchedule = 0.01
    momentum: float = 0.0
    nesterov: bool = False


@dataclass(frozen=True)
class RMSprop(Optimizer):
    """Hinton's running mean of squared gradients, with optional momentum and centring."""

    learning_rate: float | LearningRateSchedule = 0.001
    rho: float = 0.9
    momentum: float = 0.0
    epsilon: float = 1e-7
    centered: bool = False


@dataclass(frozen=True)
class Adadelta(Optimizer):
    """Zeiler, "ADADELTA: An Adaptive Learning Rate Method" (2012).

    The paper's learning rate is 1.0, and so was the default of old Keras; Keras 3's is 0.001, and so is this one.
    """

    learning_rate: float | LearningRateSchedule = 0.001
    rho: float = 0.95
    epsilon: float = 1e-7

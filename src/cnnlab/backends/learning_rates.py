"""The learning rate of each training step, one answer for every backend, in float64, with the same bits everywhere."""

from bisect import bisect_left
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from cnnlab.backends.interface import Array
from cnnlab.backends.powers import exp2_of, half_cosine, log2_of_ratio, power
from cnnlab.errors import NotSupportedError, UsageError, explain
from cnnlab.records import (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    LearningRateSchedule,
    OneCycle,
    Optimizer,
    PiecewiseConstantDecay,
    PolynomialDecay,
)
from cnnlab.records.checks import check_number

RateOfStep = Callable[[int], float]


class LearningRate:
    """The learning rate of one training: what its optimizer says, or what has been set since.

    A step is one batch, counted from 0. A schedule is asked by the step, also where gradients of several batches are
    accumulated for one update: so does Keras 3.15. The old ``decay`` counts updates.

    Args:
        optimizer: Whose.

    Raises:
        NotSupportedError: If its schedule is none of cnnlab's.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        given: float | LearningRateSchedule = _given(optimizer)
        self._schedule = given if isinstance(given, LearningRateSchedule) else None
        self._of_step = rate_of_step(given) if isinstance(given, LearningRateSchedule) else None
        self._base = 0.0 if isinstance(given, LearningRateSchedule) else given
        self._decay = optimizer.decay
        self._together = optimizer.gradient_accumulation_steps or 1

    def at(self, step: int) -> float:
        """Return the rate by which a step, or the update it belongs to, moves the weights."""
        if self._of_step is not None:
            return self._of_step(step)
        return self._base / (1 + self._decay * (step // self._together))

    def shown(self, step: int) -> float:
        """Return what Keras' ``optimizer.learning_rate`` says before a step: the old ``decay`` is not yet in it."""
        return self._base if self._of_step is None else self._of_step(step)

    def set(self, value: float, where: str) -> None:
        """Replace the rate from the next step on.

        Args:
            value: A number that is not negative.
            where: The place that a message should name.

        Raises:
            UsageError: If it is something else, or the optimizer has a schedule.
        """
        if self._schedule is not None:
            raise UsageError(
                explain(
                    expected="an optimizer whose learning rate is a number, to set another one",
                    got=f"{type(self._schedule).__name__}, which decides it alone",
                    where=f"{where}, learning_rate",
                    fix="Make the optimizer with learning_rate=0.001 or another number.",
                )
            )
        self._base = check_number(value, Optimizer.ranges["learning_rate"], f"{where}, learning_rate")

    def state(self) -> dict[str, Array]:
        """Return what must be kept for a run that goes on: the rate, where it may have been set."""
        return {} if self._schedule is not None else {"learning_rate": np.array(self._base, np.float64)}

    def set_state(self, state: dict[str, Array], where: str) -> None:
        """Take back what `state` returned."""
        if self._schedule is None:
            self.set(float(state["learning_rate"]), where)


def _given(optimizer: Any) -> Any:  # noqa: ANN401 - every kind has a rate, their base has not
    return optimizer.learning_rate


def rate_of_step(schedule: LearningRateSchedule) -> RateOfStep:
    """Return a schedule's learning rate as a function of the step, counted from 0.

    Raises:
        NotSupportedError: If it is none of cnnlab's.

    Example:
        >>> rate = rate_of_step(ExponentialDecay(0.5, decay_steps=10, decay_rate=0.25))
        >>> rate(0), rate(5), rate(10)
        (0.5, 0.25, 0.125)
    """
    if type(schedule) not in _RATES:
        known = ", ".join(kind.__name__ for kind in _RATES)
        raise NotSupportedError(
            explain(expected=f"one of {known}", got=type(schedule).__name__, where="the optimizer's learning_rate")
        )
    return _RATES[type(schedule)](schedule)


def _exponential(schedule: ExponentialDecay) -> RateOfStep:
    first, base = schedule.initial_learning_rate, schedule.decay_rate
    whole, parts = schedule.decay_steps.as_integer_ratio()
    if not base:
        return lambda step: 0.0 if step >= (schedule.decay_steps if schedule.staircase else 1) else first
    logarithm = log2_of_ratio(*base.as_integer_ratio())
    if schedule.staircase:
        return lambda step: first * exp2_of(step * parts // whole * logarithm)
    return lambda step: first * exp2_of(step * parts * logarithm // whole)


def _inverse_time(schedule: InverseTimeDecay) -> RateOfStep:
    first, steps, growth = schedule.initial_learning_rate, schedule.decay_steps, schedule.decay_rate
    if schedule.staircase:
        return lambda step: first / (1 + growth * (step // steps))
    return lambda step: first / (1 + growth * (step / steps))


def _polynomial(schedule: PolynomialDecay) -> RateOfStep:
    end, exponent = schedule.end_learning_rate, schedule.power
    height = schedule.initial_learning_rate - end

    def rate(step: int) -> float:
        steps = schedule.decay_steps
        if schedule.cycle:
            steps *= max(-(-step // steps), 1)
        share = (steps - min(step, steps)) / steps
        return height * power(share, exponent) + end

    return rate


def _cosine(schedule: CosineDecay) -> RateOfStep:
    first, steps, alpha = schedule.initial_learning_rate, schedule.decay_steps, schedule.alpha
    target, warmup = schedule.warmup_target, schedule.warmup_steps
    top = first if target is None else target

    def rate(step: int) -> float:
        if step < warmup:
            return (top - first) * (step / warmup) + first
        return top * ((1 - alpha) * half_cosine(min(step - warmup, steps), steps) + alpha)

    return rate


def _cosine_restarts(schedule: CosineDecayRestarts) -> RateOfStep:
    first, alpha = schedule.initial_learning_rate, schedule.alpha
    beginning = (0.0, float(schedule.first_decay_steps), 1.0)
    fall = beginning  # the first step of the present one, its steps, and its height

    def rate(step: int) -> float:
        nonlocal fall
        if step < fall[0]:
            fall = beginning
        while step >= fall[0] + fall[1]:
            fall = fall[0] + fall[1], fall[1] * schedule.t_mul, fall[2] * schedule.m_mul
        cosine = fall[2] * half_cosine(step - fall[0], fall[1])
        return first * ((1 - alpha) * cosine + alpha)

    return rate


def _piecewise_constant(schedule: PiecewiseConstantDecay) -> RateOfStep:
    return lambda step: schedule.values[bisect_left(schedule.boundaries, step)]


def _one_cycle(schedule: OneCycle) -> RateOfStep:
    top, last = schedule.max_learning_rate, schedule.total_steps - 1
    first = top / schedule.start_divisor
    final = first / schedule.final_divisor
    peak = max(schedule.rise_share * schedule.total_steps - 1, 0.0)

    def rate(step: int) -> float:
        if step < peak:
            return top + (first - top) * half_cosine(step, peak)
        if peak < last:
            return final + (top - final) * half_cosine(min(step, last) - peak, last - peak)
        return top

    return rate


_RATES: Final[dict[type[LearningRateSchedule], Callable[[Any], RateOfStep]]] = {
    CosineDecay: _cosine,
    CosineDecayRestarts: _cosine_restarts,
    ExponentialDecay: _exponential,
    InverseTimeDecay: _inverse_time,
    OneCycle: _one_cycle,
    PiecewiseConstantDecay: _piecewise_constant,
    PolynomialDecay: _polynomial,
}

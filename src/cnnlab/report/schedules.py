"""A learning-rate schedule in words, short enough for the line of a recipe."""

from collections.abc import Callable
from typing import Any, Final

from cnnlab.records import (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    LearningRateSchedule,
    OneCycle,
    PiecewiseConstantDecay,
    PolynomialDecay,
)


def schedule_text(schedule: LearningRateSchedule) -> str:
    """Write a schedule by its name and what it does.

    Args:
        schedule: With all its arguments.

    Example:
        >>> schedule_text(CosineDecay(0.001, 5000))
        'CosineDecay(0.001 to 0 over 5,000 steps)'
        >>> schedule_text(PiecewiseConstantDecay([1000, 2000], [0.1, 0.01, 0.001]))
        'PiecewiseConstantDecay(0.1, after step 1,000 0.01, after step 2,000 0.001)'
    """
    words = _WORDS.get(type(schedule))
    return f"{type(schedule).__name__}({words(schedule)})" if words else repr(schedule)


def _cosine(one: CosineDecay) -> str:
    first, target = one.initial_learning_rate, one.warmup_target
    if target is None:
        return f"{first:g} to {first * one.alpha:g} over {_steps(one.decay_steps)}"
    rise = f"{first:g} up to {target:g} over {_steps(one.warmup_steps)}"
    return f"{rise}, then to {target * one.alpha:g} over {_steps(one.decay_steps)}"


def _cosine_restarts(one: CosineDecayRestarts) -> str:
    first = one.initial_learning_rate
    longer = "" if one.t_mul == 1 else f", each time {one.t_mul:g} times as long"
    higher = "" if one.m_mul == 1 else f", each time {one.m_mul:g} times as high"
    return f"{first:g} to {first * one.alpha:g} over {_steps(one.first_decay_steps)}, again and again{longer}{higher}"


def _exponential(one: ExponentialDecay) -> str:
    turn = "after every" if one.staircase else "over every"
    return f"{one.initial_learning_rate:g}, times {one.decay_rate:g} {turn} {_steps(one.decay_steps)}"


def _inverse_time(one: InverseTimeDecay) -> str:
    down = ", rounded down" if one.staircase else ""
    return f"{one.initial_learning_rate:g} / (1 + {one.decay_rate:g} * step / {one.decay_steps:,}{down})"


def _polynomial(one: PolynomialDecay) -> str:
    power = "" if one.power == 1 else f", power {one.power:g}"
    cycle = ", again and again, each time longer" if one.cycle else ""
    ends = f"{one.initial_learning_rate:g} to {one.end_learning_rate:g}"
    return f"{ends} over {_steps(one.decay_steps)}{power}{cycle}"


def _piecewise_constant(one: PiecewiseConstantDecay) -> str:
    later = zip(one.boundaries, one.values[1:], strict=True)
    return ", ".join([f"{one.values[0]:g}", *(f"after step {last:,} {value:g}" for last, value in later)])


def _one_cycle(one: OneCycle) -> str:
    top, first = one.max_learning_rate, one.max_learning_rate / one.start_divisor
    rise = f"{first:g} up to {top:g} over {one.rise_share:.3g} of {_steps(one.total_steps)}"
    return f"{rise}, then to {first / one.final_divisor:g}"


def _steps(count: float) -> str:
    return f"{count:,} step" if count == 1 else f"{count:,} steps"


_WORDS: Final[dict[type[LearningRateSchedule], Callable[[Any], str]]] = {
    CosineDecay: _cosine,
    CosineDecayRestarts: _cosine_restarts,
    ExponentialDecay: _exponential,
    InverseTimeDecay: _inverse_time,
    OneCycle: _one_cycle,
    PiecewiseConstantDecay: _piecewise_constant,
    PolynomialDecay: _polynomial,
}

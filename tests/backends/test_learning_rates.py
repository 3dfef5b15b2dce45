"""The learning rate of each step: against Keras' own schedules in float64, against formulas, and its bits."""

import hashlib
import struct
from dataclasses import replace
from decimal import Decimal, localcontext
from fractions import Fraction
from math import cos, exp, pi

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras_oracle import keras_rates

from cnnlab.backends.learning_rates import LearningRate, rate_of_step
from cnnlab.errors import NotSupportedError, UsageError
from cnnlab.records import (
    SGD,
    Adam,
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    LearningRateSchedule,
    OneCycle,
    PiecewiseConstantDecay,
    PolynomialDecay,
)

STEPS = np.arange(90)
RATES = st.floats(1e-4, 1.0)
COUNTS = st.integers(1, 40) | st.floats(1, 40)
SHARES = st.floats(0, 1)


@st.composite
def piecewise(draw: st.DrawFn) -> PiecewiseConstantDecay:
    boundaries = sorted(draw(st.sets(st.integers(0, 80), min_size=1, max_size=5)))
    values = st.lists(RATES, min_size=len(boundaries) + 1, max_size=len(boundaries) + 1)
    return PiecewiseConstantDecay(tuple(boundaries), tuple(draw(values)))


SCHEDULES = st.one_of(
    st.builds(CosineDecay, RATES, COUNTS, SHARES),
    st.builds(CosineDecay, RATES, COUNTS, SHARES, RATES, COUNTS),
    st.builds(CosineDecayRestarts, RATES, COUNTS, st.sampled_from([1, 1.5, 2, 3.25]), st.floats(0.1, 2), SHARES),
    st.builds(ExponentialDecay, RATES, COUNTS, st.floats(0.1, 1.5), st.booleans()),
    st.builds(InverseTimeDecay, RATES, COUNTS, st.floats(0, 3), st.booleans()),
    st.builds(PolynomialDecay, RATES, COUNTS, RATES, st.sampled_from([0.5, 1, 2, 2.7]), st.booleans()),
    piecewise(),
)


@pytest.mark.keras
@settings(max_examples=60)
@given(SCHEDULES)
def test_every_schedule_is_that_of_keras(schedule: LearningRateSchedule) -> None:
    rate = rate_of_step(schedule)
    ours = np.array([rate(int(step)) for step in STEPS])
    far = ~np.array([at_a_jump(schedule, int(step)) for step in STEPS])
    theirs = keras_rates(schedule, STEPS)
    np.testing.assert_allclose(ours[far], theirs[far], rtol=1e-10, atol=1e-10)


def at_a_jump(schedule: LearningRateSchedule, step: int) -> bool:
    """Tell whether rounding decides on which side of a jump a step is: in Keras, where it is divided or a log taken."""
    if isinstance(schedule, CosineDecayRestarts):
        start, length = Fraction(0), Fraction(schedule.first_decay_steps)
        while start + length <= step:
            start, length = start + length, length * Fraction(schedule.t_mul)
        return min(step - start, start + length - step) < Fraction(1, 10**6) and step > 0
    steps = getattr(schedule, "decay_steps", 1)
    return isinstance(steps, float) and abs(step / steps - round(step / steps)) < 1e-6


@pytest.mark.keras
@pytest.mark.parametrize("t_mul", [1, 1.5, 2])
def test_a_restart_is_at_its_own_step_also_where_keras_logarithm_puts_it_one_later(t_mul: float) -> None:
    schedule = CosineDecayRestarts(0.1, 8, t_mul, 0.5, 0.01)
    rate = rate_of_step(schedule)
    starts = {1: [8, 16, 24], 1.5: [8, 20, 38], 2: [8, 24, 56]}[t_mul]
    ours = [rate(step) for step in starts]
    # m_mul lowers what is above alpha: that is Keras' formula.
    assert ours == pytest.approx([0.1 * (0.99 * 0.5**k + 0.01) for k in (1, 2, 3)], rel=1e-15)
    after = [step + 1 for step in starts]
    np.testing.assert_allclose([rate(step) for step in after], keras_rates(schedule, np.array(after)), rtol=1e-12)


@given(st.integers(0, 10**6), st.integers(1, 10**5), st.floats(0.5, 1))
def test_an_exponential_decay_is_exact_far_out(step: int, steps: int, factor: float) -> None:
    with localcontext(prec=60):
        exact = Decimal(factor) ** (Decimal(step) / steps)
        ours = rate_of_step(ExponentialDecay(1.0, steps, factor))(step)
        assert abs(Decimal(ours) - exact) <= exact * Decimal("1.2e-16") + Decimal("3e-308")


def test_a_formula_that_everybody_knows() -> None:
    decay = rate_of_step(ExponentialDecay(0.1, 100, exp(-1)))
    assert [decay(step) for step in (0, 50, 730)] == pytest.approx([0.1, 0.1 * exp(-0.5), 0.1 * exp(-7.3)], rel=2e-15)
    cosine = rate_of_step(CosineDecay(0.2, 600))
    expected = [0.1 * (1 + cos(pi * step / 600)) for step in (0, 123, 450, 599)]
    assert [cosine(step) for step in (0, 123, 450, 599)] == pytest.approx(expected, rel=1e-15, abs=1e-17)
    assert cosine(600) == cosine(10**9) == 0


def test_one_cycle_has_fastais_rate_at_every_step() -> None:
    top, total = 0.5, 100
    rate = rate_of_step(OneCycle(top, total))
    first, final, peak = top / 25, top / 25 / 1e4, 0.3 * total - 1

    def leg(start: float, end: float, share: float) -> float:
        return end + (start - end) / 2 * (1 + cos(pi * share))

    expected = [
        leg(first, top, step / peak) if step <= peak else leg(top, final, (step - peak) / (total - 1 - peak))
        for step in range(total)
    ]
    assert [rate(step) for step in range(total)] == pytest.approx(expected, rel=1e-12)
    assert rate(total) == rate(10**6) == rate(total - 1) == pytest.approx(final)
    assert rate(29) == top


@pytest.mark.parametrize("share", [0, 1])
def test_one_cycle_may_only_fall_or_only_rise(share: int) -> None:
    rate = rate_of_step(OneCycle(0.5, 50, rise_share=share))
    rates = [rate(step) for step in range(60)]
    assert rates[49:] == [rates[49]] * 11
    assert rates[:50] == sorted(rates[:50], reverse=not share)
    assert max(rates) == 0.5
    assert rate_of_step(OneCycle(0.5, 1, rise_share=share))(0) == 0.5


@given(SCHEDULES, st.permutations(range(60)))
def test_a_rate_depends_on_the_step_alone(schedule: LearningRateSchedule, order: list[int]) -> None:
    in_order, mixed = rate_of_step(schedule), rate_of_step(schedule)
    expected = [in_order(step) for step in range(60)]
    found = {step: mixed(step) for step in order}
    assert [found[step] for step in range(60)] == expected


def test_a_decay_rate_of_nothing_is_over_at_once_or_after_one_stair() -> None:
    smooth, stairs = ExponentialDecay(0.5, 3, 0.0), ExponentialDecay(0.5, 3, 0.0, staircase=True)
    assert [rate_of_step(smooth)(step) for step in range(5)] == [0.5, 0, 0, 0, 0]
    assert [rate_of_step(stairs)(step) for step in range(5)] == [0.5, 0.5, 0.5, 0, 0]


def test_the_bits_are_those_of_every_other_machine() -> None:
    schedules = [
        CosineDecay(0.1, 5000, 0.01, warmup_target=0.3, warmup_steps=300),
        CosineDecayRestarts(0.1, 400, 1.3, 0.9, 0.01),
        ExponentialDecay(0.1, 300, 0.96),
        ExponentialDecay(0.1, 300, 0.96, staircase=True),
        InverseTimeDecay(0.1, 300, 0.5),
        OneCycle(0.1, 5000),
        PolynomialDecay(0.1, 700, power=1.7, cycle=True),
    ]
    rates = [rate_of_step(schedule)(step) for schedule in schedules for step in range(0, 6000, 7)]
    digest = hashlib.sha256(struct.pack(f"<{len(rates)}d", *rates)).hexdigest()[:16]
    assert digest == "bda57807653585bc"


def test_a_plain_rate_is_what_it_was_with_and_without_the_old_decay() -> None:
    assert [LearningRate(SGD(0.1)).at(step) for step in (0, 7)] == [0.1, 0.1]
    decayed = LearningRate(SGD(0.1, decay=0.5, gradient_accumulation_steps=2))
    assert [decayed.at(step) for step in range(6)] == [0.1 / (1 + 0.5 * (step // 2)) for step in range(6)]
    assert decayed.shown(5) == 0.1


def test_a_schedule_that_is_not_ours_is_refused_by_name() -> None:
    class Mine(LearningRateSchedule):
        pass

    with pytest.raises(NotSupportedError, match=r"learning_rate: expected one of CosineDecay, .*, got Mine"):
        LearningRate(Adam(Mine()))


def test_a_schedules_rate_cannot_be_set() -> None:
    rate = LearningRate(replace(Adam(), learning_rate=CosineDecay(0.1, 10)))
    with pytest.raises(UsageError, match=r"net, learning_rate: expected an optimizer .* number.*got CosineDecay, w"):
        rate.set(0.1, "net")
    assert rate.state() == {}

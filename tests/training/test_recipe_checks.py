"""Each number of a recipe has a kind and a range, and a message that names it."""

import numpy as np
import pytest

from cnnlab.errors import UsageError
from cnnlab.records import (
    SGD,
    Adadelta,
    Adam,
    CategoricalCrossentropy,
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    OneCycle,
    PiecewiseConstantDecay,
    PolynomialDecay,
    Recipe,
    RMSprop,
)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Adam(clipnorm=1.0, clipvalue=1.0), "Adam: expected one of clipnorm, .*, got clipnorm and clipvalue"),
        (lambda: SGD(momentum=2), "optimizer SGD, momentum: expected a number from 0 to 1, got 2"),
        (lambda: SGD(nesterov=1), "nesterov: expected true or false, got 1"),
        (lambda: Adam(beta_1=1.0), r"beta_1: expected a number from 0 to below 1, got 1\.0"),
        (lambda: Adam(float("inf")), "learning_rate: expected a number that is not negative, got inf"),
        (lambda: Adam(True), "learning_rate: expected a number that is not negative, got True"),
        (lambda: Adam(gradient_accumulation_steps=1), "steps: expected a whole number of at least 2, got 1"),
        (lambda: Adam(gradient_accumulation_steps=2.5), "steps: expected a whole number of at least 2, got 2.5"),
        (lambda: RMSprop(ema_momentum=5), "ema_momentum: expected a number from 0 to 1, got 5"),
        (lambda: RMSprop(ema_overwrite_frequency=1.5), "frequency: expected a whole number of at least 1, got 1.5"),
        (lambda: Adadelta(loss_scale_factor=0), "loss_scale_factor: expected a number above 0, got 0"),
        (lambda: CategoricalCrossentropy(label_smoothing=2), "label_smoothing: expected a number from 0 to 1, got 2"),
        (lambda: Recipe(batch_size=0), "recipe, batch_size: expected a whole number of at least 1, got 0"),
        (lambda: Recipe(epochs=np.array([1, 2])), r"recipe, epochs: expected a whole number of at least 1, got array"),
        (
            lambda: SGD(CosineDecay(0.1, 10), decay=0.5),
            r"SGD: expected no decay beside learning_rate=CosineDecay\(...\), got decay=0.5. Leave decay= out",
        ),
        (lambda: Adam(CosineDecay), "learning_rate: expected a number that is not negative, got <class"),
        (lambda: CosineDecay(-1, 5), "schedule CosineDecay, initial_learning_rate: expected a number that is not nega"),
        (lambda: CosineDecay(0.1, 0), "CosineDecay, decay_steps: expected a number of at least 1, got 0"),
        (lambda: CosineDecay(0.1, 5, warmup_steps=3), "CosineDecay: expected a warmup_target beside warmup_steps, got"),
        (lambda: CosineDecay(0.1, 5, warmup_target="x"), "warmup_target: expected a number that is not negative, got"),
        (lambda: CosineDecayRestarts(0.1, 5, t_mul=0.5), "t_mul: expected a number of at least 1, got 0.5"),
        (lambda: ExponentialDecay(0.1, 5, -0.5), "decay_rate: expected a number that is not negative, got -0.5"),
        (lambda: ExponentialDecay(0.1, 5, 0.5, 1), "staircase: expected true or false, got 1"),
        (lambda: InverseTimeDecay(0.1, float("nan"), 1), "decay_steps: expected a number of at least 1, got nan"),
        (lambda: PolynomialDecay(0.1, 5, power=-1), "power: expected a number that is not negative, got -1"),
        (lambda: OneCycle(0.1, 5, rise_share=2), "OneCycle, rise_share: expected a number from 0 to 1, got 2"),
        (lambda: OneCycle(0.1, 5, start_divisor=0.5), "start_divisor: expected a number of at least 1, got 0.5"),
        (lambda: PiecewiseConstantDecay([2, 2], [1, 2, 3]), r"boundaries: expected rising numbers, got \[2, 2\]"),
        (lambda: PiecewiseConstantDecay([2], [1]), "at least one boundary, and one .*, got 1 boundaries and 1 values"),
        (lambda: PiecewiseConstantDecay([], [1]), "at least one boundary, and one .*, got 0 boundaries and 1 values"),
        (
            lambda: PiecewiseConstantDecay(5, [1]),
            "boundaries: expected a list of numbers, got 5",
        ),
        (lambda: PiecewiseConstantDecay([5], ["a", 1]), "values: expected a number that is not negative, got 'a'"),
    ],
)
def test_a_number_out_of_its_range_is_refused_by_name(make, message: str) -> None:  # noqa: ANN001
    with pytest.raises(UsageError, match=message):
        make()


def test_numpys_numbers_become_plain_ones_so_that_their_precision_reaches_no_weight() -> None:
    optimizer = Adam(np.float64(0.5), gradient_accumulation_steps=np.int64(3))
    assert type(optimizer.learning_rate) is float
    assert type(optimizer.gradient_accumulation_steps) is int
    assert Adam(np.float32(0.5)) == Adam(0.5)


def test_a_schedule_keeps_plain_numbers_and_whole_counts_of_steps() -> None:
    schedule = CosineDecay(np.float32(0.5), np.float64(4690.0), warmup_target=1, warmup_steps=np.int64(3))
    kept = [schedule.initial_learning_rate, schedule.decay_steps, schedule.warmup_target, schedule.warmup_steps]
    assert [type(value) for value in kept] == [float, int, float, int]
    assert CosineDecay(0.5, 4690.5).decay_steps == 4690.5
    piecewise = PiecewiseConstantDecay(np.array([3, 5]), [1, np.float32(0.5), 0.25])
    assert piecewise == PiecewiseConstantDecay((3, 5), (1.0, 0.5, 0.25))
    assert [type(value) for value in (*piecewise.boundaries, *piecewise.values)] == [int, int, float, float, float]


def test_recipes_with_schedules_can_be_told_apart() -> None:
    recipes = {Adam(PiecewiseConstantDecay([3], [1, 0.5])), Adam(PiecewiseConstantDecay([4], [1, 0.5])), Adam(0.5)}
    assert len(recipes) == 3
    assert Adam(CosineDecay(0.1, 5)) == Adam(CosineDecay(0.1, 5.0))

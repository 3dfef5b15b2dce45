import pytest

from cnnlab.records import (
    SGD,
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    LearningRateSchedule,
    OneCycle,
    PiecewiseConstantDecay,
    PolynomialDecay,
    Recipe,
)
from cnnlab.report.schedules import schedule_text
from cnnlab.report.words import recipe_text


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (CosineDecay(0.001, 5000), "0.001 to 0 over 5,000 steps"),
        (CosineDecay(0.1, 100, alpha=0.01), "0.1 to 0.001 over 100 steps"),
        (
            CosineDecay(0.0, 900, 0.1, warmup_target=0.2, warmup_steps=1),
            "0 up to 0.2 over 1 step, then to 0.02 over 900 steps",
        ),
        (
            CosineDecayRestarts(0.1, 1000, m_mul=0.9),
            "0.1 to 0 over 1,000 steps, again and again, each time 2 times as long, each time 0.9 times as high",
        ),
        (CosineDecayRestarts(0.1, 10, t_mul=1), "0.1 to 0 over 10 steps, again and again"),
        (ExponentialDecay(0.1, 1000, 0.96), "0.1, times 0.96 over every 1,000 steps"),
        (ExponentialDecay(0.1, 1000, 0.96, staircase=True), "0.1, times 0.96 after every 1,000 steps"),
        (InverseTimeDecay(0.1, 1000, 0.5), "0.1 / (1 + 0.5 * step / 1,000)"),
        (InverseTimeDecay(0.1, 1000, 0.5, staircase=True), "0.1 / (1 + 0.5 * step / 1,000, rounded down)"),
        (PolynomialDecay(0.1, 4687.5), "0.1 to 0.0001 over 4,687.5 steps"),
        (
            PolynomialDecay(0.1, 50, 0.0, power=2, cycle=True),
            "0.1 to 0 over 50 steps, power 2, again and again, each time longer",
        ),
        (PiecewiseConstantDecay([1000, 2000], [1, 0.1, 0.01]), "1, after step 1,000 0.1, after step 2,000 0.01"),
        (OneCycle(0.25, 1000), "0.01 up to 0.25 over 0.3 of 1,000 steps, then to 1e-06"),
    ],
)
def test_a_schedule_is_written_by_what_it_does(schedule: LearningRateSchedule, words: str) -> None:
    assert schedule_text(schedule) == f"{type(schedule).__name__}({words})"


def test_a_schedule_of_somebody_elses_is_written_as_it_is() -> None:
    assert schedule_text(LearningRateSchedule()) == "LearningRateSchedule()"


def test_a_recipe_tells_the_schedule_in_place_of_the_learning_rate() -> None:
    recipe = Recipe(optimizer=SGD(CosineDecay(0.1, 600), momentum=0.9))
    assert recipe_text(recipe, 60_000).startswith(
        "SGD (learning_rate=CosineDecay(0.1 to 0 over 600 steps), momentum=0.9), categorical crossentropy"
    )

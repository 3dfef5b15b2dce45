import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.records import SGD, Adam, CallbackRecipe, CategoricalCrossentropy, Recipe, SparseCategoricalCrossentropy
from cnnlab.report.terminal import format_seconds
from cnnlab.report.words import printable, recipe_text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0s"),
        (0.84, "0.8s"),
        (9.94, "9.9s"),
        (9.96, "10s"),
        (59.4, "59s"),
        (59.6, "1m 00s"),
        (252, "4m 12s"),
        (3599.6, "1h 00m"),
        (3720, "1h 02m"),
        (360_000, "100h 00m"),
        (float("nan"), "-"),
    ],
)
def test_a_time_is_written_as_people_say_it(seconds: float, text: str) -> None:
    assert format_seconds(seconds) == text


@given(st.floats(0, 359_000))
def test_a_time_below_a_hundred_hours_takes_at_most_seven_characters(seconds: float) -> None:
    text = format_seconds(seconds)
    assert len(text) <= 7
    assert "60" not in text.split()[-1]


def test_a_recipe_names_what_is_not_the_default() -> None:
    recipe = Recipe(
        batch_size=100,
        epochs=1,
        optimizer=SGD(0.1, momentum=0.9),
        loss=CategoricalCrossentropy(label_smoothing=0.1),
        shuffle=False,
        callbacks=(
            CallbackRecipe("EarlyStopping", (("patience", 3), ("monitor", "loss"))),
            CallbackRecipe("my.module:Mine", own=object()),
        ),
    )
    assert recipe_text(recipe, 1_000) == (
        "SGD (learning_rate=0.1, momentum=0.9), categorical crossentropy (label_smoothing=0.1), batch size 100, "
        "1 epoch of 10 steps, not shuffled, EarlyStopping (patience=3, monitor='loss'), Mine"
    )


@pytest.mark.parametrize(
    ("weights", "text"),
    [
        ("balanced", "class weights balanced"),
        ((("0", 1.0), ("cat\x1b[31m", 3.5)), "class weights 0: 1, cat [31m: 3.5"),
        (tuple((str(number), number / 4) for number in range(10)), "class weights from 0 to 2.25"),
    ],
)
def test_class_weights_stand_in_the_line_of_a_recipe(weights: str | tuple[tuple[str, float], ...], text: str) -> None:
    assert recipe_text(Recipe(class_weight=weights), None).endswith(f", 1 epoch, {text}")


def test_a_recipe_of_defaults_is_short_and_counts_the_last_small_batch_as_a_step() -> None:
    recipe = Recipe(batch_size=128, epochs=12, optimizer=Adam(), loss=SparseCategoricalCrossentropy())
    assert recipe_text(recipe, 60_000) == (
        "Adam (learning_rate=0.001), sparse categorical crossentropy, batch size 128, 12 epochs of 469 steps"
    )


@given(st.text())
def test_printable_text_has_no_control_characters_and_no_other_length(text: str) -> None:
    assert printable(text).isprintable()
    assert len(printable(text)) == len(text)
    assert printable(text, unicode=False).isascii()

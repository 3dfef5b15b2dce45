import re
from math import inf, nan

import drawn
import studies
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.records import EpochRow
from cnnlab.report.drawing.courses import course
from cnnlab.report.drawing.learning_curves import learning_curves
from cnnlab.report.figure import Figure

NOTEBOOK = studies.history(studies.HISTORY["architecture-1"])
ROWS = [(0.9, 0.5, 0.8, 0.6), (0.5, 0.7, 0.4, 0.8), (0.3, 0.9, 0.6, 0.7)]
AGAIN = [(0.7, 0.5, 0.6, 0.6), (0.5, 0.7, 0.2, 0.9), (0.1, 0.9, 0.4, 0.7)]


def both(*runs: list[tuple[float, ...]]) -> tuple[Figure, Figure]:
    return learning_curves("a", "net", {seed: studies.history(rows) for seed, rows in enumerate(runs)})


def test_one_seed_has_lines_without_a_band_and_a_caption_that_finds_the_turn() -> None:
    loss, accuracy = both(ROWS)
    assert loss.caption == (
        "Validation loss is lowest at epoch 2 (0.4000) and 0.6000 at the last, 3, while training loss falls from "
        "0.5000 to 0.3000. The lines are those of one seed."
    )
    assert accuracy.caption.startswith("Validation accuracy is highest at epoch 2 (0.8000) and 0.7000 at the last, 3,")
    assert "fill-opacity" not in loss.svg
    assert loss.numbers.heads == ("epoch", "validation", "training")
    assert loss.numbers.rows[1] == ("2", "0.4000", "0.5000")


def test_several_seeds_have_a_mean_in_a_band_from_the_lowest_to_the_highest() -> None:
    loss, _ = both(ROWS, AGAIN)
    assert "Mean validation loss is lowest at epoch 2 (0.3000) and 0.5000 at the last, 3" in loss.caption
    assert "A line is the mean over 2 seeds, a band goes from the lowest to the highest of them." in loss.caption
    assert loss.svg.count('fill-opacity="0.16"') == 2
    assert loss.numbers.rows[1] == ("2", "0.3000", "0.2000", "0.4000", "2", "0.5000", "0.5000", "0.5000", "2")


def test_the_lines_differ_by_stroke_mark_and_name_and_not_by_colour_alone() -> None:
    loss, _ = both(ROWS)
    assert {"Validation", "Training"} <= {*drawn.texts(loss)}
    paths = re.findall(r'<path d="[^"]*"[^>]*stroke-width="1.8"[^>]*>', loss.svg)
    assert len(paths) == 2
    assert sum("stroke-dasharray" in path for path in paths) == 1
    assert len(set(re.findall(r'<use href="(#[^"]+)"[^>]*fill="#(?:1d4ed8|b91c1c)"', loss.svg))) == 2


def test_nothing_is_said_of_a_training_that_does_not_go_on_getting_better() -> None:
    loss, _ = both([(0.5, 0.7, 0.4, 0.8), (0.6, 0.7, 0.6, 0.7)])
    assert "Validation loss is lowest at epoch 1 (0.4000) and 0.6000 at the last, 2." in loss.caption
    assert "training loss" not in loss.caption


def test_a_validation_that_is_best_at_the_end_is_called_so_and_no_more() -> None:
    loss, _ = both([(0.5, 0.7, 0.4, 0.8), (0.4, 0.7, 0.3, 0.7)])
    assert loss.caption.startswith("Validation loss is lowest at the last epoch, 2 (0.3000). The lines")


def test_a_difference_that_four_decimals_do_not_show_is_not_told_as_one() -> None:
    loss, _ = both([(0.5, 0.7, 0.4, 0.8), (0.4, 0.7, 0.400001, 0.7)])
    assert "is lowest at epoch 1 (0.4000) and, to as many digits, the same at the last, 2." in loss.caption


def test_a_run_that_ended_early_does_not_move_the_finding() -> None:
    loss, _ = both(ROWS, AGAIN[:1])
    assert loss.caption.startswith("Among the 2 epochs with the same seeds as the last, validation loss is lowest")
    assert "In 2 epochs fewer seeds count" in loss.caption
    assert [row[4] for row in loss.numbers.rows] == ["2", "1", "1"]


def test_means_of_other_seeds_are_never_held_against_each_other() -> None:
    # Seed 1 is far better and ends after epoch 1: the means of both there are the best of all.
    longer = [(0.9, 0.7, 0.6, 0.7), (0.5, 0.7, 0.4, 0.8), (0.3, 0.9, 0.6, 0.7)]
    histories = {0: studies.history(longer), 1: studies.history([(0.01, 0.99, 0.01, 0.99)])}
    loss, accuracy = course(histories, "val_loss"), course(histories, "val_accuracy")
    assert min(loss.points, key=lambda one: one.mean).epoch == 1
    assert max(accuracy.points, key=lambda one: one.mean).epoch == 1
    assert (loss.best.epoch, accuracy.best.epoch) == (2, 2)


def test_a_value_that_is_not_finite_breaks_the_line_and_is_said() -> None:
    rows = [EpochRow(1, 0.5, 0.5, 0.5, 0.5, 1), EpochRow(2, nan, 0.5, inf, 0.5, 1), EpochRow(3, 0.4, 0.5, 0.4, 0.5, 1)]
    loss, accuracy = learning_curves("a", "net", {0: rows})
    assert "In 1 epoch a value is not finite and left out." in loss.caption
    assert [row[0] for row in loss.numbers.rows] == ["1", "3"]
    assert "not finite" not in accuracy.caption


def test_who_wonders_why_training_looks_worse_is_told() -> None:
    loss, _ = learning_curves("a", "net", {0: NOTEBOOK})
    assert loss.caption.endswith("Training values are taken during an epoch, with any dropout at work.")
    assert "dropout" not in both(ROWS)[0].caption


def test_without_validation_the_training_is_told_alone() -> None:
    rows = studies.history([(0.5, 0.8, None, None), (0.4, 0.9, None, None)])
    loss, _ = learning_curves("a", "net", {0: rows})
    assert loss.caption.startswith("Training loss goes from 0.5000 after epoch 1 to 0.4000 after epoch 2; there is no")
    assert "Validation" not in drawn.texts(loss)
    assert loss.numbers.heads == ("epoch", "training")


def test_no_epoch_and_no_finite_value_are_said_in_the_figure() -> None:
    for figure in learning_curves("a", "net", {}):
        assert "no epoch was finished" in drawn.texts(figure)
        drawn.check(figure)
    loss, _ = learning_curves("a", "net", {0: [EpochRow(1, nan, 0.1, None, None, 1)]})
    assert "no finite value" in drawn.texts(loss)


def long(seed: int) -> list[EpochRow]:
    return [
        EpochRow(i, 2 / i**0.7 + 0.01 * seed, 1 - 0.8 / i**0.6, 2 / i**0.7 + i * 0.002 + seed / 90, 1 - 0.9 / i**0.5, 1)
        for i in range(1, 301)
    ]


def test_300_epochs_of_30_seeds_stay_below_20_kilobytes() -> None:
    for figure in learning_curves("a", "net", {seed: long(seed) for seed in range(30)}):
        assert len(figure.svg) < 20_000
        assert len(figure.numbers.rows) == 300
        drawn.check(figure)


def test_the_same_numbers_give_the_same_bytes() -> None:
    assert both(ROWS, AGAIN) == both(ROWS, AGAIN)


def test_a_name_is_text_and_neither_markup_nor_mathematics() -> None:
    for figure in learning_curves("a", drawn.HOSTILE, {0: NOTEBOOK}):
        drawn.check(figure)
        assert "<script" not in figure.svg


numbers = st.floats(0, 3e38) | st.sampled_from([nan, inf, 0.0, 1.0, 0.5])
rows = st.lists(st.tuples(numbers, numbers, st.none() | numbers, st.none() | numbers), max_size=5)


@settings(max_examples=10, deadline=None)
@given(st.dictionaries(st.integers(0, 5), rows, max_size=3), studies.names)
def test_any_histories_give_a_sound_figure_whose_caption_tells_numbers_of_its_table(
    some: dict[int, list[tuple[float, ...]]], name: str
) -> None:
    for figure in learning_curves("a", name, {seed: studies.history(told) for seed, told in some.items()}):
        drawn.check(figure)
        cells = {cell for row in figure.numbers.rows for cell in row}
        assert {*re.findall(r"\d+\.\d{4}", figure.caption)} <= cells

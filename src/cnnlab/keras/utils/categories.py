"""From class numbers to one-hot labels."""

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab.errors import DataError, explain


def to_categorical(x: npt.ArrayLike, num_classes: int | None = None) -> npt.NDArray[np.float64]:
    """Turn class numbers into rows with a single 1.

    Keras counts negative class numbers from the end and cuts fractions off, both in silence; here they are refused.

    Args:
        x: Class numbers of any shape, from 0 to num_classes - 1; a last axis of length 1 is dropped.
        num_classes: How many classes; the largest number + 1 if left out.

    Returns:
        float64, the shape of ``x`` and one more axis of length num_classes.

    Raises:
        DataError: If there is no class number, or one that is no whole number or out of range.

    Example:
        >>> to_categorical([0, 2], num_classes=3)
        array([[1., 0., 0.],
               [0., 0., 1.]])
    """
    numbers = _whole_numbers(np.asarray(x))
    if numbers.ndim > 1 and numbers.shape[-1] == 1:
        numbers = numbers[..., 0]
    classes = num_classes or _largest(numbers) + 1
    outside = numbers[(numbers < 0) | (numbers >= classes)]
    if outside.size:
        raise DataError(
            explain(
                expected=f"class numbers from 0 to {classes - 1}",
                got=str(outside.flat[0]),
                where="to_categorical",
                fix="Number the classes from 0, or give num_classes= the number of classes.",
            )
        )
    one_hot = np.zeros((numbers.size, classes))
    one_hot[np.arange(numbers.size), numbers.ravel()] = 1
    return one_hot.reshape(*numbers.shape, classes)


def _whole_numbers(numbers: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Read what are whole numbers, in any type that holds numbers."""
    numeric = numbers.dtype.kind in "uifb"
    if not numeric or (numbers.dtype.kind == "f" and not (np.isfinite(numbers) & (numbers % 1 == 0)).all()):
        raise DataError(
            explain(
                expected="class numbers as whole numbers",
                got="fractions, NaN or infinity" if numeric else f"dtype {numbers.dtype}",
                where="to_categorical",
                fix="Number the classes: names, y = numpy.unique(labels, return_inverse=True).",
            )
        )
    return numbers.astype(np.int64)


def _largest(numbers: npt.NDArray[np.int64]) -> int:
    if not numbers.size:
        raise DataError(
            explain(expected="at least one class number, or num_classes=", got="none", where="to_categorical")
        )
    return int(numbers.max())

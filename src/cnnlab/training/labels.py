"""What the check before training says of labels."""

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab.errors import DataError, explain
from cnnlab.records import Loss, SparseCategoricalCrossentropy

_SUM_TOLERANCE = 1e-3
_NAMED_CLASSES = 10


def fitted_labels(
    loss: Loss, labels: npt.NDArray[Any], images: int, classes: int, part: str
) -> tuple[npt.NDArray[Any], list[str]]:
    """Check labels against the loss and the number of classes.

    Args:
        loss: Which decides between class numbers and probabilities.
        labels: As the user gave them.
        images: How many images there are.
        classes: How many outputs the network has.
        part: "training", "validation" or "test", for the messages.

    Returns:
        The labels, class numbers as a flat array, and the notices.

    Raises:
        DataError: If they are not labels of these images for this loss.
    """
    where = f"{part} labels"
    if labels.ndim == 0:
        raise DataError(explain(expected="an array of labels", got="a single number", where=where))
    if len(labels) != images:
        raise DataError(explain(expected=f"{images:,} labels, one for each image", got=f"{len(labels):,}", where=where))
    if labels.dtype.kind not in "uifb":
        fix = "Number the classes: names, y = numpy.unique(labels, return_inverse=True)."
        raise DataError(explain(expected="labels as numbers", got=f"dtype {labels.dtype}", where=where, fix=fix))
    if labels.ndim == 2 and labels.shape[1] == 1 and classes > 1:  # noqa: PLR2004 - a column, as CIFAR-10's labels are
        labels = labels[:, 0]
    if labels.ndim == 1:
        _refuse_unfit_numbers(loss, labels, classes, where)
        present = np.unique(labels)
    else:
        _refuse_unfit_probabilities(loss, labels, classes, where)
        present = np.unique(labels.argmax(axis=1))
    return labels, _missing(present, classes, part)


def _refuse_unfit_numbers(loss: Loss, labels: npt.NDArray[Any], classes: int, where: str) -> None:
    """Refuse class numbers that are no whole numbers, out of range, or meant for the other loss."""
    if labels.dtype.kind not in "ui":
        fix = "If they are class numbers, convert them with y.astype('int64')."
        raise DataError(
            explain(expected="class numbers as integers", got=f"dtype {labels.dtype}", where=where, fix=fix)
        )
    least, most = int(labels.min()), int(labels.max())
    if least < 0 or most >= classes:
        raise DataError(
            explain(
                expected=f"class numbers from 0 to {classes - 1} for {classes} outputs",
                got=f"{least if least < 0 else most}",
                where=where,
                fix=f"Number the classes from 0, or give the last layer {max(most + 1, classes)} units."
                if least >= 0
                else "Number the classes from 0.",
            )
        )
    if not isinstance(loss, SparseCategoricalCrossentropy):
        raise DataError(
            explain(
                expected=f"one-hot labels of shape (n, {classes}) for categorical_crossentropy",
                got=f"class numbers of shape {labels.shape}",
                where=where,
                fix=f"Use to_categorical(y, {classes}), or loss='sparse_categorical_crossentropy'.",
            )
        )


def _refuse_unfit_probabilities(loss: Loss, labels: npt.NDArray[Any], classes: int, where: str) -> None:
    """Refuse rows that are no probabilities over these classes, or meant for the other loss."""
    if isinstance(loss, SparseCategoricalCrossentropy):
        raise DataError(
            explain(
                expected="class numbers of shape (n,) for sparse_categorical_crossentropy",
                got=f"an array of shape {labels.shape}, as one-hot labels have",
                where=where,
                fix="Use y.argmax(axis=1), or loss='categorical_crossentropy'.",
            )
        )
    if labels.shape[1:] != (classes,):
        fix = f"Use to_categorical(y, {classes}), or give the last layer as many units as there are classes."
        raise DataError(
            explain(expected=f"labels of shape (n, {classes})", got=f"shape {labels.shape}", where=where, fix=fix)
        )
    sums = labels.sum(axis=1)
    # The comparison is false for NaN, which is what is wanted.
    sound = (np.abs(sums - 1) <= _SUM_TOLERANCE) & (labels >= 0).all(axis=1)
    if not sound.all():
        row = int(np.argmin(sound))
        raise DataError(
            explain(
                expected="each row to be probabilities that sum to 1", got=f"row {row} = {labels[row]}", where=where
            )
        )


def _missing(present: npt.NDArray[Any], classes: int, part: str) -> list[str]:
    """Notice classes without an example; the validation part may lack some."""
    absent = sorted(set(range(classes)) - {int(label) for label in present})
    if not absent or part != "training":
        return []
    named = ", ".join(map(str, absent[:_NAMED_CLASSES])) + (", ..." if len(absent) > _NAMED_CLASSES else "")
    return [f"{part} labels: no example of class {named}; the network cannot learn what it never sees."]

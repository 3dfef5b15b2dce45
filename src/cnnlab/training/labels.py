"""What the check before training says of labels."""

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab.arch.network import snake_case
from cnnlab.errors import DataError, explain
from cnnlab.records import Loss

_SUM_TOLERANCE = 1e-3
_NAMED_CLASSES = 10


def fitted_labels(
    loss: Loss, labels: npt.NDArray[Any], images: int, outputs: int, part: str
) -> tuple[npt.NDArray[Any], list[str]]:
    """Check labels against the loss and the number of outputs.

    Args:
        loss: Which decides between class numbers and probabilities.
        labels: As the user gave them.
        images: How many images there are.
        outputs: How many the network has: one for each class, or a single one that tells class 1 from class 0.
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
    if outputs == 1 and loss.separate:
        labels = _of_a_single_output(labels, where)
        return labels, _missing(np.unique(labels), 2, part)
    if labels.ndim == 2 and labels.shape[1] == 1 and outputs > 1:  # noqa: PLR2004 - a column, as CIFAR-10's labels are
        labels = labels[:, 0]
    if labels.ndim == 1:
        _refuse_unfit_numbers(loss, labels, outputs, where)
        present = np.unique(labels)
    else:
        _refuse_unfit_probabilities(loss, labels, outputs, where)
        present = np.unique(labels.argmax(axis=1))
    return labels, _missing(present, outputs, part)


def _of_a_single_output(labels: npt.NDArray[Any], where: str) -> npt.NDArray[Any]:
    """Return the classes of a network with one output, 0 or 1, as a flat array; refuse all other labels."""
    if labels.shape[1:] not in {(), (1,)}:
        fix = f"Use y.argmax(axis=1), or give the last layer {labels.shape[-1]} units."
        got = f"shape {labels.shape}"
        raise DataError(
            explain(expected="labels of shape (n,) for a network with one output", got=got, where=where, fix=fix)
        )
    flat = labels.reshape(len(labels))
    strange = flat[(flat != 0) & (flat != 1)]  # NaN is neither
    if len(strange):
        more = strange.dtype.kind in "ui" and strange.min() >= 0 and len(np.unique(flat)) > 2  # noqa: PLR2004 - two classes
        fix = (
            f"Give the last layer {int(strange.max()) + 1} units, one for each class."
            if more
            else "Number the two classes 0 and 1; cnnlab tells classes apart and fits no real numbers."
        )
        raise DataError(
            explain(expected="labels 0 or 1 for a network with one output", got=str(strange[0]), where=where, fix=fix)
        )
    return flat.astype(np.int64)


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
                fix=_more_units(most, classes) if least >= 0 else "Number the classes from 0.",
            )
        )
    if not loss.class_numbers:
        raise DataError(
            explain(
                expected=f"one-hot labels of shape (n, {classes}) for {_named(loss)}",
                got=f"class numbers of shape {labels.shape}",
                where=where,
                fix=f"Use to_categorical(y, {classes}), or loss='sparse_categorical_crossentropy'.",
            )
        )


def _more_units(most: int, classes: int) -> str:
    """Say what to do about a class number that has no output."""
    if classes == 1 and most == 1:
        return "Use loss='binary_crossentropy', or give the last layer 2 units."
    return f"Number the classes from 0, or give the last layer {max(most + 1, classes)} units."


def _named(loss: Loss) -> str:
    return snake_case(type(loss).__name__)


def _refuse_unfit_probabilities(loss: Loss, labels: npt.NDArray[Any], classes: int, where: str) -> None:
    """Refuse rows that are no probabilities over these classes, or meant for the other loss."""
    if loss.class_numbers:
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
                expected="each row to be probabilities that sum to 1",
                got=f"row {row} = {labels[row]}",
                where=where,
                fix="cnnlab tells classes apart: each image has one; it fits no real numbers." if loss.separate else "",
            )
        )


def _missing(present: npt.NDArray[Any], classes: int, part: str) -> list[str]:
    """Notice classes without an example; the validation part may lack some."""
    absent = sorted(set(range(classes)) - {int(label) for label in present})
    if not absent or part != "training":
        return []
    named = ", ".join(map(str, absent[:_NAMED_CLASSES])) + (", ..." if len(absent) > _NAMED_CLASSES else "")
    return [f"{part} labels: no example of class {named}; the network cannot learn what it never sees."]

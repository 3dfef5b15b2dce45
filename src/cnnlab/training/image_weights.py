"""What the check before training says of weights: of single images, and of classes, which become weights of images."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cnnlab.errors import DataError, UsageError, did_you_mean, explain
from cnnlab.records import ClassWeights, Examples

_NAMED: Final = 10
_MOST: Final = float(np.finfo(np.float32).max)


def fitted_weights(weights: npt.NDArray[Any], images: int, part: str) -> npt.NDArray[Any]:
    """Check weights of images.

    Args:
        weights: As the user gave them.
        images: How many images there are.
        part: "training", "validation", "test" or "batch", for the messages.

    Returns:
        Floats of shape (n,); a column becomes a flat array, as in Keras.

    Raises:
        DataError: If they are not a finite number that is not negative for each image, or all 0 in training.
    """
    where = f"{part} weights"
    if weights.ndim == 2 and weights.shape[1] == 1:  # noqa: PLR2004 - a column
        weights = weights[:, 0]
    if weights.dtype.kind not in "uifb":
        raise DataError(explain(expected="weights as numbers", got=f"dtype {weights.dtype}", where=where))
    if weights.ndim != 1:
        expected, got = f"{images:,} weights, one for each image", f"shape {weights.shape}"
        raise DataError(explain(expected=expected, got=got, where=where))
    if len(weights) != images:
        expected = f"{images:,} weights, one for each image"
        raise DataError(explain(expected=expected, got=f"{len(weights):,}", where=where))
    sound = (weights >= 0) & (weights <= _MOST)  # false for NaN
    if not sound.all():
        row = int(np.argmin(sound))
        expected, got = "finite weights that are not negative", f"{weights[row]} for image {row}"
        raise DataError(explain(expected=expected, got=got, where=where))
    if part == "training" and not weights.any():
        raise DataError(explain(expected="a weight above 0", got=f"0 for all {images:,} images", where=where))
    return weights if weights.dtype.kind == "f" else weights.astype(np.float64)


def weighed_by_class(
    examples: Examples, weights: ClassWeights, classes: int, names: Sequence[str] = ()
) -> tuple[Examples, list[str]]:
    """Give each image the weight of its class.

    "balanced" is n / (classes * images of the class), of the classes that are there: scikit-learn's
    ``compute_class_weight``, after King and Zeng, "Logistic Regression in Rare Events Data" (2001). Its mean over the
    images is 1. A class that a table leaves out weighs 1, as in Keras; of soft labels the likeliest class counts.

    Args:
        examples: Checked, without weights.
        weights: By class.
        classes: How many outputs the network has.
        names: Of the classes, in the order of their numbers; none where they have none.

    Returns:
        The examples with weights, and a notice on classes that the table leaves out.

    Raises:
        UsageError: If the images have weights already, a class is unknown, or no image is left with a weight.
    """
    if examples.weights is not None:
        fix = "Multiply them yourself: sample_weight = weights * class_weights[y]."
        expected = "weights of classes or weights of images"
        raise UsageError(explain(expected=expected, got="both", where="class_weight", fix=fix))
    labels = examples.labels
    numbers = labels if labels.ndim == 1 else labels.argmax(axis=1)
    there = np.bincount(numbers, minlength=classes)
    table, notices = (balanced(there), []) if isinstance(weights, str) else _of_table(weights, there, names)
    if not table[there > 0].any():
        raise UsageError(explain(expected="a weight above 0", got="0 for every class", where="class_weight"))
    weighed = Examples(examples.images, labels, examples.divisor, table[numbers])
    return weighed, notices


def balanced(counts: npt.NDArray[np.integer]) -> npt.NDArray[np.float64]:
    """Return the weights with which classes of so many images count alike; 1 for a class without one.

    Example:
        >>> balanced(np.array([6, 2, 0])).round(4).tolist()
        [0.6667, 2.0, 1.0]
    """
    present = counts > 0
    found = np.ones(len(counts))
    found[present] = counts.sum() / (present.sum() * counts[present])
    return found


def _of_table(
    weights: Sequence[tuple[str, float]], there: npt.NDArray[np.integer], names: Sequence[str]
) -> tuple[npt.NDArray[np.float64], list[str]]:
    """Bring a table into the order of the class numbers."""
    found, known = np.ones(len(there)), _numbers(len(there), names)
    given: dict[int, str] = {}
    for name, weight in weights:
        if name not in known:
            raise UsageError(
                explain(
                    expected=f"classes of these data: {_listed(list(names) or list(known))}",
                    got=repr(name),
                    where="class_weight",
                    fix=did_you_mean(name, known),
                )
            )
        number = known[name]
        if number in given:
            got = f"{given[number]!r} and {name!r} for the same one"
            raise UsageError(explain(expected="each class once", got=got, where="class_weight"))
        given[number], found[number] = name, weight
    left = [names[n] if names else str(n) for n in np.flatnonzero(there).tolist() if n not in given]
    return found, [f"class_weight: none for class {_listed(left)}; what it leaves out weighs 1."] if left else []


def _numbers(classes: int, names: Sequence[str]) -> dict[str, int]:
    """Say which words mean which class: its name, and its number unless a class is called by one not its own."""
    by_name = {name: number for number, name in enumerate(names)}
    by_number = {str(number): number for number in range(classes)}
    called_by_another = any(name.isascii() and name.isdigit() and name != str(n) for name, n in by_name.items())
    return by_name if called_by_another else {**by_name, **by_number}


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")

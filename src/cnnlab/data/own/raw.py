"""What every reader gives: labels and parts at once, images piece by piece in the order of the source."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cnnlab.data.own.reading import Kind
from cnnlab.errors import DataError, explain

Numbers = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Step = Callable[[int, int], None]
"""Told how much is done of how much, to show progress."""

AT_ONCE: Final = 1 << 22
"""Bytes of images in one piece: a few megabytes, whatever the data set's size."""
MOST_CLASSES: Final = 1000
SHOWN: Final = 3


class Part(IntEnum):
    """Which part a source gives an image to."""

    TRAIN = 0
    VALIDATION = 1
    TEST = 2


@dataclass(frozen=True, eq=False)
class Raw:
    """Data as a source has them.

    Attributes:
        kind: What the source is.
        shape: Of each image: (height, width), or (height, width, 3).
        labels: The class number of each image, shape (n,).
        class_names: In the order of the numbers.
        parts: The `Part` of each image; None where the source gives no parts.
        by_class: Whether images come class by class, so that the first ones are all of one class.
        blocks: Gives the images, uint8 of shape (some, *shape), from the first on; may be called again.
        notices: What the user should know of how they were read, a sentence each.
    """

    kind: Kind
    shape: tuple[int, ...]
    labels: Numbers
    class_names: tuple[str, ...]
    parts: Numbers | None
    by_class: bool
    blocks: Callable[[], Iterator[Bytes]]
    notices: tuple[str, ...] = ()

    def noticed(self, *more: str) -> "Raw":
        """Return the same with more notices; empty ones are left out."""
        return replace(self, notices=(*self.notices, *(text for text in more if text)))


def images_at_once(shape: Sequence[int]) -> int:
    """Say how many images make one piece."""
    return int(max(1, AT_ONCE // max(1, int(np.prod(shape)))))


def numbered(
    labels: npt.NDArray[Any], where: str, names: Sequence[str] | None = None
) -> tuple[Numbers, tuple[str, ...]]:
    """Number the classes.

    Args:
        labels: Shape (n,): whole numbers or words.
        where: For messages.
        names: A name for each class number, where the source has them; then the numbers stay as they are.

    Returns:
        Class numbers from 0, and a name for each.

    Raises:
        DataError: If there are too many classes, or a number without a name.
    """
    if names is not None:
        least, most = (int(labels.min()), int(labels.max())) if len(labels) else (0, 0)
        if labels.dtype.kind not in "iu" or least < 0 or most >= len(names):
            got = f"label {least if least < 0 else most}" if labels.dtype.kind in "iu" else "labels that are words"
            raise DataError(explain(expected=f"class numbers from 0 to {len(names) - 1}", got=got, where=where))
        return labels.astype(np.int64), checked_names(names, where)
    found, numbers = np.unique(labels, return_inverse=True)
    if len(found) > MOST_CLASSES:
        fix = "A column of labels names the class of each image; this one may be another column."
        raise DataError(
            explain(expected=f"at most {MOST_CLASSES:,} classes", got=f"{len(found):,}", where=where, fix=fix)
        )
    texts = [str(one) for one in found]
    order = in_order(texts)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank[numbers.reshape(-1)], checked_names([texts[index] for index in order], where)


def in_order(names: Sequence[str]) -> list[int]:
    """Order names as people count: by number where all are numbers, else as text.

    Example:
        >>> [["10", "9"][index] for index in in_order(["10", "9"])]
        ['9', '10']
    """
    numeric = all(name.isascii() and name.isdigit() and len(name) < 19 for name in names)  # noqa: PLR2004 - of int64
    return sorted(range(len(names)), key=lambda index: (int(names[index]) if numeric else 0, names[index]))


def checked_names(names: Sequence[str], where: str) -> tuple[str, ...]:
    """Refuse names that cannot be written in UTF-8, are longer than anybody reads, or stand twice."""
    if len(names) > MOST_CLASSES:
        raise DataError(explain(expected=f"at most {MOST_CLASSES:,} classes", got=f"{len(names):,}", where=where))
    for name in names:
        try:
            name.encode()
        except UnicodeEncodeError:
            fix = "Rename it in UTF-8."
            raise DataError(explain(expected="names in UTF-8", got=ascii(name), where=where, fix=fix)) from None
    if len(set(names)) < len(names):
        twice = next(name for name in names if list(names).count(name) > 1)
        raise DataError(explain(expected="each class once", got=f"{twice!r} twice", where=where))
    return tuple(names)


def refuse_one_class(raw: Raw, where: str) -> None:
    """Refuse data with nothing to tell apart."""
    there = len(np.unique(raw.labels))
    if there < 2:  # noqa: PLR2004 - a choice needs two
        got = f"{there}" + (f", {raw.class_names[0]!r}" if there and raw.class_names else "")
        fix = "A network learns to tell classes apart: a folder needs one folder inside it for each."
        raise DataError(explain(expected="at least two classes with images", got=got, where=where, fix=fix))

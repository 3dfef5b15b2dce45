"""Which image goes where: into which part, and at which place of it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnnlab.data.own.raw import Numbers, Part, Raw
from cnnlab.data.own.reading import Reading
from cnnlab.errors import DataError, explain
from cnnlab.randomness import Stream, stream_key, words_at


@dataclass(frozen=True, eq=False)
class Division:
    """Where each image of a source goes.

    Attributes:
        test: Whether it is one to test with, shape (n,).
        places: Its place among the images of its part, shape (n,).
        held_out: So many of the images to train on, the last ones, are the source's own validation images.
        notices: How the parts came about, a sentence each.
    """

    test: npt.NDArray[np.bool_]
    places: Numbers
    held_out: int
    notices: tuple[str, ...]


def divide(raw: Raw, reading: Reading, where: str) -> Division:
    """Divide a source's images into those to train on and those to test with.

    Parts that the source gives stay as they are, validation images behind the others to train on; without images to
    test with its validation images are those. Where it gives none, a share of each class is drawn. What comes class by
    class, or was drawn, is put into a drawn order, so that the first images and the last ones are of all classes.

    Args:
        raw: The source.
        reading: With the share and the seed.
        where: For messages.

    Raises:
        DataError: If a part has no image.
    """
    given = raw.parts is not None and bool((raw.parts != Part.TRAIN).any())
    keys = _keys(reading.split_seed, len(raw.labels))
    if given:
        assert raw.parts is not None
        parts, said = _given(raw.parts)
    else:
        parts = np.where(_drawn(raw.labels, keys, reading.test_share), Part.TEST, Part.TRAIN)
        drawn = f"{reading.test_share:g} of each class was drawn with seed {reading.split_seed}"
        said = (f"No part to test with is given: {drawn}.",)
    test = parts == Part.TEST
    for part, some in ((Part.TRAIN, parts == Part.TRAIN), (Part.TEST, test)):
        if not some.any():
            name = "train on" if part is Part.TRAIN else "test with"
            fix = "Each class needs two images at least, one to train on and one to test with."
            raise DataError(explain(expected=f"images to {name}", got="none", where=where, fix=fix))
    order = keys if raw.by_class or not given else np.arange(len(keys), dtype=np.uint64)
    places = np.empty(len(keys), np.int64)
    for some in (test, ~test):
        rows = np.flatnonzero(some)
        ranked = rows[np.lexsort((rows, order[rows], parts[rows]))]
        places[ranked] = np.arange(len(ranked))
    return Division(test, places, int((parts == Part.VALIDATION).sum()), said)


def _keys(seed: int, count: int) -> npt.NDArray[np.uint64]:
    """Draw a number of 64 bits for each image: a function of the seed and its place in the source."""
    words = words_at(stream_key(seed, Stream.OWN_DATA), np.arange(count), 2).astype(np.uint64)
    keys: npt.NDArray[np.uint64] = words[:, 0] << np.uint64(32) | words[:, 1]
    return keys


def _given(parts: Numbers) -> tuple[Numbers, tuple[str, ...]]:
    if (parts == Part.TEST).any():
        return parts, ()
    named = np.where(parts == Part.VALIDATION, Part.TEST, parts)
    return named, ("No part to test with is given: the validation images are tested with.",)


def _drawn(labels: Numbers, keys: npt.NDArray[np.uint64], share: float) -> npt.NDArray[np.bool_]:
    """Draw a share of each class: at least one image, and never all; of a single one none."""
    test = np.zeros(len(labels), np.bool_)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        count = min(max(1, int(len(rows) * share + 0.5)), len(rows) - 1)
        test[rows[np.argsort(keys[rows], kind="stable")[:count]]] = True
    return test

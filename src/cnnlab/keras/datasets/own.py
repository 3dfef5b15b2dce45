"""Images of the user's own, for a `Study`: from arrays, or from where they lie. Keras has no such names here."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab.data import DATA_SETS
from cnnlab.data.own import OwnData, Reading, kept_arrays, load_own, own_name
from cnnlab.data.own.raw import Part
from cnnlab.errors import UsageError, explain
from cnnlab.records import Split

__all__ = ["OwnDataSet", "from_arrays", "from_path"]

Arrays = tuple[npt.NDArray[Any], npt.NDArray[Any]]


class OwnDataSet:
    """A data set of the user's own: `Study("mine", data_set=...)` takes it.

    Attributes:
        name: What it is called.
        path: Where it lies; arrays lie in the cache.
        own: How it is read.

    Raises:
        UsageError: If the name is one of a data set that cnnlab knows, or none that can be seen.
    """

    def __init__(self, name: str, path: Path, own: OwnData) -> None:
        if name in DATA_SETS or not name.strip() or not name.isprintable():
            expected = f"a name of your own, none of {', '.join(DATA_SETS)}"
            raise UsageError(explain(expected=expected, got=repr(name), where="name"))
        self.name = name
        self.path = path
        self.own = own
        self._split: Split | None = None

    @property
    def split(self) -> Split:
        """Its parts, mapped from the cache.

        Raises:
            CnnlabError: If it is not there, or cannot be used.
        """
        if self._split is None:
            self._split = load_own(self.path, self.own, name=self.name).split
        return self._split

    @property
    def class_names(self) -> tuple[str, ...]:
        """In the order of the class numbers."""
        return self.split.class_names

    def load_data(self) -> tuple[Arrays, Arrays]:
        """Return ``(x_train, y_train), (x_test, y_test)`` in memory, as Keras' data sets do."""
        train, test = self.split.train, self.split.test
        return (np.array(train.images), np.array(train.labels)), (np.array(test.images), np.array(test.labels))

    def __repr__(self) -> str:
        """Say in a line what it is."""
        return f"<OwnDataSet {self.name!r} at {self.path}>"


def from_arrays(
    x_train: npt.ArrayLike,
    y_train: npt.ArrayLike,
    x_test: npt.ArrayLike | None = None,
    y_test: npt.ArrayLike | None = None,
    *,
    class_names: list[str] | tuple[str, ...] | None = None,
    name: str = "arrays",
    resize: tuple[int, int] | None = None,
    shape: tuple[int, ...] | None = None,
    test_share: float = 0.2,
    split_seed: int = 0,
) -> OwnDataSet:
    """Make a data set of arrays. They are kept in the cache, so that pages of a study can be made again later.

    Args:
        x_train: Images, (n, h, w), (n, h, w, 1 or 3), or flat; bytes, or numbers from 0 to 255 or from 0 to 1.
        y_train: Their labels: whole numbers, words, or one-hot rows.
        x_test: Images to test with; None to draw a share of each class.
        y_test: Their labels.
        class_names: In the order of the class numbers; None to name classes by their labels.
        name: What the data are called in tables and pages.
        resize: (height, width) to bring the images to; None to leave them.
        shape: Of an image in a flat row; None for a grey square.
        test_share: The share of each class to test with, where no images to test with are given.
        split_seed: Draws which these are.

    Raises:
        DataError: If they are no images with labels.

    Example:
        >>> x = np.arange(8 * 16, dtype=np.uint8).reshape(8, 4, 4)  # doctest: +SKIP
        >>> from_arrays(x, [0, 1] * 4, class_names=["cat", "dog"]).class_names  # doctest: +SKIP
        ('cat', 'dog')
    """
    if (x_test is None) != (y_test is None):
        got = "x_test alone" if y_test is None else "y_test alone"
        raise UsageError(explain(expected="x_test and y_test together", got=got, where="from_arrays"))
    parts = {Part.TRAIN: (np.asarray(x_train), np.asarray(y_train))}
    if x_test is not None and y_test is not None:
        parts[Part.TEST] = (np.asarray(x_test), np.asarray(y_test))
    reading = Reading(resize=resize, shape=shape, test_share=test_share, split_seed=split_seed)
    names = None if class_names is None else tuple(map(str, class_names))
    folder = kept_arrays(parts, reading, name=name, class_names=names)
    return OwnDataSet(name, folder, OwnData(Reading(kind="prepared")))


def from_path(
    path: str | Path,
    *,
    name: str | None = None,
    resize: tuple[int, int] | None = None,
    test_share: float = 0.2,
    split_seed: int = 0,
    label: str | None = None,
    shape: tuple[int, ...] | None = None,
) -> OwnDataSet:
    """Name a data set that lies in a folder or a file, as ``cnnlab run --data`` does; it is read when it is needed.

    Args:
        path: A folder with one folder for each class, a .zip of one, a .csv, an .npz, or IDX files.
        name: What the data are called; after the path if left out.
        resize: (height, width) to bring the images to; None where all have one size.
        test_share: The share of each class to test with, where the data give none.
        split_seed: Draws which these are.
        label: The column of a table with the labels; None to find it by its name.
        shape: Of an image in a flat row; None for a grey square.
    """
    reading = Reading(resize=resize, test_share=test_share, split_seed=split_seed, label=label, shape=shape)
    where = Path(path).expanduser()
    return OwnDataSet(name or own_name(where), where, OwnData(reading))

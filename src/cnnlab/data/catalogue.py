"""All data sets by name."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cnnlab.data import cifar10, made_up, mnist
from cnnlab.data.download import Progress
from cnnlab.data.known import CIFAR10, FASHION_MNIST, KMNIST, MNIST, KnownFiles
from cnnlab.data.request import Notify
from cnnlab.errors import UsageError, did_you_mean, explain
from cnnlab.records import Split


@dataclass(frozen=True)
class DataSet:
    """What can be said of a data set without loading it.

    Attributes:
        name: What users type.
        summary: One line for people.
        train_images: How many to train on.
        test_images: How many to test with.
        shape: Of one image: height, width, and 3 for colours.
        class_names: In the order of the class numbers.
        files: The raw files it comes from; None for one that is made on the spot.
    """

    name: str
    summary: str
    train_images: int
    test_images: int
    shape: tuple[int, ...]
    class_names: tuple[str, ...]
    files: KnownFiles | None


FASHION_NAMES: Final = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
"""H. Xiao, K. Rasul and R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset ..." (2017)."""
KUZUSHIJI_NAMES: Final = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
"""T. Clanuwat and others, "Deep Learning for Classical Japanese Literature" (2018), in Latin letters."""

DATA_SETS: Final = {
    known.name: known
    for known in (
        DataSet("mnist", "handwritten digits", 60_000, 10_000, (28, 28), mnist.CLASS_NAMES, MNIST),
        DataSet("fashion_mnist", "clothes", 60_000, 10_000, (28, 28), FASHION_NAMES, FASHION_MNIST),
        DataSet("kmnist", "kuzushiji letters", 60_000, 10_000, (28, 28), KUZUSHIJI_NAMES, KMNIST),
        DataSet("cifar10", "colour photographs", 50_000, 10_000, (32, 32, 3), cifar10.CLASS_NAMES, CIFAR10),
        DataSet(
            made_up.NAME,
            "strokes and rings",
            made_up.TRAIN_IMAGES,
            made_up.TEST_IMAGES,
            (made_up.SIZE, made_up.SIZE),
            made_up.CLASS_NAMES,
            None,
        ),
    )
}


def data_set(name: str) -> DataSet:
    """Return what is known of a data set.

    Raises:
        UsageError: If there is none of this name; with a proposal.
    """
    try:
        return DATA_SETS[name]
    except KeyError:
        raise UsageError(
            explain(expected="the name of a data set", got=repr(name), fix=did_you_mean(name, DATA_SETS))
        ) from None


def load(
    name: str = "mnist",
    *,
    path: str | Path | None = None,
    offline: bool = False,
    notify: Notify | None = None,
    progress: Progress | None = None,
) -> Split:
    """Load a data set by name.

    Args:
        name: One of :data:`DATA_SETS`.
        path: A folder with the raw files (plain or ``.gz``), one of them, or a Keras-style ``.npz``. Then no other
            source is asked. None for the list of sources in docs/data.md.
        offline: Never use the network.
        notify: Gets lines for people, such as that the cache cannot be written; None for the log "cnnlab.data".
        progress: Gets a file's name, the bytes that are here, and how many it will be; None for silence.

    Returns:
        Both parts: uint8 images of shape (n, height, width), in colour (n, height, width, 3), uint8 labels of
        shape (n,), divisor left None. Arrays that come from files are read-only.

    Raises:
        UsageError: If there is no data set of this name, or one that is made up was given a path.
        DataUnavailableError: If no source has it: each with its reason.

    Example:
        >>> split = load("made-up")
        >>> len(split.train), split.train.images.shape[1:], split.class_names[0]
        (320, (12, 12), 'horizontal stroke')
    """
    wanted = data_set(name)
    if wanted.files is not None:
        return mnist.load(
            wanted.files, wanted.class_names, path=path, offline=offline, notify=notify, progress=progress
        )
    if path is not None:
        raise UsageError(explain(where=name, expected="no path, since it is made on the spot", got=str(path)))
    return made_up.load()

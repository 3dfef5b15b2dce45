"""Data sets that are known to the byte: the names, shapes and SHA-256 sums of their raw files."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Part:
    """One raw file of a data set.

    Attributes:
        name: The raw file's name, which is also the part's name in the cache and in a run's provenance.
        key: The array's name in a Keras-style ``.npz``.
        shape: Of the array in it: images first.
        sha256: Of the raw IDX file, header included, in hexadecimal.
    """

    name: str
    key: str
    shape: tuple[int, ...]
    sha256: str


@dataclass(frozen=True)
class KnownFiles:
    """All raw files of a data set, and the one archive of them whose own sum is known.

    Attributes:
        name: What users call the data set.
        parts: In the order of :data:`KEYS`.
        npz_sha256: Of Keras' ``.npz``, so that a download is checked before it is opened.
    """

    name: str
    parts: tuple[Part, ...]
    npz_sha256: str


KEYS: Final = ("x_train", "y_train", "x_test", "y_test")

MNIST: Final = KnownFiles(
    name="mnist",
    parts=(
        Part(
            "train-images-idx3-ubyte",
            "x_train",
            (60_000, 28, 28),
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        ),
        Part(
            "train-labels-idx1-ubyte",
            "y_train",
            (60_000,),
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        ),
        Part(
            "t10k-images-idx3-ubyte",
            "x_test",
            (10_000, 28, 28),
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        ),
        Part(
            "t10k-labels-idx1-ubyte",
            "y_test",
            (10_000,),
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
    ),
    npz_sha256="731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
)

"""Data sets that are known to the byte: the names, shapes and sums of their raw files, or of the files as published."""

from dataclasses import dataclass, replace
from typing import Final

from cnnlab.data import idx
from cnnlab.data.idx import Bytes


@dataclass(frozen=True)
class Part:
    """One raw file of a data set.

    Attributes:
        name: The raw file's name, which is also the part's name in the cache and in a run's provenance.
        key: The array's name in a Keras-style ``.npz``.
        shape: Of the array in it: images first.
        sha256: Of the raw IDX file, header included, in hexadecimal; empty where only sums of the files as published
            are known.
        packed_md5: Of the file as published, packed, in hexadecimal; empty where ``sha256`` says more.
    """

    name: str
    key: str
    shape: tuple[int, ...]
    sha256: str = ""
    packed_md5: str = ""


@dataclass(frozen=True)
class PublishedFile:
    """A file as its authors publish it: its name, its MD5 sum, and how long it is at most."""

    name: str
    md5: str
    most_bytes: int


@dataclass(frozen=True)
class KnownFiles:
    """All raw files of a data set, and what is known of how they travel.

    Attributes:
        name: What users call the data set.
        parts: In the order of :data:`KEYS`.
        npz_sha256: Of Keras' ``.npz``, so that a download is checked before it is opened; empty where there is none.
        mirror: The public address under which the packed parts lie; empty for MNIST, which has more than one form.
        folders: Where Keras and torchvision put the packed parts, under a folder that somebody names.
    """

    name: str
    parts: tuple[Part, ...]
    npz_sha256: str = ""
    mirror: str = ""
    folders: tuple[str, ...] = ()

    @property
    def sums_known(self) -> bool:
        """Say whether each part can be checked wherever it comes from."""
        return all(part.sha256 for part in self.parts)

    def with_sums(self, sums: dict[str, str]) -> "KnownFiles":
        """Return the same with the sums that are known only since the files were there."""
        parts = (replace(part, sha256=part.sha256 or sums.get(part.name, "")) for part in self.parts)
        return replace(self, parts=tuple(parts))

    def with_sums_of(self, arrays: dict[str, Bytes]) -> "KnownFiles":
        """Return the same with the sums of parts that were read from files as published."""
        return self.with_sums({part.name: idx.sha256(arrays[part.name]) for part in self.parts if not part.sha256})


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


def _idx_parts(*md5s: str) -> tuple[Part, ...]:
    """Return the parts of a data set in MNIST's form, of which the sums of the packed files were published."""
    return tuple(replace(part, sha256="", packed_md5=md5) for part, md5 in zip(MNIST.parts, md5s, strict=True))


FASHION_MNIST: Final = KnownFiles(
    name="fashion_mnist",
    parts=_idx_parts(
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "25c81989df183df01b3e8a0aad5dffbe",
        "bef4ecab320f06d8554ea6380940ec79",
        "bb300cfdad3c16e7a12a480ee83cd310",
    ),
    mirror="https://storage.googleapis.com/tensorflow/tf-keras-datasets",
    folders=("fashion-mnist", "datasets/fashion-mnist", "FashionMNIST/raw"),
)
KMNIST: Final = KnownFiles(
    name="kmnist",
    parts=_idx_parts(
        "bdb82020997e1d708af4cf47b453dcf7",
        "e144d726b3acfaa3e44228e80efcd344",
        "5c965bf0a639b31b8f53240b1b52f4d7",
        "7320c461ea6c1c855c0b718fb2a4b134",
    ),
    mirror="https://codh.rois.ac.jp/kmnist/dataset/kmnist",
    folders=("kmnist", "datasets/kmnist", "KMNIST/raw"),
)
CIFAR10: Final = KnownFiles(
    name="cifar10",
    parts=(
        Part("train-images", "x_train", (50_000, 32, 32, 3)),
        Part("train-labels", "y_train", (50_000,)),
        Part("test-images", "x_test", (10_000, 32, 32, 3)),
        Part("test-labels", "y_test", (10_000,)),
    ),
    mirror="https://www.cs.toronto.edu/~kriz",
    folders=("cifar-10-batches-py-target", "datasets/cifar-10-batches-py-target"),
)

"""CIFAR-10: 60,000 photographs of 32 x 32 pixels in colour, of ten kinds of things.

A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images" (2009). Its binary version is read: records of a
label and 3,072 bytes. What Keras and torchvision have downloaded is the Python version, six pickles: they are opened
only if their sum is the published one, and then by an unpickler that admits arrays and nothing else.
"""

import contextlib
import io
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from cnnlab.data.failures import SourceError
from cnnlab.data.files import check_published
from cnnlab.data.idx import Bytes
from cnnlab.data.known import CIFAR10, PublishedFile
from cnnlab.data.parts import Parts
from cnnlab.data.pickles import unpickle_arrays
from cnnlab.errors import explain

CLASS_NAMES: Final = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
BINARY: Final = PublishedFile("cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530", 1 << 28)
PYTHON: Final = PublishedFile("cifar-10-python.tar.gz", "c58f30108f718f92721af3b95e74349a", 1 << 28)
BATCHES: Final = (
    PublishedFile("data_batch_1", "c99cafc152244af753f735de768cd75f", 1 << 25),
    PublishedFile("data_batch_2", "d4bba439e000b95fd0a9bffe97cbabec", 1 << 25),
    PublishedFile("data_batch_3", "54ebc095f3ab1f0389bbae665268c751", 1 << 25),
    PublishedFile("data_batch_4", "634d18415352ddfa80567beed471001a", 1 << 25),
    PublishedFile("data_batch_5", "482c414d41f54cd18b22e5b47cb7c3cb", 1 << 25),
    PublishedFile("test_batch", "40351d587109b95175f43aff81a1287e", 1 << 25),
)
"""The Python version, unpacked; the sums are those that torchvision checks."""

_FOLDER: Final = "cifar-10-batches-py"
_RECORDS: Final = 10_000
_PIXELS: Final = 32 * 32 * 3
_ARCHIVES: Final = (BINARY.name, PYTHON.name, f"{_FOLDER}.tar.gz", f"{_FOLDER}-target_archive")
"""The published names, and those under which Keras keeps the Python version."""

Batch = tuple[Bytes, Bytes]


def places(folder: Path) -> list[Path]:
    """List where the data set may lie under a folder: the archives, and the Python version unpacked."""
    unpacked = (folder, folder / _FOLDER, folder / f"{_FOLDER}-target" / _FOLDER)
    return [*(folder / name for name in _ARCHIVES), *(place / BATCHES[-1].name for place in unpacked)]


def read(path: Path) -> Parts:
    """Read the data set from one of its archives, or from a folder with one or with the Python version unpacked.

    Raises:
        SourceError: If there is none, or it has another sum than was published.
        OSError: If it cannot be read.
    """
    if path.is_file() and path.name != BATCHES[-1].name:
        return read_archive(path)
    folder = path.parent if path.is_file() else path
    found = next((place for place in places(folder) if place.is_file()), None)
    if found is None:
        expected = f"{BINARY.name}, {PYTHON.name} or {BATCHES[0].name} and its companions"
        raise SourceError(explain(expected=expected, got=f"none in {folder.name}"))
    return _unpacked(found.parent) if found.name == BATCHES[-1].name else read_archive(found)


def read_archive(path: Path) -> Parts:
    """Read an archive as published: the binary version, or the Python one.

    Raises:
        SourceError: If it is another file.
        OSError: If it cannot be read.
    """
    with contextlib.suppress(SourceError):
        check_published(path, PYTHON.md5, PYTHON.most_bytes)
        return _arrays(_members(path, [f"{_FOLDER}/{batch.name}" for batch in BATCHES], 1 << 25), pickled)
    check_published(path, BINARY.md5, BINARY.most_bytes)
    names = [f"cifar-10-batches-bin/{batch.name}.bin" for batch in BATCHES]
    return _arrays(_members(path, names, _RECORDS * (_PIXELS + 1)), records)


def _unpacked(folder: Path) -> Parts:
    contents = []
    for batch in BATCHES:
        path = folder / batch.name
        if not path.is_file():
            raise SourceError(explain(expected=f"a file {batch.name}", got="none", where=folder.name))
        check_published(path, batch.md5, batch.most_bytes)
        contents.append(path.read_bytes())
    return _arrays(contents, pickled)


def _members(path: Path, names: list[str], most: int) -> list[bytes]:
    """Read members of an archive; nothing is unpacked onto the disk."""
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                if member.name in names and member.isreg() and member.size <= most:
                    content = archive.extractfile(member)
                    found[member.name] = content.read() if content else b""
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise SourceError(f"{path.name}: it cannot be unpacked: {error}") from error
    missing = next((name for name in names if name not in found), None)
    if missing is not None:
        raise SourceError(explain(expected=missing, got="none", where=path.name))
    return [found[name] for name in names]


def records(content: bytes) -> Batch:
    """Read a batch of the binary version: for each image its label and its pixels, one colour after the other.

    Raises:
        SourceError: If it has another length.
    """
    if len(content) % (_PIXELS + 1):
        raise SourceError(explain(expected="whole records of 3,073 bytes", got=f"{len(content):,} bytes"))
    rows = np.frombuffer(content, np.uint8).reshape(-1, _PIXELS + 1)
    return rows[:, 1:], rows[:, 0]


def pickled(content: bytes) -> Batch:
    """Read a batch of the Python version.

    Raises:
        SourceError: If it asks for anything but arrays, or holds something else than pixels and labels.
    """
    found = unpickle_arrays(io.BytesIO(content))
    told = found if isinstance(found, dict) else {}
    images, labels = told.get("data"), told.get("labels")
    if not isinstance(images, np.ndarray) or images.dtype != np.uint8 or images.shape[1:] != (_PIXELS,):
        raise SourceError(explain(expected="pixels in a batch", got="something else"))
    if not isinstance(labels, list) or any(type(one) is not int or not 0 <= one < len(CLASS_NAMES) for one in labels):
        raise SourceError(explain(expected="labels from 0 to 9 in a batch", got="something else"))
    if len(images) != len(labels):
        raise SourceError(explain(expected=f"{len(images):,} labels in a batch", got=f"{len(labels):,}"))
    return images, np.array(labels, np.uint8)


def _arrays(contents: list[bytes], read_batch: Callable[[bytes], Batch]) -> Parts:
    """Put batches together, colours last; the last batch is the test."""
    batches = [read_batch(content) for content in contents]
    parts = {}
    for some, (images, labels) in ((batches[:-1], CIFAR10.parts[:2]), (batches[-1:], CIFAR10.parts[2:])):
        pixels = np.concatenate([one for one, _ in some]).reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        parts[images.name] = np.ascontiguousarray(pixels)
        parts[labels.name] = np.concatenate([one for _, one in some])
    for part in CIFAR10.parts:
        if parts[part.name].shape != part.shape:
            got = str(parts[part.name].shape)
            raise SourceError(explain(expected=f"shape {part.shape}", got=got, where=part.name))
    return parts

"""``.npz`` archives of NumPy's: as Keras names what is in them, as MedMNIST does, or just images and labels.

An archive from a stranger is data: no pickle is opened, and how large an array is going to be is checked against what
the archive can hold before memory is taken for it.
"""

import math
import re
import sys
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from cnnlab.data.own.arrays import Array, Numbers, images_of, labels_of
from cnnlab.data.own.raw import Bytes, Part, Raw, numbered
from cnnlab.data.own.reading import Reading
from cnnlab.data.own.shelf import MOST_DIRECTORY
from cnnlab.errors import CnnlabError, DataError, explain
from cnnlab.files.archive import Archive, opened
from cnnlab.files.npy import read_header

_WORDS: Final = {
    Part.TRAIN: (
        ("x_train", "y_train"),
        ("train_images", "train_labels"),
        ("x", "y"),
        ("images", "labels"),
        ("image", "label"),
        ("data", "target"),
        ("arr_0", "arr_1"),
    ),
    Part.VALIDATION: (("x_val", "y_val"), ("x_valid", "y_valid"), ("val_images", "val_labels")),
    Part.TEST: (("x_test", "y_test"), ("test_images", "test_labels")),
}
_NAMES: Final = ("class_names", "label_names", "target_names", "classes")
_MOST: Final = 1 << 45
_MOST_LABELS: Final = 1 << 31
_KINDS: Final = re.compile(r"[<>=|]?(?:b1|[iu][1248]|f[248]|U\d{1,6})")
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError)


@dataclass(frozen=True)
class _Head:
    """What stands before an array's numbers."""

    shape: tuple[int, ...]
    dtype: "np.dtype[Any]"
    fortran: bool


def read_npz(path: Path, reading: Reading, where: str) -> Raw:
    """Read an archive of arrays.

    Args:
        path: The file.
        reading: How.
        where: For messages.

    Raises:
        DataError: If it lacks images or labels, holds Python objects, is cut, or claims more than it can hold.
    """
    with _archive(path, where) as archive:
        pairs = _pairs(archive.names, where)
        sizes = {part: _head(archive, images, where) for part, (images, _) in pairs.items()}
        labels = {part: _small(archive, names[1], where) for part, names in pairs.items()}
        names = _class_names(archive, where)
    images = {part: images_of(_numbers(path, pairs[part][0], sizes[part], where), reading) for part in pairs}
    shapes = {one.shape for one in images.values()}
    if len(shapes) > 1:
        got = " and ".join(str(shape) for shape in sorted(shapes))
        raise DataError(explain(expected="images of one size in all parts", got=got, where=where))
    flat = [labels_of(labels[part], sizes[part].shape[0], f"{where}, {pairs[part][1]}") for part in pairs]
    if len({one.dtype.kind == "U" for one in flat}) > 1:
        raise DataError(explain(expected="labels of one kind in all parts", got="words and numbers", where=where))
    numbers, class_names = numbered(np.concatenate(flat), where, names)

    def blocks() -> Iterator[Bytes]:
        for one in images.values():
            yield from one.blocks()

    parts = np.repeat([int(part) for part in pairs], [len(some) for some in flat]) if len(pairs) > 1 else None
    said = tuple(dict.fromkeys(text for one in images.values() for text in one.notices))
    shape = next(iter(shapes))
    return Raw("npz", shape, numbers, class_names, parts, by_class=False, blocks=blocks, notices=said)


@contextmanager
def _archive(path: Path, where: str) -> Iterator[Archive]:
    with opened(path, MOST_DIRECTORY) as archive:
        if archive.packed > path.stat().st_size:
            raise DataError(explain(expected="members beside each other", got="members over each other", where=where))
        yield archive


def _pairs(members: Sequence[str], where: str) -> dict[Part, tuple[str, str]]:
    """Find the arrays of each part by their names, whatever their case."""
    known = {name.removesuffix(".npy").lower(): name for name in members if name.endswith(".npy")}
    found = {
        part: next(((known[x], known[y]) for x, y in pairs if x in known and y in known), None)
        for part, pairs in _WORDS.items()
    }
    pairs = {part: names for part, names in found.items() if names is not None}
    if Part.TRAIN not in pairs:
        got = ", ".join(sorted(name.removesuffix(".npy") for name in members)[:8]) or "nothing"
        fix = "Save it with numpy.savez_compressed(path, x_train=..., y_train=..., x_test=..., y_test=...)."
        expected = "arrays x_train and y_train, or images and labels"
        raise DataError(explain(expected=expected, got=got, where=where, fix=fix))
    return pairs


def _head(archive: Archive, name: str, where: str) -> _Head:
    """Read what stands before an array's numbers, and hold it against what the archive can hold."""
    try:
        with archive.member(name, _MOST) as file:
            head = _read_head(file, name)
    except CnnlabError:
        raise
    except _BROKEN as error:
        got = f"{name}: {str(error).splitlines()[0][:120]}"
        raise DataError(explain(expected="an array that can be read", got=got, where=where)) from None
    if head.dtype.hasobject or head.dtype.kind not in "biufU":
        got = f"{name} of Python objects" if head.dtype.hasobject else f"{name} of {head.dtype}"
        fix = "Save numbers: such objects can run code of whoever saved them, and are never opened."
        raise DataError(explain(expected="arrays of numbers", got=got, where=where, fix=fix))
    if (
        not head.shape
        or min(head.shape) < 0
        or math.prod(axis or 1 for axis in head.shape)
        > _MOST  # of an empty array too, which NumPy could not even shape
        or head.dtype.itemsize * math.prod(head.shape) > min(archive.size(name), _MOST)
    ):
        got = f"{name} of shape {head.shape} in {archive.size(name):,} bytes"
        raise DataError(explain(expected="as many numbers as the header says", got=got, where=where))
    if head.fortran and len(head.shape) > 1:
        fix = "Save numpy.ascontiguousarray(x)."
        got = f"{name} in Fortran's order"
        raise DataError(explain(expected="images one after the other", got=got, where=where, fix=fix))
    return head


def _read_head(file: IO[bytes], name: str) -> _Head:
    """Read it without Python's parser, to which NumPy's own reader would hand a stranger's text."""
    kind, shape, order = read_header(file, name)
    if kind.strip("<>=|") == "O":
        return _Head(shape, np.dtype(object), fortran=False)
    if not _KINDS.fullmatch(kind):
        raise DataError(explain(expected="arrays of numbers", got=f"{name} of {kind[:40]!r}"))
    return _Head(shape, np.dtype(kind), order == "F")


def _small(archive: Archive, name: str, where: str) -> Array:
    """Read an array that may be in memory whole: labels and names."""
    head = _head(archive, name, where)
    size = head.dtype.itemsize * math.prod(head.shape)
    if size > _MOST_LABELS:
        raise DataError(explain(expected="labels", got=f"{size >> 20:,} MiB in {name}", where=where))
    with archive.member(name, _MOST) as file:
        _read_head(file, name)
        content = _exactly(file, size, name)
    if head.dtype.kind == "U":
        codes = np.frombuffer(content, f"{head.dtype.str[0]}u4")
        if codes.size and codes.max() > sys.maxunicode:  # Python's own text ends the process or fails on it
            raise DataError(explain(expected="words", got=f"{name} with letters that are none", where=where))
    return np.frombuffer(content, head.dtype).reshape(head.shape)


def _class_names(archive: Archive, where: str) -> list[str] | None:
    for name in _NAMES:
        if f"{name}.npy" in archive.names:
            found = _small(archive, f"{name}.npy", where)
            return [str(one) for one in found] if found.ndim == 1 and found.dtype.kind == "U" else None
    return None


def _numbers(path: Path, name: str, head: _Head, where: str) -> Numbers:
    def pieces(many: int) -> Iterator[Array]:
        each = head.dtype.itemsize * math.prod(head.shape[1:])
        with _archive(path, where) as archive, archive.member(name, _MOST) as file:
            _read_head(file, name)
            for start in range(0, head.shape[0], many):
                count = min(many, head.shape[0] - start)
                content = _exactly(file, count * each, name)
                yield np.frombuffer(content, head.dtype).reshape(count, *head.shape[1:])

    return Numbers(head.shape, head.dtype, pieces, f"{where}, {name.removesuffix('.npy')}")


def _exactly(file: IO[bytes], size: int, name: str) -> bytes:
    content = file.read(size)
    if len(content) < size:
        message = f"{name} ends early"
        raise EOFError(message)
    return content

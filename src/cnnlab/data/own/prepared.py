"""Data made ready: a folder with one ``.npy`` a part, opened by memory map, and a manifest that says what they are.

It is written beside its place under a name that nobody looks for, flushed, summed, and renamed whole: it is there
altogether or not at all, whenever the process ends.
"""

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from cnnlab.data import idx
from cnnlab.data.failures import AbsentError, SourceError
from cnnlab.data.folders import for_people
from cnnlab.data.own.dividing import Division
from cnnlab.data.own.raw import Raw, Step
from cnnlab.errors import CnnlabError, explain

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
SUMMED_AT_LOAD: Final = 1 << 28
"""Bytes: up to so many are summed at every load; larger data are known by the sizes and times of their files."""
_PARTS: Final = ("train-images", "train-labels", "test-images", "test-labels")
_NAMES: Final = "class-names"
_FORSAKEN: Final = 3600.0  # seconds; a living process writes more often
_MOST_MANIFEST: Final = 1 << 24
_ROOM: Final = 1 << 24  # bytes left free on the disk

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Manifest:
    """What a prepared folder says of itself.

    Attributes:
        format: Of this file; another one is made anew.
        name: Of the data.
        kind: What they were made from.
        source: From where, for people.
        class_names: In the order of the numbers.
        held_out: So many training images, the last, are the source's own validation images.
        notices: What the user should know, a sentence each.
        sums: SHA-256 of each part as an IDX file, and of the names of the classes.
        files: Size and time of each file as it was summed.
    """

    format: int
    name: str
    kind: str
    source: str
    class_names: tuple[str, ...]
    held_out: int
    notices: tuple[str, ...]
    sums: dict[str, str]
    files: dict[str, tuple[int, int]]


@dataclass(frozen=True, eq=False)
class Prepared:
    """A prepared folder, open: read-only arrays over its files."""

    manifest: Manifest
    arrays: dict[str, Array]


def is_prepared(folder: Path) -> bool:
    """Say whether a folder is one of ours, by the names in it."""
    return (folder / MANIFEST).is_file() and all((folder / f"{part}.npy").is_file() for part in _PARTS)


def open_prepared(folder: Path) -> Prepared:
    """Open a prepared folder.

    Raises:
        AbsentError: If there is none.
        SourceError: If it is damaged, or of another format.
    """
    if not is_prepared(folder):
        raise AbsentError("empty")
    manifest = read_manifest(folder)
    arrays = {part: _mapped(folder / f"{part}.npy") for part in _PARTS}
    _check_shapes(arrays, manifest, folder)
    changed = any(_stamp(folder / f"{part}.npy") != tuple(manifest.files[part]) for part in _PARTS)
    if changed or sum(array.nbytes for array in arrays.values()) <= SUMMED_AT_LOAD:
        _check_sums(arrays, manifest, folder)
    return Prepared(manifest, arrays)


def write_prepared(folder: Path, raw: Raw, division: Division, name: str, source: str, step: Step) -> None:
    """Write a prepared folder; one that is there gives way to it.

    Args:
        folder: Where it shall be.
        raw: What goes into it.
        division: Where each image goes.
        name: Of the data.
        source: From where they come, for people.
        step: Told how many bytes of images have been written.

    Raises:
        CnnlabError: If the source turns out to be unusable, or the disk is full or cannot be written.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _sweep(folder.parent)
        _check_room(folder.parent, raw)
        with _beside(folder) as draft:
            files = _write_parts(draft, raw, division, step)
            sums = {part: _sum(_mapped(draft / f"{part}.npy")) for part in _PARTS}
            sums[_NAMES] = names_sum(raw.class_names)
            notices = (*raw.notices, *division.notices)
            manifest = Manifest(
                FORMAT, name, raw.kind, source, raw.class_names, division.held_out, notices, sums, files
            )
            (draft / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1) + "\n", "utf-8")
    except OSError as error:
        fix = "Free some space, or set CNNLAB_CACHE_DIR to a folder that can be written."
        got = error.strerror or str(error)
        place = for_people(folder.parent)
        raise CnnlabError(explain(expected="to be able to write", got=got, where=place, fix=fix)) from error


def names_sum(names: tuple[str, ...]) -> str:
    """Sum the names of classes: data with other names are other data."""
    return hashlib.sha256(json.dumps(list(names)).encode()).hexdigest()


# Writing.


def _write_parts(draft: Path, raw: Raw, division: Division, step: Step) -> dict[str, tuple[int, int]]:
    """Write the images as they come, each at its place, and the labels."""
    count = len(raw.labels)
    type_of_labels = np.uint8 if len(raw.class_names) <= 256 else np.int32  # noqa: PLR2004 - numbers in a byte
    images = {}
    for part, some in (("train", ~division.test), ("test", division.test)):
        labels = np.empty(int(some.sum()), type_of_labels)
        labels[division.places[some]] = raw.labels[some]
        np.save(draft / f"{part}-labels.npy", labels, allow_pickle=False)
        images[part] = _Slots(draft / f"{part}-images.npy", (int(some.sum()), *raw.shape))
    with contextlib.ExitStack() as stack:
        slots = {part: stack.enter_context(one) for part, one in images.items()}
        row = 0
        for block in raw.blocks():
            rows = slice(row, row + len(block))
            for image, test, place in zip(block, division.test[rows], division.places[rows], strict=True):
                slots["test" if test else "train"].put(int(place), image)
            row += len(block)
            step(row * images["train"].each, count * images["train"].each)
    if row != count:
        raise SourceError(explain(expected=f"{count:,} images", got=f"{row:,}"))
    for part in _PARTS:
        with (draft / f"{part}.npy").open("rb") as file:
            os.fsync(file.fileno())
    return {part: _stamp(draft / f"{part}.npy") for part in _PARTS}


class _Slots:
    """An ``.npy`` file of images that are written one by one, each at its place, and never held in memory."""

    def __init__(self, path: Path, shape: tuple[int, ...]) -> None:
        self.path = path
        self.each = int(np.prod(shape[1:]))
        self._shape = shape

    def __enter__(self) -> Self:
        self._file = self.path.open("wb")
        try:
            header = {"descr": "|u1", "fortran_order": False, "shape": self._shape}
            np.lib.format.write_array_header_1_0(self._file, header)
            self._start = self._file.tell()
            self._file.truncate(self._start + self.each * self._shape[0])
        except BaseException:
            self._file.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def put(self, place: int, image: npt.NDArray[np.uint8]) -> None:
        """Write an image at its place."""
        at = self._start + place * self.each
        if self._file.tell() != at:  # a seek empties the buffer
            self._file.seek(at)
        self._file.write(image.tobytes())


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """Give a folder to write into; it takes the place of the other when all went well, else nothing is left of it."""
    draft = folder.with_name(f".{folder.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    draft.mkdir()
    try:
        yield draft
        if folder.exists():  # a damaged one, or another process was quicker with the same
            old = draft.with_name(f"{draft.name}.old.tmp")
            folder.rename(old)
            shutil.rmtree(old, ignore_errors=True)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _sweep(parent: Path) -> None:
    """Remove drafts of processes that were killed."""
    for draft in parent.glob(".*.tmp"):
        with contextlib.suppress(OSError):
            newest = max(one.stat().st_mtime for one in [draft, *draft.iterdir()])
            if time.time() - newest > _FORSAKEN:
                shutil.rmtree(draft, ignore_errors=True)


def _check_room(parent: Path, raw: Raw) -> None:
    needed = len(raw.labels) * (int(np.prod(raw.shape)) + 8) + _ROOM
    free = shutil.disk_usage(parent).free
    if needed > free:
        fix = "Free some space, or set CNNLAB_CACHE_DIR to a folder on another disk."
        expected, got = f"{needed / 1e9:,.1f} GB free for the prepared images", f"{free / 1e9:,.1f} GB"
        raise CnnlabError(explain(expected=expected, got=got, where=for_people(parent), fix=fix))


# Reading.


def read_manifest(folder: Path) -> Manifest:
    """Read what a prepared folder says of itself, without looking at its arrays.

    Raises:
        SourceError: If it says nothing that can be used.
    """
    path = folder / MANIFEST
    try:
        with path.open("rb") as file:
            told = json.loads(file.read(_MOST_MANIFEST))
        found = Manifest(**{**told, "class_names": tuple(told["class_names"]), "notices": tuple(told["notices"])})
        sound = found.format == FORMAT and set(found.files) == set(_PARTS) and {*_PARTS, _NAMES} == set(found.sums)
        sound = sound and all(isinstance(one, str) for one in (*found.class_names, *found.notices, found.name))
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise SourceError(f"{for_people(path)} cannot be read: {error}") from None
    if not sound or found.sums[_NAMES] != names_sum(found.class_names):
        raise SourceError(f"{for_people(path)} is of another format, or changed")
    return found


def _mapped(path: Path) -> Array:
    try:
        # asarray: a plain array over the map, since np.memmap's own class would travel into everything made of it.
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except (OSError, ValueError, EOFError) as error:
        raise SourceError(f"{for_people(path)} cannot be opened: {error}") from error


def _check_shapes(arrays: dict[str, Array], manifest: Manifest, folder: Path) -> None:
    train, train_labels, test, test_labels = (arrays[part] for part in _PARTS)
    images_fit = train.dtype == test.dtype == np.uint8 and train.ndim in {3, 4} and train.shape[1:] == test.shape[1:]
    labels_fit = all(
        labels.shape == images.shape[:1] and labels.dtype.kind in "iu" and len(labels)
        for labels, images in ((train_labels, train), (test_labels, test))
    )
    classes = len(manifest.class_names)
    if not images_fit or not labels_fit or max(int(train_labels.max()), int(test_labels.max())) >= classes:
        raise SourceError(f"{for_people(folder)}: its arrays do not belong together")


def _check_sums(arrays: dict[str, Array], manifest: Manifest, folder: Path) -> None:
    for part, array in arrays.items():
        if _sum(array) != manifest.sums[part]:
            raise SourceError(f"{for_people(folder)}: {part} has changed since it was written")


def _sum(array: Array) -> str:
    """Sum an array as the IDX file that it would be; numbers of more than a byte as they lie."""
    flat = array if array.dtype == np.uint8 else np.ascontiguousarray(array, "<i4").view(np.uint8)
    return idx.sha256(flat)


def _stamp(path: Path) -> tuple[int, int]:
    told = path.stat()
    return told.st_size, told.st_mtime_ns

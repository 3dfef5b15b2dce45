"""A data set on its way to other processes: it travels once to each of them and is summed where it arrives."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from socket import gethostname
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab.errors import DataError, explain
from cnnlab.experiments.prepare import prepared_for
from cnnlab.experiments.trials import Architecture
from cnnlab.records import Examples, Split
from cnnlab.training import Prepared

Arrays = Mapping[str, npt.NDArray[Any]]
_PARTS = ("train", "test", "validation")
_FIELDS = ("images", "labels")


@dataclass(frozen=True)
class InFile:
    """An array that lies in a file, its numbers one after the other from an offset in bytes on."""

    path: Path
    offset: int
    dtype: str
    shape: tuple[int, ...]

    def opened(self) -> npt.NDArray[Any]:
        """Map it."""
        if 0 in self.shape:
            return np.zeros(self.shape, self.dtype)
        return np.memmap(self.path, np.dtype(self.dtype), "r", self.offset, self.shape)


@dataclass(frozen=True, eq=False)
class Shipment:
    """A data set that travels.

    Attributes:
        split: All of it but the arrays.
        arrays: By part and field, as "test_images"; or where they lie in files, for processes of this machine.
        digest: Over all arrays, so that what arrives can be held against what was sent.
    """

    split: Split
    arrays: Mapping[str, "npt.NDArray[Any] | InFile"]
    digest: str


def shipment(split: Split, folder: Path | None = None) -> Shipment:
    """Pack a data set.

    Args:
        split: What shall travel.
        folder: Where its arrays are written, for processes that can open them by memory map; None to send them. One
            that is mapped from a file already is not written again: it may be larger than the disk that is left.
    """
    there = _there(split)
    arrays = {f"{part}_{name}": getattr(examples, name) for part, examples in there.items() for name in _FIELDS}
    empty = _with_parts(split, {part: _without_arrays(examples) for part, examples in there.items()})
    if folder is None:
        return Shipment(empty, {name: np.ascontiguousarray(array) for name, array in arrays.items()}, _digest(arrays))
    places = {name: in_file(array) or _written(array, folder / f"{name}.npy") for name, array in arrays.items()}
    return Shipment(empty, places, _digest(arrays))


def in_file(array: npt.NDArray[Any]) -> InFile | None:
    """Say where an array lies that is mapped from a file, whole or a part of it; None for any other."""
    root: Any = array
    while isinstance(root.base, np.ndarray):
        root = root.base
    if not isinstance(root, np.memmap) or root.filename is None or not array.flags.c_contiguous:
        return None
    # The offset of the map itself: those of its slices are not kept up.
    offset = root.offset + array.__array_interface__["data"][0] - root.__array_interface__["data"][0]
    return InFile(Path(root.filename).resolve(), offset, array.dtype.str, array.shape)


def _written(array: npt.NDArray[Any], path: Path) -> InFile:
    """Write an array; its numbers are the end of the file."""
    whole = np.ascontiguousarray(array)
    np.save(path, whole, allow_pickle=False)
    return InFile(path, path.stat().st_size - whole.nbytes, whole.dtype.str, array.shape)


def unpacked(shipped: Shipment) -> Split:
    """Put a data set together where it has arrived.

    Raises:
        DataError: If it is not what was sent.
    """
    arrays = {name: array.opened() if isinstance(array, InFile) else array for name, array in shipped.arrays.items()}
    digest = _digest(arrays)
    if digest != shipped.digest:
        expected, got = f"data of sum {shipped.digest[:12]}", digest[:12]
        raise DataError(explain(expected=expected, got=got, where=f"{shipped.split.name} on {gethostname()}"))
    parts = {
        part: replace(examples, images=arrays[f"{part}_images"], labels=arrays[f"{part}_labels"])
        for part, examples in _there(shipped.split).items()
    }
    return _with_parts(shipped.split, parts)


class Arrivals:
    """What has arrived in this process, kept for the next task.

    One data set at a time, prepared for the architectures that asked last: a worker's memory does not grow.
    """

    def __init__(self) -> None:
        self._lock = Lock()  # one of Dask's workers may have several threads
        self._digest = ""
        self._split: Split | None = None
        self._prepared = lru_cache(maxsize=4)(self._prepare)

    def prepared(self, shipped: Shipment, architecture: Architecture) -> Prepared:
        """Return a data set in the form that an architecture takes."""
        with self._lock:
            if self._split is None or self._digest != shipped.digest:
                self._split, self._digest = unpacked(shipped), shipped.digest
                self._prepared.cache_clear()
            recipe = architecture.recipe
            return self._prepared(architecture.network, recipe.loss, recipe.class_weight)

    def _prepare(self, network: Any, loss: Any, class_weight: Any) -> Prepared:  # noqa: ANN401 - as `prepared_for` takes them
        assert self._split is not None
        return prepared_for(network, loss, self._split, class_weight)


def _there(split: Split) -> dict[str, Examples]:
    """Return the parts that a data set has, by their names."""
    parts = {part: getattr(split, part) for part in _PARTS}
    return {part: examples for part, examples in parts.items() if examples is not None}


def _with_parts(split: Split, parts: Mapping[str, Examples]) -> Split:
    return replace(split, train=parts["train"], test=parts["test"], validation=parts.get("validation"))


def _without_arrays(examples: Examples) -> Examples:
    return replace(examples, images=np.zeros(0), labels=np.zeros(0))


def _digest(arrays: Arrays) -> str:
    digest = sha256()
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()

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
_PARTS = ("train_images", "train_labels", "test_images", "test_labels")


@dataclass(frozen=True, eq=False)
class Shipment:
    """A data set that travels.

    Attributes:
        split: All of it but the arrays.
        arrays: By part; or the paths of `.npy` files with them, for processes of this machine.
        digest: Over all arrays, so that what arrives can be held against what was sent.
    """

    split: Split
    arrays: Mapping[str, npt.NDArray[Any] | Path]
    digest: str


def shipment(split: Split, folder: Path | None = None) -> Shipment:
    """Pack a data set.

    Args:
        split: What shall travel.
        folder: Where its arrays are written, for processes that can open them by memory map; None to send them.
    """
    arrays = dict(
        zip(_PARTS, (split.train.images, split.train.labels, split.test.images, split.test.labels), strict=True)
    )
    empty = replace(split, train=_without_arrays(split.train), test=_without_arrays(split.test))
    if folder is None:
        return Shipment(empty, {name: np.ascontiguousarray(array) for name, array in arrays.items()}, _digest(arrays))
    paths = {}
    for name, array in arrays.items():
        paths[name] = folder / f"{name}.npy"
        np.save(paths[name], array, allow_pickle=False)
    return Shipment(empty, paths, _digest(arrays))


def unpacked(shipped: Shipment) -> Split:
    """Put a data set together where it has arrived.

    Raises:
        DataError: If it is not what was sent.
    """
    arrays = {
        name: np.load(array, mmap_mode="r", allow_pickle=False) if isinstance(array, Path) else array
        for name, array in shipped.arrays.items()
    }
    digest = _digest(arrays)
    if digest != shipped.digest:
        expected, got = f"data of sum {shipped.digest[:12]}", digest[:12]
        raise DataError(explain(expected=expected, got=got, where=f"{shipped.split.name} on {gethostname()}"))
    split = shipped.split
    train = replace(split.train, images=arrays["train_images"], labels=arrays["train_labels"])
    return replace(
        split, train=train, test=replace(split.test, images=arrays["test_images"], labels=arrays["test_labels"])
    )


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
            return self._prepared(architecture.network, architecture.recipe.loss)

    def _prepare(self, network: Any, loss: Any) -> Prepared:  # noqa: ANN401 - as `prepared_for` takes them
        assert self._split is not None
        return prepared_for(network, loss, self._split)


def _without_arrays(examples: Examples) -> Examples:
    return replace(examples, images=np.zeros(0), labels=np.zeros(0))


def _digest(arrays: Arrays) -> str:
    digest = sha256()
    for name in _PARTS:
        array = arrays[name]
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()

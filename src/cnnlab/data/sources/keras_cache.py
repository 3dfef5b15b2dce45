"""The third source: what Keras has downloaded on this machine before."""

from pathlib import Path
from typing import Final

from cnnlab.data.failures import AbsentError
from cnnlab.data.files import read_npz
from cnnlab.data.folders import for_people, keras_datasets
from cnnlab.data.published import published_places, read_published
from cnnlab.data.request import Found, Request, Source


def _folder(request: Request) -> Path:
    return keras_datasets() / request.known.folders[0]


def _read_folder(request: Request) -> Found:
    if not any(found.exists() for found in published_places(keras_datasets(), request.known)):
        raise AbsentError("no such files")
    return Found(read_published(keras_datasets(), request.known), for_people(keras_datasets()))


def _archive(request: Request) -> Path:
    return keras_datasets() / f"{request.known.name}.npz"


def _read(request: Request) -> Found:
    archive = _archive(request)
    return Found(read_npz(archive, request.known), for_people(archive))


KERAS_FOLDER: Final = Source(
    "keras",
    lambda request: for_people(_folder(request)),
    lambda request: any(found.exists() for found in published_places(keras_datasets(), request.known)),
    _read_folder,
)
KERAS_CACHE: Final = Source(
    "keras", lambda request: for_people(_archive(request)), lambda request: _archive(request).is_file(), _read
)

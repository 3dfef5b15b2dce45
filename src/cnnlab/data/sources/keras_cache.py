"""The third source: what Keras has downloaded on this machine before."""

from pathlib import Path
from typing import Final

from cnnlab.data.files import read_npz
from cnnlab.data.folders import for_people, keras_datasets
from cnnlab.data.request import Found, Request, Source


def _archive(request: Request) -> Path:
    return keras_datasets() / f"{request.known.name}.npz"


def _read(request: Request) -> Found:
    archive = _archive(request)
    return Found(read_npz(archive, request.known), for_people(archive))


KERAS_CACHE: Final = Source(
    "keras", lambda request: for_people(_archive(request)), lambda request: _archive(request).is_file(), _read
)

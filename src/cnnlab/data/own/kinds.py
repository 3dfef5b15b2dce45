"""What lies at a path: told by looking at it, the names in a folder or the first bytes of a file."""

import gzip
import zlib
from pathlib import Path
from typing import Final

from cnnlab.data.folders import for_people
from cnnlab.data.own.csv_file import csv_files
from cnnlab.data.own.idx_files import GZIP, MAGIC, is_idx
from cnnlab.data.own.prepared import is_prepared
from cnnlab.data.own.reading import Kind
from cnnlab.data.own.shelf import MOST_DIRECTORY
from cnnlab.errors import CnnlabError, DataError, DataUnavailableError, explain
from cnnlab.files.archive import opened

_ZIP: Final = b"PK\x03\x04"
_HEAD: Final = 4096
_READ: Final = "a folder with one folder for each class, a zip of one, a .csv, an .npz, or IDX files"


def found_kind(path: Path) -> Kind:
    """Say what lies at a path.

    Raises:
        DataUnavailableError: If nothing does.
        DataError: If it is nothing that can be read.
    """
    try:
        if path.is_dir():
            return _folder(path)
        if path.is_file():
            return _file(path)
    except OSError as error:
        raise DataError(explain(expected=_READ, got=str(error.strerror), where=for_people(path))) from None
    if path.exists():
        raise DataError(explain(expected=_READ, got="neither a file nor a folder", where=for_people(path)))
    raise missing(path)


def missing(path: Path) -> DataUnavailableError:
    """Return what to raise where nothing lies at a path."""
    fix = "Correct the path; of a study whose data were moved: cnnlab run STUDY.toml --data PATH."
    return DataUnavailableError(
        explain(expected="a folder or a file with images", got="nothing there", where=for_people(path), fix=fix)
    )


def _folder(path: Path) -> Kind:
    if is_prepared(path):
        return "prepared"
    files = [one for one in path.iterdir() if one.is_file()]
    if any("images" in one.name.lower() and "idx" in one.name.lower() and is_idx(one) for one in files):
        return "idx"
    if csv_files(path):
        return "csv"
    return "folder"


def _file(path: Path) -> Kind:
    with path.open("rb") as file:
        head = file.read(_HEAD)
    name = path.name.lower()
    if head.startswith(_ZIP):
        return "npz" if name.endswith(".npz") or _all_arrays(path) else "zip"
    if head.startswith(GZIP):
        head = _unpacked(path)
    if head.startswith(MAGIC):
        return "idx"
    if name.endswith((".csv", ".csv.gz", ".tsv", ".txt")) and b"\0" not in head:
        return "csv"
    got = f"{path.name}, which begins with {head[:4].hex(' ') or 'nothing'}"
    raise DataError(explain(expected=_READ, got=got, where=for_people(path)))


def _unpacked(path: Path) -> bytes:
    try:
        with gzip.open(path, "rb") as file:
            return file.read(_HEAD)
    except (OSError, EOFError, zlib.error):
        return b""


def _all_arrays(path: Path) -> bool:
    try:
        with opened(path, MOST_DIRECTORY) as archive:
            names = archive.names
    except CnnlabError:
        return False
    return bool(names) and all(name.endswith(".npy") for name in names)

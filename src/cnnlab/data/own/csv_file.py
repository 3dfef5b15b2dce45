"""Tables of pixels with a column of labels, as Kaggle's digit recogniser has them: one image in a line.

A table is read twice: for its labels and the form of every line, and then for its pixels.
"""

import csv
import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Final, cast

import numpy as np

from cnnlab.data.own.arrays import Array, Images, Numbers, images_of
from cnnlab.data.own.layout import named
from cnnlab.data.own.raw import Bytes, Part, Raw, Step, numbered
from cnnlab.data.own.reading import Reading, square
from cnnlab.errors import DataError, did_you_mean, explain

LABELS: Final = ("label", "labels", "class", "target", "y", "category", "digit")
_INDICES: Final = frozenset(["", "id", "index", "imageid", "image_id", "unnamed: 0", "idx"])
_LONGEST: Final = 1 << 22
"""Characters of a line: 256 x 256 pixels in colour with three digits each are a million."""
_MOST_COLUMNS: Final = 256 * 256 * 3 + 16
_LINES_AT_ONCE: Final = 256
_GZIP: Final = b"\x1f\x8b"
_PARTS: Final = {
    "train": Part.TRAIN,
    "val": Part.VALIDATION,
    "valid": Part.VALIDATION,
    "validation": Part.VALIDATION,
    "test": Part.TEST,
}


@dataclass(frozen=True)
class Table:
    """What the first line of a table tells.

    Attributes:
        path: The file.
        comma: What stands between two values.
        head: The names of the columns; None where the file begins with values.
        columns: How many.
        label: Which holds the labels; None where none does.
        pixels: Which hold the pixels.
        left_out: Names of columns that are neither.
    """

    path: Path
    comma: str
    head: tuple[str, ...] | None
    columns: int
    label: int | None
    pixels: tuple[int, ...]
    left_out: tuple[str, ...]


def read_csv(path: Path, reading: Reading, where: str, step: Step) -> Raw:
    """Read tables.

    Args:
        path: A table; or a folder with train.csv and perhaps test.csv or val.csv.
        reading: How; may name the column of labels and the shape of an image.
        where: For messages.
        step: Told how far the first reading is, in bytes.

    Raises:
        DataError: If there is no column of labels, no image in a line, or a line of another form.
    """
    tables, notices = _tables(path, reading, where)
    labels = [_labels(table, where, step) for table in tables.values()]
    images = [_images(table, len(some), reading) for table, some in zip(tables.values(), labels, strict=True)]
    if len({one.shape for one in images}) > 1:
        got = " and ".join(f"{one.shape[0]} x {one.shape[1]}" for one in images)
        raise DataError(explain(expected="images of one size in all tables", got=got, where=where))
    words = [word for some in labels for word in some]
    numbers, names = numbered(_as_labels(words), where)
    parts = np.repeat([int(part) for part in tables], [len(some) for some in labels]) if len(tables) > 1 else None

    def blocks() -> Iterator[Bytes]:
        for one in images:
            yield from one.blocks()

    said = tuple(dict.fromkeys([*notices, *(text for one in images for text in one.notices)]))
    left = tuple(dict.fromkeys(name for table in tables.values() for name in table.left_out))
    more = f"Columns that are no pixels are left out: {named(left)}." if left else ""
    return Raw("csv", images[0].shape, numbers, names, parts, by_class=False, blocks=blocks, notices=said).noticed(more)


def csv_files(folder: Path) -> dict[Part, Path]:
    """Find the tables of a folder by their names; a single one is what to train on."""
    found = sorted(one for one in folder.iterdir() if one.is_file() and re.search(r"\.csv(\.gz)?$", one.name.lower()))
    shortest_last = sorted(found, key=lambda one: -len(one.name))  # train.csv goes before train-of-last-year.csv
    by_part = {part: one for one in shortest_last if (part := _part(one)) is not None}
    if Part.TRAIN in by_part:
        return dict(sorted(by_part.items()))
    return {Part.TRAIN: found[0]} if len(found) == 1 else {}


def _part(path: Path) -> Part | None:
    words = re.split(r"[^a-z]+", path.name.lower().split(".csv")[0])
    return next((_PARTS[word] for word in words if word in _PARTS), None)


def _tables(path: Path, reading: Reading, where: str) -> tuple[dict[Part, Table], list[str]]:
    """Open the tables; one to test on without labels is told of and left out."""
    files = csv_files(path) if path.is_dir() else {Part.TRAIN: path}
    if not files:
        fix = "Name one of them, or call it train.csv."
        raise DataError(explain(expected="one table, or train.csv", got="several", where=where, fix=fix))
    tables, notices = {}, []
    for part, file in files.items():
        table = _table(file, reading, where)
        if table.label is not None:
            tables[part] = table
        elif part is Part.TRAIN:
            raise _without_labels(table, reading, where)
        else:
            notices.append(f"{file.name} has no column of labels: nothing can be tested on it, and it is left out.")
    return tables, notices


def _without_labels(table: Table, reading: Reading, where: str) -> DataError:
    if reading.label is not None and table.head is not None:
        fix = did_you_mean(reading.label, table.head[:20])
        expected = f"a column {reading.label!r}"
        return DataError(explain(expected=expected, got=named(table.head), where=where, fix=fix))
    got = f"{table.columns:,} columns" + (f", {named(table.head)}" if table.head is not None else " without names")
    fix = "Name it: --label COLUMN. A table without labels, as Kaggle's test.csv, is to be predicted: give train.csv."
    return DataError(explain(expected="a column of labels (label, class, ...)", got=got, where=where, fix=fix))


def _table(path: Path, reading: Reading, where: str) -> Table:
    with _lines(path, where) as lines:
        first = next(lines, "")
    comma = max(",;\t", key=first.count)
    cells = _cells(first, comma, f"{_in_file(where, path)}, line 1")
    if not 2 <= len(cells) <= _MOST_COLUMNS:  # noqa: PLR2004 - a label and a pixel
        fix = "A line is an image: its label and its pixels, with commas between them."
        raise DataError(explain(expected="a table of pixels", got=f"{len(cells):,} columns", where=where, fix=fix))
    head = None if _all_numbers(cells[1:]) else tuple(cell.strip() for cell in cells)
    label = _label_column(head, len(cells), reading)
    others = [index for index in range(len(cells)) if index != label]
    left = [index for index in others if head is not None and head[index].lower() in _INDICES]
    pixels = tuple(index for index in others if index not in left)
    return Table(
        path,
        comma,
        head,
        len(cells),
        label,
        pixels,
        tuple(head[index] or "(no name)" for index in left) if head else (),
    )


def _cells(line: str, comma: str, place: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=comma), [])
    except csv.Error as error:
        raise DataError(explain(expected="values with commas between", got=str(error), where=place)) from None


def _in_file(where: str, path: Path) -> str:
    """Name a table: by itself, or in the folder that was given."""
    return where if Path(where).name == path.name else f"{where}, {path.name}"


def _label_column(head: Sequence[str] | None, columns: int, reading: Reading) -> int | None:
    """Find the labels: by the name that was told, by a usual name, or, without names, in front."""
    if head is None:
        by_shape = reading.shape is not None and int(np.prod(reading.shape)) == columns - 1
        return 0 if reading.label is None and (by_shape or square(columns - 1)) else None
    if reading.label is not None:
        return head.index(reading.label) if reading.label in head else None
    small = [name.lower() for name in head]
    return next((small.index(name) for name in LABELS if name in small), None)


def _labels(table: Table, where: str, step: Step) -> list[str]:
    """Read the labels, and hold every line against the first one."""
    labels: list[str] = []
    total, done = table.path.stat().st_size, 0
    with _lines(table.path, where) as lines:
        if table.head is not None:
            next(lines)
        for number, line in enumerate(lines, start=2 if table.head is not None else 1):
            done += len(line)
            if not line.strip():
                continue
            place = f"{_in_file(where, table.path)}, line {number:,}"
            cells = _cells(line, table.comma, place)
            if len(cells) != table.columns:
                got = f"{len(cells):,}"
                raise DataError(
                    explain(expected=f"{table.columns:,} values as in the first line", got=got, where=place)
                )
            assert table.label is not None
            word = cells[table.label].strip()
            if not word:
                raise DataError(explain(expected="a label", got="an empty cell", where=place))
            labels.append(word)
            if len(labels) % _LINES_AT_ONCE == 0:
                step(min(done, total), total)
    if not labels:
        raise DataError(explain(expected="a line for each image", got="none", where=_in_file(where, table.path)))
    return labels


def _as_labels(words: list[str]) -> Array:
    """Take labels for numbers where all are: "3", or "3.0" as tables write a column that once had a gap."""
    try:
        numbers = np.array(words, np.float64)
    except ValueError:
        return np.array(words, str)
    if np.isfinite(numbers).all() and (numbers == np.rint(numbers)).all() and np.abs(numbers).max() < 2**53:
        return numbers.astype(np.int64)
    return np.array(words, str)


def _images(table: Table, count: int, reading: Reading) -> Images:
    numbers = Numbers(
        (count, len(table.pixels)), np.dtype(np.float32), lambda many: _pixels(table, many), table.path.name
    )
    return images_of(numbers, reading)


def _pixels(table: Table, many: int) -> Iterator[Array]:
    """Read the pixels of some lines at once."""
    name = table.path.name
    with _lines(table.path, name) as lines:
        if table.head is not None:
            next(lines)
        first = 1 if table.head is None else 2
        images = ((number, line) for number, line in enumerate(lines, first) if line.strip())
        while some := list(islice(images, min(many, _LINES_AT_ONCE))):
            try:
                yield np.loadtxt(
                    [line for _, line in some],
                    np.float32,
                    comments=None,
                    delimiter=table.comma,
                    quotechar='"',
                    usecols=table.pixels,
                    ndmin=2,
                )
            except ValueError as error:
                raise _no_pixel(table, some, str(error)) from None


def _no_pixel(table: Table, some: Sequence[tuple[int, str]], told: str) -> DataError:
    """Name the first cell among some lines that is no number; NumPy counts lines from the first of them."""
    got, where = (
        told.split(";", maxsplit=1)[0][:100].removesuffix("."),
        f"{table.path.name}, lines {some[0][0]:,} to {some[-1][0]:,}",
    )
    for number, line in some:
        cells = _cells(line, table.comma, table.path.name)
        wrong = next((index for index in table.pixels if not _all_numbers(cells[index : index + 1])), None)
        if wrong is not None:
            column = f"column {wrong + 1:,}" if table.head is None else f"column {table.head[wrong]!r}"
            got = repr(cells[wrong][:40]) if cells[wrong].strip() else "an empty cell"
            where = f"{table.path.name}, line {number:,}, {column}"
            break
    fix = "Every value but the label is a pixel from 0 to 255."
    return DataError(explain(expected="pixels as numbers", got=got, where=where, fix=fix))


class _lines:  # noqa: N801 - it is used as a function is
    """The lines of a table, plain or in gzip, each of a length that a line can have."""

    def __init__(self, path: Path, where: str) -> None:
        self._path = path
        self._where = where

    def __enter__(self) -> Iterator[str]:
        try:
            with self._path.open("rb") as file:
                packed = file.read(2) == _GZIP
            self._file = cast("IO[bytes]", gzip.open(self._path, "rb")) if packed else self._path.open("rb")
        except OSError as error:
            raise self._unreadable(str(error.strerror or error)) from None
        return self._each()

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _each(self) -> Iterator[str]:
        first = True
        try:
            while line := self._file.readline(_LONGEST):
                if len(line) == _LONGEST:
                    raise self._unreadable(f"a line of more than {_LONGEST:,} characters")
                yield line.decode("utf-8-sig" if first else "utf-8").rstrip("\r\n")
                first = False
        except UnicodeDecodeError:
            raise self._unreadable("bytes that are no text in UTF-8") from None
        except (OSError, EOFError, zlib.error) as error:
            raise self._unreadable(str(error)) from None

    def _unreadable(self, got: str) -> DataError:
        return DataError(explain(expected="a table that can be read", got=got, where=f"{self._where}"))


def _all_numbers(cells: Sequence[str]) -> bool:
    try:
        [float(cell) for cell in cells]
    except ValueError:
        return False
    return True

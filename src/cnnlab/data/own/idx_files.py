"""IDX files of a user's own: a pair of images and labels, or two pairs, plain or in gzip."""

import gzip
import math
import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, cast

import numpy as np

from cnnlab.data.own.arrays import Array, Numbers, images_of, labels_of, numbers_of
from cnnlab.data.own.raw import Bytes, Part, Raw, numbered
from cnnlab.data.own.reading import Reading
from cnnlab.errors import DataError, explain

MAGIC: Final = b"\x00\x00\x08"
GZIP: Final = b"\x1f\x8b"
_MOST: Final = 1 << 45
_MOST_LABELS: Final = 1 << 30


def read_idx(path: Path, reading: Reading, where: str) -> Raw:
    """Read IDX files.

    Args:
        path: A file of images, with its labels beside it; or a folder with one or two such pairs.
        reading: How.
        where: For messages.

    Raises:
        DataError: If a file is missing, cut, or something else.
    """
    pairs = _pairs(path, where)
    images = [images_of(_numbers(image_file), reading) for image_file, _ in pairs]
    labels = [_labels(label_file) for _, label_file in pairs]
    shapes = {one.shape for one in images}
    if len(shapes) > 1:
        got = " and ".join(str(shape) for shape in sorted(shapes))
        raise DataError(explain(expected="images of one size in all files", got=got, where=where))
    flat = [
        labels_of(some, _header(image_file)[0], label_file.name)
        for some, (image_file, label_file) in zip(labels, pairs, strict=True)
    ]
    numbers, names = numbered(np.concatenate(flat), where)
    parts = np.repeat([_part(image_file) for image_file, _ in pairs], [len(some) for some in flat])

    def blocks() -> Iterator[Bytes]:
        for one in images:
            yield from one.blocks()

    given = parts if len(pairs) > 1 else None
    said = tuple(dict.fromkeys(text for one in images for text in one.notices))
    return Raw("idx", images[0].shape, numbers, names, given, by_class=False, blocks=blocks, notices=said)


def is_idx(path: Path) -> bool:
    """Tell by a file's first bytes whether it is one, plain or in gzip."""
    try:
        with _opened(path) as file:
            return file.read(len(MAGIC)) == MAGIC
    except (OSError, EOFError, zlib.error):
        return False


def _pairs(path: Path, where: str) -> list[tuple[Path, Path]]:
    """Find the files of images with those of their labels; the one to train on first."""
    there = sorted(path.iterdir()) if path.is_dir() else sorted(path.parent.iterdir())
    files = {one.name: one for one in there if one.is_file() and is_idx(one)}
    images = [name for name in files if "images" in name.lower()]
    if not path.is_dir():
        images = [name for name in images if name in {path.name, _other_name(path.name, "labels", "images")}]
    kept: dict[str, str] = {}
    for name in images:  # where both lie there, the plain file and not the packed one
        kept.setdefault(name.removesuffix(".gz"), name)
    pairs = []
    for name in sorted(kept.values(), key=lambda name: (_part_of(name), name)):
        partner = _partner(name, files)
        if partner is None:
            expected = f"labels beside {name}, {_other_name(name, 'images', 'labels')}"
            raise DataError(explain(expected=expected, got="none", where=where))
        pairs.append((files[name], partner))
    if not 1 <= len(pairs) <= len(Part) or len({_part_of(one.name) for one, _ in pairs}) < len(pairs):
        got = ", ".join(one.name for one, _ in pairs) or "none"
        fix = "Name them as MNIST's are: train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, ..."
        raise DataError(explain(expected="files of images to train on and to test on", got=got, where=where, fix=fix))
    return pairs


def _partner(name: str, files: dict[str, Path]) -> Path | None:
    wanted = _other_name(name, "images", "labels").removesuffix(".gz")
    return files.get(wanted) or files.get(f"{wanted}.gz")


def _other_name(name: str, one: str, other: str) -> str:
    """Write the name of the companion: labels for images, one axis for three or four, or the other way round."""
    renamed = name.replace(one, other)
    return re.sub(r"idx[34]", "idx1", renamed) if other == "labels" else re.sub(r"idx1", "idx3", renamed)


def _part_of(name: str) -> Part:
    if re.search(r"t10k|test", name, re.IGNORECASE):
        return Part.TEST
    return Part.VALIDATION if re.search(r"val", name, re.IGNORECASE) else Part.TRAIN


def _part(path: Path) -> Part:
    return _part_of(path.name)


def _opened(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        packed = file.read(2) == GZIP
    return cast("IO[bytes]", gzip.open(path, "rb")) if packed else path.open("rb")


def _header(path: Path) -> tuple[int, ...]:
    """Return the lengths of the axes; of a plain file also its length is held against them."""
    try:
        with _opened(path) as file:
            head = file.read(4)
            axes = head[3] if len(head) == 4 and head.startswith(MAGIC) else 0  # noqa: PLR2004 - bytes of the header
            rest = file.read(4 * axes)
            packed = not hasattr(file, "fileno") or isinstance(file, gzip.GzipFile)
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, str(error)) from None
    if not 1 <= axes <= 4 or len(rest) < 4 * axes:  # noqa: PLR2004 - images, height, width, channels
        got = head.hex(" ") or "an empty file"
        raise DataError(explain(expected="an IDX file of unsigned bytes, 00 00 08", got=got, where=path.name))
    shape = struct.unpack(f">{axes}I", rest)
    needed = 4 + 4 * axes + math.prod(shape)
    there = path.stat().st_size
    if needed > _MOST or (not packed and there != needed) or (packed and needed > 1100 * there):
        got = f"{there:,}" + (" packed" if packed else "")
        expected = f"{needed:,} bytes for shape {shape}"
        raise DataError(explain(expected=expected, got=got, where=path.name))
    return shape


def _numbers(path: Path) -> Numbers:
    """See a file's images as an array: mapped where the file is plain, unpacked piece by piece where it is not."""
    shape = _header(path)
    start = 4 + 4 * len(shape)
    with path.open("rb") as file:
        packed = file.read(2) == GZIP
    if not packed:
        if not math.prod(shape):
            return numbers_of(np.zeros(shape, np.uint8), path.name)
        return numbers_of(np.asarray(np.memmap(path, np.uint8, "r", start, shape)), path.name)
    return Numbers(shape, np.dtype(np.uint8), lambda many: _unpacked(path, shape, many), path.name)


def _unpacked(path: Path, shape: tuple[int, ...], many: int) -> Iterator[Array]:
    each = math.prod(shape[1:])
    try:
        with gzip.open(path, "rb") as file:
            file.read(4 + 4 * len(shape))
            for start in range(0, shape[0], many):
                count = min(many, shape[0] - start)
                content = file.read(count * each)
                if len(content) < count * each:
                    raise _unreadable(path, f"it ends after {start + len(content) // max(each, 1):,} images")
                yield np.frombuffer(content, np.uint8).reshape(count, *shape[1:])
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, str(error)) from None


def _labels(path: Path) -> Array:
    shape = _header(path)
    if len(shape) != 1 or shape[0] > _MOST_LABELS:
        raise DataError(explain(expected="a file of labels, one axis", got=f"shape {shape}", where=path.name))
    return np.concatenate([np.zeros(0, np.uint8), *(np.asarray(one) for one in _numbers(path).pieces(1 << 20))])


def _unreadable(path: Path, got: str) -> DataError:
    return DataError(explain(expected="a whole IDX file", got=got, where=path.name, fix="Fetch it again."))

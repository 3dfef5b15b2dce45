"""Images written in every form that people have them in."""

import gzip
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from cnnlab.data import idx

NAMES = ("apple", "beech", "cedar")


@dataclass(frozen=True, eq=False)
class Images:
    """Images with their class numbers."""

    images: npt.NDArray[Any]
    labels: npt.NDArray[Any]

    def __getitem__(self, rows: slice) -> "Images":
        return Images(self.images[rows], self.labels[rows])


def pictures(folder: Path, some: Images, names: tuple[str, ...] = NAMES, part: str = "") -> Path:
    """Write a folder for each class, and the images in it, numbered."""
    for number, (image, label) in enumerate(zip(some.images, some.labels, strict=True)):
        place = folder / part / names[label]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(place / f"{number:04}.png")
    return folder


def zipped(folder: Path, top: str = "") -> Path:
    """Pack a folder."""
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, f"{top}{file.relative_to(folder).as_posix()}")
    return path


def table(path: Path, some: Images, label: str = "label", at: int = 0) -> Path:
    """Write a table as Kaggle's digit recogniser has it."""
    flat = some.images.reshape(len(some.images), -1)
    head = [f"pixel{index}" for index in range(flat.shape[1])]
    head.insert(at, label)
    rows = [list(map(str, row)) for row in flat.tolist()]
    for row, value in zip(rows, some.labels.tolist(), strict=True):
        row.insert(at, str(value))
    path.write_text("\n".join([",".join(head), *(",".join(row) for row in rows)]) + "\n")
    return path


def idx_pair(folder: Path, some: Images, part: str, packed: str = "") -> Path:
    """Write a file of images and one of labels, as MNIST's are called."""
    folder.mkdir(parents=True, exist_ok=True)
    axes = some.images.ndim
    for name, array in (
        (f"{part}-images-idx{axes}-ubyte", some.images),
        (f"{part}-labels-idx1-ubyte", some.labels.astype(np.uint8)),
    ):
        content = idx.header(array.shape) + array.tobytes()
        (folder / f"{name}{packed}").write_bytes(gzip.compress(content) if packed else content)
    return folder


def png_that_claims(width: int, height: int) -> bytes:
    """Return a small PNG whose header names a size that its data have not."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    data = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")

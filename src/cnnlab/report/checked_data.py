"""What a look at somebody's own data has found, as text of 80 columns and as JSON's types."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import zip_longest
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cnnlab.report.image import sample_image
from cnnlab.report.words import cut, format_bytes, listing, plural, printable

_WIDTH: Final = 80
_MOST_CLASSES: Final = 20
_MOST_NAME: Final = 40
_SAMPLES: Final = 3
_SAMPLE_WIDTH: Final = 24
_GAP: Final = 3
_KINDS: Final = {
    "folder": "a folder of pictures",
    "zip": "an archive of pictures",
    "csv": "a table of pixels",
    "npz": "arrays of NumPy's",
    "idx": "IDX files",
    "prepared": "data made ready by cnnlab",
}
_HEADS: Final = {"error": "Error", "warning": "Warning", "note": "Note"}
ORDER: Final = ("error", "warning", "note")


@dataclass(frozen=True)
class Said:
    """Something that the user should know of data.

    Attributes:
        kind: What sort it is.
        severity: "error", "warning" or "note".
        text: Whole sentences.
    """

    kind: str
    severity: str
    text: str


@dataclass(frozen=True)
class Copy:
    """What is kept of data, ready to be trained on.

    Attributes:
        folder: Where.
        size: Of it, in bytes.
        all_size: Of all that is kept so, in bytes.
    """

    folder: str
    size: int
    all_size: int


@dataclass(frozen=True, eq=False)
class CheckedData:
    """What was found.

    Attributes:
        name: Of the data.
        kind: What they are: "folder", "csv", ...
        where: Where they lie.
        shape: Of an image; None where the data cannot be used.
        class_names: In the order of the numbers.
        counts: By part, how many images of each class; one nameless part where they cannot be used.
        said: All that the user should know.
        samples: Names of classes with an image of each.
        copy: What is kept of them; None where they are used where they lie, or cannot be used.
        tried: The networks that are trained where none is named.
        taking: The networks of the zoo that can take such images.
    """

    name: str
    kind: str
    where: str
    shape: tuple[int, ...] | None
    class_names: tuple[str, ...]
    counts: dict[str, tuple[int, ...]]
    said: tuple[Said, ...]
    samples: tuple[tuple[str, npt.NDArray[np.uint8]], ...] = ()
    copy: Copy | None = None
    tried: tuple[str, ...] = ()
    taking: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        """Tell whether one can train on them."""
        return self.shape is not None


def checked_text(data: CheckedData, *, unicode: bool = True) -> str:
    """Write what was found.

    Args:
        data: As it was found.
        unicode: Whether names and samples may have characters beyond ASCII.

    Returns:
        Lines of at most 80 columns, without a final line break.
    """
    kind = _KINDS.get(data.kind, data.kind)
    parts = [_filled(f"{printable(data.name, unicode=unicode)}: {kind}, {printable(data.where, unicode=unicode)}")]
    if data.shape is not None:
        parts[0] += f"\n{_form(data)}"
    if data.class_names:
        parts.append("\n".join(_table(data, unicode=unicode)))
    if data.samples:
        parts.append(_samples(data, unicode=unicode))
    parts += [_filled(f"{_HEADS[one.severity]}: {printable(one.text, unicode=unicode)}") for one in _in_order(data)]
    kept = [] if data.copy is None else [_kept(data.copy, unicode=unicode)]
    return "\n\n".join([*parts, *kept, _filled(_verdict(data))])


def checked_document(data: CheckedData) -> dict[str, Any]:
    """Put what was found into JSON's types."""
    return {
        "name": data.name,
        "kind": data.kind,
        "where": data.where,
        "usable": data.usable,
        "shape": None if data.shape is None else list(data.shape),
        "class_names": list(data.class_names),
        "counts": {part: list(counts) for part, counts in data.counts.items()},
        "findings": [{"kind": one.kind, "severity": one.severity, "text": one.text} for one in _in_order(data)],
        "zoo": list(data.taking),
        "copy": None if data.copy is None else asdict(data.copy),
    }


def _verdict(data: CheckedData) -> str:
    """Say whether one can train, and by which command; small images are too small for some networks."""
    if data.shape is None:
        return "One cannot train on these data as they are."
    small = [name for name in data.tried if name not in data.taking]
    if not small:
        return "One can train on these data. cnnlab run --data trains the zoo's networks on them."
    others = [f"--architectures {','.join(data.taking)}"] if data.taking else []
    ways = listing([*others, "--resize 28x28"], "or")
    return f"One can train on these data. They are too small for {listing(small)}: with cnnlab run --data write {ways}."


def _kept(copy: Copy, *, unicode: bool) -> str:
    """Say where the copy lies, on a line of its own."""
    more = f"; all that are kept beside it take {format_bytes(copy.all_size)} with it"
    said = f"A copy ready for training takes {format_bytes(copy.size)}{more if copy.all_size > copy.size else ''}."
    again = "It can be deleted while nothing is in training, and is made again when it is needed."
    return f"{_filled(f'{said} {again}')}\n{_filled(printable(copy.folder, unicode=unicode))}"


def _filled(text: str) -> str:
    return textwrap.fill(text, _WIDTH, break_on_hyphens=False)


def _in_order(data: CheckedData) -> list[Said]:
    return sorted(data.said, key=lambda one: ORDER.index(one.severity))


def _form(data: CheckedData) -> str:
    assert data.shape is not None
    colours = "in colour" if len(data.shape) == 3 else "grey"  # noqa: PLR2004 - height, width, channels
    images = sum(map(sum, data.counts.values()))
    size = f"{data.shape[0]} x {data.shape[1]} pixels, {colours}"
    return f"{size}; {len(data.class_names)} classes, {plural(images, 'image')}"


def _table(data: CheckedData, *, unicode: bool) -> Iterator[str]:
    """Write how many images there are of each class in each part."""
    names = [cut(printable(name, unicode=unicode), _MOST_NAME) for name in data.class_names]
    shown = names[:_MOST_CLASSES]
    width = max(len("class"), *map(len, shown))
    heads = [part or "pictures" for part in data.counts]
    widths = [max(len(head), len(f"{sum(some):,}")) for head, some in zip(heads, data.counts.values(), strict=True)]

    def line(first: str, cells: Sequence[str]) -> str:
        return "  ".join([first.ljust(width), *(cell.rjust(room) for cell, room in zip(cells, widths, strict=True))])

    yield line("class", heads)
    for index, name in enumerate(shown):
        yield line(name, [f"{some[index]:,}" for some in data.counts.values()])
    if len(names) > len(shown):
        yield f"... and {len(names) - len(shown):,} more"
    yield line("all", [f"{sum(some):,}" for some in data.counts.values()])


def _samples(data: CheckedData, *, unicode: bool) -> str:
    """Draw some images beside each other, each beneath the name of its class."""
    drawn = []
    for name, image in data.samples[:_SAMPLES]:
        lines = sample_image(_small(image), unicode=unicode).split("\n")
        drawn.append([cut(printable(name, unicode=unicode), _SAMPLE_WIDTH), "", *lines])
    rows = zip_longest(*drawn, fillvalue="")
    gap = " " * _GAP
    return "\n".join(gap.join(cell.ljust(_SAMPLE_WIDTH) for cell in row).rstrip() for row in rows)


def _small(image: npt.NDArray[np.uint8]) -> npt.NDArray[Any]:
    """Average blocks of pixels until an image has at most 24 columns and lines of two pixels."""
    step = -(-max(image.shape[:2]) // _SAMPLE_WIDTH)
    height, width = (-(-side // step) for side in image.shape[:2])
    padding = [(0, height * step - image.shape[0]), (0, width * step - image.shape[1]), *[(0, 0)] * (image.ndim - 2)]
    padded = np.pad(image.astype(np.float64), padding, mode="edge")
    blocks: npt.NDArray[Any] = padded.reshape(height, step, width, step, *image.shape[2:]).mean(axis=(1, 3))
    return blocks

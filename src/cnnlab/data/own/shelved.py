"""Pictures in the folders of their classes, in a folder or in a zip archive."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from cnnlab.data.own.layout import Layout, layout_of, named
from cnnlab.data.own.pictures import Header, PictureError, Size, decoded, header
from cnnlab.data.own.raw import Bytes, Raw, Step, images_at_once
from cnnlab.data.own.reading import LARGEST_SIDE, Kind, Reading
from cnnlab.data.own.shelf import Shelf
from cnnlab.errors import CnnlabError, DataError, explain

_COLOURS: Final = 3


@dataclass(frozen=True)
class Look:
    """What the first look at every picture has told.

    Attributes:
        layout: What the folders mean.
        size: (height, width) of the first picture that is one.
        coloured: How many have colours.
        grey: How many have none.
        odd: Pictures of another size than the first one, with theirs.
        broken: Files that are no pictures, with the reason.
    """

    layout: Layout
    size: Size | None
    coloured: int
    grey: int
    odd: tuple[tuple[str, Size], ...]
    broken: tuple[tuple[str, str], ...]


def look(shelf: Shelf, where: str, step: Step) -> Look:
    """Look at every picture without decoding it: its size and its colours.

    Raises:
        DataError: If there is no folder of a class.
    """
    layout = layout_of(shelf.files, shelf.folders, where)
    heads: list[tuple[str, Header]] = []
    broken: list[tuple[str, str]] = []
    for index, name in enumerate(layout.files):
        try:
            heads.append((name, header(shelf.read(name))))
        except (PictureError, CnnlabError) as error:
            broken.append((name, str(error)))
        step(index + 1, len(layout.files))
    size = heads[0][1].size if heads else None
    odd = tuple((name, head.size) for name, head in heads if head.size != size)
    coloured = sum(head.coloured for _, head in heads)
    return Look(layout, size, coloured, len(heads) - coloured, odd, tuple(broken))


def read_shelf(shelf: Shelf, kind: Kind, reading: Reading, where: str, step: Step) -> Raw:
    """Read pictures.

    Args:
        shelf: Where they lie; stays open as long as the images are asked for.
        kind: Which kind of shelf it is.
        reading: How.
        where: For messages.
        step: Told how many pictures have been looked at.

    Raises:
        DataError: If one is broken or of another size, or they are larger than 256 pixels.
    """
    seen = look(shelf, where, step)
    refuse_broken(seen.broken, where)
    assert seen.size is not None
    size = reading.resize or seen.size
    if reading.resize is None:
        _refuse_sizes(seen, where)
    coloured = bool(seen.coloured)
    shape = (*size, _COLOURS) if coloured else size
    raw = Raw(
        kind,
        shape,
        seen.layout.labels,
        seen.layout.class_names,
        seen.layout.parts,
        by_class=True,
        blocks=lambda: _blocks(shelf, seen.layout.files, shape, reading.resize, where),
        notices=seen.layout.notices(),
    )
    return raw.noticed(_of_both_kinds(seen), _brought_to(seen, reading.resize))


def refuse_broken(broken: tuple[tuple[str, str], ...], where: str) -> None:
    """Refuse files that are no pictures: all of them at once, the first ones by name."""
    if not broken:
        return
    told = "; ".join(f"{named([name])}: {reason}" for name, reason in broken[:_COLOURS])
    got = f"{len(broken):,} that cannot be: {told}" + ("; ..." if len(broken) > _COLOURS else "")
    fix = "Mend or remove them; cnnlab data check lists them."
    raise DataError(explain(expected="pictures that can be read", got=got, where=where, fix=fix))


def _refuse_sizes(seen: Look, where: str) -> None:
    assert seen.size is not None
    first = f"{seen.size[0]} x {seen.size[1]}"
    proposed = "x".join(str(min(side, LARGEST_SIDE)) for side in seen.size)
    if seen.odd:
        name, size = seen.odd[0]
        more = f" (and {len(seen.odd) - 1:,} more of other sizes)" if len(seen.odd) > 1 else ""
        got = f"{named([name])} with {size[0]} x {size[1]}{more}"
        expected = f"pictures of one size, {first} (height x width) as the first one has"
        raise DataError(explain(expected=expected, got=got, where=where, fix=f"Add --resize {proposed}."))
    if max(seen.size) > LARGEST_SIDE:
        fix = "Bring them to a smaller size: --resize 64x64."
        expected = f"pictures of at most {LARGEST_SIDE} x {LARGEST_SIDE} pixels"
        raise DataError(explain(expected=expected, got=first, where=where, fix=fix))


def _of_both_kinds(seen: Look) -> str:
    if not seen.coloured or not seen.grey:
        return ""
    return f"{seen.coloured:,} pictures have colours and {seen.grey:,} are grey: all are read as colours."


def _brought_to(seen: Look, resize: Size | None) -> str:
    others = len(seen.odd) + (len(seen.layout.files) - len(seen.odd) if seen.size != resize else 0)
    if resize is None or not others:
        return ""
    return f"Pictures are brought to {resize[0]} x {resize[1]} by a bilinear filter, whatever their proportions."


def _blocks(
    shelf: Shelf, files: tuple[str, ...], shape: tuple[int, ...], resize: Size | None, where: str
) -> Iterator[Bytes]:
    """Decode picture after picture; broken ones are gathered to the end, so that all are told of."""
    many = images_at_once(shape)
    broken: list[tuple[str, str]] = []
    for start in range(0, len(files), many):
        some = files[start : start + many]
        block = np.zeros((len(some), *shape), np.uint8)
        for row, name in enumerate(some):
            try:
                picture = decoded(shelf.read(name), coloured=len(shape) == _COLOURS, size=resize)
                if picture.shape != shape:
                    broken.append((name, "a size that its first bytes do not tell"))
                else:
                    block[row] = picture
            except (PictureError, CnnlabError) as error:
                broken.append((name, str(error)))
        yield block
    refuse_broken(tuple(broken), where)

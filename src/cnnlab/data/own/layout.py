"""What folders of pictures mean: one folder for each class, perhaps under train, test and validation."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from cnnlab.data.own.raw import Numbers, Part, checked_names, in_order
from cnnlab.errors import DataError, explain

PICTURES: Final = (".png", ".jpg", ".jpeg")
_PARTS: Final = {
    "train": Part.TRAIN,
    "training": Part.TRAIN,
    "test": Part.TEST,
    "testing": Part.TEST,
    "val": Part.VALIDATION,
    "valid": Part.VALIDATION,
    "validation": Part.VALIDATION,
}
_LITTER: Final = frozenset(["thumbs.db", "desktop.ini", "__macosx"])
_NAMED: Final = 3


@dataclass(frozen=True, eq=False)
class Layout:
    """What files are.

    Attributes:
        files: The pictures, part by part and class by class, each in the order of its path.
        class_names: In the order of the numbers.
        labels: The class number of each picture.
        parts: The part of each; None where the folders name none.
        empty: Folders of classes without a picture.
        left_out: Files that are no pictures by their names.
        loose: Pictures that lie in no folder of a class.
    """

    files: tuple[str, ...]
    class_names: tuple[str, ...]
    labels: Numbers
    parts: Numbers | None
    empty: tuple[str, ...]
    left_out: tuple[str, ...]
    loose: tuple[str, ...]

    def notices(self) -> tuple[str, ...]:
        """Say what is left out, a sentence each."""
        said = (
            (
                "file is no PNG or JPEG by its name and is",
                "files are no PNG or JPEG by their names and are",
                self.left_out,
            ),
            ("picture lies in no folder of a class and is", "pictures lie in no folder of a class and are", self.loose),
            ("folder has no picture and is", "folders have no picture and are", self.empty),
        )
        return tuple(
            f"{len(some):,} {one if len(some) == 1 else several} left out: {named(some)}."
            for one, several, some in said
            if some
        )


def named(names: Sequence[str]) -> str:
    """Name the first few of many, without what would write over a terminal's lines."""
    shown = ", ".join("".join(char if char.isprintable() else "?" for char in name) for name in names[:_NAMED])
    return shown + (" and more" if len(names) > _NAMED else "")


def layout_of(files: Sequence[str], folders: Sequence[str], where: str) -> Layout:
    """Find out what the folders mean.

    Args:
        files: Paths from the top, with slashes.
        folders: Likewise; those without files in them as well.
        where: For messages.

    Raises:
        DataError: If there is no folder of a class, or a part is named without one to train on.
    """
    paths = [tuple(path.split("/")) for path in files]
    paths = [path for path in paths if not any(_is_litter(word) for word in path)]
    trees = {tuple(path.split("/")) for path in folders if not any(_is_litter(word) for word in path.split("/"))}
    trees |= {path[:depth] for path in paths for depth in range(1, len(path))}
    stem = _stem(paths, trees)
    depth = len(stem)
    # With folders inside it: a class may be called "train" as well.
    given = any(len(tree) > depth + 1 and tree[:depth] == stem and _part(tree[depth]) is Part.TRAIN for tree in trees)
    above = depth + given  # so many folders lie above the one of the class
    pictures = [path for path in paths if path[-1].lower().endswith(PICTURES)]
    inside = [path for path in pictures if len(path) > above + 1 and path[:depth] == stem]
    inside = [path for path in inside if not given or _part(path[depth]) is not None]
    classes = sorted({path[above] for path in inside})
    names = checked_names([classes[index] for index in in_order(classes)], where)
    if not names:
        raise _no_classes(pictures, where)
    numbers = {name: number for number, name in enumerate(names)}
    parts = [(_part(path[depth]) if given else None) or Part.TRAIN for path in inside]
    # By the path's words, so that the order is the same on every system.
    order = sorted(range(len(inside)), key=lambda index: (parts[index], numbers[inside[index][above]], inside[index]))
    there = {path[: above + 1] for path in inside}
    return Layout(
        files=tuple("/".join(inside[index]) for index in order),
        class_names=names,
        labels=np.array([numbers[inside[index][above]] for index in order], np.int64),
        parts=np.array([parts[index] for index in order], np.int64) if given else None,
        empty=tuple(sorted("/".join(tree) for tree in trees if len(tree) == above + 1 and tree not in there)),
        left_out=tuple(sorted("/".join(path) for path in paths if not path[-1].lower().endswith(PICTURES))),
        loose=tuple(sorted("/".join(path) for path in set(pictures) - set(inside))),
    )


def counts(layout: Layout) -> dict[str, int]:
    """Count the pictures of each class."""
    found = Counter(layout.labels.tolist())
    return {name: found[number] for number, name in enumerate(layout.class_names)}


def _part(name: str) -> Part | None:
    return _PARTS.get(name.lower())


def _is_litter(word: str) -> bool:
    """Tell what systems leave lying around."""
    return word.startswith(".") or word.lower() in _LITTER


def _stem(paths: Sequence[tuple[str, ...]], trees: set[tuple[str, ...]]) -> tuple[str, ...]:
    """Find the folder that holds everything, as archives often have one: it has folders inside, and stands alone."""
    stem: tuple[str, ...] = ()
    while True:
        depth = len(stem)
        under = {tree[depth] for tree in trees if len(tree) > depth and tree[:depth] == stem}
        beside = any(len(path) == depth + 1 and path[-1].lower().endswith(PICTURES) for path in paths)
        (only, *more) = sorted(under) or [""]
        below = {tree[depth + 1] for tree in trees if len(tree) > depth + 1 and tree[: depth + 1] == (*stem, only)}
        if more or beside or not below or _part(only) is not None:
            return stem
        stem = (*stem, only)


def _no_classes(pictures: Sequence[tuple[str, ...]], where: str) -> DataError:
    got = f"{len(pictures):,} pictures in no folder of a class" if pictures else "no PNG or JPEG"
    fix = "Put the pictures into one folder for each class: cat/1.png, dog/1.png; or train/cat/1.png, test/cat/1.png."
    return DataError(explain(expected="one folder for each class", got=got, where=where, fix=fix))

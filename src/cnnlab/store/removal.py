"""Removing the folders of runs that the store no longer knows."""

import contextlib
import shutil
from collections.abc import Iterable
from pathlib import Path


def remove_folders(parent: Path, folders: Iterable[str]) -> tuple[str, ...]:
    """Remove folders within one, and the folders of architectures that are empty afterwards.

    Args:
        parent: The folder that holds the store.
        folders: Relative to it: study/architecture/seed.

    Returns:
        A sentence for each that is still there.
    """
    left = []
    for folder in folders:
        reason = _removed(parent, parent / folder)
        if reason:
            left.append(f"{folder} is still there: {reason}.")
    return tuple(left)


def _removed(parent: Path, path: Path) -> str:
    """Remove a folder; nothing outside of the parent, nothing through a link."""
    inside = parent.resolve() in path.resolve().parents
    if path.is_symlink() or not inside:
        return "it does not lie in the folder of the runs"
    try:
        shutil.rmtree(path)
    except FileNotFoundError:
        return ""
    except OSError as error:
        return error.strerror or str(error)
    with contextlib.suppress(OSError):
        path.parent.rmdir()
    return ""

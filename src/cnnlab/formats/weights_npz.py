"""Weights as ``.npz`` files: one array for each, by layer and weight."""

from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any, Final

import numpy.typing as npt

from cnnlab.errors import NotSupportedError, UsageError, did_you_mean, explain
from cnnlab.files import write_bytes
from cnnlab.files.archive import Archive
from cnnlab.files.npy import HEADER_ROOM, announced, read_npy
from cnnlab.files.npz import npz_bytes

Weights = Mapping[str, npt.NDArray[Any]]

_SUFFIX: Final = ".npz"
_NPY: Final = ".npy"
_SHOWN: Final = 50
_WIDEST: Final = 8
"""Bytes of a number at most."""


def save_weights(path: str | Path, weights: Weights, *, overwrite: bool = True) -> Path:
    """Write weights whole or not at all: beside the place, flushed to the disk, read back, renamed.

    Args:
        path: A name that ends in ``.npz``.
        weights: By name, in Keras' order.
        overwrite: Whether a file that is there may be replaced.

    Returns:
        Where they are.

    Raises:
        NotSupportedError: If the name does not end in ``.npz``.
        UsageError: If there is a file and it may not be replaced, or there is no such folder.
        CnnlabError: If the disk refuses.
    """
    target = _checked(path)
    if target.exists() and not overwrite:
        raise UsageError(explain(expected="a name that is free", got="a file that is there", where=str(target)))
    if not target.parent.is_dir():
        raise UsageError(explain(expected="a folder that is there", got=str(target.parent), where=str(target)))
    write_bytes(target, npz_bytes(weights))
    return target


def load_weights(path: str | Path, shapes: Mapping[str, tuple[int, ...]]) -> list[npt.NDArray[Any]]:
    """Read weights, or refuse the file as a whole.

    Args:
        path: A name that ends in ``.npz``.
        shapes: What must be in it, in Keras' order.

    Returns:
        The arrays in that order.

    Raises:
        NotSupportedError: If the name does not end in ``.npz``.
        UsageError: If the file is missing, damaged, or of another network; the message names the first difference.
    """
    target = _checked(path)
    stored = _read(target, shapes)
    return [stored[name] for name in shapes]


def _checked(path: str | Path) -> Path:
    target = Path(path)
    if target.suffix != _SUFFIX:
        raise NotSupportedError(
            explain(
                expected="a name that ends in .npz or in .weights.h5",
                got=target.name,
                where="weights",
                fix=f"Write {target.name.split('.')[0] or 'name'}.weights.h5.",
            )
        )
    return target


def _read(target: Path, shapes: Mapping[str, tuple[int, ...]]) -> Weights:
    try:
        with target.open("rb") as file:
            archive = Archive(file, target.name)
            _refuse_other_names(target, [name.removesuffix(_NPY) for name in archive.names], shapes)
            return {name: _array(archive, name, shape, target) for name, shape in shapes.items()}
    except FileNotFoundError:
        raise UsageError(explain(expected="a file of weights", got="no such file", where=str(target))) from None
    except _OtherNetworkError as error:
        raise UsageError(str(error)) from None
    except (UsageError, OSError) as error:
        raise UsageError(
            explain(
                expected="a file of weights",
                got=f"one that cannot be read ({str(error).removesuffix('.')})",
                where=str(target),
                fix="It is damaged or was not written by save_weights; write it again.",
            )
        ) from error


def _array(archive: Archive, name: str, shape: tuple[int, ...], target: Path) -> npt.NDArray[Any]:
    """Read an array; one that is not the weight's is not unpacked."""
    member = f"{name}{_NPY}"
    dtype, found = announced(*archive.beginning(member, HEADER_ROOM), member)
    if found != shape or dtype.kind != "f":
        got = f"{dtype} of shape {found}"
        raise _OtherNetworkError(explain(expected=f"floats of shape {shape}", got=got, where=f"{target}, {name}"))
    return read_npy(archive.read(member, _WIDEST * prod(shape) + HEADER_ROOM), member)


class _OtherNetworkError(UsageError):
    """A sound file of other weights."""


def _refuse_other_names(target: Path, stored: list[str], shapes: Mapping[str, tuple[int, ...]]) -> None:
    for name in shapes:
        if name not in stored:
            fix = did_you_mean(name, stored[:_SHOWN]) if stored else ""
            raise _OtherNetworkError(explain(expected=f"the weight {name}", got="none", where=str(target), fix=fix))
    for name in stored:
        if name not in shapes:
            raise _OtherNetworkError(
                explain(
                    expected="only weights of this network", got=name, where=str(target), fix=did_you_mean(name, shapes)
                )
            )

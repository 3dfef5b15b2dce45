"""Keras' own files of models: ``.keras``, an archive of a configuration and weights, and ``.weights.h5``.

Neither is ever run: the configuration is read by `arch.from_keras_config`, whose list of classes is ours, and the
weights are plain arrays.
"""

import io
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy.typing as npt

from cnnlab.errors import NotSupportedError, UsageError, explain
from cnnlab.files import strict_json, write_bytes
from cnnlab.files.archive import Archive, opened
from cnnlab.formats.hdf5 import read_hdf5, write_hdf5

CONFIG: Final = "config.json"
METADATA: Final = "metadata.json"
WEIGHTS: Final = "model.weights.h5"
WEIGHTS_NPZ: Final = "model.weights.npz"
SUFFIX: Final = ".keras"
WEIGHTS_SUFFIX: Final = ".weights.h5"

KERAS_VERSION: Final = "3.15.0"
"""The newest version of Keras that reads what is written here, as far as it has been tried."""

_MOST_WEIGHTS: Final = 64 << 20
"""So long may weights be that are compressed; Keras stores them as they are."""
_GIB: Final = 1 << 30
_MOST_FILE: Final = 4 * _GIB
_DATE: Final = (1980, 1, 1, 0, 0, 0)  # of every member: the same model is the same bytes

Arrays = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class KerasFile:
    """What stands in a ``.keras`` file.

    Attributes:
        config: What `json.loads` makes of its configuration: of the model, and how it was compiled.
        arrays: Its weights and the optimizer's memory, by their paths.
        told: What stands beside them: the version of Keras that wrote it, and more.
        where: What messages call the file.
    """

    config: dict[str, Any]
    arrays: Arrays
    told: dict[str, Any]
    where: str


def read_keras(path: str | Path) -> KerasFile:
    """Read a ``.keras`` file as data.

    Raises:
        NotSupportedError: If it is a file of another kind; the message says how to get one.
        UsageError: If it is missing or damaged.
    """
    target = local(path)
    _refuse_other_kinds(target)
    with opened(target) as archive:
        if CONFIG not in archive.names:
            raise UsageError(
                explain(expected=f"{CONFIG} in it", got="none", where=str(target), fix="It is no file of Keras 3.")
            )
        config, told = _json(archive, CONFIG), _json(archive, METADATA) if METADATA in archive.names else {}
        if WEIGHTS not in archive.names:
            raise _without_weights(archive)
        arrays = read_hdf5(archive.read(WEIGHTS, _MOST_WEIGHTS, any_stored=True), f"{target}, {WEIGHTS}")
    return KerasFile(config, arrays, told, str(target))


def write_keras(path: str | Path, config: Mapping[str, Any], arrays: Arrays, told: Mapping[str, Any]) -> Path:
    """Write a ``.keras`` file whole or not at all; the same model is the same bytes.

    Args:
        path: A name that ends in ``.keras``.
        config: Of the model, and how it was compiled.
        arrays: By the paths that Keras reads them from.
        told: To stand beside the version of Keras in its metadata.

    Raises:
        NotSupportedError: If the name ends otherwise.
        UsageError: If there is no such folder.
        CnnlabError: If the disk refuses.
    """
    target = _to_write(path, SUFFIX)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in ((METADATA, {"keras_version": KERAS_VERSION, **told}), (CONFIG, config)):
            archive.writestr(zipfile.ZipInfo(name, _DATE), json.dumps(text))
        archive.writestr(zipfile.ZipInfo(WEIGHTS, _DATE), write_hdf5(arrays))
    write_bytes(target, buffer.getvalue())
    return target


def read_weights_h5(path: str | Path) -> dict[str, npt.NDArray[Any]]:
    """Read a ``.weights.h5`` file.

    Raises:
        UsageError: If it is missing or damaged.
        NotSupportedError: If it uses more of HDF5 than Keras' files of weights do.
    """
    target = local(path)
    try:
        with target.open("rb") as file:
            _check_length(file, target)
            content = file.read()
    except OSError as error:
        got = "no such file" if isinstance(error, FileNotFoundError) else str(error.strerror or error)
        raise UsageError(explain(expected="a file of weights", got=got, where=str(target))) from None
    return read_hdf5(content, str(target))


def _check_length(file: BinaryIO, target: Path) -> None:
    """Refuse what is longer than any archive of weights may be; a file with holes in it is that easily."""
    length = file.seek(0, os.SEEK_END)
    file.seek(0)
    if length > _MOST_FILE:
        got = f"{length / _GIB:,.0f} GiB"
        raise UsageError(explain(expected=f"at most {_MOST_FILE // _GIB} GiB of weights", got=got, where=str(target)))


def write_weights_h5(path: str | Path, arrays: Arrays) -> Path:
    """Write a ``.weights.h5`` file whole or not at all; raises as `write_keras` does."""
    target = _to_write(path, WEIGHTS_SUFFIX)
    write_bytes(target, write_hdf5(arrays))
    return target


def local(path: str | Path) -> Path:
    """Return a path of this machine; an address elsewhere is refused.

    Raises:
        NotSupportedError: If it is an address.
    """
    text = str(path)
    if "://" in text:
        fix = "Bring the file here first, and give its path."
        raise NotSupportedError(explain(expected="a path of this machine", got=repr(text), fix=fix))
    return Path(path)


def _to_write(path: str | Path, suffix: str) -> Path:
    target = local(path)
    if not target.name.endswith(suffix):
        fix = f"Write {target.name.split('.')[0] or 'model'}{suffix}."
        raise NotSupportedError(explain(expected=f"a name that ends in {suffix}", got=target.name, fix=fix))
    if not target.parent.is_dir():
        raise UsageError(explain(expected="a folder that is there", got=str(target.parent), where=str(target)))
    return target


_OTHERS: Final = {
    (".h5", ".hdf5"): "a whole model in HDF5, the form before Keras 3",
    (".pkl", ".pickle", ".joblib", ".dill"): "a pickle, which is a program and not a file of data",
    (".pb", ".tflite"): "a file of TensorFlow's",
    (".pt", ".pth", ".safetensors"): "a file of PyTorch's",
    (".onnx",): "an ONNX file, which is for running and not for training",
}


def _refuse_other_kinds(target: Path) -> None:
    fix = "Load it where it was made, and save it as .keras with Keras 3."
    if target.is_dir():
        kind = "a folder of TensorFlow's SavedModel" if (target / "saved_model.pb").exists() else "a folder"
        raise NotSupportedError(explain(expected="a .keras file", got=kind, where=str(target), fix=fix))
    if target.name.endswith(WEIGHTS_SUFFIX):
        fix = "Make the model, and call load_weights with this file."
        raise NotSupportedError(explain(expected="a .keras file", got="weights alone", where=str(target), fix=fix))
    for suffixes, kind in _OTHERS.items():
        if target.suffix.lower() in suffixes:
            raise NotSupportedError(explain(expected="a .keras file", got=kind, where=str(target), fix=fix))


def _json(archive: Archive, name: str) -> dict[str, Any]:
    try:
        found = strict_json.parse(archive.read(name, strict_json.MOST))
    except ValueError as error:
        raise UsageError(
            explain(expected=f"JSON in {name}", got=f"text that is none ({error})", where=archive.where)
        ) from None
    if not isinstance(found, dict):
        raise UsageError(explain(expected=f"an object in {name}", got=type(found).__name__, where=archive.where))
    return found


def _without_weights(archive: Archive) -> UsageError:
    if WEIGHTS_NPZ in archive.names:
        fix = "Load it in Keras, and save it there once more: weights stand in HDF5 by default."
        return NotSupportedError(explain(expected=WEIGHTS, got=WEIGHTS_NPZ, where=archive.where, fix=fix))
    return UsageError(explain(expected=f"{WEIGHTS} in it", got="none", where=archive.where))

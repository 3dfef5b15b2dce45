"""A trained network as a file for other programs: run by those programs, or read back, before it gets its name."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cnnlab import data
from cnnlab.errors import CnnlabError, UsageError, explain
from cnnlab.experiments.prepare import formed
from cnnlab.files import write_bytes
from cnnlab.formats.onnx import onnx_model
from cnnlab.formats.onnx.messages import OPSET
from cnnlab.formats.onnx.runtime import outputs, version
from cnnlab.keras.models import Model, load_model
from cnnlab.lab.trained import KERAS, NPZ, ONNX, WEIGHTS_H5, Trained, model_of
from cnnlab.records import CategoricalCrossentropy, Examples
from cnnlab.report.words import data_title, plural
from cnnlab.store.run_folder import file_name

Array = npt.NDArray[Any]

FORMATS: Final = {"onnx": ONNX, "keras": KERAS, "npz": NPZ, "weights.h5": WEIGHTS_H5}
TOLERANCE: Final = 1e-4
"""Of the largest output, or of 1: a mistake in a layer is far above, rounding in a deep network below."""
_IMAGES: Final = 100


@dataclass(frozen=True)
class Exported:
    """A file that was written, and how it was checked before.

    Attributes:
        path: Where it is.
        format: "keras", "onnx", "npz" or "weights.h5".
        size: In bytes.
        model: Where it comes from, for people.
        images: How many it was checked on, and which: "100 test images of MNIST".
        worst: The largest difference between its outputs and ours, as a share of the largest output or of 1.
        judge: Who computed its outputs: "ONNX Runtime 1.32.0", or cnnlab, which read it back.
        opset: Of an ONNX file.
        takes: What an ONNX file takes, for people.
    """

    path: Path
    format: str
    size: int
    model: str
    images: str
    worst: float
    judge: str
    opset: int | None = None
    takes: str = ""


def target_of(to: str, name: str) -> tuple[Path, str]:
    """Read where to export to.

    Args:
        to: A format ("onnx"), for a file in this folder called as the model is; or a file whose ending says which.
        name: Of the model.

    Returns:
        The file, and the format.

    Raises:
        UsageError: If it is neither.

    Example:
        >>> [(path.name, kind) for path, kind in (target_of("onnx", "a/b"), target_of("net.weights.h5", ""))]
        [('a-b.onnx', 'onnx'), ('net.weights.h5', 'weights.h5')]
    """
    if to in FORMATS:
        return Path(f"{file_name(name)}{FORMATS[to]}"), to
    for kind, suffix in FORMATS.items():
        if to.endswith(suffix) and Path(to).name != suffix:
            return Path(to), kind
    fix = f"Write --to onnx, or --to {Path(to).stem or 'model'}.onnx."
    expected = f"one of {', '.join(FORMATS)}, or a file that ends so"
    raise UsageError(explain(expected=expected, got=repr(to), where="--to", fix=fix))


def export(trained: Trained, target: Path, kind: str, *, overwrite: bool, raw_pixels: bool, offline: bool) -> Exported:
    """Write a model into a file; nothing is written where the file says anything else than the model.

    Args:
        trained: The model.
        target: The file.
        kind: Its format.
        overwrite: Whether one that is there may be replaced.
        raw_pixels: Whether an ONNX file takes pixels as bytes, 0 to 255, and divides them itself.
        offline: Never use the network for images to check it on.

    Raises:
        UsageError: If the file may not be replaced, or there is no such folder.
        NotSupportedError: If the format does not have what the model has.
        CnnlabError: If the file and the model disagree, ONNX Runtime is not there, or the disk refuses.
    """
    check_free(target, overwrite=overwrite)
    if raw_pixels and kind != "onnx":
        raise UsageError(explain(expected="--to onnx beside --raw-pixels", got=f"--to {kind}", where="export"))
    examples, images = images_for(trained, offline=offline)
    if kind == "onnx":
        content, found, ours = _onnx(trained, examples, raw_pixels=raw_pixels)
        judge = f"ONNX Runtime {version()}"
    else:
        content, found, ours = _read_back(trained, kind, examples)
        judge = "cnnlab, reading it back"
    worst = worst_difference(found, ours)
    if not worst <= TOLERANCE:
        fix = "Nothing was written. This is no mistake of yours: please report it."
        got = f"a difference of {worst:.2g} on {images} ({judge})"
        raise CnnlabError(explain(expected=f"a file that predicts as {trained.told} does", got=got, fix=fix))
    write_bytes(target, content)
    exported = Exported(target, kind, len(content), trained.told, images, worst, judge)
    return replace(exported, opset=OPSET, takes=_taken(trained, raw_pixels=raw_pixels)) if kind == "onnx" else exported


def check_free(target: Path, *, overwrite: bool) -> None:
    """Refuse a file that is there, and a folder that is not.

    Raises:
        UsageError: Naming it.
    """
    if target.is_dir() or (target.exists() and not overwrite):
        fix = "Choose another name." if target.is_dir() else "Add --overwrite or choose another name."
        raise UsageError(explain(expected="a file that is not there yet", got=str(target), where="--to", fix=fix))
    if not target.parent.is_dir():
        raise UsageError(explain(expected="a folder that is there", got=str(target.parent), where="--to"))


def images_for(trained: Trained, *, offline: bool) -> tuple[Examples, str]:
    """Return images to check a file on: test images of what it was trained on, of MNIST where they fit, else random.

    Returns:
        Bytes as the network's user has them, with their divisor; and how many and which, for people.
    """
    if trained.data is not None and (examples := _fitting(trained, trained.data.test)) is not None:
        return examples, f"{plural(len(examples), 'test image')} of {data_title(trained.data.name)}"
    if trained.network.input_shape in {(28, 28, 1), (28, 28)}:
        try:
            split = data.load("mnist", offline=offline, notify=lambda _: None)
        except CnnlabError:
            pass
        else:
            if (examples := _fitting(trained, split.test)) is not None:
                return examples, f"{plural(len(examples), 'test image')} of MNIST"
    shape = (_IMAGES, *trained.network.shown(trained.network.input_shape))
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    return Examples(pixels, np.zeros(_IMAGES), trained.divisor), f"{_IMAGES} images of random pixels"


def _fitting(trained: Trained, test: Examples) -> Examples | None:
    """Bring test images into the form that the network takes; None where they are others."""
    examples = formed(trained.network, trained.loss or CategoricalCrossentropy(), _unlabelled(test.head(_IMAGES)))
    wanted = trained.network.shown(trained.network.input_shape)
    fits = examples.images.shape[1:] == wanted and examples.images.dtype == np.uint8
    return replace(examples, divisor=trained.divisor) if fits else None


def _unlabelled(examples: Examples) -> Examples:
    """Drop the labels: nobody looks at them here."""
    return replace(examples, labels=np.zeros((len(examples), 1), np.float32))


def worst_difference(found: Array, ours: Array) -> float:
    """Return the largest difference of outputs, as a share of the largest of ours or of 1; NaN where one is none."""
    if found.shape != ours.shape:
        return float("inf")
    return float(np.abs(found - ours).max() / max(1.0, float(np.abs(ours).max())))


def _onnx(trained: Trained, examples: Examples, *, raw_pixels: bool) -> tuple[bytes, Array, Array]:
    """Return the content of an ONNX file, what ONNX Runtime computes from it, and what we compute."""
    divisor = trained.divisor if raw_pixels else None
    content = onnx_model(trained.network, trained.weights, divisor=divisor, class_names=trained.class_names)
    batch = examples.batch(slice(None))
    return content, outputs(content, examples.images if raw_pixels else batch), trained.outputs(batch)


def _taken(trained: Trained, *, raw_pixels: bool) -> str:
    """Say what an ONNX file takes."""
    shape = ", ".join(str(size) for size in trained.network.shown(trained.network.input_shape))
    if raw_pixels:
        return f"bytes of shape (N, {shape}), pixels from 0 to 255"
    scaled = f"pixels divided by {trained.divisor:g}" if trained.divisor != 1 else "pixels from 0 to 255"
    return f"floats of shape (N, {shape}), {scaled}"


def _read_back(trained: Trained, kind: str, examples: Examples) -> tuple[bytes, Array, Array]:
    """Return the content of a file of Keras' or of weights, what it predicts once read, and what we predict."""
    model = trained.in_keras_words()
    with TemporaryDirectory(prefix="cnnlab-export-") as folder:
        draft = Path(folder) / f"draft{FORMATS[kind]}"
        again = _WRITERS[kind](model, draft)
        content = draft.read_bytes()
    read = replace(trained, network=again.network, weights=tuple(again.get_weights()), model=None)
    same = len(read.weights) == len(trained.weights) and all(map(np.array_equal, read.weights, trained.weights))
    if not same:
        raise CnnlabError(explain(expected="the weights that were written", got="others", where=f"export to {kind}"))
    batch = examples.batch(slice(None))
    return content, read.outputs(batch), trained.outputs(batch)


def _as_keras(model: Model, draft: Path) -> Model:
    model.save(draft)
    return load_model(draft)


def _as_weights(model: Model, draft: Path) -> Model:
    model.save_weights(draft)
    again = model_of(model.network)
    again.load_weights(draft)
    return again


_WRITERS: Final[dict[str, Callable[[Model, Path], Model]]] = {
    "keras": _as_keras,
    "npz": _as_weights,
    "weights.h5": _as_weights,
}


def exported_as_dict(exported: Exported) -> dict[str, Any]:
    """Return what was written as plain data for JSON."""
    onnx = {"opset": exported.opset, "takes": exported.takes} if exported.format == "onnx" else {}
    checked = {"images": exported.images, "by": exported.judge, "worst_difference": exported.worst}
    return {
        "file": str(exported.path),
        "format": exported.format,
        "bytes": exported.size,
        "model": exported.model,
        **onnx,
        "checked": checked,
    }

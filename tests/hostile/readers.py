"""All that reads files of strangers, each as one function of a path, and the errors with which it may refuse."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from cnnlab.data import idx
from cnnlab.data.drawing import prepare_drawing
from cnnlab.data.files import read_idx_file, read_npz
from cnnlab.data.known import MNIST, KnownFiles, Part
from cnnlab.data.own.loading import opened_raw
from cnnlab.data.own.reading import Kind, Reading
from cnnlab.errors import CnnlabError
from cnnlab.formats.hdf5 import read_hdf5
from cnnlab.keras import Sequential, layers, optimizers
from cnnlab.keras.models import load_model, model_from_json
from cnnlab.lab.study_file import load_plan
from cnnlab.web.pictures import PAD, drawing
from cnnlab.web.problems import Problem
from cnnlab.web.words import pixels

REFUSALS: Final = (CnnlabError, Problem)
"""The server answers with a `Problem` where all else raises a `CnnlabError`."""

IMAGES: Final = np.arange(3 * 4 * 5, dtype=np.uint8).reshape(3, 4, 5)
LABELS: Final = np.array([0, 1, 2], np.uint8)
SMALL: Final = KnownFiles(
    name="small",
    parts=tuple(
        Part(name, key, array.shape, idx.sha256(array))
        for name, key, array in (
            ("train-images-idx3-ubyte", "x_train", IMAGES),
            ("train-labels-idx1-ubyte", "y_train", LABELS),
            ("t10k-images-idx3-ubyte", "x_test", IMAGES),
            ("t10k-labels-idx1-ubyte", "y_test", LABELS),
        )
    ),
    npz_sha256="",
)
"""A data set of a hundred bytes, for mutations that shall be many."""


def model() -> Sequential:
    """Return a small model with every kind of layer that has weights, compiled with an optimizer that has a memory."""
    made = Sequential(
        [
            layers.Input((6, 6, 1)),
            layers.Conv2D(2, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ],
        name="small",
        seed=1,
    )
    made.compile(optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return made


def trained() -> Sequential:
    """Return the same after a step."""
    made = model()
    images = np.linspace(0, 1, 72, dtype=np.float32).reshape(2, 6, 6, 1)
    made.train_on_batch(images, np.array([0, 1]))
    return made


def _weights(path: Path) -> None:
    model().load_weights(path)


def _json(path: Path) -> None:
    model_from_json(path.read_text("utf-8", "replace")).count_params()


def _pad(path: Path) -> None:
    """Read what the drawing pad sends, as the server does."""
    raw = pixels({"pixels": path.read_bytes().decode("latin-1")}, PAD * PAD)
    prepare_drawing(np.frombuffer(raw, np.uint8).reshape(PAD, PAD))


def _own(kind: Kind) -> Callable[[Path], None]:
    """Read a user's own data, all images of them, as it is done before they are kept."""

    def read(path: Path) -> None:
        with opened_raw(path, kind, Reading(), path.name, lambda *_: None) as raw:
            for block in raw.blocks():
                len(block)

    return read


READERS: Final[dict[str, Callable[[Path], object]]] = {
    "keras": load_model,
    "weights.h5": _weights,
    "weights.npz": _weights,
    "json": _json,
    "study": load_plan,
    "idx": lambda path: read_idx_file(path, MNIST.parts[0]),
    "small idx": lambda path: read_idx_file(path, SMALL.parts[0]),
    "npz": lambda path: read_npz(path, MNIST),
    "small npz": lambda path: read_npz(path, SMALL),
    "hdf5": lambda path: read_hdf5(path.read_bytes(), path.name),
    "pad": _pad,
    "own csv": _own("csv"),
    "own npz": _own("npz"),
    "own zip": _own("zip"),
    "png": lambda path: drawing(path.read_bytes(), "image/png"),
    "jpeg": lambda path: drawing(path.read_bytes(), "image/jpeg"),
}


def _reads_another(path: Path) -> None:
    Path(path.parent, "another").exists()
    Path("/etc/hostname").open("rb").close()
    raise CnnlabError(path.name)


def _writes(path: Path) -> None:
    path.open("ab").close()
    raise CnnlabError(path.name)


def _takes_memory(path: Path) -> None:
    path.read_bytes()
    np.ones(28 << 20, np.float64)
    raise CnnlabError(path.name)


def _takes_time(path: Path) -> None:
    while path:
        pass


def _dies(path: Path) -> None:
    os.kill(os.getpid(), len(path.name) and signal.SIGSEGV)


def _fails(path: Path) -> None:
    raise KeyError(path.name)


FAULTY: Final[dict[str, Callable[[Path], object]]] = {
    "reads another file": _reads_another,
    "writes": _writes,
    "takes memory": _takes_memory,
    "takes time": _takes_time,
    "dies": _dies,
    "fails with another error": _fails,
    "takes it": lambda path: path.name,
}
"""Readers that do what no reader may; the judge must see it."""

SUFFIXES: Final = {
    "keras": ".keras",
    "weights.h5": ".weights.h5",
    "weights.npz": ".npz",
    "study": ".toml",
    "own csv": ".csv",
    "own npz": ".npz",
    "own zip": ".zip",
}

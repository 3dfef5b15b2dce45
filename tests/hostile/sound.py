"""A sound file for each reader, small; mutations begin from them."""

import base64
import io
import json
import tempfile
from functools import cache
from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt
from packing import archive, stored
from PIL import ExifTags, Image
from readers import IMAGES, LABELS, trained

from cnnlab.data import idx

STUDY = """
name = "small"
notes = ["made for tests"]
seeds = [0, 1]

[data]
name = "made-up"
limit = 100

[recipe]
epochs = 2
batch_size = 32
optimizer = { name = "Adam", learning_rate = { name = "CosineDecay", initial_learning_rate = 0.01, decay_steps = 10 } }
callbacks = [{ name = "EarlyStopping", patience = 3 }, { name = "CSVLogger", filename = "log.csv" }]

[[architecture]]
zoo = "lenet-5"

[[architecture]]
name = "tiny"
input_shape = [12, 12, 1]
loss = "sparse_categorical_crossentropy"
layers = [
  { layer = "Conv2D", filters = 2, kernel_size = [3, 3], activation = "relu" },
  { layer = "MaxPooling2D" },
  { layer = "Flatten" },
  { layer = "Dense", units = 4, kernel_initializer = { class_name = "RandomNormal", config = { stddev = 0.1 } } },
]

[architecture.published]
test_loss = 0.1
test_accuracy = 0.97
curves = { loss = [0.5, 0.2], accuracy = [0.8, 0.9] }
"""


def npz(**arrays: npt.NDArray[np.generic]) -> bytes:
    """Return an archive of arrays."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def picture(kind: str, mode: str = "RGB", size: tuple[int, int] = (20, 16), *, turned: bool = False) -> bytes:
    """Return a picture with a stroke on it."""
    made = Image.new(mode, size, 255 if mode in {"L", "1", "P"} else "white")
    made.paste(0 if mode in {"L", "1", "P"} else "black", (5, 5, 9, 12))
    buffer = io.BytesIO()
    exif = Image.Exif()
    if turned:
        exif[ExifTags.Base.Orientation] = 6
    made.save(buffer, kind, exif=exif)
    return buffer.getvalue()


@cache
def sound_files() -> dict[str, tuple[bytes, ...]]:
    """Return the bytes of sound files for each reader, by the reader's name."""
    with tempfile.TemporaryDirectory() as folder:
        model = trained()
        paths = {"keras": "m.keras", "weights.h5": "m.weights.h5", "weights.npz": "m.npz"}
        for kind, name in paths.items():
            path = Path(folder, name)
            model.save(path) if kind == "keras" else model.save_weights(path)
        models = {kind: Path(folder, name).read_bytes() for kind, name in paths.items()}
    raw = idx.header(IMAGES.shape) + IMAGES.tobytes()
    return {
        **{kind: (content,) for kind, content in models.items()},
        "json": (json.dumps(json.loads(model.to_json())).encode(),),
        "hdf5": tuple(_by_h5py(libver) for libver in ("earliest", "v108", "latest")),
        "study": (STUDY.encode(),),
        "small idx": (raw,),
        "small npz": (npz(x_train=IMAGES, y_train=LABELS, x_test=IMAGES, y_test=LABELS),),
        "png": (
            *(picture("PNG", mode) for mode in ("RGB", "L", "P", "RGBA", "1", "I;16")),
            picture("PNG", turned=True),
        ),
        "jpeg": (picture("JPEG"), picture("JPEG", "L"), picture("JPEG", turned=True)),
        "own csv": (
            b"label,"
            + b",".join(b"p%d" % at for at in range(16))
            + b"\n"
            + b"".join(b"%d,%s\n" % (row % 3, b",".join([b"%d" % (7 * row)] * 16)) for row in range(12)),
        ),
        "own npz": (
            npz(x_train=IMAGES, y_train=LABELS, x_test=IMAGES, y_test=LABELS),
            npz(images=np.linspace(0, 1, 240).reshape(5, 4, 4, 3), labels=np.array(["a", "b", "a", "b", "a"])),
        ),
        "own zip": (
            archive([stored(f"{kind}/{n}.png", picture("PNG", "L")) for kind in ("cat", "dog") for n in range(4)]),
        ),
        "pad": (base64.b64encode(bytes(280 * 100) + b"\xff" * 280 * 180),),
    }


def _by_h5py(libver: str) -> bytes:
    """Return groups and arrays as the library writes them, few and many in a group."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", libver=libver) as file:
        for number in range(30):
            file[f"layers/many{number}/vars/0"] = np.arange(number, dtype=np.float32)
        file["optimizer/vars/0"] = np.int64(3)
    return buffer.getvalue()

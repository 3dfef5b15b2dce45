"""A checkpoint: all that a run needs to go on, to the bit, as one file with its checksum inside.

The file is a line that says what it is, the SHA-256 of the rest in hexadecimal digits, and an .npz archive: the arrays
by name, and under "about" everything else as JSON. Orders, dropout masks and augmentation are functions of seed, epoch
and image, so no state of a generator is in it.
"""

import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cnnlab.errors import CnnlabError, explain
from cnnlab.files.npz import npz_bytes, read_npz
from cnnlab.records import Counts, EpochRow

Array = npt.NDArray[Any]

_HEADING: Final = b"cnnlab checkpoint 1\n"
_DIGEST: Final = 2 * sha256().digest_size
_ABOUT: Final = "about"
_PLACE: Final = "the array"


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Where a run stands.

    Attributes:
        weights: In Keras' order, in the type that the backend trains in.
        state: The optimizer's.
        epoch: Whole epochs trained.
        images: Trained on in the epoch at hand.
        loss: Sum of the losses over these images.
        correct: How many of them were classified correctly.
        history: A row for each whole epoch.
        last_weights: Of the end of the last whole epoch.
        best_val_loss: The lowest so far; None without validation.
        callbacks: The state of each, in their order.
        seconds: Spent so far.
        counts: Of these images, the two counts of each further metric.
    """

    weights: list[Array]
    state: dict[str, Array]
    epoch: int
    images: int
    loss: float
    correct: int
    history: tuple[EpochRow, ...]
    last_weights: list[Array]
    best_val_loss: float | None
    callbacks: list[dict[str, Any]]
    seconds: float
    counts: tuple[Counts, ...] = ()


def encode(checkpoint: Checkpoint) -> bytes:
    """Write a checkpoint into bytes.

    Raises:
        TypeError: If a callback's state holds what neither JSON nor NumPy has, or a name that is no text.
    """
    arrays: dict[str, Array] = {}
    about = {name: value for name, value in vars(checkpoint).items() if name not in {"history", "state"}}
    about["state"] = {name: np.asarray(value) for name, value in checkpoint.state.items()}
    about["history"] = [asdict(row) for row in checkpoint.history]
    text = json.dumps(_without_arrays(about, arrays))
    content = npz_bytes({_ABOUT: np.frombuffer(text.encode(), np.uint8)} | arrays)
    return _HEADING + sha256(content).hexdigest().encode() + content


def decode(content: bytes) -> Checkpoint:
    """Read a checkpoint.

    Raises:
        CnnlabError: If the bytes are none, or not those that were written.
    """
    start = len(_HEADING) + _DIGEST
    if not content.startswith(_HEADING):
        raise CnnlabError(explain(expected="a checkpoint of this cnnlab", got=repr(content[: len(_HEADING)])))
    if sha256(content[start:]).hexdigest().encode() != content[len(_HEADING) : start]:
        raise CnnlabError(explain(expected="the bytes that were written", got="others", where="checkpoint"))
    arrays = read_npz(io.BytesIO(content[start:]))
    about = _with_arrays(json.loads(arrays[_ABOUT].tobytes()), arrays)
    about["history"] = tuple(_row(row) for row in about["history"])
    about["counts"] = tuple((first, second) for first, second in about.get("counts", ()))
    return Checkpoint(**about)


def _row(told: dict[str, Any]) -> EpochRow:
    """Read a row; one written before there were further metrics has none."""
    further = {name: tuple(told.get(name, ())) for name in ("metrics", "val_metrics")}
    return EpochRow(**{**told, **further})


def _without_arrays(value: Any, arrays: dict[str, Array]) -> Any:  # noqa: ANN401 - nested plain data
    """Put every array of nested data aside under a name, and leave that name behind."""
    if isinstance(value, np.ndarray):
        name = f"array-{len(arrays)}"
        arrays[name] = value
        return {_PLACE: name}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) and key != _PLACE for key in value):
            raise TypeError(explain(expected=f"names other than {_PLACE!r}", got=str([*value]), where="checkpoint"))
        return {key: _without_arrays(item, arrays) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_arrays(item, arrays) for item in value]
    return value


def _with_arrays(value: Any, arrays: Mapping[str, Array]) -> Any:  # noqa: ANN401 - nested plain data
    """Put the arrays back."""
    if isinstance(value, dict):
        if value.keys() == {_PLACE}:
            return arrays[value[_PLACE]]
        return {key: _with_arrays(item, arrays) for key, item in value.items()}
    return [_with_arrays(item, arrays) for item in value] if isinstance(value, list) else value
